//! Where all wait until the last has come, or are told that one of them will not.

use super::{Bound, Cell};
use crate::platform::Platform;
use crate::region::Overlay;
use crate::sync::{NoSeat, NotPassed, RawBarrier, SEATS};
use crate::wait::{Nanos, Spin, WaitStrategy};
use core::error::Error;
use core::fmt;
use core::time::Duration;

/// How long to wait for the seat that a first wait takes: somebody else is taking one, or was
/// stopped when it did.
const SEATED_WITHIN: Duration = Duration::from_secs(1);

/// A barrier for up to `N` parties, as it lies in shared memory. All zeros is a barrier for one.
///
/// Used through a handle, a [`Barrier`]: `desk.bind(|desk| &desk.start)`.
#[repr(transparent)]
#[derive(Debug)]
pub struct BarrierCell<const N: usize = SEATS> {
    raw: RawBarrier<N>,
}

// SAFETY: `repr(transparent)` over `repr(C)` words that are all atomics.
unsafe impl<const N: usize> Overlay for BarrierCell<N> {}

impl<const N: usize> BarrierCell<N> {
    /// Says how many have to come, before anybody takes part.
    ///
    /// # Errors
    ///
    /// They are more than `N`. Nothing is changed.
    #[doc(hidden)]
    pub fn initialise(&self, parties: u32) -> Result<(), NoSeat> {
        self.raw.set_parties(parties)
    }

    /// The words.
    #[doc(hidden)]
    pub fn raw(&self) -> &RawBarrier<N> {
        &self.raw
    }
}

impl<const N: usize> Cell for BarrierCell<N> {
    type Handle<P: Platform> = Barrier<P, N>;

    fn handle<P: Platform>(bound: Bound<Self, P>) -> Barrier<P, N> {
        Barrier {
            bound,
            seat: core::cell::Cell::new(None),
            spin: core::cell::Cell::new(new_spin()),
        }
    }
}

/// One party of a barrier across processes: [`wait`](Barrier::wait) returns when all parties have
/// called it, and what each did before is then visible to all. It can be used again at once.
///
/// Each handle is one party, from its first `wait` or [`join`](Barrier::join) until it is dropped;
/// a clone is another one. There can be as many as the cell has seats: 64 if nobody says, and a
/// field of a struct can ([`BarrierCell<256>`](BarrierCell)). A party that leaves in good order may be replaced, and the others wait
/// for that.
///
/// # When somebody does not come
///
/// A party that dies, a [`wait_timeout`](Barrier::wait_timeout) that ends before all have come and
/// an [`abort`](Barrier::abort) break the barrier: a barrier with a missing party is of no use. All
/// who wait are told ([`BarrierError::Broken`]), and all who come later, until somebody who knows
/// that things are in order again calls [`reset`](Barrier::reset). Of a death they learn within
/// 300 ms. One that dies behind the barrier, before it waits again, breaks the next round.
///
/// Of a process that ends before its handle has joined, the barrier knows nothing: join early, or
/// wait with a time limit.
///
/// There is no `try_wait`: to arrive is to promise to wait, and the others go on by it.
/// [`waiting`](Barrier::waiting) and [`is_broken`](Barrier::is_broken) tell how things stand.
pub struct Barrier<P: Platform, const N: usize = SEATS> {
    bound: Bound<BarrierCell<N>, P>,
    seat: core::cell::Cell<Option<usize>>,
    spin: core::cell::Cell<Spin>,
}

/// All have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarrierWaitResult {
    is_leader: bool,
}

impl BarrierWaitResult {
    /// Whether this party is the one that may do what is to be done once in each round. Exactly one
    /// is told so; nobody, if that one is killed when it is about to be.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.is_leader
    }
}

impl<P: Platform, const N: usize> Barrier<P, N> {
    /// Takes part from now on. Does nothing if this handle does already.
    ///
    /// # Errors
    ///
    /// As many as there are parties take part, and live ([`BarrierError::Crowded`]); or another
    /// process was stopped when it joined; or the memory was taken away.
    pub fn join(&self) -> Result<(), BarrierError> {
        self.seat_until(None)?;
        Ok(())
    }

    /// Waits until all parties have come, as long as it takes.
    ///
    /// # Errors
    ///
    /// The barrier is or was broken; or as [`join`](Barrier::join).
    pub fn wait(&self) -> Result<BarrierWaitResult, BarrierError> {
        self.wait_raw(None)
    }

    /// As [`wait`](Barrier::wait), for no longer than `timeout`. If not all have come then, the
    /// barrier is broken for all of them.
    ///
    /// # Errors
    ///
    /// [`BarrierError::Timeout`]; or as `wait`.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<BarrierWaitResult, BarrierError> {
        self.wait_until(self.bound.platform().now().after(timeout))
    }

    /// As [`wait_timeout`](Barrier::wait_timeout), until `deadline` on the clock of the platform.
    ///
    /// # Errors
    ///
    /// As `wait_timeout`.
    pub fn wait_until(&self, deadline: Nanos) -> Result<BarrierWaitResult, BarrierError> {
        self.wait_raw(Some(deadline))
    }

    /// Breaks the barrier: a party cannot go on, and the others need not wait.
    pub fn abort(&self) {
        self.raw().abort(self.bound.at(), self.bound.platform());
    }

    /// Makes a broken barrier a new one, with the parties that live and room for replacements.
    /// For those who wait, if it was not broken, it is now.
    ///
    /// To be called by one that knows that the others have seen it broken: of two resets the second
    /// breaks what has begun to wait since the first.
    ///
    /// # Errors
    ///
    /// Another process was stopped when it joined or left ([`NoSeat::Busy`]). The barrier is as it
    /// was.
    pub fn reset(&self) -> Result<(), NoSeat> {
        self.raw().reset(self.bound.at(), self.bound.platform())
    }

    /// Whether the barrier is broken.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.raw().is_broken()
    }

    /// How many parties wait now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.raw().waiting()
    }

    /// How many have to come.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.raw().parties()
    }

    /// The cell and the platform.
    pub fn bound(&self) -> &Bound<BarrierCell<N>, P> {
        &self.bound
    }

    fn raw(&self) -> &RawBarrier<N> {
        &self.bound.cell().raw
    }

    fn wait_raw(&self, deadline: Option<Nanos>) -> Result<BarrierWaitResult, BarrierError> {
        let seat = self.seat_until(deadline)?;
        let mut spin = self.spin.replace(new_spin());
        let at = self.bound.at();
        let passed = self
            .raw()
            .wait(at, self.bound.platform(), seat, deadline, &mut spin);
        self.spin.set(spin);
        passed
            .map(|is_leader| BarrierWaitResult { is_leader })
            .map_err(|why| match why {
                NotPassed::Broken => BarrierError::Broken,
                NotPassed::TimedOut => BarrierError::Timeout,
                NotPassed::Lost => BarrierError::Lost,
            })
    }

    /// The seat of this handle, which it takes if it has none.
    fn seat_until(&self, deadline: Option<Nanos>) -> Result<usize, NoSeat> {
        if let Some(seat) = self.seat.get() {
            return Ok(seat);
        }
        let platform = self.bound.platform();
        let soon = platform.now().after(SEATED_WITHIN);
        let deadline = deadline.map_or(soon, |deadline| deadline.min(soon));
        let seat = self.raw().join(self.bound.at(), platform, Some(deadline))?;
        self.seat.set(Some(seat));
        Ok(seat)
    }
}

impl<P: Platform, const N: usize> Drop for Barrier<P, N> {
    fn drop(&mut self) {
        if let Some(seat) = self.seat.get()
            && self.bound.platform().is_mapped_here()
        {
            self.raw().leave(seat);
        }
    }
}

impl<P: Platform + Clone, const N: usize> Clone for Barrier<P, N> {
    /// Another party, which takes its own seat.
    fn clone(&self) -> Self {
        self.bound.clone().handle()
    }
}

impl<P: Platform, const N: usize> fmt::Debug for Barrier<P, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties())
            .field("waiting", &self.waiting())
            .field("is_broken", &self.is_broken())
            .finish_non_exhaustive()
    }
}

/// Why a wait at a barrier ended without all having come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BarrierError {
    /// A party died, came too late, or gave the barrier up.
    Broken,
    /// Not all came before the deadline. The barrier is broken by that. Only from the calls that
    /// have a deadline.
    Timeout,
    /// As many as there are parties take part already, and live.
    Crowded {
        /// How many that is.
        parties: usize,
    },
    /// Somebody alive who is just joining has not finished in time: it is stopped. The barrier is
    /// as it was.
    Busy,
    /// Its memory was taken away.
    Lost,
}

impl From<NoSeat> for BarrierError {
    fn from(why: NoSeat) -> Self {
        match why {
            NoSeat::Crowded { seats } => BarrierError::Crowded { parties: seats },
            NoSeat::Busy => BarrierError::Busy,
            NoSeat::Lost => BarrierError::Lost,
        }
    }
}

impl fmt::Display for BarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BarrierError::Broken => f.write_str(
                "the barrier is broken: a party died, came too late or gave it up; see that all \
                 are in order and call `reset`",
            ),
            BarrierError::Timeout => f.write_str(
                "not all parties came before the deadline, and the barrier is broken now; see that \
                 all are in order and call `reset`",
            ),
            BarrierError::Crowded { parties } => write!(
                f,
                "all {parties} parties of the barrier take part already; drop a handle, or make it \
                 for more"
            ),
            BarrierError::Busy => NoSeat::Busy.fmt(f),
            BarrierError::Lost => NoSeat::Lost.fmt(f),
        }
    }
}

impl Error for BarrierError {}

fn new_spin() -> Spin {
    Spin::new(WaitStrategy::Adaptive)
}
