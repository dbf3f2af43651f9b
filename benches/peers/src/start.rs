//! The start of a sample.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::yield_now;

/// Lets threads go when all are there.
///
/// None of them sleeps: where each has a core of its own they start within a cache miss, not
/// within a wake-up.
pub(crate) struct Start {
    missing: AtomicUsize,
}

impl Start {
    pub(crate) fn of(threads: usize) -> Self {
        let missing = AtomicUsize::new(threads);
        Start { missing }
    }

    pub(crate) fn wait(&self) {
        self.missing.fetch_sub(1, Ordering::AcqRel);
        while self.missing.load(Ordering::Acquire) > 0 {
            yield_now();
        }
    }
}
