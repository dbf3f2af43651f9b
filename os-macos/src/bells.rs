//! Bells of wait slots: FIFOs beside the lock files.

use crate::directory::directory;
use crate::segment::Segment;
use ringway_core::platform::Platform;
use ringway_core::wait::parking::{Bells, Slept};
use ringway_core::wait::{Nanos, Wait};
use ringway_os_common::bells::{self, FifoBells};
use ringway_os_common::fifo::Fifo;
use ringway_os_common::unix::slots;
use ringway_os_common::{Problem, unix};
use std::io;
use std::os::fd::BorrowedFd;

/// The bells of the segment whose locks are in `description`. Also those of a file of other users
/// are in this user's directory, so that only the processes of one user wake each other by them.
pub(crate) fn bells_of(description: BorrowedFd<'_>) -> Result<FifoBells, Problem> {
    Ok(slots::bells_of(&directory()?, description))
}

/// Removes the bells that no process has open: dead ones left them. With `dry_run` only counts them.
/// Says how many there were.
///
/// # Errors
///
/// Those of the directory that holds them.
pub fn sweep(dry_run: bool) -> io::Result<u64> {
    let directory = directory().map_err(unix::problem::into_io)?;
    bells::sweep(&directory, dry_run)
}

impl Segment {
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
        let deaths = self.deaths.as_fd();
        let slept = slots::sleep(&self.bells, self.memory(), slot, deaths, deadline, || {
            Wait::now(self)
        });
        match slept {
            Slept::Died if !self.deaths.report() => Slept::Rung,
            other => other,
        }
    }

    fn ring(&self, slot: u32, _: u32) -> bool {
        slots::ring(&self.bells, self.memory(), slot)
    }

    fn nap(&self, until: Nanos) {
        slots::nap(Wait::now(self), until);
    }
}
