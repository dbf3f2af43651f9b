//! Bells of wait slots: FIFOs beside the named segments.

use crate::segment::Segment;
use crate::spot::SHM_DIRECTORY;
use ringway_core::platform::Platform;
use ringway_core::wait::parking::{Bells, Lot, Slept};
use ringway_core::wait::{Nanos, Wait};
use ringway_os_common::Problem;
use ringway_os_common::bells::{self, FifoBells};
use ringway_os_common::fifo::Fifo;
use ringway_os_common::unix::slots;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

/// The bells of the segment behind `description`.
pub(crate) fn bells_of(description: BorrowedFd<'_>) -> FifoBells {
    slots::bells_of(Path::new(SHM_DIRECTORY), description)
}

/// Removes the bells that no process has open: dead ones left them. With `dry_run` only counts them.
/// Says how many there were.
///
/// # Errors
///
/// Those of reading `/dev/shm`.
pub fn sweep(dry_run: bool) -> io::Result<u64> {
    bells::sweep(Path::new(SHM_DIRECTORY), dry_run)
}

impl Segment {
    /// The wait slots, if it is long enough to have them.
    #[cfg(not(ringway_parked))]
    pub(crate) fn lot(&self) -> Option<&Lot> {
        Lot::of(self.memory())
    }

    /// The bell of a wait slot that the caller has claimed, for an event loop. `None` until the
    /// segment is built.
    ///
    /// # Errors
    ///
    /// Something else has its name ([`Problem::NotABell`]), or it cannot be made.
    pub fn open_bell(&self, slot: u32) -> Result<Option<Fifo>, Problem> {
        slots::open(&self.bells, self.memory(), slot)
    }

    /// Takes the bells of all slots away, when the segment goes.
    pub(crate) fn remove_bells(&self) {
        slots::remove(&self.bells, self.memory());
    }
}

impl Bells for Segment {
    fn now(&self) -> Nanos {
        Wait::now(self)
    }

    fn sleep(&self, slot: u32, deadline: Option<Nanos>) -> Slept {
        slots::sleep(&self.bells, self.memory(), slot, None, deadline, || {
            Wait::now(self)
        })
    }

    fn ring(&self, slot: u32, _: u32) -> bool {
        slots::ring(&self.bells, self.memory(), slot)
    }

    fn nap(&self, until: Nanos) {
        slots::nap(Wait::now(self), until);
    }
}
