//! Threads, locks and cells of the standard library, with loom's signatures.
#![allow(unsafe_code)]

pub use std::sync::atomic::{AtomicU32, Ordering};
pub use std::sync::{Mutex, MutexGuard};
pub use std::thread::{JoinHandle, spawn, yield_now};

use std::cell::UnsafeCell;
use std::sync::LockResult;
use std::time::Duration;

/// Whether a light fence counts for one: no, since the modelled kernel has no real barrier.
pub const HAS_BARRIERS: bool = false;

/// How often a model runs.
const RUNS: u32 = 500;

/// How much more often than in one schedule of loom a thread tries what may fail.
const TRIES: u32 = 20;

/// How long a thread may sleep until its wake-up counts as lost.
const LOST_AFTER: Duration = Duration::from_secs(20);

/// Runs `body` some hundred times.
pub fn model(body: impl Fn() + Clone + Send + Sync + 'static) {
    for _ in 0..RUNS {
        body();
    }
}

/// As [`model`]; plain threads have no bound.
pub fn bounded_model(_most: usize, body: impl Fn() + Clone + Send + Sync + 'static) {
    model(body);
}

/// How often a thread tries what may fail.
#[must_use]
pub fn tries(few: u32) -> u32 {
    few * TRIES
}

/// Plain threads go as they like.
pub fn from_both_sides() {}

/// Says whether there are barriers that reach others: without loom there are none.
pub fn suppose_barriers(_exist: bool) {}

/// A condition variable that panics where loom would report a deadlock.
#[derive(Debug, Default)]
pub struct Condvar(std::sync::Condvar);

impl Condvar {
    /// One at which nobody waits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`std::sync::Condvar::wait`], for a while.
    ///
    /// # Errors
    ///
    /// The lock is poisoned.
    ///
    /// # Panics
    ///
    /// Nobody notified.
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        let (guard, outcome) = self.0.wait_timeout(guard, LOST_AFTER).unwrap();
        assert!(!outcome.timed_out(), "a wake-up was lost");
        Ok(guard)
    }

    /// As [`std::sync::Condvar::notify_all`].
    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}

/// The payload of an item: not atomic, so that a race detector sees it bare.
#[derive(Debug)]
pub struct Item(UnsafeCell<u32>);

// SAFETY: the protocol under test gives the cell to one thread at a time; that it does is what the
// same models check under loom.
unsafe impl Sync for Item {}

impl Item {
    /// An item holding `value`.
    #[must_use]
    pub fn new(value: u32) -> Self {
        Item(UnsafeCell::new(value))
    }

    /// Reads it.
    pub fn get(&self) -> u32 {
        // SAFETY: see `Sync`.
        unsafe { *self.0.get() }
    }

    /// Writes it.
    pub fn set(&self, new: u32) {
        // SAFETY: see `Sync`.
        unsafe { *self.0.get() = new }
    }
}
