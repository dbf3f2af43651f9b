//! Sleeping on an address: what the results of the system's calls mean.

use crate::wait::{Calls, MACH_ABSOLUTE_TIME, SHARED, WORD};
use ringway_core::wait::{Nanos, WaitResult, Word};
use rustix::io::Errno;
use std::fmt;
use std::sync::atomic::Ordering;
use std::thread;

/// How often in a row a word may be in a page that is not resident, though it was read just before.
const MOST_FAULTS: u32 = 1000;

/// Sleeping on an address, by the calls of the system or those of a test.
pub struct Address {
    calls: Box<dyn Calls>,
}

impl Address {
    /// Sleeps by `calls`.
    #[must_use]
    pub fn new(calls: impl Calls + 'static) -> Self {
        Address {
            calls: Box::new(calls),
        }
    }

    /// As [`Wait::now`](ringway_core::wait::Wait::now).
    #[must_use]
    pub fn now(&self) -> Nanos {
        self.calls.timebase().nanos(self.calls.ticks())
    }

    /// As [`Wait::wait`](ringway_core::wait::Wait::wait). A signal does not end it.
    #[must_use]
    pub fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        let mut faults = 0;
        // To read the word also makes its page resident.
        while word.atomic.load(Ordering::Relaxed) == expected {
            if deadline.is_some_and(|deadline| deadline <= self.now()) {
                return WaitResult::TimedOut;
            }
            match self.sleep(word, expected, deadline) {
                Ok(_) => return WaitResult::Woken,
                // Whether the time is up is for the clock to say.
                Err(Errno::INTR | Errno::TIMEDOUT) => {}
                Err(Errno::NOMEM) => thread::yield_now(),
                Err(Errno::FAULT) if faults < MOST_FAULTS => faults += 1,
                Err(_) => return WaitResult::Lost,
            }
        }
        WaitResult::Woken
    }

    fn sleep(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> Result<u32, Errno> {
        let value = u64::from(expected);
        let ticks = deadline.map(|deadline| self.calls.timebase().ticks(deadline));
        match ticks {
            // Past the end of the clock.
            None | Some(u64::MAX) => self.calls.wait(word.atomic, value, WORD, SHARED),
            Some(ticks) => self.calls.wait_with_deadline(
                word.atomic,
                value,
                WORD,
                SHARED,
                MACH_ABSOLUTE_TIME,
                // Never 0, which would be refused: it is past, and `ticks` rounds up.
                ticks,
            ),
        }
    }

    /// As [`Wait::wake`](ringway_core::wait::Wait::wake). Says how many it woke; of all of them, only
    /// whether there was any.
    pub fn wake(&self, word: Word<'_>, count: u32) -> u32 {
        if count == u32::MAX {
            return self
                .rouse(|| self.calls.wake_all(word.atomic, WORD, SHARED))
                .into();
        }
        let mut woken = 0;
        while woken < count && self.rouse(|| self.calls.wake_any(word.atomic, WORD, SHARED)) {
            woken += 1;
        }
        woken
    }

    /// Whether there was anybody. An error means that the word is gone, which the sleepers find out
    /// by themselves.
    fn rouse(&self, wake: impl Fn() -> Result<(), Errno>) -> bool {
        loop {
            match wake() {
                Ok(()) => return true,
                Err(Errno::INTR) => {}
                Err(_) => return false,
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}
