//! The newest value with both sides at it. A writer that never pauses leaves no time to read a large
//! value in, so there it writes every third of a microsecond.

use super::{Newest, Side, Which};
use crate::stage::Stage;
use crate::turns::Turns;
use std::hint::spin_loop;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Pauses of the processor between two writes that somebody reads.
const PAUSES: u32 = 16;

/// Calls between two looks whether the lead is through.
const CALLS: u64 = 64;

/// The lead reads.
pub fn lead_reading<N: Newest>(stage: &Stage, turns: Turns) -> Duration {
    let newest = N::open(stage, Side::Lead, Which::There);
    let mut read = newest.reader();
    stage.meet();
    let mut last = 0;
    while last == 0 {
        last = read();
    }
    let elapsed = time(turns, |_| {
        let number = read();
        assert!(number >= last, "half a value, or an old one");
        last = number;
    });
    stage.ping.store(1, Ordering::Release);
    elapsed
}

/// The follower writes meanwhile.
pub fn follow_writing<N: Newest>(stage: &Stage, _: Turns) {
    let newest = N::open(stage, Side::Follower, Which::There);
    let mut write = newest.writer();
    stage.meet();
    let mut number = 0;
    while stage.ping.load(Ordering::Acquire) == 0 {
        for _ in 0..CALLS {
            number += 1;
            write(number);
            (0..PAUSES).for_each(|_| spin_loop());
        }
    }
}

/// The lead writes.
pub fn lead_writing<N: Newest>(stage: &Stage, turns: Turns) -> Duration {
    let newest = N::open(stage, Side::Lead, Which::There);
    let mut write = newest.writer();
    stage.meet();
    let elapsed = time(turns, |number| write(number + 1));
    stage.ping.store(1, Ordering::Release);
    elapsed
}

/// The follower reads meanwhile.
pub fn follow_reading<N: Newest>(stage: &Stage, _: Turns) {
    let newest = N::open(stage, Side::Follower, Which::There);
    let mut read = newest.reader();
    stage.meet();
    let mut last = 0;
    while stage.ping.load(Ordering::Acquire) == 0 {
        for _ in 0..CALLS {
            let number = read();
            assert!(number >= last, "half a value, or an old one");
            last = number;
        }
    }
}

fn time(turns: Turns, mut call: impl FnMut(u64)) -> Duration {
    turns.warm_up().for_each(&mut call);
    let start = Instant::now();
    turns.timed().for_each(&mut call);
    start.elapsed()
}
