//! So many at a time.

use super::{Bound, Cell};
use crate::platform::Platform;
use crate::region::Overlay;
use crate::sync::{Holder, NoSeat, Overflow, SEATS, SemaphoreCell};
use crate::wait::doorbell::Rings;
use crate::wait::{
    Interrupted, Nanos, Outlook, Probe, SLICE, Sight, Source, Spin, Spot, WaitStrategy,
};
use core::cell::{Cell as Private, RefCell};
use core::error::Error;
use core::fmt;
use core::time::Duration;

// SAFETY: `repr(C)`, atomics of explicit width only.
unsafe impl<const N: usize> Overlay for SemaphoreCell<N> {}

impl<const N: usize> Cell for SemaphoreCell<N> {
    type Handle<P: Platform> = Semaphore<P, N>;

    fn handle<P: Platform>(bound: Bound<Self, P>) -> Semaphore<P, N> {
        Semaphore::new(bound, WaitStrategy::default())
    }
}

/// A counting semaphore across processes.
///
/// Permits are taken in two ways. With [`acquire`](Semaphore::acquire), for as long as the [`Permit`]
/// lives: if the process dies first, they come back by themselves. Or for good, with
/// [`consume`](Semaphore::consume), where somebody else releases new ones: a count of things to do.
///
/// A handle is for one thread (`Send`, not `Sync`); each thread has its own clone. Up to `N` handles
/// can hold permits at a time, in all processes together: 64 if nobody says, and a field of a struct
/// can ([`SemaphoreCell<256>`](SemaphoreCell)). One takes its place with its first `acquire`, and
/// gives it back when it is dropped. Who comes first is not
/// always served first, and somebody who wants many waits until so many are there at once. Together
/// with events and channels it can be waited for by [`wait_any`](crate::wait::wait_any).
///
/// ```
/// # mod ringway {
/// #     pub use ringway_core::{handle, platform::Platform};
/// # }
/// use ringway::{Platform, handle::Semaphore};
///
/// fn in_two_threads<P: Platform + Clone + Send + Sync>(gate: &Semaphore<P>) {
///     let theirs = gate.clone();
///     std::thread::scope(|threads| {
///         threads.spawn(move || drop(theirs.acquire()));
///         drop(gate.acquire());
///     });
/// }
/// ```
pub struct Semaphore<P: Platform, const N: usize = SEATS> {
    bound: Bound<SemaphoreCell<N>, P>,
    holder: Private<Option<Holder>>,
    /// When it last looked for the dead without waiting.
    swept: Private<Option<Nanos>>,
    spin: RefCell<Spin>,
}

/// Permits that are held until this is dropped, or until the process dies.
///
/// Not `Send`: it belongs to the handle that took it, and so to its thread. What is leaked
/// ([`core::mem::forget`]) comes back with the handle; [`forget`](Permit::forget) keeps it for good.
#[must_use = "dropping it gives the permits back"]
pub struct Permit<'a, P: Platform, const N: usize = SEATS> {
    semaphore: &'a Semaphore<P, N>,
    count: u32,
}

/// The releasing side of a semaphore: `Sync`, for what several threads or a signal handler share. It
/// goes into a `static` as it is (`OnceLock<Releaser>`).
pub struct Releaser<P: Platform, const N: usize = SEATS> {
    bound: Bound<SemaphoreCell<N>, P>,
}

impl<P: Platform, const N: usize> Semaphore<P, N> {
    fn new(bound: Bound<SemaphoreCell<N>, P>, strategy: WaitStrategy) -> Self {
        let (gate, _) = bound.cell().gate(bound.at());
        gate.expect_exchanges();
        Semaphore {
            bound,
            holder: Private::new(None),
            swept: Private::new(None),
            spin: RefCell::new(Spin::new(strategy).without_giving_way()),
        }
    }

    /// The same, waiting as `strategy` says from now on.
    #[must_use]
    pub fn waiting(self, strategy: WaitStrategy) -> Self {
        self.spin.replace(Spin::new(strategy).without_giving_way());
        self
    }

    /// Takes one permit, and waits for it as long as it takes.
    ///
    /// What a dead process held comes back within 300 ms.
    ///
    /// # Errors
    ///
    /// This handle has no place to hold permits from, or the memory was taken away.
    #[inline]
    pub fn acquire(&self) -> Result<Permit<'_, P, N>, AcquireError> {
        self.acquire_many(1)
    }

    /// As [`acquire`](Semaphore::acquire), without waiting.
    ///
    /// # Errors
    ///
    /// None is available; or as `acquire`.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_, P, N>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// As [`acquire`](Semaphore::acquire), for no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// None became available in time; or as `acquire`.
    pub fn acquire_timeout(
        &self,
        timeout: Duration,
    ) -> Result<Permit<'_, P, N>, AcquireTimeoutError> {
        self.acquire_many_timeout(1, timeout)
    }

    /// As [`acquire`](Semaphore::acquire), until `deadline` on the clock of the platform.
    ///
    /// # Errors
    ///
    /// As [`acquire_timeout`](Semaphore::acquire_timeout).
    pub fn acquire_until(&self, deadline: Nanos) -> Result<Permit<'_, P, N>, AcquireTimeoutError> {
        self.acquire_many_until(1, deadline)
    }

    /// Takes `count` permits at once, and waits until so many are available.
    ///
    /// # Errors
    ///
    /// There are never so many; or as [`acquire`](Semaphore::acquire).
    #[inline]
    pub fn acquire_many(&self, count: u32) -> Result<Permit<'_, P, N>, AcquireError> {
        self.take(count, None)
            .map_err(AcquireTimeoutError::for_ever)
    }

    /// As [`acquire_many`](Semaphore::acquire_many), without waiting.
    ///
    /// # Errors
    ///
    /// Not so many are available; or as `acquire_many`.
    #[inline]
    pub fn try_acquire_many(&self, count: u32) -> Result<Permit<'_, P, N>, TryAcquireError> {
        let permit = self.now_or_never(|| self.check(count), || self.try_take(count));
        permit.map_err(AcquireTimeoutError::at_once)
    }

    /// As [`acquire_many`](Semaphore::acquire_many), for no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Not so many became available in time; or as `acquire_many`.
    pub fn acquire_many_timeout(
        &self,
        count: u32,
        timeout: Duration,
    ) -> Result<Permit<'_, P, N>, AcquireTimeoutError> {
        self.acquire_many_until(count, self.bound.platform().now().after(timeout))
    }

    /// As [`acquire_many`](Semaphore::acquire_many), until `deadline` on the clock of the platform.
    ///
    /// # Errors
    ///
    /// As [`acquire_many_timeout`](Semaphore::acquire_many_timeout).
    pub fn acquire_many_until(
        &self,
        count: u32,
        deadline: Nanos,
    ) -> Result<Permit<'_, P, N>, AcquireTimeoutError> {
        self.take(count, Some(deadline))
    }

    /// Takes `count` permits for good, and waits until so many are available. They do not come back
    /// if this process dies.
    ///
    /// # Errors
    ///
    /// There are never so many, or the memory was taken away.
    #[inline]
    pub fn consume(&self, count: u32) -> Result<(), AcquireError> {
        self.take_for_good(count, None)
            .map_err(AcquireTimeoutError::for_ever)
    }

    /// As [`consume`](Semaphore::consume), without waiting.
    ///
    /// # Errors
    ///
    /// Not so many are available, or there are never so many.
    #[inline]
    pub fn try_consume(&self, count: u32) -> Result<(), TryAcquireError> {
        let take = || Ok(self.bound.cell().try_consume(count).then_some(()));
        self.now_or_never(|| self.check_bound(count), take)
            .map_err(AcquireTimeoutError::at_once)
    }

    /// As [`consume`](Semaphore::consume), for no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Not so many became available in time; or as `consume`.
    pub fn consume_timeout(
        &self,
        count: u32,
        timeout: Duration,
    ) -> Result<(), AcquireTimeoutError> {
        self.consume_until(count, self.bound.platform().now().after(timeout))
    }

    /// As [`consume`](Semaphore::consume), until `deadline` on the clock of the platform.
    ///
    /// # Errors
    ///
    /// As [`consume_timeout`](Semaphore::consume_timeout).
    pub fn consume_until(&self, count: u32, deadline: Nanos) -> Result<(), AcquireTimeoutError> {
        self.take_for_good(count, Some(deadline))
    }

    /// Makes `count` more permits available: new ones, not those that a [`Permit`] holds.
    ///
    /// Async-signal-safe, as that of the [`Releaser`], which a handler can reach.
    ///
    /// # Errors
    ///
    /// There would be more than the bound allows; then none is released.
    #[inline]
    pub fn release(&self, count: u32) -> Result<(), Overflow> {
        release(&self.bound, count)
    }

    /// The releasing side, for other threads and for signal handlers.
    pub fn releaser(&self) -> Releaser<P, N>
    where
        P: Clone,
    {
        Releaser {
            bound: self.bound.clone(),
        }
    }

    /// How many permits are available at this moment.
    #[must_use]
    pub fn available(&self) -> u32 {
        self.bound.cell().available()
    }

    /// The most that may be available at a time.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.bound.cell().bound()
    }

    /// What an event loop waits for instead of [`acquire`](Semaphore::acquire): it rings when a permit
    /// is available.
    ///
    /// # Errors
    ///
    /// All wait slots of the segment are in use, or the system refuses something.
    pub fn doorbell(&self) -> Result<P::Doorbell, P::Error>
    where
        P: Rings,
    {
        self.bound.platform().doorbell()
    }

    /// The cell and the platform.
    pub fn bound(&self) -> &Bound<SemaphoreCell<N>, P> {
        &self.bound
    }

    #[inline(always)]
    fn take(
        &self,
        count: u32,
        deadline: Option<Nanos>,
    ) -> Result<Permit<'_, P, N>, AcquireTimeoutError> {
        if let Some(permit) = self.try_take(count)? {
            return Ok(permit);
        }
        self.take_waiting(count, deadline)
    }

    #[cold]
    fn take_waiting(
        &self,
        count: u32,
        deadline: Option<Nanos>,
    ) -> Result<Permit<'_, P, N>, AcquireTimeoutError> {
        self.check(count)?;
        let mut holder = self.holder()?;
        let (cell, at) = (self.bound.cell(), self.bound.at());
        let mut spin = self.spin.borrow_mut();
        let platform = self.bound.platform();
        cell.acquire(at, platform, &mut spin, &mut holder, count, deadline)
            .map_err(interrupted)?;
        self.holder.set(Some(holder));
        Ok(self.permit(count))
    }

    #[inline(always)]
    fn try_take(&self, count: u32) -> Result<Option<Permit<'_, P, N>>, AcquireTimeoutError> {
        let mut holder = match self.holder.get() {
            Some(holder) => holder,
            None => self.holder()?,
        };
        let taken = self.bound.cell().try_acquire(&mut holder, count);
        if !taken {
            return Ok(None);
        }
        self.holder.set(Some(holder));
        Ok(Some(self.permit(count)))
    }

    #[inline(always)]
    fn take_for_good(
        &self,
        count: u32,
        deadline: Option<Nanos>,
    ) -> Result<(), AcquireTimeoutError> {
        let (cell, at) = (self.bound.cell(), self.bound.at());
        if cell.try_consume(count) {
            return Ok(());
        }
        self.check_bound(count)?;
        let mut spin = self.spin.borrow_mut();
        cell.consume(at, self.bound.platform(), &mut spin, count, deadline)
            .map_err(interrupted)
    }

    /// One attempt, and another one after what the dead hold was given back, if nobody has looked
    /// for a while. `check` says whether there can ever be so many.
    fn now_or_never<R>(
        &self,
        check: impl FnOnce() -> Result<(), AcquireTimeoutError>,
        mut take: impl FnMut() -> Result<Option<R>, AcquireTimeoutError>,
    ) -> Result<R, AcquireTimeoutError> {
        if let Some(taken) = take()? {
            return Ok(taken);
        }
        check()?;
        if !self.bound.cell().was_entered() {
            return Err(AcquireTimeoutError::Timeout);
        }
        let now = self.bound.platform().now();
        let is_due = self.swept.get().is_none_or(|at| at.after(SLICE) <= now);
        if is_due {
            self.swept.set(Some(now));
            let cell = self.bound.cell();
            if cell.sweep(self.bound.at(), self.bound.platform()) == Some(true)
                && let Some(taken) = take()?
            {
                return Ok(taken);
            }
        }
        Err(AcquireTimeoutError::Timeout)
    }

    /// What this handle knows of its place; takes one first if it has none.
    #[cold]
    fn holder(&self) -> Result<Holder, AcquireTimeoutError> {
        if let Some(holder) = self.holder.get() {
            return Ok(holder);
        }
        let platform = self.bound.platform();
        let deadline = Some(platform.now().after(SLICE));
        let cell = self.bound.cell();
        let holder = cell
            .enter(self.bound.at(), platform, deadline)
            .map_err(AcquireTimeoutError::NoSeat)?;
        self.holder.set(Some(holder));
        Ok(holder)
    }

    /// Whether there can ever be so many.
    fn check(&self, count: u32) -> Result<(), AcquireTimeoutError> {
        let held = self
            .holder
            .get()
            .map_or(0, |holder| self.bound.cell().held(&holder));
        let left = SemaphoreCell::<N>::MAX_HELD - held;
        self.check_bound(count)?;
        if count > left {
            return Err(AcquireTimeoutError::TooMany { bound: left });
        }
        Ok(())
    }

    fn check_bound(&self, count: u32) -> Result<(), AcquireTimeoutError> {
        let bound = self.limit();
        if count > bound {
            return Err(AcquireTimeoutError::TooMany { bound });
        }
        Ok(())
    }

    fn spot(&self) -> Spot<'_> {
        let (gate, at) = self.bound.cell().gate(self.bound.at());
        Spot {
            gate,
            at,
            wait: self.bound.platform(),
        }
    }

    fn look_out(&self, probe: Probe) -> Outlook {
        let (cell, at) = (self.bound.cell(), self.bound.at());
        let within = cell.outlook(at, self.bound.platform(), probe);
        // Who has just given back what the dead held rings at no other gate than this one's.
        if probe == Probe::Ask && self.available() > 0 {
            return Outlook::Over;
        }
        Outlook::Open(within)
    }

    #[inline(always)]
    fn permit(&self, count: u32) -> Permit<'_, P, N> {
        Permit {
            semaphore: self,
            count,
        }
    }

    #[inline(always)]
    fn give_back(&self, count: u32) {
        if let Some(mut holder) = self.holder.get()
            && self.bound.platform().is_mapped_here()
        {
            let (cell, at) = (self.bound.cell(), self.bound.at());
            cell.give_back(at, self.bound.platform(), &mut holder, count);
            self.holder.set(Some(holder));
        }
    }
}

#[inline(always)]
fn release<P: Platform, const N: usize>(
    bound: &Bound<SemaphoreCell<N>, P>,
    count: u32,
) -> Result<(), Overflow> {
    bound.cell().release(bound.at(), bound.platform(), count)
}

impl<P: Platform, const N: usize> Releaser<P, N> {
    /// Makes `count` more permits available.
    ///
    /// Async-signal-safe: it changes one word, and wakes sleepers by one system call. A handler may
    /// call it in the middle of any other call of this library.
    ///
    /// # Errors
    ///
    /// There would be more than the bound allows; then none is released.
    #[inline]
    pub fn release(&self, count: u32) -> Result<(), Overflow> {
        release(&self.bound, count)
    }
}

impl<P: Platform, const N: usize> Permit<'_, P, N> {
    /// How many permits it holds.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Keeps the permits for good: they come back neither now nor when the process dies.
    pub fn forget(self) {
        if let Some(mut holder) = self.semaphore.holder.get() {
            self.semaphore.bound.cell().forget(&mut holder, self.count);
            self.semaphore.holder.set(Some(holder));
        }
        core::mem::forget(self);
    }
}

impl<P: Platform, const N: usize> Drop for Permit<'_, P, N> {
    #[inline(always)]
    fn drop(&mut self) {
        self.semaphore.give_back(self.count);
    }
}

impl<P: Platform, const N: usize> Drop for Semaphore<P, N> {
    fn drop(&mut self) {
        if let Some(holder) = self.holder.get()
            && self.bound.platform().is_mapped_here()
        {
            let (cell, at) = (self.bound.cell(), self.bound.at());
            cell.leave(at, self.bound.platform(), holder);
        }
    }
}

impl<P: Platform + Clone, const N: usize> Clone for Semaphore<P, N> {
    /// A handle for another thread, with a place of its own.
    fn clone(&self) -> Self {
        Semaphore::new(self.bound.clone(), self.spin.borrow().strategy())
    }
}

impl<P: Platform + Clone, const N: usize> Clone for Releaser<P, N> {
    fn clone(&self) -> Self {
        Releaser {
            bound: self.bound.clone(),
        }
    }
}

impl<P: Platform, const N: usize> fmt::Debug for Semaphore<P, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("available", &self.available())
            .finish_non_exhaustive()
    }
}

impl<P: Platform, const N: usize> fmt::Debug for Releaser<P, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Releaser").finish_non_exhaustive()
    }
}

impl<P: Platform, const N: usize> fmt::Debug for Permit<'_, P, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

fn interrupted(why: Interrupted) -> AcquireTimeoutError {
    match why {
        Interrupted::TimedOut => AcquireTimeoutError::Timeout,
        Interrupted::PeerGone | Interrupted::Lost => AcquireTimeoutError::Lost,
    }
}

/// Ready when a permit is available; somebody else may be quicker to take it.
impl<P: Platform, const N: usize> Source for Semaphore<P, N> {
    fn is_ready(&mut self, _: Sight) -> bool {
        self.available() > 0
    }

    fn spot(&self) -> Spot<'_> {
        self.spot()
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        self.look_out(probe)
    }
}

/// As the semaphore itself, while it is borrowed by a [`Permit`].
impl<P: Platform, const N: usize> Source for &Semaphore<P, N> {
    fn is_ready(&mut self, _: Sight) -> bool {
        self.available() > 0
    }

    fn spot(&self) -> Spot<'_> {
        (**self).spot()
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        (**self).look_out(probe)
    }
}

/// Why permits were not taken by a call that waits for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcquireError {
    /// There are never so many.
    TooMany {
        /// The most that can be had.
        bound: u32,
    },
    /// This handle has no place to hold permits from.
    NoSeat(NoSeat),
    /// The memory was taken away.
    Lost,
}

/// Why permits were not taken by a call that does not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryAcquireError {
    /// Not so many are available.
    NotEnough,
    /// There are never so many.
    TooMany {
        /// The most that can be had.
        bound: u32,
    },
    /// This handle has no place to hold permits from.
    NoSeat(NoSeat),
}

/// Why permits were not taken by a call with a time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcquireTimeoutError {
    /// Not so many were available until the deadline.
    Timeout,
    /// There are never so many.
    TooMany {
        /// The most that can be had.
        bound: u32,
    },
    /// This handle has no place to hold permits from.
    NoSeat(NoSeat),
    /// The memory was taken away.
    Lost,
}

impl AcquireTimeoutError {
    /// The same error of a call without a deadline, which cannot have passed.
    fn for_ever(self) -> AcquireError {
        match self {
            AcquireTimeoutError::TooMany { bound } => AcquireError::TooMany { bound },
            AcquireTimeoutError::NoSeat(why) => AcquireError::NoSeat(why),
            AcquireTimeoutError::Timeout | AcquireTimeoutError::Lost => AcquireError::Lost,
        }
    }

    /// The same error of a call that does not wait, and cannot find that the memory is gone.
    fn at_once(self) -> TryAcquireError {
        match self {
            AcquireTimeoutError::TooMany { bound } => TryAcquireError::TooMany { bound },
            AcquireTimeoutError::NoSeat(why) => TryAcquireError::NoSeat(why),
            AcquireTimeoutError::Timeout | AcquireTimeoutError::Lost => TryAcquireError::NotEnough,
        }
    }
}

impl fmt::Display for AcquireTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AcquireTimeoutError::Timeout => {
                f.write_str("not enough permits were available until the deadline")
            }
            AcquireTimeoutError::TooMany { bound } => write!(
                f,
                "more permits are asked for than there can ever be ({bound}); ask for fewer, or \
                 make the semaphore with a larger bound"
            ),
            AcquireTimeoutError::NoSeat(why) => why.fmt(f),
            AcquireTimeoutError::Lost => {
                f.write_str("the shared memory was taken away; open it again")
            }
        }
    }
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let same = match *self {
            AcquireError::TooMany { bound } => AcquireTimeoutError::TooMany { bound },
            AcquireError::NoSeat(why) => AcquireTimeoutError::NoSeat(why),
            AcquireError::Lost => AcquireTimeoutError::Lost,
        };
        same.fmt(f)
    }
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            TryAcquireError::NotEnough => f.write_str("not enough permits are available"),
            TryAcquireError::TooMany { bound } => AcquireTimeoutError::TooMany { bound }.fmt(f),
            TryAcquireError::NoSeat(why) => why.fmt(f),
        }
    }
}

impl Error for AcquireTimeoutError {}
impl Error for AcquireError {}
impl Error for TryAcquireError {}

/// A semaphore is not `Sync`.
///
/// ```compile_fail
/// fn is_sync<T: Sync>() {}
/// is_sync::<ringway_core::handle::Semaphore<ringway_core::local::Local<'static>>>();
/// ```
#[allow(dead_code, reason = "carries the test")]
const IS_NOT_SYNC: () = ();
