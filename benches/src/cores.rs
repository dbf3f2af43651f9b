//! Which core each side runs on.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cores {
    /// The lead's.
    pub lead: usize,
    /// The follower's.
    pub follower: usize,
}

impl Cores {
    /// The first two cores that this process may use, or `None` if there is only one.
    #[must_use]
    pub fn two() -> Option<Self> {
        let allowed = sched_getaffinity(None).ok()?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|&core| allowed.is_set(core));
        Some(Cores {
            lead: cores.next()?,
            follower: cores.next()?,
        })
    }

    /// Both sides on the lead's core.
    #[must_use]
    pub fn shared(self) -> Self {
        Cores {
            follower: self.lead,
            ..self
        }
    }
}

/// Keeps the calling thread on one core until it is dropped.
///
/// Threads and processes started meanwhile inherit the core, so start them before.
#[derive(Debug)]
#[must_use = "the thread is let go when this is dropped"]
pub struct Pinned {
    before: CpuSet,
}

impl Pinned {
    /// Moves the calling thread to `core`.
    ///
    /// # Panics
    ///
    /// If this process may not use `core`.
    pub fn to(core: usize) -> Self {
        let before = sched_getaffinity(None).expect("a thread may ask where it may run");
        let mut only = CpuSet::new();
        only.set(core);
        sched_setaffinity(None, &only).expect("the core was found among those allowed");
        Pinned { before }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // It fails only if the cores of before are gone; the thread then stays where it is.
        let _ = sched_setaffinity(None, &self.before);
    }
}
