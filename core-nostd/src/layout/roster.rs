//! What a channel with many ends knows of their coming and going, beside the participant table.

use super::participants::Participant;
use super::role::Role;
use crate::primitive::{AtomicU32, Ordering, Reserved, zeros};
use crate::wait::Nanos;
use crate::wait::lock::Lock;
use core::time::Duration;

/// After so long somebody who waits asks again of every participant whether it lives: with the
/// longest sleep ([`SLICE`](crate::wait::SLICE)) it stays under 300 ms.
const SWEEP_EVERY: Duration = Duration::from_millis(50);

/// The words of a roster, on their own pair of cache lines. All but the counts are written under
/// the lock.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Roster {
    /// Held by whoever changes the table or repairs what the dead left.
    pub lock: Lock,
    /// Entries of the table from this one on were never used.
    used: AtomicU32,
    /// When the living were last told from the dead, in milliseconds of the monotonic clock.
    swept: AtomicU32,
    /// 1 if there may be items that dead receivers had claimed.
    orphans: AtomicU32,
    /// How many ends of each role have come.
    arrivals: [AtomicU32; 2],
    /// How the last of each role went: 0 none has, 1 in good order, 2 it died.
    departures: [AtomicU32; 2],
    /// The stamp of the item that a sole receiver may have been reading when it died.
    reading: AtomicU32,
    lost: AtomicU32,
    skipped: AtomicU32,
    redelivered: AtomicU32,
    reserved: Reserved<20>,
}

/// How an end went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Departure {
    /// It closed its end.
    Left = 1,
    /// It died.
    Died = 2,
}

/// What deaths and aborted sends have cost a channel so far; each number modulo 2³².
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Casualties {
    /// Places in the ring that senders had claimed when they died. Their messages were not sent.
    pub lost: u32,
    /// Places that receivers passed over: those that were lost, and those whose senders gave them
    /// up by dropping a [`WriteGrant`](crate::channel::WriteGrant).
    pub skipped: u32,
    /// Messages that receivers had claimed when they died, and that were delivered again.
    pub redelivered: u32,
}

impl Roster {
    /// Nobody has come yet. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        let zero = || AtomicU32::new(0);
        Roster {
            lock: Lock::new(),
            used: zero(),
            swept: zero(),
            orphans: zero(),
            arrivals: [zero(), zero()],
            departures: [zero(), zero()],
            reading: zero(),
            lost: zero(),
            skipped: zero(),
            redelivered: zero(),
            reserved: zeros(),
        }
    }

    /// Entries of a table of `len` that may be in use: the first so many.
    pub(crate) fn used(&self, len: usize) -> usize {
        // Whoever's intent matters wrote this before it made a claim (T1).
        (self.used.load(Ordering::Relaxed) as usize).min(len)
    }

    /// From now on the first `count` entries may be in use, or more if that was said before.
    pub(crate) fn use_up_to(&self, count: usize) {
        if self.used.load(Ordering::Relaxed) < count as u32 {
            self.used.store(count as u32, Ordering::Relaxed);
        }
    }

    /// Whether it is time to ask who lives; if so, the caller does it.
    pub(crate) fn is_sweep_due(&self, now: Nanos) -> bool {
        let now = (now.0 / 1_000_000) as u32;
        let last = self.swept.load(Ordering::Relaxed);
        // A time that lies ahead was written by somebody with another clock.
        let is_due = u128::from(now.wrapping_sub(last)) >= SWEEP_EVERY.as_millis();
        if is_due {
            self.swept.store(now, Ordering::Relaxed);
        }
        is_due
    }

    /// Whether there may be items that dead receivers had claimed.
    pub(crate) fn has_orphans(&self) -> bool {
        // R2: makes the rest visible of what is known of the dead receiver. Pairs with R1.
        self.orphans.load(Ordering::Acquire) != 0
    }

    /// Says that there may be such items.
    pub(crate) fn note_orphans(&self) {
        // R1: before the entry of the dead one is cleared. Pairs with R2.
        self.orphans.store(1, Ordering::Release);
    }

    /// Says that there are none.
    pub(crate) fn clear_orphans(&self) {
        self.orphans.store(0, Ordering::Relaxed);
    }

    /// How many ends of `role` have come so far, modulo 2³².
    pub(crate) fn arrivals(&self, role: Role) -> u32 {
        self.arrivals[role as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn count_arrival(&self, role: Role) {
        add(&self.arrivals[role as usize]);
    }

    /// How the last end of `role` went, if one has gone.
    pub(crate) fn departure(&self, role: Role) -> Option<Departure> {
        match self.departures[role as usize].load(Ordering::Relaxed) {
            1 => Some(Departure::Left),
            2 => Some(Departure::Died),
            _ => None,
        }
    }

    pub(crate) fn note_departure(&self, role: Role, how: Departure) {
        self.departures[role as usize].store(how as u32, Ordering::Relaxed);
    }

    /// For a sole receiver that begins at the item with this stamp: whether one that `died` may
    /// have read it before, the last one or one before that.
    pub(crate) fn note_reading(&self, stamp: u32, died: bool) -> bool {
        let is_again = died || self.reading.load(Ordering::Relaxed) == stamp;
        if is_again {
            self.reading.store(stamp, Ordering::Relaxed);
        }
        is_again
    }

    pub(crate) fn count_lost(&self) {
        add(&self.lost);
    }

    pub(crate) fn count_skipped(&self) {
        add(&self.skipped);
    }

    pub(crate) fn count_redelivered(&self) {
        add(&self.redelivered);
    }

    /// What deaths and aborted sends have cost so far.
    #[must_use]
    pub fn casualties(&self) -> Casualties {
        let get = |count: &AtomicU32| count.load(Ordering::Relaxed);
        Casualties {
            lost: get(&self.lost),
            skipped: get(&self.skipped),
            redelivered: get(&self.redelivered),
        }
    }
}

impl Default for Roster {
    fn default() -> Self {
        Self::new()
    }
}

/// Counts one more. Counts are for people: two at the same moment may count as one.
fn add(count: &AtomicU32) {
    let now = count.load(Ordering::Relaxed);
    count.store(now.wrapping_add(1), Ordering::Relaxed);
}

/// The entries of a participant table.
pub trait Entries {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Entry number `index`, which is less than [`len`](Entries::len).
    fn entry(&self, index: usize) -> &Participant;
}
