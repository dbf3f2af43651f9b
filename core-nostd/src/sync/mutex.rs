//! One at a time, also when it dies: a mutex whose next holder is told that the last one died with
//! it, as POSIX's robust mutexes do.
//!
//! ```text
//!            lock                     unlock
//!   free ─────────────▶ held ─────────────────────────────▶ free
//!                        │ dies                              ▲
//!                        ▼         lock                      │ made consistent, unlock
//!                  a dead one's ─────────▶ held, OwnerDied ──┤
//!                     ▲  ▲                  │                │ given up, unlock
//!                     │  └── undecided ─────┘                ▼
//!                     └──────────── clear_poison ───────── poisoned
//! ```

use crate::liveness::Liveness;
use crate::wait::lock::{Held, Lock, NotTaken};
use crate::wait::{Nanos, Wait};

/// The word of a mutex: 4 bytes of shared memory, zero when it is free.
#[repr(transparent)]
#[derive(Debug)]
pub struct RawMutex {
    lock: Lock,
}

/// A mutex that is held until this is dropped.
#[derive(Debug)]
#[must_use = "dropping it unlocks the mutex"]
pub struct RawGuard<'a, W: Wait> {
    mutex: &'a RawMutex,
    at: usize,
    platform: &'a W,
    /// Taken out when the guard goes.
    held: Option<Held<'a, W>>,
    is_inconsistent: bool,
}

impl RawMutex {
    /// A free mutex. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        RawMutex { lock: Lock::new() }
    }

    /// Locks the mutex if nobody alive holds it. `at` is its offset in the segment, in bytes.
    ///
    /// # Errors
    ///
    /// Somebody alive holds it, or it is poisoned ([`NotTaken::Closed`]).
    #[inline(always)]
    pub fn try_lock<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
    ) -> Result<RawGuard<'a, W>, NotTaken> {
        self.lock
            .try_take(at, platform)
            .map(|held| self.guard(held, at, platform))
    }

    /// Locks the mutex, and waits for it until `deadline`.
    ///
    /// # Errors
    ///
    /// Somebody alive held it until the deadline ([`NotTaken::Held`]), or it is poisoned
    /// ([`NotTaken::Closed`]), or its memory was taken away.
    #[inline(always)]
    pub fn lock<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
        deadline: Option<Nanos>,
    ) -> Result<RawGuard<'a, W>, NotTaken> {
        self.lock
            .take(at, platform, deadline)
            .map(|held| self.guard(held, at, platform))
    }

    /// Whether somebody holds it, or held it when it died.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.lock.is_held()
    }

    /// Whether somebody holds it who is dead; asks the system.
    pub fn is_orphaned(&self, liveness: &impl Liveness) -> bool {
        self.lock.is_orphaned(liveness)
    }

    /// Whether it is poisoned: its holder died, and the next one gave up what it guards.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.lock.is_closed()
    }

    /// Makes a poisoned mutex one whose holder died, for the next one to repair what it guards. Says
    /// whether it was poisoned.
    pub fn clear_poison(&self) -> bool {
        self.lock.reopen()
    }

    #[inline(always)]
    fn guard<'a, W: Wait>(
        &'a self,
        held: Held<'a, W>,
        at: usize,
        platform: &'a W,
    ) -> RawGuard<'a, W> {
        RawGuard {
            mutex: self,
            at,
            platform,
            is_inconsistent: held.was_stolen(),
            held: Some(held),
        }
    }
}

impl<'a, W: Wait> RawGuard<'a, W> {
    /// Whether the last holder died with the mutex, and what it guards was not yet made consistent:
    /// if this guard is dropped so, the next one is told the same.
    #[must_use]
    #[inline(always)]
    pub fn is_inconsistent(&self) -> bool {
        self.is_inconsistent
    }

    /// What the mutex guards is in order again.
    pub fn make_consistent(&mut self) {
        self.is_inconsistent = false;
    }

    /// What the mutex guards is beyond repair: unlocks it so that nobody gets it any more.
    pub fn give_up(mut self) {
        if let Some(held) = self.held.take() {
            held.close();
        }
    }

    /// The mutex that it holds.
    #[must_use]
    pub fn mutex(&self) -> &'a RawMutex {
        self.mutex
    }

    /// Where the mutex stands in the segment, in bytes, and the platform that it is held through.
    pub(super) fn place(&self) -> (usize, &'a W) {
        (self.at, self.platform)
    }
}

impl<W: Wait> Drop for RawGuard<'_, W> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_inconsistent
            && let Some(held) = self.held.take()
        {
            held.orphan();
        }
        // Otherwise `held` is dropped, and so is the lock.
    }
}

impl Default for RawMutex {
    fn default() -> Self {
        Self::new()
    }
}
