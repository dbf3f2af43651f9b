//! Sleeping and waking: on the address, by `futex`.
//!
//! Built with `--cfg ringway_parked` it is the wait slots instead, for all of it, which is how the
//! systems wait that have nothing like a futex: so their way is tested here, by everything else
//! that is.

#[cfg(not(ringway_parked))]
use crate::futex as by;
use crate::segment::Segment;
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
#[cfg(ringway_parked)]
use ringway_os_common::unix::slots as by;
use rustix::thread::{MembarrierCommand, membarrier};
use rustix::time::{ClockId, clock_gettime};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

impl Wait for Segment {
    /// `CLOCK_MONOTONIC`, which is the same for all processes of a time namespace.
    fn now(&self) -> Nanos {
        let now = clock_gettime(ClockId::Monotonic);
        let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
        let nanos = u64::try_from(now.tv_nsec).unwrap_or(0);
        Nanos(seconds * NANOS_PER_SECOND + nanos)
    }

    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        by::wait(self, word, expected, deadline)
    }

    fn wait_any(&self, words: &[(Word<'_>, u32)], deadline: Option<Nanos>) -> WaitResult {
        by::wait_any(self, words, deadline)
    }

    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        by::wake(self, word, count)
    }

    fn yield_now(&self) {
        std::thread::yield_now();
    }

    fn is_reached_by_barriers(&self) -> bool {
        self.is_reached_by_barriers
    }

    fn barrier_everywhere(&self) -> bool {
        membarrier(MembarrierCommand::GlobalExpedited).is_ok()
    }
}

/// Asks that barriers by other processes reach this one. Asking again costs a system call and
/// changes nothing.
pub(crate) fn register_for_barriers() -> bool {
    membarrier(MembarrierCommand::RegisterGlobalExpedited).is_ok()
}
