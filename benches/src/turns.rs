//! How many messages a sample takes.

use std::ops::Range;

/// Two laps of a ring of [`CAPACITY`](crate::item::CAPACITY): every page is there and every line
/// has been in both caches.
const WARM_UP: u64 = 2_048;

/// The messages of one sample, by number: some to warm up, then those that are timed.
#[derive(Clone, Copy, Debug)]
pub struct Turns {
    timed: u64,
}

impl Turns {
    /// A sample that times `timed` messages.
    #[must_use]
    pub const fn new(timed: u64) -> Self {
        Turns { timed }
    }

    /// How many are timed.
    #[must_use]
    pub fn count(self) -> u64 {
        self.timed
    }

    /// Those before the clock starts.
    #[must_use]
    pub fn warm_up(self) -> Range<u64> {
        0..WARM_UP.min(self.timed / 8)
    }

    /// Those that are timed.
    #[must_use]
    pub fn timed(self) -> Range<u64> {
        let first = self.warm_up().end;
        first..first + self.timed
    }

    /// All of them.
    #[must_use]
    pub fn all(self) -> Range<u64> {
        0..self.timed().end
    }
}
