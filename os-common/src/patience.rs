//! Waiting with an end, for what the system cannot wait for with a timeout.

use crate::error::Problem;
use std::thread;
use std::time::{Duration, Instant};

const SHORTEST: Duration = Duration::from_micros(50);
const LONGEST: Duration = Duration::from_millis(5);

/// Pauses that grow from 50 µs to 5 ms, until there have been enough.
#[derive(Debug)]
pub struct Patience {
    start: Instant,
    limit: Duration,
    next: Duration,
}

impl Patience {
    /// Pauses for `limit` in all.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        Patience {
            start: Instant::now(),
            limit,
            next: SHORTEST,
        }
    }

    /// What is left of it.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(self.start.elapsed())
    }

    /// Sleeps for a little while.
    ///
    /// # Errors
    ///
    /// [`Problem::LockTimeout`] when the time is up.
    pub fn pause(&mut self) -> Result<(), Problem> {
        let left = self.left();
        if left.is_zero() {
            return Err(self.gone());
        }
        thread::sleep(self.next.min(left));
        self.next = (self.next * 2).min(LONGEST);
        Ok(())
    }
    /// The error that there is none left.
    #[must_use]
    pub fn gone(&self) -> Problem {
        Problem::LockTimeout {
            waited: self.start.elapsed(),
        }
    }
}
