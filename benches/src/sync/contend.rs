//! Two sides that want one lock again and again, and do little under it. `PAUSES` of the processor
//! lie between two of their turns: none, and whoever gives the lock back is the first to take it
//! again; many, and it goes to and fro.

use super::{Exclusive, Side, Which};
use crate::stage::Stage;
use crate::turns::Turns;
use std::hint::spin_loop;
use std::time::{Duration, Instant};

/// The lead; how long both together took for the timed turns.
pub fn lead<E: Exclusive, const PAUSES: u32>(stage: &Stage, turns: Turns) -> Duration {
    let lock = E::open(stage, Side::Lead, Which::There);
    stage.meet();
    let start = Instant::now();
    work::<E, PAUSES>(&lock, turns.count() / 2);
    stage.wait_until_finished();
    let elapsed = start.elapsed();
    let done = lock.hold(|number| *number);
    assert_eq!(done, turns.count() / 2 * 2, "two held the lock at once");
    elapsed
}

/// The follower.
pub fn follow<E: Exclusive, const PAUSES: u32>(stage: &Stage, turns: Turns) {
    let lock = E::open(stage, Side::Follower, Which::There);
    stage.meet();
    work::<E, PAUSES>(&lock, turns.count() / 2);
    stage.finish();
}

#[inline(never)]
fn work<E: Exclusive, const PAUSES: u32>(lock: &E, count: u64) {
    for _ in 0..count {
        lock.hold(|number| *number += 1);
        for _ in 0..PAUSES {
            spin_loop();
        }
    }
}
