//! Something that has happened, or not yet, seen by every process.

use super::{Bound, Cell};
use crate::platform::Platform;
use crate::region::Overlay;
use crate::sync::{EventMode, RawEvent};
use crate::wait::doorbell::Rings;
use crate::wait::{Interrupted, Nanos, Sight, Source, Spin, Spot, WaitStrategy};
use core::error::Error;
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

/// An event as it lies in shared memory. All zeros is a manual one that is not set.
///
/// Used through a handle, an [`Event`]: `desk.bind(|desk| &desk.opened)`.
#[repr(transparent)]
pub struct EventCell {
    raw: RawEvent,
}

// SAFETY: `repr(transparent)` over a `repr(C)` of atomic words and a gate, which is one, too.
unsafe impl Overlay for EventCell {}

impl EventCell {
    /// Says of which mode it is, and whether it is set to begin with. While nobody else uses it: it
    /// is being built.
    #[doc(hidden)]
    pub fn initialise(&self, mode: EventMode, is_set: bool) {
        self.raw.initialise(mode, is_set);
    }

    /// The words alone.
    #[doc(hidden)]
    pub fn raw(&self) -> &RawEvent {
        &self.raw
    }
}

impl fmt::Debug for EventCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventCell")
            .field("mode", &self.raw.mode())
            .field("is_set", &self.raw.is_set())
            .finish_non_exhaustive()
    }
}

impl Cell for EventCell {
    type Handle<P: Platform> = Event<P>;

    fn handle<P: Platform>(bound: Bound<Self, P>) -> Event<P> {
        Event {
            bound,
            learnt: AtomicU32::new(0),
        }
    }
}

/// An event across processes: one sets it, others wait until it is set.
///
/// A *manual* event stays set, and lets everybody pass, until it is [reset](Event::reset): "the
/// configuration is loaded", "shut down". An *automatic* one lets one waiter pass each time that it
/// is set: "there is work to look at". If it is set twice before anybody passes, one passes: to count,
/// there is a semaphore.
///
/// What was done before [`set`](Event::set) is visible to whoever passes. Nobody owns an event, so
/// that no death blocks it: one that was woken for an automatic event and died before it took it
/// leaves it to others, who find it within 200 ms.
///
/// There is no `pulse`, as in some systems, which wakes those who happen to wait and leaves the event
/// not set: one that is interrupted for a moment just then would miss it.
///
/// With other events, receivers and senders it can be waited for by
/// [`wait_any`](crate::wait::wait_any).
pub struct Event<P: Platform> {
    bound: Bound<EventCell, P>,
    /// What the waits of this handle have learnt about spinning; of this process alone.
    learnt: AtomicU32,
}

impl<P: Platform> Event<P> {
    /// Sets the event, and wakes whoever waits for it: all of them, or one if it is automatic.
    ///
    /// May be called from a signal handler, also one that has interrupted a call on the same event:
    /// it takes no lock, allocates nothing, waits for nobody and leaves `errno` alone. It makes no
    /// system call unless somebody sleeps, and then one; two if that one had just been killed. The
    /// handler finds the event in a `static`: `OnceLock<Event>`.
    #[inline]
    pub fn set(&self) {
        let bound = &self.bound;
        bound.cell().raw.set(bound.at(), bound.platform());
    }

    /// Takes it back; says whether it was set.
    ///
    /// Who waits for work in a loop resets first and looks for work then: what was done before the
    /// event was set is visible after the reset, and what comes later sets it again.
    #[inline]
    pub fn reset(&self) -> bool {
        self.bound.cell().raw.reset()
    }

    /// Whether it is set. An automatic one stays so.
    #[must_use]
    #[inline]
    pub fn is_set(&self) -> bool {
        self.bound.cell().raw.is_set()
    }

    /// How it ceases to be set.
    #[must_use]
    pub fn mode(&self) -> EventMode {
        self.bound.cell().raw.mode()
    }

    /// Passes if it is set, and takes it back if it is automatic. Whether it did.
    #[must_use = "whether the event was set"]
    #[inline]
    pub fn try_wait(&self) -> bool {
        self.bound.cell().raw.try_wait()
    }

    /// Waits until it is set, and takes it back if it is automatic.
    ///
    /// # Errors
    ///
    /// The memory was taken away.
    #[inline]
    pub fn wait(&self) -> Result<(), EventError> {
        if self.try_wait() {
            return Ok(());
        }
        // Without a deadline it cannot have passed.
        self.wait_slowly(None).map_err(|_| EventError::Lost)
    }

    /// As [`wait`](Event::wait), for no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// It was not set in that time, or others took it; or the memory was taken away.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), EventTimeoutError> {
        if self.try_wait() {
            return Ok(());
        }
        self.wait_until(self.bound.platform().now().after(timeout))
    }

    /// As [`wait`](Event::wait), until `deadline` on the clock of the platform.
    ///
    /// # Errors
    ///
    /// As [`wait_timeout`](Event::wait_timeout).
    pub fn wait_until(&self, deadline: Nanos) -> Result<(), EventTimeoutError> {
        self.wait_slowly(Some(deadline))
    }

    /// What an event loop waits for instead of [`wait`](Event::wait): it rings when the event is set.
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
    pub fn bound(&self) -> &Bound<EventCell, P> {
        &self.bound
    }

    #[cold]
    fn wait_slowly(&self, deadline: Option<Nanos>) -> Result<(), EventTimeoutError> {
        // Several threads may wait by this handle; whatever the last one has learnt will do.
        let learnt = self.learnt.load(Ordering::Relaxed);
        let mut spin = Spin::recall(WaitStrategy::Adaptive, learnt).without_giving_way();
        let bound = &self.bound;
        let waited = bound
            .cell()
            .raw
            .wait(bound.at(), bound.platform(), &mut spin, deadline);
        self.learnt.store(spin.learnt(), Ordering::Relaxed);
        waited.map_err(|why| match why {
            Interrupted::TimedOut => EventTimeoutError::Timeout,
            // Nobody in particular is waited for.
            Interrupted::PeerGone | Interrupted::Lost => EventTimeoutError::Lost,
        })
    }

    fn spot(&self) -> Spot<'_> {
        let bound = &self.bound;
        bound.cell().raw.spot(bound.at(), bound.platform())
    }
}

/// Ready when it is set. [`try_wait`](Event::try_wait) then takes an automatic one, unless somebody
/// else was quicker.
impl<P: Platform> Source for Event<P> {
    fn is_ready(&mut self, _: Sight) -> bool {
        self.bound.cell().raw.seems_set()
    }

    fn spot(&self) -> Spot<'_> {
        self.spot()
    }
}

/// As the event itself, for one that is shared with other threads.
impl<P: Platform> Source for &Event<P> {
    fn is_ready(&mut self, _: Sight) -> bool {
        self.bound.cell().raw.seems_set()
    }

    fn spot(&self) -> Spot<'_> {
        (**self).spot()
    }
}

/// Why [`Event::wait`] ended without the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventError {
    /// Its memory was taken away.
    Lost,
}

/// Why [`Event::wait_timeout`] ended without the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventTimeoutError {
    /// It was not set until the deadline, or others took it.
    Timeout,
    /// Its memory was taken away.
    Lost,
}

const LOST: &str = "the shared memory was taken away; open it again";

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EventError::Lost => f.write_str(LOST),
        }
    }
}

impl fmt::Display for EventTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EventTimeoutError::Timeout => "the event was not set until the deadline",
            EventTimeoutError::Lost => LOST,
        })
    }
}

impl Error for EventError {}
impl Error for EventTimeoutError {}

impl<P: Platform + Clone> Clone for Event<P> {
    fn clone(&self) -> Self {
        Event {
            bound: self.bound.clone(),
            learnt: AtomicU32::new(self.learnt.load(Ordering::Relaxed)),
        }
    }
}

impl<P: Platform> fmt::Debug for Event<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("mode", &self.mode())
            .field("is_set", &self.is_set())
            .finish_non_exhaustive()
    }
}
