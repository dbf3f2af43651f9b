//! Waiting with an end, for what the kernel cannot wait for with a timeout.

use ringway_os_common::Problem;
use std::thread;
use std::time::{Duration, Instant};

const SHORTEST: Duration = Duration::from_micros(50);
const LONGEST: Duration = Duration::from_millis(5);

/// Pauses that grow from 50 µs to 5 ms, until there have been enough.
pub(crate) struct Patience {
    start: Instant,
    limit: Duration,
    next: Duration,
}

impl Patience {
    pub(crate) fn new(limit: Duration) -> Self {
        Patience {
            start: Instant::now(),
            limit,
            next: SHORTEST,
        }
    }

    /// Sleeps for a little while, or fails with [`Problem::LockTimeout`] when the time is up.
    pub(crate) fn pause(&mut self) -> Result<(), Problem> {
        let waited = self.start.elapsed();
        let left = self.limit.saturating_sub(waited);
        if left.is_zero() {
            return Err(Problem::LockTimeout { waited });
        }
        thread::sleep(self.next.min(left));
        self.next = (self.next * 2).min(LONGEST);
        Ok(())
    }
}
