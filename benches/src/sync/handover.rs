//! How long after it was given back somebody who sleeps until then has a lock.

use super::{Exclusive, Side, Which};
use crate::stage::Stage;
use crate::turns::Turns;
use rustix::time::{ClockId, clock_gettime};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

/// How long the lock is held each time: the other one sleeps long before.
const HELD: Duration = Duration::from_micros(150);

/// The lead, which waits for the lock: the median, as if each turn had taken as long.
pub fn lead<E: Exclusive>(stage: &Stage, turns: Turns) -> Duration {
    let lock = E::open(stage, Side::Lead, Which::There);
    stage.meet();
    let wait = |turn| {
        let turn = turn as u32 + 1;
        spin_until(&stage.pong, turn);
        let waited = lock.hold(|given_back| now() - *given_back);
        stage.ping.store(turn, Ordering::Release);
        waited
    };
    let _: u64 = turns.warm_up().map(wait).sum();
    let mut waits: Vec<u64> = turns.timed().map(wait).collect();
    waits.sort_unstable();
    let count = u32::try_from(turns.count()).expect("few turns");
    Duration::from_nanos(waits[waits.len() / 2]) * count
}

/// The follower, which has the lock and sleeps.
pub fn follow<E: Exclusive>(stage: &Stage, turns: Turns) {
    let lock = E::open(stage, Side::Follower, Which::There);
    stage.meet();
    for turn in turns.all() {
        let turn = turn as u32 + 1;
        lock.hold(|given_back| {
            stage.pong.store(turn, Ordering::Release);
            sleep(HELD);
            *given_back = now();
        });
        spin_until(&stage.ping, turn);
    }
}

fn spin_until(word: &AtomicU32, value: u32) {
    while word.load(Ordering::Acquire) != value {
        spin_loop();
    }
}

fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
