//! The limit for two sides that sleep: a bare shared futex, one word for each direction.

use crate::stage::Stage;
use crate::turns::Turns;
use rustix::thread::futex::{Flags, wait, wake};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The lead.
pub fn lead(stage: &Stage, turns: Turns) -> Duration {
    stage.meet();
    call(stage, turns.warm_up());
    let start = Instant::now();
    call(stage, turns.timed());
    start.elapsed()
}

/// The follower.
pub fn follow(stage: &Stage, turns: Turns) {
    stage.meet();
    for turn in turns.all() {
        let word = turn as u32 + 1;
        sleep_until(&stage.ping, word);
        store_and_wake(&stage.pong, word);
    }
}

fn call(stage: &Stage, numbers: Range<u64>) {
    for turn in numbers {
        let word = turn as u32 + 1;
        store_and_wake(&stage.ping, word);
        sleep_until(&stage.pong, word);
    }
}

fn store_and_wake(word: &AtomicU32, value: u32) {
    word.store(value, Ordering::Release);
    // It fails only for an address that is not mapped.
    let _ = wake(word, Flags::empty(), 1);
}

fn sleep_until(word: &AtomicU32, value: u32) {
    // `FUTEX_WAIT` returns at once if the word has changed, and at any time for other reasons.
    while word.load(Ordering::Acquire) != value {
        let _ = wait(word, Flags::empty(), value.wrapping_sub(1), None);
    }
}
