//! The limit for two cores that spin: a bare word that goes there and back.

use crate::stage::Stage;
use crate::turns::Turns;
use std::hint::spin_loop;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The lead, both sides writing the same line.
pub fn lead_one_line(stage: &Stage, turns: Turns) -> Duration {
    time(stage, turns, |numbers| {
        for turn in numbers {
            let word = turn as u32 * 2;
            stage.ping.store(word + 1, Ordering::Release);
            spin_until(&stage.ping, word + 2);
        }
    })
}

/// The follower, both sides writing the same line.
pub fn follow_one_line(stage: &Stage, turns: Turns) {
    stage.meet();
    for turn in turns.all() {
        let word = turn as u32 * 2;
        spin_until(&stage.ping, word + 1);
        stage.ping.store(word + 2, Ordering::Release);
    }
}

/// The lead, each side writing a line of its own.
pub fn lead_two_lines(stage: &Stage, turns: Turns) -> Duration {
    time(stage, turns, |numbers| {
        for turn in numbers {
            let word = turn as u32 + 1;
            stage.ping.store(word, Ordering::Release);
            spin_until(&stage.pong, word);
        }
    })
}

/// The follower, each side writing a line of its own.
pub fn follow_two_lines(stage: &Stage, turns: Turns) {
    stage.meet();
    for turn in turns.all() {
        let word = turn as u32 + 1;
        spin_until(&stage.ping, word);
        stage.pong.store(word, Ordering::Release);
    }
}

#[inline(always)]
fn time(stage: &Stage, turns: Turns, bounce: impl Fn(Range<u64>)) -> Duration {
    stage.meet();
    bounce(turns.warm_up());
    let start = Instant::now();
    bounce(turns.timed());
    start.elapsed()
}

#[inline(always)]
fn spin_until(word: &AtomicU32, value: u32) {
    while word.load(Ordering::Acquire) != value {
        spin_loop();
    }
}
