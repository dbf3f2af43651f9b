//! The bells of one attachment's wait slots: a FIFO each, in one directory.
//!
//! Everybody who is attached works out the same names, from the number of the segment and that of
//! the slot. A process keeps its own ends of the slots that it has slept in; whoever rings opens
//! the FIFO for that.
//!
//! They are removed with the segment. What dead processes leave otherwise is found by that nobody
//! has it open ([`sweep`]).

use crate::error::Problem;
use crate::fifo::{self, Fifo, Trust};
use core::fmt::Write as _;
use heapless::String;
use ringway_core::wait::Nanos;
use ringway_core::wait::parking::{Slept, WAIT_SLOTS};
use std::fs;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::{Mutex, PoisonError, TryLockError};

/// What the file name of every bell starts with: none of a named segment does.
const PREFIX: &str = "ringway-bell.";

/// The longest path of a bell, in bytes.
const PATH_MAX: usize = 512;

/// The bells of the segment that one attachment is attached to.
#[derive(Debug)]
pub struct FifoBells {
    /// Where they are, as text: names are made without an allocator.
    directory: String<PATH_MAX>,
    mode: u32,
    trust: Trust,
    /// This attachment's ends. Who owns a slot has its end to itself.
    ends: [Mutex<Option<Fifo>>; WAIT_SLOTS as usize],
}

impl FifoBells {
    /// Bells in `directory`, with these permission bits. None of them is made yet.
    #[must_use]
    pub fn new(directory: &Path, mode: u32, trust: Trust) -> Self {
        // A directory that is not text, or too long a one, has no bells: see `path`.
        let text = directory.to_str().unwrap_or_default();
        FifoBells {
            directory: String::try_from(text).unwrap_or_default(),
            mode,
            trust,
            ends: [const { Mutex::new(None) }; WAIT_SLOTS as usize],
        }
    }

    /// [`Bells::sleep`](ringway_core::wait::parking::Bells::sleep) in the segment with the number
    /// `nonce`, by the clock `now`; `deaths` as in [`Fifo::wait`].
    pub fn sleep(
        &self,
        nonce: u64,
        slot: u32,
        deaths: Option<BorrowedFd<'_>>,
        deadline: Option<Nanos>,
        now: impl Fn() -> Nanos,
    ) -> Slept {
        let Some(path) = self.path(nonce, slot) else {
            return Slept::NoBell;
        };
        let mut end = self
            .end(slot)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(fifo) = &*end else {
            return match Fifo::own(Path::new(&*path), self.mode, self.trust) {
                Ok(fifo) => {
                    *end = Some(fifo);
                    // A ring that came before there was an end to keep it is lost.
                    Slept::Rung
                }
                Err(_) => Slept::NoBell,
            };
        };
        let slept = fifo.wait(deaths, deadline, now);
        // Somebody may have removed it meanwhile; then no ring comes through any more.
        if slept == Slept::TimedOut && !end.as_ref().is_some_and(|end| end.is_at(Path::new(&*path)))
        {
            *end = None;
        }
        slept
    }

    /// [`Bells::ring`](ringway_core::wait::parking::Bells::ring): a few system calls, none of which
    /// waits, and no allocation.
    pub fn ring(&self, nonce: u64, slot: u32) -> bool {
        self.path(nonce, slot)
            .is_some_and(|path| fifo::ring(Path::new(&*path), self.trust))
    }

    /// An end of its own of the bell of `slot`, which the caller has claimed, for one who does not
    /// sleep by [`sleep`](FifoBells::sleep).
    ///
    /// # Errors
    ///
    /// Those of [`Fifo::own`].
    pub fn open(&self, nonce: u64, slot: u32) -> Result<Fifo, Problem> {
        let path = self.path(nonce, slot).ok_or_else(|| Problem::System {
            operation: "naming a FIFO in its directory",
            source: io::ErrorKind::InvalidFilename.into(),
        })?;
        Fifo::own(Path::new(&*path), self.mode, self.trust)
    }

    /// Removes all of them, when the segment goes. One that another process still has open stays for
    /// that one to remove.
    pub fn remove(&self, nonce: u64) {
        for slot in 0..WAIT_SLOTS {
            match self.end(slot).try_lock() {
                Ok(mut end) => *end = None,
                Err(TryLockError::Poisoned(end)) => *end.into_inner() = None,
                // Another thread is asleep on it.
                Err(TryLockError::WouldBlock) => continue,
            }
            if let Some(path) = self.path(nonce, slot) {
                fifo::remove_unheard(Path::new(&*path));
            }
        }
    }

    fn end(&self, slot: u32) -> &Mutex<Option<Fifo>> {
        &self.ends[slot as usize % self.ends.len()]
    }

    fn path(&self, nonce: u64, slot: u32) -> Option<String<PATH_MAX>> {
        let mut path = self.directory.clone();
        write!(path, "/{PREFIX}{nonce:016x}.{slot}").ok()?;
        (!self.directory.is_empty()).then_some(path)
    }
}

/// Removes the bells in `directory` that no process has open; with `dry_run` only counts them. Says
/// how many there were.
///
/// # Errors
///
/// Those of reading the directory; no error if there is none.
pub fn sweep(directory: &Path, dry_run: bool) -> io::Result<u64> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut count = 0;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let is_bell = name.to_str().is_some_and(|name| name.starts_with(PREFIX));
        let is_left_over = |path: &Path| match dry_run {
            true => fifo::is_unheard(path),
            false => fifo::remove_unheard(path),
        };
        count += u64::from(is_bell && is_left_over(&entry.path()));
    }
    Ok(count)
}
