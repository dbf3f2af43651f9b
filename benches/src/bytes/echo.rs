//! One message there, the same message back, through two wires.

use super::messages::{Messages, Received};
use super::{Inlet, Outlet, Side, Which, Wire};
use crate::stage::Stage;
use crate::turns::Turns;
use std::ops::Range;
use std::time::{Duration, Instant};

/// The lead.
pub fn lead<W: Wire, const LEN: usize>(stage: &Stage, turns: Turns) -> Duration {
    let mut tx = W::outlet(stage, Side::Lead, Which::There, LEN);
    let mut rx = W::inlet(stage, Side::Lead, Which::Back, LEN);
    let (messages, mut received) = (Messages::of(LEN), Received::of(LEN));
    stage.meet();
    call(&mut tx, &mut rx, &messages, &mut received, turns.warm_up());
    let start = Instant::now();
    call(&mut tx, &mut rx, &messages, &mut received, turns.timed());
    start.elapsed()
}

/// The follower.
pub fn follow<W: Wire, const LEN: usize>(stage: &Stage, turns: Turns) {
    let mut rx = W::inlet(stage, Side::Follower, Which::There, LEN);
    let mut tx = W::outlet(stage, Side::Follower, Which::Back, LEN);
    let mut received = Received::of(LEN);
    stage.meet();
    answer(&mut rx, &mut tx, &mut received, turns.all());
}

#[inline(never)]
fn call(
    tx: &mut impl Outlet,
    rx: &mut impl Inlet,
    messages: &Messages,
    received: &mut Received,
    numbers: Range<u64>,
) {
    for number in numbers {
        tx.put(messages.get(number));
        let len = rx.take(received.buffer());
        received.check(len, number);
    }
}

#[inline(never)]
fn answer(rx: &mut impl Inlet, tx: &mut impl Outlet, received: &mut Received, numbers: Range<u64>) {
    for number in numbers {
        let len = rx.take(received.buffer());
        received.check(len, number);
        tx.put(received.message());
    }
}
