//! A platform whose sleep always ends at once, as that of one who naps, or that signals interrupt.

use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::wait::lock::Lock;
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{hint, thread};

/// Longer than anything here takes, so that whoever is left behind fails the test.
const LONG: Duration = Duration::from_secs(20);

/// Never asleep for long, and never told that the time is over.
struct Restless {
    token: u32,
    start: Instant,
    others_live: AtomicBool,
}

impl Restless {
    fn new(token: u32) -> Self {
        Restless {
            token,
            start: Instant::now(),
            others_live: AtomicBool::new(true),
        }
    }
}

impl Wait for Restless {
    fn now(&self) -> Nanos {
        Nanos(self.start.elapsed().as_nanos() as u64)
    }
    fn wait(&self, _: Word<'_>, _: u32, _: Option<Nanos>) -> WaitResult {
        thread::yield_now();
        WaitResult::Woken
    }
    fn wait_any(&self, _: &[(Word<'_>, u32)], _: Option<Nanos>) -> WaitResult {
        thread::yield_now();
        WaitResult::Woken
    }
    fn wake(&self, _: Word<'_>, _: u32) -> bool {
        false
    }
    fn yield_now(&self) {
        hint::spin_loop();
    }
    fn is_reached_by_barriers(&self) -> bool {
        false
    }
    fn barrier_everywhere(&self) -> bool {
        false
    }
}

// SAFETY: nothing is given out here on the word of this.
unsafe impl Liveness for Restless {
    fn me(&self) -> PeerId {
        PeerId::from_token(NonZeroU32::new(self.token).unwrap())
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        peer == self.me() || self.others_live.load(Ordering::Relaxed)
    }
}

/// Goal: whoever waits for a lock finds out that its holder has died, however often it is woken in vain.
#[test]
fn the_lock_of_a_dead_holder_is_taken_by_one_who_is_always_woken() {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        let (holder, waiter) = (Restless::new(1), Restless::new(2));
        let lock = Lock::new();
        std::mem::forget(lock.take(0, &holder, None).unwrap());
        thread::scope(|threads| {
            let taking =
                threads.spawn(|| lock.take(0, &waiter, None).map(|held| held.was_stolen()));
            waiter.others_live.store(false, Ordering::Relaxed);
            done.send(taking.join().unwrap()).unwrap();
        });
    });
    assert_eq!(is_done.recv_timeout(LONG), Ok(Ok(true)));
}
