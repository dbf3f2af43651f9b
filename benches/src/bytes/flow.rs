//! Messages one by one in one direction, until the last has arrived.

use super::messages::{Messages, Received};
use super::{Inlet, Outlet, Side, Which, Wire};
use crate::stage::Stage;
use crate::turns::Turns;
use std::ops::Range;
use std::time::{Duration, Instant};

/// The lead.
pub fn lead<W: Wire, const LEN: usize>(stage: &Stage, turns: Turns) -> Duration {
    let tx = W::outlet(stage, Side::Lead, Which::There, LEN);
    time(stage, turns, LEN, tx)
}

/// The follower.
pub fn follow<W: Wire, const LEN: usize>(stage: &Stage, turns: Turns) {
    let rx = W::inlet(stage, Side::Follower, Which::There, LEN);
    receive(stage, turns, LEN, rx);
}

/// The lead of any wire.
pub fn time(stage: &Stage, turns: Turns, len: usize, mut tx: impl Outlet) -> Duration {
    let messages = Messages::of(len);
    stage.meet();
    feed(&mut tx, &messages, turns.warm_up());
    let start = Instant::now();
    feed(&mut tx, &messages, turns.timed());
    stage.wait_until_finished();
    start.elapsed()
}

/// The follower of any wire.
pub fn receive(stage: &Stage, turns: Turns, len: usize, mut rx: impl Inlet) {
    let mut received = Received::of(len);
    stage.meet();
    drain(&mut rx, &mut received, turns.all());
    stage.finish();
}

#[inline(never)]
fn feed(tx: &mut impl Outlet, messages: &Messages, numbers: Range<u64>) {
    for number in numbers {
        tx.put(messages.get(number));
    }
}

#[inline(never)]
fn drain(rx: &mut impl Inlet, received: &mut Received, numbers: Range<u64>) {
    for number in numbers {
        let len = rx.take(received.buffer());
        received.check(len, number);
    }
}
