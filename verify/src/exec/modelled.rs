//! Threads, locks and cells of loom.
#![allow(unsafe_code)]

pub use loom::sync::atomic::{AtomicU32, Ordering};
pub use loom::sync::{Condvar, Mutex};
pub use loom::thread::{JoinHandle, spawn, yield_now};
pub use ringway_core::primitive::suppose_barriers;

/// Whether a light fence counts for one, since somebody supplies the heavy half.
pub const HAS_BARRIERS: bool = true;

use std::cell::Cell;

/// The interruptions of a running thread that are explored unless `LOOM_MAX_PREEMPTIONS` says
/// otherwise.
const PREEMPTIONS: usize = 3;

/// Runs `body` in every schedule.
pub fn model(body: impl Fn() + Clone + Send + Sync + 'static) {
    bounded_model(usize::MAX, body);
}

/// As [`model`], with no more than `most` interruptions, for a model that grows too fast.
pub fn bounded_model(most: usize, body: impl Fn() + Clone + Send + Sync + 'static) {
    suppose_barriers(true);
    ASKED.set(false);
    POLITE.set(true);
    check(most, body.clone());
    if ASKED.get() {
        POLITE.set(false);
        check(most, body);
    }
}

std::thread_local! {
    /// Whether the main thread of the model that runs goes last, if it asked for that.
    static POLITE: Cell<bool> = const { Cell::new(true) };
    /// Whether it did.
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Called where a model's main thread joins in: the model runs from two schedules, one in which
/// the threads it has spawned go first and one in which it does. Loom finds the others by changing
/// the one it began with, and from one alone it does not find them all.
pub fn from_both_sides() {
    ASKED.set(true);
    if POLITE.get() {
        yield_now();
    }
}

fn check(most: usize, body: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(builder.preemption_bound.unwrap_or(PREEMPTIONS).min(most));
    builder.check(body);
}

/// How often a thread tries what may fail: `few` times, since each costs schedules.
#[must_use]
pub fn tries(few: u32) -> u32 {
    few
}

/// The payload of an item: loom fails the model if an access is not ordered with another.
#[derive(Debug)]
pub struct Item(loom::cell::UnsafeCell<u32>);

// SAFETY: every access goes through loom, which refuses one that races.
unsafe impl Sync for Item {}

impl Item {
    /// An item holding `value`.
    #[must_use]
    pub fn new(value: u32) -> Self {
        Item(loom::cell::UnsafeCell::new(value))
    }

    /// Reads it.
    #[track_caller]
    pub fn get(&self) -> u32 {
        // SAFETY: loom has checked that no write races with this.
        self.0.with(|value| unsafe { *value })
    }

    /// Writes it.
    #[track_caller]
    pub fn set(&self, new: u32) {
        // SAFETY: loom has checked that no other access races with this.
        self.0.with_mut(|value| unsafe { *value = new });
    }
}
