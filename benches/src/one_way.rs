//! Messages one by one in one direction, until the last has arrived.

use crate::ends::{Inlet, Outlet};
use crate::item::{Item, check};
use crate::ringway_ends::{Style, inlet, outlet};
use crate::stage::Stage;
use crate::turns::Turns;
use std::ops::Range;
use std::time::{Duration, Instant};

/// The lead of a channel of ringway.
pub fn lead<T: Item, S: Style>(stage: &Stage, turns: Turns) -> Duration {
    time(stage, turns, outlet::<T, S>(&stage.channel("there")))
}

/// The follower of a channel of ringway.
pub fn follow<T: Item, S: Style>(stage: &Stage, turns: Turns) {
    receive(stage, turns, inlet::<T, S>(&stage.channel("there")));
}

/// The lead of any channel.
pub fn time<T: Item>(stage: &Stage, turns: Turns, mut tx: impl Outlet<T>) -> Duration {
    stage.meet();
    feed(&mut tx, turns.warm_up());
    let start = Instant::now();
    feed(&mut tx, turns.timed());
    stage.wait_until_finished();
    start.elapsed()
}

/// The follower of any channel.
pub fn receive<T: Item>(stage: &Stage, turns: Turns, mut rx: impl Inlet<T>) {
    stage.meet();
    drain(&mut rx, turns.all());
    stage.finish();
}

#[inline(never)]
fn feed<T: Item>(tx: &mut impl Outlet<T>, numbers: Range<u64>) {
    for number in numbers {
        tx.put(T::numbered(number));
    }
}

#[inline(never)]
fn drain<T: Item>(rx: &mut impl Inlet<T>, numbers: Range<u64>) {
    let mut item = T::numbered(u64::MAX);
    for number in numbers {
        rx.take(&mut item);
        check(&item, number);
    }
}
