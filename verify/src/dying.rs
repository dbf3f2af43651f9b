//! A look at a ring in the middle of which its process is killed.

use ringway_core::primitive::AtomicU32;
use ringway_core::ring::Stamps;
use ringway_core::ring::ranges::Starts;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The stamps or words of a ring for somebody who does not live to reach for one more than a few.
#[derive(Debug)]
pub(crate) struct Dying<'a, R> {
    ring: &'a R,
    left: Cell<u32>,
}

impl<'a, R> Dying<'a, R> {
    /// It reaches for `words` of them.
    #[must_use]
    pub(crate) fn after(words: u32, ring: &'a R) -> Self {
        Dying {
            ring,
            left: Cell::new(words),
        }
    }

    /// Runs `work` up to the last word; what it gave if it ended before.
    pub(crate) fn run<T>(&self, work: impl FnOnce(&Self) -> T) -> Option<T> {
        catch_unwind(AssertUnwindSafe(|| work(self))).ok()
    }

    /// It reaches for a word.
    fn reach(&self) -> &R {
        let left = self.left.get();
        if left == 0 {
            // Without a message: this is no failure.
            resume_unwind(Box::new(()));
        }
        self.left.set(left - 1);
        self.ring
    }
}

impl<R: Stamps> Stamps for Dying<'_, R> {
    fn lanes(&self) -> u32 {
        self.ring.lanes()
    }
    fn lane_bits(&self) -> u32 {
        self.ring.lane_bits()
    }
    fn has_common_stamp(&self) -> bool {
        self.ring.has_common_stamp()
    }
    fn cells(&self) -> u32 {
        self.ring.cells()
    }
    fn stamp(&self, position: u64) -> &AtomicU32 {
        self.reach().stamp(position)
    }
}

impl<R: Starts> Starts for Dying<'_, R> {
    fn granules(&self) -> u32 {
        self.ring.granules()
    }
    fn word(&self, position: u64) -> &AtomicU32 {
        self.reach().word(position)
    }
}
