//! Batches of 64 messages of 8 bytes in one direction, until the last has arrived.

use crate::ends::{BatchInlet, BatchOutlet};
use crate::item::check;
use crate::ringway_ends::{Spinning, inlet, outlet};
use crate::stage::Stage;
use crate::turns::Turns;
use std::ops::Range;
use std::time::{Duration, Instant};

/// Messages in a batch.
pub const BATCH: usize = 64;

/// The lead of a channel of ringway.
pub fn lead(stage: &Stage, turns: Turns) -> Duration {
    time(
        stage,
        turns,
        outlet::<u64, Spinning>(&stage.channel("there")),
    )
}

/// The follower of a channel of ringway.
pub fn follow(stage: &Stage, turns: Turns) {
    receive(
        stage,
        turns,
        inlet::<u64, Spinning>(&stage.channel("there")),
    );
}

/// The lead of any channel.
pub fn time(stage: &Stage, turns: Turns, mut tx: impl BatchOutlet<u64>) -> Duration {
    stage.meet();
    feed(&mut tx, turns.warm_up());
    let start = Instant::now();
    feed(&mut tx, turns.timed());
    stage.wait_until_finished();
    start.elapsed()
}

/// The follower of any channel.
pub fn receive(stage: &Stage, turns: Turns, mut rx: impl BatchInlet<u64>) {
    stage.meet();
    drain(&mut rx, turns.all());
    stage.finish();
}

#[inline(never)]
fn feed(tx: &mut impl BatchOutlet<u64>, numbers: Range<u64>) {
    let mut items = [0; BATCH];
    let mut next = numbers.start;
    while next < numbers.end {
        let len = (numbers.end - next).min(BATCH as u64) as usize;
        for (item, number) in items[..len].iter_mut().zip(next..) {
            *item = number;
        }
        tx.put_all(&items[..len]);
        next += len as u64;
    }
}

#[inline(never)]
fn drain(rx: &mut impl BatchInlet<u64>, numbers: Range<u64>) {
    let mut items = [0; BATCH];
    let mut next = numbers.start;
    while next < numbers.end {
        let wanted = (numbers.end - next).min(BATCH as u64) as usize;
        let len = rx.take_some(&mut items[..wanted]);
        for (item, number) in items[..len].iter().zip(next..) {
            check(item, number);
        }
        next += len as u64;
    }
}
