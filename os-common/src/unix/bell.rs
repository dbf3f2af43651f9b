//! What an event loop waits for: the bell of a wait slot, and the time to look whether the peer lives.
//!
//! ```text
//!   FIFO, written by whoever rings ──┐
//!                                    ├──▶ queue ──▶ the event loop
//!   timer, while it is watched ──────┘
//! ```

use crate::bells::FifoBells;
use crate::error::{OpenError, Problem};
use crate::fifo::Fifo;
use crate::place::Place;
use crate::unix::slots;
use ringway_core::region::Memory;
use ringway_core::wait::Nanos;
use ringway_core::wait::doorbell::{self, NoBell};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

/// A descriptor that is readable when a FIFO is, and when its timer has run out: what the system has
/// of that kind.
pub trait Queue: AsFd + Sized {
    /// One over `fifo`, which stays open as long as it.
    ///
    /// # Errors
    ///
    /// There are too many descriptors, for one.
    fn over(fifo: BorrowedFd<'_>) -> Result<Self, Problem>;

    /// From `until` on, on the clock of the platform, it is readable.
    ///
    /// # Errors
    ///
    /// The system refuses it.
    fn set_timer(&self, until: Nanos) -> Result<(), Problem>;

    /// Stops the timer. What is not ready any more does not make it readable.
    fn clear(&self);
}

/// A bell as its owner holds it: a descriptor that is readable when it has rung, until it is cleared.
#[derive(Debug)]
pub struct Bell<Q> {
    // In this order: the FIFO goes last.
    queue: Q,
    fifo: Fifo,
    place: Place,
}

impl<Q: Queue> Bell<Q> {
    /// The bell of `slot`, which the caller has claimed, of the segment at `place`.
    ///
    /// # Errors
    ///
    /// Something else has its name, or it cannot be made.
    pub fn open(
        place: &Place,
        bells: &FifoBells,
        memory: &impl Memory,
        slot: u32,
    ) -> Result<Self, NoBell<OpenError>> {
        let bell = || {
            let fifo = slots::open(bells, memory, slot)?.ok_or(Problem::NotFound)?;
            // Of an owner that is dead by now.
            fifo.drain();
            Ok(Bell {
                queue: Q::over(fifo.as_fd())?,
                fifo,
                place: place.try_clone().map_err(super::problem::on_io("dup"))?,
            })
        };
        bell().map_err(|problem| {
            let is_taken = matches!(problem, Problem::NotABell { .. });
            let named = OpenError::new(place, problem);
            match is_taken {
                true => NoBell::Taken(named),
                false => NoBell::Failed(named),
            }
        })
    }
}

impl<Q: Queue> doorbell::Bell for Bell<Q> {
    type Error = OpenError;

    fn clear(&mut self) -> bool {
        let had_rung = self.fifo.drain();
        self.queue.clear();
        had_rung
    }

    fn watch(&mut self, until: Nanos) -> Result<(), OpenError> {
        let set = self.queue.set_timer(until);
        set.map_err(|problem| OpenError::new(&self.place, problem))
    }

    /// The FIFO stays for the next owner of the slot, or until the segment goes.
    fn remove(&mut self) {}
}

impl<Q: AsFd> AsFd for Bell<Q> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}

impl<Q: AsFd> AsRawFd for Bell<Q> {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
