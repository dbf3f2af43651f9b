//! Waiting for a change of a value that a mutex guards, until another process says that there was
//! one.

use super::mutex::{LOST, LockError, Mutex, MutexGuard, OWNER_DIED, POISONED, Recovery};
use super::{Bound, Cell};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Overlay;
use crate::sync::{CondvarCell, NotWaited, RawGuard, SEATS, WokenBy};
use crate::wait::Nanos;
use core::error::Error;
use core::fmt;
use core::time::Duration;

// SAFETY: `repr(C)`, atomic words and reserved ones only; the protocol checks what it reads.
#[allow(unsafe_code)]
unsafe impl<const N: usize> Overlay for CondvarCell<N> {}

impl<const N: usize> Cell for CondvarCell<N> {
    type Handle<P: Platform> = Condvar<P, N>;

    fn handle<P: Platform>(bound: Bound<Self, P>) -> Condvar<P, N> {
        Condvar { bound }
    }
}

/// A condition variable across processes, at which `N` can wait at a time: 64 if nobody says, and a
/// field of a struct can ([`CondvarCell<256>`](CondvarCell)).
///
/// Change the value under its [`Mutex`], which may lie in another segment, then notify, with or
/// without the mutex. Where nobody waits, that is two loads. A waiter may come back for nothing, so
/// wait in a loop, or with [`wait_while`](Condvar::wait_while).
///
/// A process that is killed as it waits takes no notification with it: one that it did not live to
/// act on goes to another within 300 ms. When the holder of the mutex dies, or the mutex is
/// poisoned, those who wait come back within 300 ms and learn it, as there may be nobody left who
/// would notify them. A notifier that is killed between its change and its notification has not
/// notified: notify before unlocking, and its death is one of a holder. Whoever is told of such a
/// death and repairs the value notifies all, since the dead one may have used a notification up.
///
/// After the wait the mutex is waited for as long as it takes, also where the wait has a deadline,
/// as in POSIX.
///
/// ```
/// # mod ringway {
/// #     pub use ringway_core::{handle, handle::WaitError, platform::Platform};
/// # }
/// use ringway::{Platform, WaitError, handle::Condvar, handle::Mutex};
///
/// fn take_one<P: Platform>(goods: &Mutex<u32, P>, arrival: &Condvar<P>) -> bool {
///     let Ok(mut held) = goods.lock() else { return false };
///     loop {
///         held = match arrival.wait_while(held, |goods| *goods == 0) {
///             Ok(mut goods) => {
///                 *goods -= 1;
///                 return true;
///             }
///             Err(WaitError::OwnerDied(mut goods)) => {
///                 *goods = 0; // counted again
///                 let goods = goods.mark_consistent();
///                 arrival.notify_all(); // the dead one may have used a notification up
///                 goods
///             }
///             Err(_) => return false,
///         };
///     }
/// }
/// ```
pub struct Condvar<P: Platform, const N: usize = SEATS> {
    bound: Bound<CondvarCell<N>, P>,
}

/// Whether a wait ended with its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether the deadline passed. `false`: notified, or woken for nothing.
    #[must_use]
    pub fn timed_out(self) -> bool {
        self.0
    }
}

/// What a wait of a `MutexGuard<'a, T, P>` gives back besides the value.
type Failed<'a, T, P> = WaitError<Recovery<'a, T, P>, MutexGuard<'a, T, P>>;

impl<P: Platform, const N: usize> Condvar<P, N> {
    /// Unlocks the mutex, waits to be notified, and locks the mutex again.
    ///
    /// # Errors
    ///
    /// There is no room for one more waiter, and the mutex is still held; the last holder died
    /// with the mutex; the mutex is poisoned; or the memory was taken away.
    pub fn wait<'a, T: Plain, M: Platform>(
        &self,
        guard: MutexGuard<'a, T, M>,
    ) -> Result<MutexGuard<'a, T, M>, Failed<'a, T, M>> {
        self.wait_raw(guard, None).map(|(guard, _)| guard)
    }

    /// As [`wait`](Condvar::wait), for as long as `condition` holds of the value.
    ///
    /// # Errors
    ///
    /// As [`wait`](Condvar::wait).
    pub fn wait_while<'a, T: Plain, M: Platform>(
        &self,
        mut guard: MutexGuard<'a, T, M>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> Result<MutexGuard<'a, T, M>, Failed<'a, T, M>> {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// As [`wait`](Condvar::wait), for no longer than `timeout`, and then for the mutex. One that is
    /// notified as its time ends was notified.
    ///
    /// # Errors
    ///
    /// As [`wait`](Condvar::wait).
    pub fn wait_timeout<'a, T: Plain, M: Platform>(
        &self,
        guard: MutexGuard<'a, T, M>,
        timeout: Duration,
    ) -> Result<(MutexGuard<'a, T, M>, WaitTimeoutResult), Failed<'a, T, M>> {
        self.wait_until(guard, self.bound.platform().now().after(timeout))
    }

    /// As [`wait_timeout`](Condvar::wait_timeout), until `deadline` on the clock of the platform.
    ///
    /// # Errors
    ///
    /// As [`wait`](Condvar::wait).
    pub fn wait_until<'a, T: Plain, M: Platform>(
        &self,
        guard: MutexGuard<'a, T, M>,
        deadline: Nanos,
    ) -> Result<(MutexGuard<'a, T, M>, WaitTimeoutResult), Failed<'a, T, M>> {
        self.wait_raw(guard, Some(deadline))
    }

    /// As [`wait_while`](Condvar::wait_while), for no longer than `timeout` in all. Has timed out
    /// only if the condition still holds.
    ///
    /// # Errors
    ///
    /// As [`wait`](Condvar::wait).
    pub fn wait_timeout_while<'a, T: Plain, M: Platform>(
        &self,
        mut guard: MutexGuard<'a, T, M>,
        timeout: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> Result<(MutexGuard<'a, T, M>, WaitTimeoutResult), Failed<'a, T, M>> {
        let deadline = self.bound.platform().now().after(timeout);
        let mut outcome = WaitTimeoutResult(false);
        while condition(&mut guard) {
            if outcome.timed_out() {
                return Ok((guard, outcome));
            }
            (guard, outcome) = self.wait_until(guard, deadline)?;
        }
        Ok((guard, WaitTimeoutResult(false)))
    }

    /// Wakes the one that has waited longest, if anybody waits.
    pub fn notify_one(&self) {
        let cell = self.bound.cell();
        cell.notify_one(self.bound.at(), self.bound.platform());
    }

    /// Wakes everyone who waits.
    pub fn notify_all(&self) {
        let cell = self.bound.cell();
        cell.notify_all(self.bound.at(), self.bound.platform());
    }

    /// The cell and the platform.
    pub fn bound(&self) -> &Bound<CondvarCell<N>, P> {
        &self.bound
    }

    fn wait_raw<'a, T: Plain, M: Platform>(
        &self,
        guard: MutexGuard<'a, T, M>,
        deadline: Option<Nanos>,
    ) -> Result<(MutexGuard<'a, T, M>, WaitTimeoutResult), Failed<'a, T, M>> {
        let (mutex, raw) = guard.into_parts();
        let (at, platform) = (self.bound.at(), self.bound.platform());
        match self.bound.cell().wait(raw, at, platform, deadline) {
            Ok((raw, why)) => {
                let guard = again(mutex, raw)?;
                Ok((guard, WaitTimeoutResult(why == WokenBy::Deadline)))
            }
            Err(NotWaited::Crowded(raw)) => {
                Err(WaitError::Crowded(MutexGuard::from_parts(mutex, raw)))
            }
            Err(NotWaited::Poisoned) => Err(WaitError::Poisoned),
            Err(NotWaited::Lost) => Err(WaitError::Lost),
        }
    }
}

/// The value of a mutex that is held again.
fn again<'a, T: Plain, M: Platform>(
    mutex: &'a Mutex<T, M>,
    raw: RawGuard<'a, M>,
) -> Result<MutexGuard<'a, T, M>, Failed<'a, T, M>> {
    mutex.outcome(raw).map_err(|why| match why {
        LockError::OwnerDied(recovery) => WaitError::OwnerDied(recovery),
        LockError::Poisoned => WaitError::Poisoned,
        LockError::Lost => WaitError::Lost,
    })
}

/// Why a wait did not give the value back as usual.
pub enum WaitError<R, G> {
    /// The mutex is held again, but its last holder died with it.
    OwnerDied(R),
    /// Somebody gave the value up.
    Poisoned,
    /// The memory was taken away.
    Lost,
    /// As many wait as there is room for, and all of them live. There was no wait, and the mutex is
    /// held as before.
    Crowded(G),
}

impl<R, G> fmt::Debug for WaitError<R, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WaitError::OwnerDied(_) => "OwnerDied",
            WaitError::Poisoned => "Poisoned",
            WaitError::Lost => "Lost",
            WaitError::Crowded(_) => "Crowded",
        })
    }
}

impl<R, G> fmt::Display for WaitError<R, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WaitError::OwnerDied(_) => OWNER_DIED,
            WaitError::Poisoned => POISONED,
            WaitError::Lost => LOST,
            WaitError::Crowded(_) => {
                "as many wait as there is room for; try again later, or make it a field with more \
                 seats: `CondvarCell<256>` in a `shared!` struct"
            }
        })
    }
}

impl<R, G> Error for WaitError<R, G> {}

impl<P: Platform + Clone, const N: usize> Clone for Condvar<P, N> {
    fn clone(&self) -> Self {
        Condvar {
            bound: self.bound.clone(),
        }
    }
}

impl<P: Platform, const N: usize> fmt::Debug for Condvar<P, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar")
            .field("waiters", &self.bound.cell().waiters())
            .finish_non_exhaustive()
    }
}
