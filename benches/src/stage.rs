//! A page of words that both sides of a sample can see.
//!
//! It is anonymous memory of the lead (`memfd_create`), which the follower opens by the lead's
//! descriptor in `/proc`; nothing is left behind, however the two end.
#![allow(unsafe_code)]

use crate::preemption;
use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use std::cell::UnsafeCell;
use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long one side waits for the other to come, or to be done.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks between two at the clock.
const LOOKS_PER_CLOCK: u32 = 1 << 16;

/// A word on lines of its own.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Word(AtomicU32);

impl Deref for Word {
    type Target = AtomicU32;
    fn deref(&self) -> &AtomicU32 {
        &self.0
    }
}

/// The words.
#[repr(C)]
#[derive(Debug)]
pub struct Words {
    /// How many sides have come.
    arrived: Word,
    /// 1 once the follower has done all its turns.
    finished: Word,
    /// How often either side lost its core between meeting and parting.
    preemptions: Word,
    /// Written by the lead.
    pub ping: Word,
    /// Written by the follower.
    pub pong: Word,
    /// For locks and signals that are not ringway's.
    pub room: Room,
}

/// Bytes for whatever two processes can share by their address: 512 for each of its four places.
#[repr(C, align(128))]
pub struct Room(UnsafeCell<[[u8; 512]; 4]>);

// SAFETY: nothing here reads or writes the bytes; whoever is given an address answers for what it
// does with it.
unsafe impl Sync for Room {}

impl Room {
    /// Where place `number` is.
    #[must_use]
    pub fn place<T>(&self, number: usize) -> *mut T {
        assert!(number < 4 && size_of::<T>() <= 512 && align_of::<T>() <= 128);
        self.0.get().cast::<[u8; 512]>().wrapping_add(number).cast()
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").finish_non_exhaustive()
    }
}

/// The page, mapped.
#[derive(Debug)]
pub struct Stage {
    map: MmapRaw,
    path: String,
    /// Keeps the descriptor that `path` names; the lead has it.
    _memory: Option<OwnedFd>,
}

impl Stage {
    /// A new page of zeros.
    ///
    /// # Errors
    ///
    /// The system has no memory or no descriptor left.
    pub fn new() -> io::Result<Self> {
        let memory = memfd_create("ringway-bench", MemfdFlags::CLOEXEC)?;
        ftruncate(&memory, size_of::<Words>() as u64)?;
        Ok(Stage {
            map: map(memory.as_raw_fd())?,
            path: format!("/proc/{}/fd/{}", std::process::id(), memory.as_raw_fd()),
            _memory: Some(memory),
        })
    }

    /// The page that another process named by its [`path`](Stage::path).
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn open(path: &str) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path)?;
        Ok(Stage {
            map: map(file.as_raw_fd())?,
            path: path.to_owned(),
            _memory: None,
        })
    }

    /// By what another process opens it, as long as this one has it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A name for a channel between the two sides, to tell from their other ones by `suffix`.
    #[must_use]
    pub fn channel(&self, suffix: &str) -> String {
        let mut parts = self.path.split('/').skip(2).step_by(2);
        let (process, descriptor) = (parts.next(), parts.next());
        format!(
            "bench-{}-{}-{suffix}",
            process.unwrap_or_default(),
            descriptor.unwrap_or_default()
        )
    }

    /// Waits until both sides are here. From now on it counts how often they lose their cores.
    ///
    /// # Panics
    ///
    /// If the other one does not come.
    pub fn meet(&self) {
        self.arrived.fetch_add(1, Ordering::AcqRel);
        let start = Instant::now();
        while self.arrived.load(Ordering::Acquire) < 2 {
            assert!(start.elapsed() < PATIENCE, "the other side did not come");
            std::thread::yield_now();
        }
        self.preemptions
            .fetch_sub(preemption::count(), Ordering::Relaxed);
    }

    /// The calling side is through: what happens to it now does not count any more.
    pub(crate) fn part(&self) {
        self.preemptions
            .fetch_add(preemption::count(), Ordering::Relaxed);
    }

    /// How often both sides lost their cores between [`meet`](Stage::meet) and
    /// [`part`](Stage::part), once both have parted.
    #[must_use]
    pub(crate) fn preemptions(&self) -> u32 {
        self.preemptions.load(Ordering::Relaxed)
    }

    /// The follower has done all its turns.
    pub fn finish(&self) {
        self.finished.store(1, Ordering::Release);
    }

    /// Waits until the follower has done all its turns.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn wait_until_finished(&self) {
        let start = Instant::now();
        for look in (1..LOOKS_PER_CLOCK).cycle() {
            if self.finished.load(Ordering::Acquire) != 0 {
                return;
            }
            let is_long = look == 1 && start.elapsed() > PATIENCE;
            assert!(!is_long, "the other side did not finish");
            std::hint::spin_loop();
        }
    }
}

fn map(memory: impl memmap2::MmapAsRawDesc) -> io::Result<MmapRaw> {
    MmapOptions::new().len(size_of::<Words>()).map_raw(memory)
}

impl Deref for Stage {
    type Target = Words;
    fn deref(&self) -> &Words {
        // SAFETY: a mapping starts at a page, has the length of `Words`, and lives as long as
        // `self`. `Words` are atomics and bytes in a cell: any are valid, others may change them.
        unsafe { &*self.map.as_ptr().cast() }
    }
}
