//! A value that one holder at a time, in whichever process, may look at and change.

use super::{Bound, Cell};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Overlay;
use crate::sync::{RawGuard, RawMutex};
use crate::wait::Nanos;
use crate::wait::lock::NotTaken;
use core::cell::UnsafeCell;
use core::convert::Infallible;
use core::error::Error;
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::time::Duration;

/// A mutex and the value that it guards, as they lie in shared memory: the [`RawMutex`], then the
/// value. All zeros is a free mutex around the value that is all zeros.
#[repr(C)]
pub struct MutexCell<T> {
    raw: RawMutex,
    value: UnsafeCell<T>,
}

/// Offsets that other languages rely on (`docs/abi.md`).
const _: () = {
    assert!(core::mem::offset_of!(MutexCell<u32>, value) == 4);
    assert!(core::mem::offset_of!(MutexCell<u64>, value) == 8);
    assert!(size_of::<MutexCell<u64>>() == 16);
};

// SAFETY: the mutex lets one at a time reach the value.
unsafe impl<T: Plain> Sync for MutexCell<T> {}
// SAFETY: `repr(C)`, an atomic word and a value of which any bytes are a valid one; honest peers
// write it under the mutex only.
unsafe impl<T: Plain> Overlay for MutexCell<T> {}

impl<T: Plain> MutexCell<T> {
    /// Puts `value` in place of the present one, which nobody else can be using.
    ///
    /// # Safety
    ///
    /// Nobody else uses the cell: it is being built.
    pub unsafe fn initialise(&self, value: T) {
        // SAFETY: the caller's promise; `UnsafeCell` gives a pointer that is valid for writes.
        unsafe { self.value.get().write(value) }
    }

    /// Whether somebody holds it, or held it when it died.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// Whether it is poisoned.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.raw.is_poisoned()
    }

    /// The mutex alone. Not for users: through another platform, to which the living are dead, they
    /// could take it from under a guard.
    #[allow(dead_code, reason = "for the condition variable")]
    pub(super) fn raw(&self) -> &RawMutex {
        &self.raw
    }
}

impl<T: Plain> Cell for MutexCell<T> {
    type Handle<P: Platform> = Mutex<T, P>;

    fn handle<P: Platform>(bound: Bound<Self, P>) -> Mutex<T, P> {
        Mutex { bound }
    }
}

/// A mutex across processes, with the value it guards.
///
/// It is held by an attachment, that is by a process: any thread of it may unlock, and the mutex
/// comes back only when the process ends or drops its attachment, not when a thread does. A thread
/// that locks it twice waits for itself. A panic unlocks it, as nothing marks the value then;
/// a process that dies leaves it to the next holder as [`LockError::OwnerDied`].
pub struct Mutex<T: Plain, P: Platform> {
    bound: Bound<MutexCell<T>, P>,
}

/// The value, held until this is dropped.
///
/// `Send`, unlike that of `std`: the holder is the process. What is leaked ([`core::mem::forget`])
/// stays locked until the process ends.
///
/// A forked child holds nothing, and does not have the memory: if it drops the guard that it has a copy
/// of, it ends with SIGSEGV. (To look first whether this is a child would cost a sixth of an uncontended
/// lock.)
#[must_use = "dropping it unlocks the mutex"]
pub struct MutexGuard<'a, T: Plain, P: Platform> {
    raw: RawGuard<'a, P>,
    mutex: &'a Mutex<T, P>,
}

/// The value of a mutex whose last holder died with it, and may have left the value half changed.
///
/// Repair the value and say so with [`mark_consistent`](Recovery::mark_consistent), and notify all who
/// wait at its [condition variables](super::Condvar) for what may have changed. Or give it up for
/// everybody with [`poison`](Recovery::poison). Dropping it decides nothing: the next one to lock the
/// mutex is told the same. So an `unwrap` or `?` that ends one process leaves the repair to another.
#[must_use = "repair the value and call `mark_consistent`; dropping it leaves that to the next one"]
pub struct Recovery<'a, T: Plain, P: Platform> {
    guard: MutexGuard<'a, T, P>,
}

impl<T: Plain, P: Platform> Mutex<T, P> {
    /// Locks the mutex, and waits for it as long as it takes.
    ///
    /// Uncontended, one compare-and-swap. Of a holder that died it learns within 300 ms. The error may
    /// hold the value, and so borrows the mutex: match on it, or use
    /// [`lock_or_repair`](Mutex::lock_or_repair).
    ///
    /// # Errors
    ///
    /// The last holder died with it, or it is poisoned, or its memory was taken away.
    #[inline]
    pub fn lock(&self) -> Result<MutexGuard<'_, T, P>, LockError<Recovery<'_, T, P>>> {
        match self.lock_raw(None) {
            Ok(guard) if !guard.raw.is_inconsistent() => Ok(guard),
            other => Err(self.why_not(other).for_ever()),
        }
    }

    /// As [`lock`](Mutex::lock); what a holder that died left is given to `repair` first, and counts as
    /// consistent then.
    ///
    /// The error borrows nothing, so that `?` may carry it anywhere.
    ///
    /// ```
    /// # use ringway_core::handle::Mutex;
    /// # use ringway_core::platform::Platform;
    /// # use core::error::Error;
    /// /// Two numbers that are equal but for a moment.
    /// fn count<P: Platform>(pair: &Mutex<[u64; 2], P>) -> Result<(), Box<dyn Error>> {
    ///     let mut pair = pair.lock_or_repair(|[one, two]| *two = *one)?;
    ///     pair[0] += 1;
    ///     pair[1] += 1;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// It is poisoned, or its memory was taken away.
    pub fn lock_or_repair(
        &self,
        repair: impl FnOnce(&mut T),
    ) -> Result<MutexGuard<'_, T, P>, LockError<Infallible>> {
        self.lock().or_else(|error| {
            error.or_repair(|mut left| {
                repair(&mut left);
                left.mark_consistent()
            })
        })
    }

    /// As [`lock`](Mutex::lock), without waiting.
    ///
    /// If it is held, asks the system whether the holder lives, which takes some microseconds.
    ///
    /// # Errors
    ///
    /// Somebody alive holds it; or as `lock`.
    #[inline]
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T, P>, TryLockError<Recovery<'_, T, P>>> {
        let raw = &self.bound.cell().raw;
        let taken = raw.try_lock(self.bound.at(), self.bound.platform());
        match taken.map(|raw| MutexGuard { raw, mutex: self }) {
            Ok(guard) if !guard.raw.is_inconsistent() => Ok(guard),
            other => Err(self.why_not(other).at_once()),
        }
    }

    /// As [`lock`](Mutex::lock), for no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Somebody alive held it all the time; or as `lock`.
    pub fn lock_timeout(
        &self,
        timeout: Duration,
    ) -> Result<MutexGuard<'_, T, P>, LockTimeoutError<Recovery<'_, T, P>>> {
        self.lock_until(self.bound.platform().now().after(timeout))
    }

    /// As [`lock`](Mutex::lock), until `deadline` on the clock of the platform.
    ///
    /// # Errors
    ///
    /// As [`lock_timeout`](Mutex::lock_timeout).
    pub fn lock_until(
        &self,
        deadline: Nanos,
    ) -> Result<MutexGuard<'_, T, P>, LockTimeoutError<Recovery<'_, T, P>>> {
        match self.lock_raw(Some(deadline)) {
            Ok(guard) if !guard.raw.is_inconsistent() => Ok(guard),
            other => Err(self.why_not(other)),
        }
    }

    /// Whether it is poisoned.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.bound.cell().raw.is_poisoned()
    }

    /// Takes back that the value was given up: the next one to lock the mutex gets the value as
    /// [`OwnerDied`](LockError::OwnerDied), to repair it. Says whether it was poisoned.
    pub fn clear_poison(&self) -> bool {
        self.bound.cell().raw.clear_poison()
    }

    /// The cell and the platform.
    pub fn bound(&self) -> &Bound<MutexCell<T>, P> {
        &self.bound
    }

    #[inline(always)]
    fn lock_raw(&self, deadline: Option<Nanos>) -> Result<MutexGuard<'_, T, P>, NotTaken> {
        let raw = &self.bound.cell().raw;
        let taken = raw.lock(self.bound.at(), self.bound.platform(), deadline);
        taken.map(|raw| MutexGuard { raw, mutex: self })
    }

    /// What `raw`, which holds this mutex again, comes to.
    pub(super) fn outcome<'a>(
        &'a self,
        raw: RawGuard<'a, P>,
    ) -> Result<MutexGuard<'a, T, P>, LockError<Recovery<'a, T, P>>> {
        let guard = MutexGuard { raw, mutex: self };
        if guard.raw.is_inconsistent() {
            return Err(LockError::OwnerDied(Recovery { guard }));
        }
        Ok(guard)
    }

    #[cold]
    fn why_not<'a>(
        &'a self,
        taken: Result<MutexGuard<'a, T, P>, NotTaken>,
    ) -> LockTimeoutError<Recovery<'a, T, P>> {
        match taken {
            Ok(guard) => LockTimeoutError::OwnerDied(Recovery { guard }),
            Err(NotTaken::Held) => LockTimeoutError::Timeout,
            Err(NotTaken::Closed) => LockTimeoutError::Poisoned,
            Err(NotTaken::Lost) => LockTimeoutError::Lost,
        }
    }
}

impl<'a, T: Plain, P: Platform> MutexGuard<'a, T, P> {
    /// The mutex it holds.
    #[must_use]
    pub fn mutex(&self) -> &'a Mutex<T, P> {
        self.mutex
    }

    /// The mutex, still held by what comes with it.
    pub(super) fn into_parts(self) -> (&'a Mutex<T, P>, RawGuard<'a, P>) {
        (self.mutex, self.raw)
    }

    /// The guard that was taken apart.
    pub(super) fn from_parts(mutex: &'a Mutex<T, P>, raw: RawGuard<'a, P>) -> Self {
        MutexGuard { raw, mutex }
    }
}

impl<T: Plain, P: Platform> Deref for MutexGuard<'_, T, P> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the mutex is held, so that no honest peer writes; any bytes are a valid `T`.
        unsafe { &*self.mutex.bound.cell().value.get() }
    }
}

impl<T: Plain, P: Platform> DerefMut for MutexGuard<'_, T, P> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and `self` is borrowed mutably.
        unsafe { &mut *self.mutex.bound.cell().value.get() }
    }
}

impl<'a, T: Plain, P: Platform> Recovery<'a, T, P> {
    /// Says that the value is in order again, and goes on holding it.
    pub fn mark_consistent(mut self) -> MutexGuard<'a, T, P> {
        self.guard.raw.make_consistent();
        self.guard
    }

    /// Gives the value up: nobody gets it any more, until somebody
    /// [takes that back](Mutex::clear_poison).
    pub fn poison(self) {
        self.guard.raw.give_up();
    }
}

impl<T: Plain, P: Platform> Deref for Recovery<'_, T, P> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: Plain, P: Platform> DerefMut for Recovery<'_, T, P> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

pub(super) const POISONED: &str = "a holder died and the next one gave up the value; call `clear_poison` \
                        and repair it at the next lock, or make a new one";
pub(super) const LOST: &str = "the shared memory was taken away; open it again";
pub(super) const OWNER_DIED: &str = "the last holder died with the lock; handle `OwnerDied`: repair the \
                          value and call `mark_consistent`, or use `lock_or_repair`";

/// Why [`Mutex::lock`] or [`RwLock::write`](super::RwLock::write) did not give the value as usual.
pub enum LockError<R> {
    /// It is held now, but the last holder died with it.
    OwnerDied(R),
    /// Somebody gave the value up.
    Poisoned,
    /// Its memory was taken away.
    Lost,
}

/// Why [`Mutex::try_lock`] or [`RwLock::try_write`](super::RwLock::try_write) did not give the value as usual.
pub enum TryLockError<R> {
    /// Somebody alive holds it.
    WouldBlock,
    /// It is held now, but the last holder died with it.
    OwnerDied(R),
    /// Somebody gave the value up.
    Poisoned,
}

/// Why [`Mutex::lock_timeout`] or [`RwLock::write_timeout`](super::RwLock::write_timeout) did not give the value as usual.
pub enum LockTimeoutError<R> {
    /// Somebody alive held it until the deadline.
    Timeout,
    /// It is held now, but the last holder died with it.
    OwnerDied(R),
    /// Somebody gave the value up.
    Poisoned,
    /// Its memory was taken away.
    Lost,
}

impl<R> LockError<R> {
    /// What `repair` makes of what a dead holder left, or the error, which then holds nothing.
    pub(super) fn or_repair<G>(
        self,
        repair: impl FnOnce(R) -> G,
    ) -> Result<G, LockError<Infallible>> {
        match self {
            LockError::OwnerDied(left) => Ok(repair(left)),
            LockError::Poisoned => Err(LockError::Poisoned),
            LockError::Lost => Err(LockError::Lost),
        }
    }
}

impl<R> LockTimeoutError<R> {
    /// The same error of a call without a deadline, which cannot have passed.
    pub(super) fn for_ever(self) -> LockError<R> {
        match self {
            LockTimeoutError::OwnerDied(recovery) => LockError::OwnerDied(recovery),
            LockTimeoutError::Poisoned => LockError::Poisoned,
            LockTimeoutError::Timeout | LockTimeoutError::Lost => LockError::Lost,
        }
    }

    /// The same error of a call that does not wait, and cannot find that the memory is gone.
    pub(super) fn at_once(self) -> TryLockError<R> {
        match self {
            LockTimeoutError::OwnerDied(recovery) => TryLockError::OwnerDied(recovery),
            LockTimeoutError::Poisoned => TryLockError::Poisoned,
            LockTimeoutError::Timeout | LockTimeoutError::Lost => TryLockError::WouldBlock,
        }
    }
}

macro_rules! lock_error {
    ($name:ident { $($variant:ident $(($ignored:tt))? => $text:expr),+ $(,)? }) => {
        impl<R> fmt::Debug for $name<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($name::$variant $(($ignored))? => stringify!($variant)),+ })
            }
        }
        impl<R> fmt::Display for $name<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($name::$variant $(($ignored))? => $text),+ })
            }
        }
        impl<R> Error for $name<R> {}
    };
}

lock_error!(LockError {
    OwnerDied(_) => OWNER_DIED,
    Poisoned => POISONED,
    Lost => LOST,
});
lock_error!(TryLockError {
    WouldBlock => "it is locked, by another process or by this one",
    OwnerDied(_) => OWNER_DIED,
    Poisoned => POISONED,
});
lock_error!(LockTimeoutError {
    Timeout => "it was locked until the deadline, by another process or by this one",
    OwnerDied(_) => OWNER_DIED,
    Poisoned => POISONED,
    Lost => LOST,
});

impl<T: Plain, P: Platform + Clone> Clone for Mutex<T, P> {
    fn clone(&self) -> Self {
        Mutex {
            bound: self.bound.clone(),
        }
    }
}

impl<T: Plain> fmt::Debug for MutexCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutexCell")
            .field("is_locked", &self.is_locked())
            .field("is_poisoned", &self.is_poisoned())
            .finish_non_exhaustive()
    }
}

impl<T: Plain, P: Platform> fmt::Debug for Mutex<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex")
            .field("is_locked", &self.bound.cell().raw.is_locked())
            .field("is_poisoned", &self.is_poisoned())
            .finish_non_exhaustive()
    }
}

impl<T: Plain + fmt::Debug, P: Platform> fmt::Debug for MutexGuard<'_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Plain + fmt::Display, P: Platform> fmt::Display for MutexGuard<'_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Plain + fmt::Debug, P: Platform> fmt::Debug for Recovery<'_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
