//! One message there, the same message back, through two channels.

use crate::ends::{Inlet, Outlet};
use crate::item::{Item, check};
use crate::ringway_ends::{Style, inlet, outlet};
use crate::stage::Stage;
use crate::turns::Turns;
use std::ops::Range;
use std::time::{Duration, Instant};

/// The lead of a pair of channels of ringway.
pub fn lead<T: Item, S: Style>(stage: &Stage, turns: Turns) -> Duration {
    let tx = outlet::<T, S>(&stage.channel("there"));
    let rx = inlet::<T, S>(&stage.channel("back"));
    time(stage, turns, tx, rx)
}

/// The follower of a pair of channels of ringway.
pub fn follow<T: Item, S: Style>(stage: &Stage, turns: Turns) {
    let rx = inlet::<T, S>(&stage.channel("there"));
    let tx = outlet::<T, S>(&stage.channel("back"));
    answer(stage, turns, rx, tx);
}

/// The lead of any pair of channels.
pub fn time<T: Item>(
    stage: &Stage,
    turns: Turns,
    mut tx: impl Outlet<T>,
    mut rx: impl Inlet<T>,
) -> Duration {
    stage.meet();
    call(&mut tx, &mut rx, turns.warm_up());
    let start = Instant::now();
    call(&mut tx, &mut rx, turns.timed());
    start.elapsed()
}

/// The follower of any pair of channels.
pub fn answer<T: Item>(stage: &Stage, turns: Turns, mut rx: impl Inlet<T>, mut tx: impl Outlet<T>) {
    stage.meet();
    echo(&mut rx, &mut tx, turns.all());
}

#[inline(never)]
fn call<T: Item>(tx: &mut impl Outlet<T>, rx: &mut impl Inlet<T>, numbers: Range<u64>) {
    let mut item = T::numbered(u64::MAX);
    for number in numbers {
        tx.put(T::numbered(number));
        rx.take(&mut item);
        check(&item, number);
    }
}

#[inline(never)]
fn echo<T: Item>(rx: &mut impl Inlet<T>, tx: &mut impl Outlet<T>, numbers: Range<u64>) {
    let mut item = T::numbered(u64::MAX);
    for number in numbers {
        rx.take(&mut item);
        check(&item, number);
        tx.put(item);
    }
}
