//! A look at a ring in the middle of which its process is killed.

use super::Many;
use ringway_core::primitive::AtomicU32;
use ringway_core::ring::Stamps;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The stamps of a ring for somebody who does not live to reach for one more than a few.
#[derive(Debug)]
pub(super) struct Dying<'a> {
    ring: &'a Many,
    left: Cell<u32>,
}

impl<'a> Dying<'a> {
    /// It reaches for `stamps` of them.
    #[must_use]
    pub(super) fn after(stamps: u32, ring: &'a Many) -> Self {
        Dying {
            ring,
            left: Cell::new(stamps),
        }
    }

    /// Runs `work` up to the last stamp; what it gave if it ended before.
    pub(super) fn run<R>(&self, work: impl FnOnce(&Self) -> R) -> Option<R> {
        catch_unwind(AssertUnwindSafe(|| work(self))).ok()
    }
}

impl Stamps for Dying<'_> {
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
        let left = self.left.get();
        if left == 0 {
            // Without a message: this is no failure.
            resume_unwind(Box::new(()));
        }
        self.left.set(left - 1);
        self.ring.stamp(position)
    }
}
