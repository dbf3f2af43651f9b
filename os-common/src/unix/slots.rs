//! Waiting in the wait slots of a segment, with a FIFO for each as its bell.

use super::problem::{permissions, user};
use crate::bells::FifoBells;
use crate::error::Problem;
use crate::fifo::{Fifo, Trust};
pub use crate::lot::{nap, wait, wait_any, wake};
use ringway_core::layout::header::Header;
use ringway_core::region::Memory;
use ringway_core::wait::Nanos;
use ringway_core::wait::parking::{Lot, Slept};
use rustix::fs::fstat;
use std::os::fd::BorrowedFd;
use std::path::Path;

/// Permission bits of who may be attached: a segment is mapped for reading and writing.
const GROUP: u32 = 0o060;
const OTHERS: u32 = 0o006;

/// Bells in `directory` for the segment that is known by `object`. Whoever may be attached may ring.
#[must_use]
pub fn bells_of(directory: &Path, object: BorrowedFd<'_>) -> FifoBells {
    let (owner, group, mode) = match fstat(object) {
        Ok(stat) => (stat.st_uid, stat.st_gid, permissions(&stat) & 0o777),
        // It never fails for an open descriptor.
        Err(_) => (user(), 0, 0o600),
    };
    let trust = Trust {
        owner,
        group: (mode & GROUP == GROUP).then_some(group),
        anybody: mode & OTHERS == OTHERS,
    };
    FifoBells::new(directory, mode, trust)
}

/// What the names of the bells are made with; `None` until the segment is built.
fn nonce(memory: &impl Memory) -> Option<u64> {
    Header::of(memory)?.nonce()
}

/// As [`Bells::sleep`](ringway_core::wait::parking::Bells::sleep), by the clock `now`; `deaths` as in
/// [`Fifo::wait`].
pub fn sleep(
    bells: &FifoBells,
    memory: &impl Memory,
    slot: u32,
    deaths: Option<BorrowedFd<'_>>,
    deadline: Option<Nanos>,
    now: impl Fn() -> Nanos,
) -> Slept {
    // Who waits for the segment to be built has no bell: nobody knows its name yet.
    match nonce(memory) {
        Some(nonce) => bells.sleep(nonce, slot, deaths, deadline, now),
        None => Slept::NoBell,
    }
}

/// As [`Bells::ring`](ringway_core::wait::parking::Bells::ring).
pub fn ring(bells: &FifoBells, memory: &impl Memory, slot: u32) -> bool {
    nonce(memory).is_some_and(|nonce| bells.ring(nonce, slot))
}

/// The bell of a wait slot that the caller has claimed, for an event loop. `None` until the segment is
/// built.
///
/// # Errors
///
/// Something else has its name ([`Problem::NotABell`]), or it cannot be made.
pub fn open(bells: &FifoBells, memory: &impl Memory, slot: u32) -> Result<Option<Fifo>, Problem> {
    nonce(memory)
        .map(|nonce| bells.open(nonce, slot))
        .transpose()
}

/// Takes the bells of all slots away, when the segment goes.
pub fn remove(bells: &FifoBells, memory: &impl Memory) {
    let was_used = Lot::of(memory).is_some_and(Lot::was_used);
    if let Some(nonce) = nonce(memory).filter(|_| was_used) {
        bells.remove(nonce);
    }
}
