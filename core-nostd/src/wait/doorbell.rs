//! Being told of what is waited for without sleeping on it: a wait slot whose bell an event loop
//! waits for.
//!
//! ```text
//!   owner                                      waker
//!   ─────                                      ─────
//!   take back what has rung
//!   arm the slot for the word of the gate      do the work
//!   mark the gate                              the gate is marked: begin a new epoch
//!   look once more: ready? then disarm         ARMED → SIGNALLED, ring the bell
//!   wait for the bell, among other things ◀────┘
//! ```
//!
//! It is the sleep of [`Waiting`](super::Waiting) with the middle taken out: what the sleeper does
//! before is [`arm`](Doorbell::arm), and where it would sleep it goes back to its event loop. So the
//! bell also rings when a sleep would have ended to ask whether the peer lives. Nothing armed: nothing
//! is marked, and neither side makes a system call.
//!
//! Nobody knows whether the owner will take what it is told of. So the mark asks for all who wait
//! there to be woken, and nobody has to pass a ring on. A waker that has looked at the gate before it
//! was marked may still choose the slot alone, since it was armed by then: the owner then finds the
//! source ready, and [`take_back`] wakes another in its place.

use super::parking::Lot;
use super::{Company, Outlook, Probe, Sight, Source};
use crate::primitive::wake_site;
use core::time::Duration;

/// What arming a doorbell found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "one that is ready does not ring"]
pub enum Armed {
    /// The source is ready, or closed: its `try_` call says which. Nothing is armed.
    Ready,
    /// It is not ready; the bell rings, once, when it may be, or when it is time to arm it again to
    /// find out whether the peer still lives.
    Waiting,
}

/// Arms `slot`, which the caller owns, for the gate of `source`, whose word stands at `at` in the
/// segment of the lot. How long the source can become ready only by a ring; `None` if it is ready: the
/// slot is armed in either case, and then to be [taken back](take_back).
pub fn arm<S: Source + ?Sized, const SLOTS: usize>(
    lot: &Lot<SLOTS>,
    slot: u32,
    at: usize,
    source: &mut S,
    probe: Probe,
) -> Option<Duration> {
    // First: who finds the mark must find the slot.
    lot.arm(slot, at);
    let spot = source.spot();
    // The ring says only that there is something, and must not end here.
    spot.gate.mark(&spot.wait, Company::OthersFirst);
    if source.is_ready(Sight::Last) {
        return None;
    }
    let Outlook::Open(within) = source.outlook(probe) else {
        return None;
    };
    // What the dead had left may be there now.
    let is_ready = probe == Probe::Ask && source.is_ready(Sight::Last);
    (!is_ready).then_some(within)
}

/// Ends an arming that found its source ready; whether the slot was signalled. If so, that may have
/// been the only wake-up for the work, and somebody else gets it.
pub fn take_back<S: Source + ?Sized, const SLOTS: usize>(
    lot: &Lot<SLOTS>,
    slot: u32,
    source: &S,
) -> bool {
    let was_signalled = lot.disarm(slot);
    if was_signalled && wake_site() {
        let spot = source.spot();
        spot.wait.wake(spot.gate.at(spot.at), 1);
    }
    was_signalled
}

#[cfg(not(ringway_loom))]
pub use owned::{Bell, Doorbell, DoorbellError, HasBells, NoBell, Rings};

#[cfg(not(ringway_loom))]
mod owned {
    use super::{Armed, arm, take_back};
    use crate::platform::Platform;
    use crate::region::Memory;
    use crate::wait::parking::{Bells, Lot, WAIT_SLOTS};
    use crate::wait::{Gate, Nanos, Probe, Sight, Source};
    use core::error::Error;
    use core::fmt;

    /// A platform that has doorbells for what is waited for in its segment.
    pub trait Rings: Platform {
        /// The doorbell.
        type Doorbell;
        /// Why there is none.
        type Error;

        /// A doorbell for whatever is waited for in this segment.
        ///
        /// # Errors
        ///
        /// All wait slots are in use, or the system refuses something.
        fn doorbell(&self) -> Result<Self::Doorbell, Self::Error>;
    }

    /// An adapter whose bells an event loop can wait for.
    pub trait HasBells: Platform + Bells {
        /// The bell of one slot.
        type Bell: Bell;

        /// The bell of `slot`, which the caller owns.
        ///
        /// # Errors
        ///
        /// Somebody else made the kernel object of that name, or the system refuses it.
        fn bell(&self, slot: u32) -> Result<Self::Bell, NoBell<<Self::Bell as Bell>::Error>>;
    }

    /// Why there is no bell for a slot.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum NoBell<E> {
        /// What stands in its place is somebody else's. That of another slot may do.
        Taken(E),
        /// There is none for any slot.
        Failed(E),
    }

    /// The kernel object of a slot as its owner holds it.
    pub trait Bell {
        /// Why it cannot be waited for.
        type Error;

        /// Takes back every ring that has come, and that of [`watch`](Bell::watch). Whether a waker
        /// had rung.
        fn clear(&mut self) -> bool;

        /// From now on, and until it is [cleared](Bell::clear), the event loop is told of a ring,
        /// also of one that has come before, and once of its own at `until` on the clock of the
        /// platform.
        ///
        /// # Errors
        ///
        /// The system refuses it.
        fn watch(&mut self, until: Nanos) -> Result<(), Self::Error>;

        /// The slot is about to be released: stops waiting for it, and takes away what others know it
        /// by. Not called in a forked child.
        fn remove(&mut self);
    }

    /// Why there is no doorbell, or it could not be armed.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum DoorbellError<E> {
        /// Every wait slot of the segment is in use, by doorbells or by whoever sleeps.
        AllInUse {
            /// How many there are.
            slots: u32,
        },
        /// The segment has no wait slots.
        NoSlots,
        /// The source lies in another segment than the doorbell.
        OtherSegment,
        /// The system, or somebody in the way.
        Bell(E),
    }

    impl<E: fmt::Display> fmt::Display for DoorbellError<E> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                DoorbellError::AllInUse { slots } => write!(
                    f,
                    "all {slots} wait slots of the segment are in use; drop a doorbell that is not \
                     needed, or let one doorbell serve several sources in turn"
                ),
                DoorbellError::NoSlots => f.write_str(
                    "the segment has no wait slots: it was made without an operating system",
                ),
                DoorbellError::OtherSegment => f.write_str(
                    "the source lies in another segment than the doorbell, or was opened by another \
                     call; take the doorbell from the source that it is armed for",
                ),
                DoorbellError::Bell(why) => why.fmt(f),
            }
        }
    }

    impl<E: Error + 'static> Error for DoorbellError<E> {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            match self {
                DoorbellError::Bell(why) => why.source(),
                _ => None,
            }
        }
    }

    /// A wait slot and its bell, for as long as this lives.
    ///
    /// It keeps its segment mapped and borrows nothing from what it is armed for.
    pub struct Doorbell<P: HasBells> {
        bell: P::Bell,
        slot: u32,
        /// Whether the bell may have something to take back.
        is_used: bool,
        /// For which word it was armed last.
        at: usize,
        /// When to ask the system about the peer.
        ask_at: Option<Nanos>,
        platform: P,
    }

    type Refusal<P> = DoorbellError<<<P as HasBells>::Bell as Bell>::Error>;

    impl<P: HasBells> Doorbell<P> {
        /// A doorbell for what is waited for in the segment of `platform`.
        ///
        /// # Errors
        ///
        /// All wait slots are in use, or the system refuses something.
        pub fn new(platform: P) -> Result<Self, Refusal<P>> {
            let lot = Lot::of(platform.memory()).ok_or(DoorbellError::NoSlots)?;
            let mut spoilt = Spoilt { lot, slots: 0 };
            let mut why = DoorbellError::AllInUse { slots: WAIT_SLOTS };
            while let Some(slot) = lot.claim(&platform, 0) {
                let reason = match platform.bell(slot) {
                    Ok(bell) => {
                        drop(spoilt);
                        return Ok(Doorbell {
                            bell,
                            slot,
                            is_used: false,
                            at: 0,
                            ask_at: None,
                            platform,
                        });
                    }
                    Err(NoBell::Failed(reason)) => {
                        lot.release(slot);
                        return Err(DoorbellError::Bell(reason));
                    }
                    Err(NoBell::Taken(reason)) => reason,
                };
                // Kept until the end, so that the next one is another one.
                spoilt.slots |= 1 << slot;
                why = DoorbellError::Bell(reason);
            }
            Err(why)
        }

        /// Takes back what has rung, and arms it for `source` unless that is ready.
        ///
        /// # Errors
        ///
        /// The source lies in another segment, or the system refuses something; nothing is armed
        /// then.
        pub fn arm<S: Source + ?Sized>(&mut self, source: &mut S) -> Result<Armed, Refusal<P>> {
            self.clear();
            let at = self.place_of(source.spot().gate);
            let at = at.ok_or(DoorbellError::OtherSegment)?;
            // While there is always something, nobody needs to be told.
            if source.is_ready(Sight::Passing) {
                return Ok(Armed::Ready);
            }
            let now = Bells::now(&self.platform);
            let due = self.ask_at.take().filter(|_| self.at == at);
            let probe = match due {
                Some(due) if due <= now => Probe::Ask,
                _ => Probe::Glance,
            };
            self.at = at;
            self.is_used = true;
            let Some(within) = arm(lot(&self.platform), self.slot, at, source, probe) else {
                let was_signalled = take_back(lot(&self.platform), self.slot, source);
                self.settle(was_signalled);
                return Ok(Armed::Ready);
            };
            let next = now.after(within);
            let until = match (probe, due) {
                (Probe::Glance, Some(due)) => due.min(next),
                _ => next,
            };
            self.ask_at = Some(until);
            if let Err(why) = self.bell.watch(until) {
                self.clear();
                return Err(DoorbellError::Bell(why));
            }
            Ok(Armed::Waiting)
        }

        /// Takes back what has rung, and lets nothing more ring. A waker that is just about to ring
        /// may still do it, once.
        pub fn clear(&mut self) {
            if self.is_used {
                let was_signalled = lot(&self.platform).disarm(self.slot);
                self.settle(was_signalled);
            }
        }

        /// Takes back what the slot, which is not armed any more, has rung.
        fn settle(&mut self, was_signalled: bool) {
            let had_rung = self.bell.clear();
            // If it was signalled, the ring may be on its way.
            self.is_used = was_signalled && !had_rung;
        }

        /// The bell.
        pub fn bell(&self) -> &P::Bell {
            &self.bell
        }

        /// The platform.
        pub fn platform(&self) -> &P {
            &self.platform
        }

        /// Where a gate stands in the segment, in bytes; `None` if it does not.
        fn place_of(&self, gate: &Gate) -> Option<usize> {
            let memory = self.platform.memory();
            let base = memory.base().as_ptr().addr();
            let at = core::ptr::from_ref(gate).addr().wrapping_sub(base);
            (at < memory.len()).then_some(at)
        }
    }

    /// The lot of a segment that was found to have one.
    fn lot<P: HasBells>(platform: &P) -> &Lot {
        match Lot::of(platform.memory()) {
            Some(lot) => lot,
            None => unreachable!("it was there when the doorbell was made"),
        }
    }

    impl<P: HasBells> Drop for Doorbell<P> {
        fn drop(&mut self) {
            if self.platform.is_mapped_here() {
                let lot = lot(&self.platform);
                lot.disarm(self.slot);
                self.bell.remove();
                lot.release(self.slot);
            }
        }
    }

    impl<P: HasBells> fmt::Debug for Doorbell<P> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Doorbell")
                .field("slot", &self.slot)
                .finish_non_exhaustive()
        }
    }

    /// Slots that are no use to their owner, until this is dropped.
    struct Spoilt<'a> {
        lot: &'a Lot,
        slots: u64,
    }

    impl Drop for Spoilt<'_> {
        fn drop(&mut self) {
            for slot in (0..WAIT_SLOTS).filter(|slot| self.slots & 1 << slot != 0) {
                self.lot.release(slot);
            }
        }
    }
}
