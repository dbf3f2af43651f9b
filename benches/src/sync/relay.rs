//! Two sides that let each other go on in turns: one turn is there and back.

use super::{Open, Relay, Side, Turnstile, Which};
use crate::stage::Stage;
use crate::turns::Turns;
use std::ops::Range;
use std::time::{Duration, Instant};

/// The lead.
pub fn lead<R: Relay>(stage: &Stage, turns: Turns) -> Duration {
    let relay = R::open(stage, Side::Lead, Which::There);
    stage.meet();
    call(&relay, turns.warm_up());
    let start = Instant::now();
    call(&relay, turns.timed());
    start.elapsed()
}

/// The follower.
pub fn follow<R: Relay>(stage: &Stage, turns: Turns) {
    let relay = R::open(stage, Side::Follower, Which::There);
    stage.meet();
    for number in turns.all() {
        relay.answer(number as u32 + 1);
    }
}

#[inline(never)]
fn call(relay: &impl Relay, numbers: Range<u64>) {
    for number in numbers {
        relay.call(number as u32 + 1);
    }
}

/// Two turnstiles, one for each direction.
#[derive(Debug)]
pub struct Pair<T> {
    there: T,
    back: T,
}

impl<T: Turnstile> Open for Pair<T> {
    fn open(stage: &Stage, side: Side, _: Which) -> Self {
        Pair {
            there: T::open(stage, side, Which::There),
            back: T::open(stage, side, Which::Back),
        }
    }
}

impl<T: Turnstile> Relay for Pair<T> {
    #[inline(always)]
    fn call(&self, _: u32) {
        self.there.post();
        self.back.wait();
    }
    #[inline(always)]
    fn answer(&self, _: u32) {
        self.there.wait();
        self.back.post();
    }
}
