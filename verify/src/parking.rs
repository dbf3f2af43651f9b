//! Processes that sleep in the wait slots of their segment, on a system that knows bells and no more.

use crate::exec::Item;
use crate::kernel::{Kernel, Process};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::wait::parking::{Bells, Lot, Slept};
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use std::sync::Arc;

/// The wait slots of a segment, and who uses them.
#[derive(Debug)]
pub struct Yard<const SLOTS: usize> {
    /// The slots.
    pub lot: Lot<SLOTS>,
    /// What the owner of each slot does with its bell.
    use_of_bells: [Item; SLOTS],
    kernel: Arc<Kernel>,
}

impl<const SLOTS: usize> Yard<SLOTS> {
    /// Slots in which nobody sleeps.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Yard {
            lot: Lot::new(),
            use_of_bells: std::array::from_fn(|_| Item::new(0)),
            kernel: Kernel::new(),
        })
    }

    /// The owner of a slot does something with its bell: it clears it, or sleeps on it.
    pub fn use_bell(&self, slot: u32) {
        self.use_of_bells[slot as usize].set(slot);
    }

    /// Process number `number` from 1 on, no sleep of which ends with its slice.
    #[must_use]
    pub fn process(self: &Arc<Self>, number: u32) -> Parked<SLOTS> {
        self.process_as(number, Process::sleeping_soundly)
    }

    /// As [`process`](Yard::process), another kind of process.
    #[must_use]
    pub fn process_as(
        self: &Arc<Self>,
        number: u32,
        kind: impl FnOnce(Process) -> Process,
    ) -> Parked<SLOTS> {
        Parked {
            process: kind(self.kernel.process(number)),
            yard: self.clone(),
        }
    }
}

/// One process attached to a segment with wait slots. A clone is another thread of it.
#[derive(Clone, Debug)]
pub struct Parked<const SLOTS: usize> {
    process: Process,
    yard: Arc<Yard<SLOTS>>,
}

impl<const SLOTS: usize> Parked<SLOTS> {
    /// Ends the process without a word.
    pub fn die(&self) {
        self.process.die();
    }
}

impl<const SLOTS: usize> Bells for Parked<SLOTS> {
    fn now(&self) -> Nanos {
        self.process.now()
    }

    fn sleep(&self, slot: u32, deadline: Option<Nanos>) -> Slept {
        self.yard.use_bell(slot);
        match self.process.listen(slot, deadline) {
            WaitResult::Woken => Slept::Rung,
            WaitResult::TimedOut => Slept::TimedOut,
            WaitResult::Died => Slept::Died,
            WaitResult::Lost => Slept::NoBell,
        }
    }

    fn ring(&self, slot: u32, _sort: u32) -> bool {
        self.process.ring(slot);
        true
    }

    fn nap(&self, until: Nanos) {
        self.process.nap(until);
    }
}

impl<const SLOTS: usize> Wait for Parked<SLOTS> {
    fn now(&self) -> Nanos {
        self.process.now()
    }

    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        self.yard.lot.wait(self, word, expected, deadline)
    }

    fn wait_any(&self, words: &[(Word<'_>, u32)], deadline: Option<Nanos>) -> WaitResult {
        self.yard.lot.wait_any(self, words, deadline)
    }

    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        self.yard.lot.wake(self, word, count)
    }
}

// SAFETY: the answers of the process.
#[allow(unsafe_code)]
unsafe impl<const SLOTS: usize> Liveness for Parked<SLOTS> {
    fn me(&self) -> PeerId {
        self.process.me()
    }

    fn is_alive(&self, peer: PeerId) -> bool {
        self.process.is_alive(peer)
    }
}
