//! Something that has happened, or not yet: an event that stays until it is taken back, or one that
//! lets one waiter pass each time.
//!
//! ```text
//!                 set                            set, and a ring
//!   not set ◀─────────────▶ set          not set ──────────────▶ set
//!               reset                       ▲    taken by one     │
//!                                           └─────────────────────┘
//!        manual                                  automatic
//! ```
//!
//! The state is one word, and nobody owns it: whoever dies, before or behind any step, leaves it set
//! or not set. A waiter that was woken and dies before it took an automatic event leaves it set; the
//! others find it when their slice is over.
//!
//! There is no `pulse`, which would wake those who happen to wait and leave the event as it was. Who
//! happens to wait nobody knows: one that was interrupted for a moment, or was just about to sleep,
//! would miss it. Who wants that counts, and waits for a number to change.

use crate::primitive::{AtomicU32, Ordering};
use crate::wait::{
    Company, Gate, Interrupted, Nanos, Outlook, Probe, SLICE, Sight, Spin, Spot, Wait, Waiting,
    Watch,
};
use core::mem::offset_of;

const NOT_SET: u32 = 0;
const SET: u32 = 1;

const MANUAL: u32 = 0;
const AUTOMATIC: u32 = 1;

/// How an event ceases to be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EventMode {
    /// When somebody resets it. Until then everybody passes.
    #[default]
    Manual,
    /// When a waiter passes: each time it is set, one does.
    Automatic,
}

/// The words of an event: 256 bytes of shared memory. All zeros is a manual event that is not set.
#[repr(C)]
#[derive(Debug)]
pub struct RawEvent {
    mode: AtomicU32,
    state: AtomicU32,
    gate: Gate,
}

/// Offsets that other languages rely on (`docs/abi.md`).
#[cfg(not(ringway_loom))]
const _: () = {
    assert!(core::mem::offset_of!(RawEvent, state) == 4);
    assert!(core::mem::offset_of!(RawEvent, gate) == 128);
    assert!(size_of::<RawEvent>() == 256);
};

impl RawEvent {
    /// An event that is not set. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new(mode: EventMode) -> Self {
        let event = RawEvent {
            mode: AtomicU32::new(MANUAL),
            state: AtomicU32::new(NOT_SET),
            gate: Gate::new(),
        };
        event.initialise(mode, false);
        event
    }

    /// Says of which mode it is, and whether it is set to begin with. While nobody else uses it.
    pub fn initialise(&self, mode: EventMode, is_set: bool) {
        let mode = match mode {
            EventMode::Manual => MANUAL,
            EventMode::Automatic => AUTOMATIC,
        };
        // Whoever lets others see the segment makes these visible.
        self.mode.store(mode, Ordering::Relaxed);
        self.state.store(u32::from(is_set), Ordering::Relaxed);
    }

    /// How it ceases to be set.
    pub fn mode(&self) -> EventMode {
        match self.mode.load(Ordering::Relaxed) {
            AUTOMATIC => EventMode::Automatic,
            _ => EventMode::Manual,
        }
    }

    /// Sets it, and wakes: all who wait for a manual one, or one who waits for an automatic one. `at`
    /// is the offset of the event in the segment, in bytes.
    ///
    /// An automatic event that is set already stays as it is: who sets it twice before somebody
    /// passes lets one pass.
    ///
    /// Async-signal-safe: takes no lock, waits for nobody, and makes no system call unless somebody
    /// sleeps.
    pub fn set(&self, at: usize, wait: &impl Wait) {
        // N1: what was done before it was set. Pairs with N2.
        // A read-modify-write, so that N2 pairs also with those that had set it before.
        self.state.swap(SET, Ordering::Release);
        // Also if it was set: whoever did that may have died before it woke anybody.
        self.ring(at, wait);
    }

    /// Takes it back. Says whether it was set. What those did who had set it is visible afterwards, so
    /// that a look at it behind the reset misses nothing.
    pub fn reset(&self) -> bool {
        // N2: makes what was done before it was set visible. Pairs with N1.
        self.state.swap(NOT_SET, Ordering::Acquire) == SET
    }

    /// Whether it is set. If so, what was done before is visible.
    pub fn is_set(&self) -> bool {
        // N2: as in `reset`. Pairs with N1.
        self.state.load(Ordering::Acquire) == SET
    }

    /// Whether it is set, without more; for a look that something else decides behind.
    pub fn seems_set(&self) -> bool {
        self.state.load(Ordering::Relaxed) == SET
    }

    /// Passes if it is set, and takes it back if it is automatic. Whether it did.
    pub fn try_wait(&self) -> bool {
        match self.mode() {
            EventMode::Manual => self.is_set(),
            EventMode::Automatic => self.take(),
        }
    }

    /// Waits until it can [pass](RawEvent::try_wait), or until `deadline`.
    ///
    /// # Errors
    ///
    /// It could not until then, or the memory was taken away.
    pub fn wait<W: Wait>(
        &self,
        at: usize,
        platform: &W,
        spin: &mut Spin,
        deadline: Option<Nanos>,
    ) -> Result<(), Interrupted> {
        self.gate.expect_exchanges();
        let waiting = Waiting {
            gate: &self.gate,
            at: at + offset_of!(Self, gate),
            wait: platform,
            deadline,
            company: Company::Others,
        };
        let mut watch = Set {
            event: self,
            at,
            wait: platform,
        };
        waiting.watch(spin, &mut watch)
    }

    /// Where it is waited for together with others.
    pub fn spot<'a>(&'a self, at: usize, wait: &'a dyn Wait) -> Spot<'a> {
        Spot {
            gate: &self.gate,
            at: at + offset_of!(Self, gate),
            wait,
        }
    }

    /// Takes back an automatic event that is set.
    fn take(&self) -> bool {
        // N2: as in `reset`. Pairs with N1.
        self.seems_set()
            && self
                .state
                .compare_exchange(SET, NOT_SET, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
    }

    /// Wakes as many as can pass.
    fn ring(&self, at: usize, wait: &impl Wait) {
        let count = match self.mode() {
            EventMode::Manual => u32::MAX,
            EventMode::Automatic => 1,
        };
        let at = at + offset_of!(Self, gate);
        self.gate.notify_exchanged(at, wait, count);
    }
}

/// What a waiter looks at.
struct Set<'a, W> {
    event: &'a RawEvent,
    at: usize,
    wait: &'a W,
}

impl<W: Wait> Watch for Set<'_, W> {
    type Found = ();

    fn poll(&mut self, _: Sight) -> Option<()> {
        self.event.try_wait().then_some(())
    }

    /// Nobody in particular sets it, so nobody's death ends the wait.
    fn outlook(&mut self, _: Probe) -> Outlook {
        Outlook::Open(SLICE)
    }

    /// It was set again, and the wake-up for that may have been this one's.
    fn pass_on(&mut self) {
        if self.event.mode() == EventMode::Automatic && self.event.seems_set() {
            self.event.ring(self.at, self.wait);
        }
    }
}

impl Default for RawEvent {
    fn default() -> Self {
        Self::new(EventMode::default())
    }
}
