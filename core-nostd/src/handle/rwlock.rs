//! A value that many may look at, or one may change, in whichever processes they are.

use super::mutex::{LOST, OWNER_DIED, POISONED};
use super::unforked::Unforked;
use super::{Bound, Cell, LockError, LockTimeoutError, TryLockError};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Overlay;
use crate::sync::{NoSeat, RawRead, RawRwLock, RawWriteGuard, SEATS};
use crate::wait::lock::NotTaken;
use crate::wait::{Nanos, SLICE, Spin, WaitStrategy};
use core::cell::{Cell as Private, RefCell, UnsafeCell};
use core::convert::Infallible;
use core::error::Error;
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::time::Duration;

/// A reader-writer lock and the value that it guards, as they lie in shared memory: the
/// [`RawRwLock`], then the value. All zeros is a free lock around the value that is all zeros.
///
/// `N` is how many handles can read at a time; each takes 64 bytes.
#[repr(C)]
pub struct RwLockCell<T, const N: usize = SEATS> {
    raw: RawRwLock<N>,
    value: UnsafeCell<T>,
}

// SAFETY: the lock lets many look at the value, or one change it.
unsafe impl<T: Plain, const N: usize> Sync for RwLockCell<T, N> {}
// SAFETY: `repr(C)`, atomic words and a value of which any bytes are a valid one; honest peers write
// it under the lock only.
unsafe impl<T: Plain, const N: usize> Overlay for RwLockCell<T, N> {}

impl<T: Plain, const N: usize> RwLockCell<T, N> {
    /// Puts `value` in place of the present one, which nobody else can be using.
    ///
    /// # Safety
    ///
    /// Nobody else uses the cell: it is being built.
    pub unsafe fn initialise(&self, value: T) {
        // SAFETY: the caller's promise; `UnsafeCell` gives a pointer that is valid for writes.
        unsafe { self.value.get().write(value) }
    }

    /// Whether somebody writes or waits to write, or died so.
    #[must_use]
    pub fn has_writer(&self) -> bool {
        self.raw.has_writer()
    }

    /// How many handles read or wait to read, with those that died so.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.raw.readers()
    }

    /// Whether it is poisoned.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.raw.is_poisoned()
    }
}

impl<T: Plain, const N: usize> Cell for RwLockCell<T, N> {
    type Handle<P: Platform> = RwLock<T, P, N>;

    fn handle<P: Platform>(bound: Bound<Self, P>) -> RwLock<T, P, N> {
        RwLock::new(bound, WaitStrategy::default())
    }
}

/// A reader-writer lock across processes, with the value it guards.
///
/// Readers do not slow each other down: each handle reads from a seat of its own, and writes to no
/// line of memory that others write to. Readers and writers take turns: a writer waits for the readers
/// that are there, and those that come later wait for it, but not for the writer after it.
///
/// What a reader held that dies is given back by whoever waits for it. A writer that dies leaves the
/// value to the next one who comes, reader or writer, as [`ReadError::OwnerDied`] or
/// [`LockError::OwnerDied`]; if it had not yet begun to write, or was done, nobody is told. Of either
/// those who wait learn within 300 ms. A panic unlocks, and marks nothing.
///
/// A handle is for one thread (`Send`, not `Sync`); each thread has its own clone. Up to `N` handles
/// can read at a time; one takes its seat with its first `read`, and gives it back when it is dropped.
/// It may hold several read guards at once, and gets another one even while a writer waits. Whoever
/// reads and writes through one handle at once waits for itself.
///
/// ```compile_fail
/// fn is_sync<T: Sync>() {}
/// is_sync::<ringway_core::handle::RwLock<u64, ringway_core::local::Local<'static>>>();
/// ```
pub struct RwLock<T: Plain, P: Platform, const N: usize = SEATS> {
    bound: Bound<RwLockCell<T, N>, P>,
    seat: Private<Option<usize>>,
    /// Read guards of this handle; its seat reads while there is one. Those that are leaked count, so
    /// it has more bits than anybody can count to.
    readers: Private<u64>,
    spin: RefCell<Spin>,
}

/// The value, which nobody changes until this is dropped.
///
/// What is leaked ([`core::mem::forget`]) keeps writers out until the handle is dropped.
#[must_use = "dropping it ends the reading"]
pub struct RwLockReadGuard<'a, T: Plain, P: Platform, const N: usize = SEATS> {
    lock: &'a RwLock<T, P, N>,
}

/// The value, which nobody else sees until this is dropped.
///
/// What is leaked ([`core::mem::forget`]) stays locked until the process ends.
#[must_use = "dropping it unlocks"]
pub struct RwLockWriteGuard<'a, T: Plain, P: Platform, const N: usize = SEATS> {
    raw: Unforked<'a, RawWriteGuard<'a, P, N>, P>,
    lock: &'a RwLock<T, P, N>,
}

/// The value of a lock whose last writer died, and may have left it half changed. Nobody else sees it
/// meanwhile.
///
/// Repair the value and say so with [`mark_consistent`](RwLockRecovery::mark_consistent), or give it up
/// for everybody with [`poison`](RwLockRecovery::poison). Dropping it decides nothing: the next one, who
/// reads or writes, is told the same.
#[must_use = "repair the value and call `mark_consistent`; dropping it leaves that to the next one"]
pub struct RwLockRecovery<'a, T: Plain, P: Platform, const N: usize = SEATS> {
    guard: RwLockWriteGuard<'a, T, P, N>,
}

type Reading<'a, T, P, const N: usize> =
    Result<RwLockReadGuard<'a, T, P, N>, ReadTimeoutError<RwLockRecovery<'a, T, P, N>>>;

impl<T: Plain, P: Platform, const N: usize> RwLock<T, P, N> {
    fn new(bound: Bound<RwLockCell<T, N>, P>, strategy: WaitStrategy) -> Self {
        bound.cell().raw.join(bound.platform(), strategy);
        RwLock {
            bound,
            seat: Private::new(None),
            readers: Private::new(0),
            spin: RefCell::new(Spin::new(strategy)),
        }
    }

    /// The same, waiting as `strategy` says from now on.
    #[must_use]
    pub fn waiting(self, strategy: WaitStrategy) -> Self {
        let raw = &self.bound.cell().raw;
        raw.join(self.bound.platform(), strategy);
        self.spin.replace(Spin::new(strategy));
        self
    }

    /// Reads, and waits for a writer as long as it takes.
    ///
    /// # Errors
    ///
    /// The last writer died, or the lock is poisoned, or this handle has no seat, or the memory was
    /// taken away.
    #[inline]
    pub fn read(
        &self,
    ) -> Result<RwLockReadGuard<'_, T, P, N>, ReadError<RwLockRecovery<'_, T, P, N>>> {
        self.read_raw(None).map_err(ReadTimeoutError::for_ever)
    }

    /// As [`read`](RwLock::read), without waiting.
    ///
    /// If a writer is there, asks the system whether it lives, which takes some microseconds.
    ///
    /// # Errors
    ///
    /// A writer that lives is there, or waits for readers, or this first `read` of the handle meets
    /// that of another one; or as `read`.
    #[inline]
    pub fn try_read(
        &self,
    ) -> Result<RwLockReadGuard<'_, T, P, N>, TryReadError<RwLockRecovery<'_, T, P, N>>> {
        let (cell, at) = (self.bound.cell(), self.bound.at());
        let read = self.begin_read(Some(Nanos(0)), |seat| {
            cell.raw.try_read(at, self.bound.platform(), seat)
        });
        read.map_err(ReadTimeoutError::at_once)
    }

    /// As [`read`](RwLock::read), for no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// A writer that lives was there all the time; or as `read`.
    pub fn read_timeout(
        &self,
        timeout: Duration,
    ) -> Result<RwLockReadGuard<'_, T, P, N>, ReadTimeoutError<RwLockRecovery<'_, T, P, N>>> {
        self.read_until(self.bound.platform().now().after(timeout))
    }

    /// As [`read`](RwLock::read), until `deadline` on the clock of the platform.
    ///
    /// # Errors
    ///
    /// As [`read_timeout`](RwLock::read_timeout).
    pub fn read_until(
        &self,
        deadline: Nanos,
    ) -> Result<RwLockReadGuard<'_, T, P, N>, ReadTimeoutError<RwLockRecovery<'_, T, P, N>>> {
        self.read_raw(Some(deadline))
    }

    /// Writes, and waits for readers and writers as long as it takes.
    ///
    /// # Errors
    ///
    /// The last writer died, or the lock is poisoned, or the memory was taken away.
    #[inline]
    pub fn write(
        &self,
    ) -> Result<RwLockWriteGuard<'_, T, P, N>, LockError<RwLockRecovery<'_, T, P, N>>> {
        self.write_raw(None).map_err(LockTimeoutError::for_ever)
    }

    /// As [`write`](RwLock::write); what a writer that died left is given to `repair` first, and counts
    /// as consistent then. The error borrows nothing, so that `?` may carry it anywhere.
    ///
    /// # Errors
    ///
    /// It is poisoned, or its memory was taken away.
    pub fn write_or_repair(
        &self,
        repair: impl FnOnce(&mut T),
    ) -> Result<RwLockWriteGuard<'_, T, P, N>, LockError<Infallible>> {
        self.write().or_else(|error| {
            error.or_repair(|mut left| {
                repair(&mut left);
                left.mark_consistent()
            })
        })
    }

    /// As [`write`](RwLock::write), without waiting.
    ///
    /// If somebody has the lock, asks the system whether they live, which takes some microseconds.
    ///
    /// # Errors
    ///
    /// Somebody alive reads or writes; or as `write`.
    pub fn try_write(
        &self,
    ) -> Result<RwLockWriteGuard<'_, T, P, N>, TryLockError<RwLockRecovery<'_, T, P, N>>> {
        let raw = &self.bound.cell().raw;
        let taken = raw.try_write(self.bound.at(), self.bound.platform());
        self.writing(taken).map_err(LockTimeoutError::at_once)
    }

    /// As [`write`](RwLock::write), for no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Somebody alive had the lock until then; or as `write`.
    pub fn write_timeout(
        &self,
        timeout: Duration,
    ) -> Result<RwLockWriteGuard<'_, T, P, N>, LockTimeoutError<RwLockRecovery<'_, T, P, N>>> {
        self.write_until(self.bound.platform().now().after(timeout))
    }

    /// As [`write`](RwLock::write), until `deadline` on the clock of the platform.
    ///
    /// # Errors
    ///
    /// As [`write_timeout`](RwLock::write_timeout).
    pub fn write_until(
        &self,
        deadline: Nanos,
    ) -> Result<RwLockWriteGuard<'_, T, P, N>, LockTimeoutError<RwLockRecovery<'_, T, P, N>>> {
        self.write_raw(Some(deadline))
    }

    /// Whether it is poisoned.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.bound.cell().is_poisoned()
    }

    /// Takes back that the value was given up: the next one gets the value as
    /// [`OwnerDied`](LockError::OwnerDied), to repair it. Says whether it was poisoned.
    pub fn clear_poison(&self) -> bool {
        let raw = &self.bound.cell().raw;
        raw.clear_poison(self.bound.at(), self.bound.platform())
    }

    /// The cell and the platform.
    pub fn bound(&self) -> &Bound<RwLockCell<T, N>, P> {
        &self.bound
    }

    #[inline(always)]
    fn read_raw(&self, deadline: Option<Nanos>) -> Reading<'_, T, P, N> {
        let (cell, at) = (self.bound.cell(), self.bound.at());
        self.begin_read(deadline, |seat| {
            let mut spin = self.spin.borrow_mut();
            cell.raw
                .read(at, self.bound.platform(), seat, &mut spin, deadline)
        })
    }

    /// Lets the seat read, unless it does already.
    #[inline(always)]
    fn begin_read<'a>(
        &'a self,
        deadline: Option<Nanos>,
        read: impl FnOnce(usize) -> Result<RawRead<'a, P, N>, NotTaken>,
    ) -> Reading<'a, T, P, N> {
        let readers = self.readers.get();
        if readers == 0 {
            let seat = match self.seat.get() {
                Some(seat) => seat,
                None => self.enter(deadline).map_err(ReadTimeoutError::NoSeat)?,
            };
            match read(seat) {
                Ok(RawRead::Reading) => {}
                other => return Err(self.why_not_read(other)),
            }
        }
        self.readers.set(readers + 1);
        Ok(RwLockReadGuard { lock: self })
    }

    #[cold]
    fn enter(&self, deadline: Option<Nanos>) -> Result<usize, NoSeat> {
        let raw = &self.bound.cell().raw;
        let seat = raw.enter(self.bound.at(), self.bound.platform(), deadline)?;
        self.seat.set(Some(seat));
        Ok(seat)
    }

    #[cold]
    fn why_not_read<'a>(
        &'a self,
        read: Result<RawRead<'a, P, N>, NotTaken>,
    ) -> ReadTimeoutError<RwLockRecovery<'a, T, P, N>> {
        match read {
            Ok(RawRead::Recovering(raw)) => ReadTimeoutError::OwnerDied(self.recovery(raw)),
            Ok(RawRead::Reading) | Err(NotTaken::Lost) => ReadTimeoutError::Lost,
            Err(NotTaken::Held) => ReadTimeoutError::Timeout,
            Err(NotTaken::Closed) => ReadTimeoutError::Poisoned,
        }
    }

    #[inline(always)]
    fn end_read(&self) {
        let readers = self.readers.get() - 1;
        self.readers.set(readers);
        if readers == 0
            && let Some(seat) = self.seat.get()
            && self.bound.platform().is_mapped_here()
        {
            let raw = &self.bound.cell().raw;
            raw.end_read(self.bound.at(), self.bound.platform(), seat);
        }
    }

    #[inline(always)]
    fn write_raw(
        &self,
        deadline: Option<Nanos>,
    ) -> Result<RwLockWriteGuard<'_, T, P, N>, LockTimeoutError<RwLockRecovery<'_, T, P, N>>> {
        let raw = &self.bound.cell().raw;
        let mut spin = self.spin.borrow_mut();
        let (at, platform) = (self.bound.at(), self.bound.platform());
        self.writing(raw.write(at, platform, &mut spin, deadline))
    }

    #[inline(always)]
    fn writing<'a>(
        &'a self,
        taken: Result<RawWriteGuard<'a, P, N>, NotTaken>,
    ) -> Result<RwLockWriteGuard<'a, T, P, N>, LockTimeoutError<RwLockRecovery<'a, T, P, N>>> {
        match taken {
            Ok(raw) if !raw.is_inconsistent() => Ok(self.guard(raw)),
            Ok(raw) => Err(LockTimeoutError::OwnerDied(self.recovery(raw))),
            Err(NotTaken::Held) => Err(LockTimeoutError::Timeout),
            Err(NotTaken::Closed) => Err(LockTimeoutError::Poisoned),
            Err(NotTaken::Lost) => Err(LockTimeoutError::Lost),
        }
    }

    fn recovery<'a>(&'a self, raw: RawWriteGuard<'a, P, N>) -> RwLockRecovery<'a, T, P, N> {
        RwLockRecovery {
            guard: self.guard(raw),
        }
    }

    #[inline(always)]
    fn guard<'a>(&'a self, raw: RawWriteGuard<'a, P, N>) -> RwLockWriteGuard<'a, T, P, N> {
        RwLockWriteGuard {
            raw: Unforked::new(raw, self.bound.platform()),
            lock: self,
        }
    }
}

impl<'a, T: Plain, P: Platform, const N: usize> RwLockReadGuard<'a, T, P, N> {
    /// The lock it reads under.
    #[must_use]
    pub fn lock(&self) -> &'a RwLock<T, P, N> {
        self.lock
    }
}

impl<'a, T: Plain, P: Platform, const N: usize> RwLockWriteGuard<'a, T, P, N> {
    /// The lock it holds.
    #[must_use]
    pub fn lock(&self) -> &'a RwLock<T, P, N> {
        self.lock
    }

    /// Goes on reading. Others may read as well from now on, and no writer comes in between.
    ///
    /// # Errors
    ///
    /// This handle has not read yet, and there is no seat for it; the guard is given back.
    pub fn downgrade(self) -> Result<RwLockReadGuard<'a, T, P, N>, (Self, NoSeat)> {
        let lock = self.lock;
        let seat = match lock.seat.get() {
            Some(seat) => seat,
            None => match lock.enter(Some(lock.bound.platform().now().after(SLICE))) {
                Ok(seat) => seat,
                Err(why) => return Err((self, why)),
            },
        };
        lock.readers.set(1);
        self.raw.into_inner().downgrade(seat);
        Ok(RwLockReadGuard { lock })
    }
}

impl<'a, T: Plain, P: Platform, const N: usize> RwLockRecovery<'a, T, P, N> {
    /// Says that the value is in order again, and goes on writing.
    pub fn mark_consistent(mut self) -> RwLockWriteGuard<'a, T, P, N> {
        self.guard.raw.make_consistent();
        self.guard
    }

    /// Gives the value up: nobody gets it any more, until somebody
    /// [takes that back](RwLock::clear_poison).
    pub fn poison(self) {
        self.guard.raw.into_inner().give_up();
    }
}

impl<T: Plain, P: Platform, const N: usize> Deref for RwLockReadGuard<'_, T, P, N> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the seat reads, so that no honest peer writes; any bytes are a valid `T`.
        unsafe { &*self.lock.bound.cell().value.get() }
    }
}

impl<T: Plain, P: Platform, const N: usize> Deref for RwLockWriteGuard<'_, T, P, N> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: this one writes, so that no honest peer does; any bytes are a valid `T`.
        unsafe { &*self.lock.bound.cell().value.get() }
    }
}

impl<T: Plain, P: Platform, const N: usize> DerefMut for RwLockWriteGuard<'_, T, P, N> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, no honest peer reads, and `self` is borrowed mutably.
        unsafe { &mut *self.lock.bound.cell().value.get() }
    }
}

impl<T: Plain, P: Platform, const N: usize> Deref for RwLockRecovery<'_, T, P, N> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: Plain, P: Platform, const N: usize> DerefMut for RwLockRecovery<'_, T, P, N> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: Plain, P: Platform, const N: usize> Drop for RwLockReadGuard<'_, T, P, N> {
    #[inline(always)]
    fn drop(&mut self) {
        self.lock.end_read();
    }
}

impl<T: Plain, P: Platform, const N: usize> Drop for RwLock<T, P, N> {
    fn drop(&mut self) {
        if let Some(seat) = self.seat.get()
            && self.bound.platform().is_mapped_here()
        {
            let raw = &self.bound.cell().raw;
            raw.leave(self.bound.at(), self.bound.platform(), seat);
        }
    }
}

impl<T: Plain + fmt::Display, P: Platform, const N: usize> fmt::Display
    for RwLockReadGuard<'_, T, P, N>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Plain + fmt::Display, P: Platform, const N: usize> fmt::Display
    for RwLockWriteGuard<'_, T, P, N>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Plain, const N: usize> fmt::Debug for RwLockCell<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RwLockCell")
            .field("has_writer", &self.has_writer())
            .field("readers", &self.readers())
            .field("is_poisoned", &self.is_poisoned())
            .finish()
    }
}

impl<T: Plain, P: Platform + Clone, const N: usize> Clone for RwLock<T, P, N> {
    /// A handle for another thread, with a seat of its own.
    fn clone(&self) -> Self {
        RwLock::new(self.bound.clone(), self.spin.borrow().strategy())
    }
}

/// Why [`RwLock::read`] did not give the value as usual.
pub enum ReadError<R> {
    /// The last writer died; the value is held now, as for writing.
    OwnerDied(R),
    /// Somebody gave the value up.
    Poisoned,
    /// This handle has no seat to read from.
    NoSeat(NoSeat),
    /// The memory was taken away.
    Lost,
}

/// Why [`RwLock::try_read`] did not give the value as usual.
pub enum TryReadError<R> {
    /// A writer that lives is there; or this handle has no seat yet, and another one is just taking
    /// or clearing one.
    WouldBlock,
    /// The last writer died; the value is held now, as for writing.
    OwnerDied(R),
    /// Somebody gave the value up.
    Poisoned,
    /// This handle has no seat to read from.
    NoSeat(NoSeat),
}

/// Why [`RwLock::read_timeout`] did not give the value as usual.
pub enum ReadTimeoutError<R> {
    /// A writer that lives was there until the deadline.
    Timeout,
    /// The last writer died; the value is held now, as for writing.
    OwnerDied(R),
    /// Somebody gave the value up.
    Poisoned,
    /// This handle has no seat to read from.
    NoSeat(NoSeat),
    /// The memory was taken away.
    Lost,
}

impl<R> ReadTimeoutError<R> {
    /// The same error of a call without a deadline, which cannot have passed.
    fn for_ever(self) -> ReadError<R> {
        match self {
            ReadTimeoutError::OwnerDied(recovery) => ReadError::OwnerDied(recovery),
            ReadTimeoutError::Poisoned => ReadError::Poisoned,
            ReadTimeoutError::NoSeat(why) => ReadError::NoSeat(why),
            ReadTimeoutError::Timeout | ReadTimeoutError::Lost => ReadError::Lost,
        }
    }

    /// The same error of a call that does not wait, and cannot find that the memory is gone.
    fn at_once(self) -> TryReadError<R> {
        match self {
            ReadTimeoutError::OwnerDied(recovery) => TryReadError::OwnerDied(recovery),
            ReadTimeoutError::Poisoned => TryReadError::Poisoned,
            // After a moment nobody can say that the other one is stopped.
            ReadTimeoutError::NoSeat(NoSeat::Busy) => TryReadError::WouldBlock,
            ReadTimeoutError::NoSeat(why) => TryReadError::NoSeat(why),
            ReadTimeoutError::Timeout | ReadTimeoutError::Lost => TryReadError::WouldBlock,
        }
    }
}

macro_rules! read_error {
    ($name:ident { $($variant:ident $(($ignored:tt))? => $text:expr),+ $(,)? }) => {
        impl<R> fmt::Debug for $name<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $name::NoSeat(why) => f.debug_tuple("NoSeat").field(why).finish(),
                    $($name::$variant $(($ignored))? => f.write_str(stringify!($variant))),+
                }
            }
        }
        impl<R> fmt::Display for $name<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $name::NoSeat(why) => return why.fmt(f),
                    $($name::$variant $(($ignored))? => $text),+
                })
            }
        }
        impl<R> Error for $name<R> {}
    };
}

read_error!(ReadError {
    OwnerDied(_) => OWNER_DIED,
    Poisoned => POISONED,
    Lost => LOST,
});
read_error!(TryReadError {
    WouldBlock => "a writer has the lock or waits for it, or another handle is just taking its seat; try again \
                   later",
    OwnerDied(_) => OWNER_DIED,
    Poisoned => POISONED,
});
read_error!(ReadTimeoutError {
    Timeout => "a writer had the lock until the deadline",
    OwnerDied(_) => OWNER_DIED,
    Poisoned => POISONED,
    Lost => LOST,
});

impl<T: Plain, P: Platform, const N: usize> fmt::Debug for RwLock<T, P, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = self.bound.cell();
        f.debug_struct("RwLock")
            .field("has_writer", &cell.has_writer())
            .field("readers", &cell.readers())
            .field("is_poisoned", &cell.is_poisoned())
            .finish_non_exhaustive()
    }
}

impl<T: Plain + fmt::Debug, P: Platform, const N: usize> fmt::Debug
    for RwLockReadGuard<'_, T, P, N>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Plain + fmt::Debug, P: Platform, const N: usize> fmt::Debug
    for RwLockWriteGuard<'_, T, P, N>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Plain + fmt::Debug, P: Platform, const N: usize> fmt::Debug
    for RwLockRecovery<'_, T, P, N>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
