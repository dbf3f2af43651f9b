//! What a channel with many ends knows of their coming and going, beside the participant table.

use super::participants::Participant;
use super::role::Role;
use crate::primitive::{AtomicU32, Ordering, Reserved, zeros};
use crate::wait::Nanos;
use crate::wait::lock::Lock;
use core::time::Duration;

/// After so long somebody who waits asks again of every participant whether it lives: with the
/// longest sleep ([`SLICE`](crate::wait::SLICE)) it stays under 300 ms.
pub(crate) const SWEEP_EVERY: Duration = Duration::from_millis(50);

/// The same for somebody who waits without sleeping, and is to know within 10 ms.
const SWEEP_WHEN_BUSY: Duration = Duration::from_millis(2);

/// A sweep may take one part in so many of the time of one who waits,
const SWEEP_SHARE: u128 = 10;

/// but is not put off longer than this.
const SWEEP_AT_LEAST: Duration = Duration::from_millis(80);

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
    /// How long that took, in microseconds.
    sweep_took: AtomicU32,
    /// Whether there may be items that dead receivers had claimed: [`LOOK`], [`FROM`], [`LATER`].
    orphans: AtomicU32,
    /// With [`FROM`]: the low half of the position from which on to look for the next one.
    orphans_from: AtomicU32,
    /// How many ends of each role have come.
    arrivals: [AtomicU32; 2],
    /// How the last of each role went: 0 none has, 1 in good order, 2 it died.
    departures: [AtomicU32; 2],
    /// The stamp of the item that a sole receiver may have been reading when it died.
    reading: AtomicU32,
    lost: AtomicU32,
    skipped: AtomicU32,
    redelivered: AtomicU32,
    reserved: Reserved<18>,
}

/// There may be orphans: look for them.
const LOOK: u32 = 1;
/// The look has got as far as `orphans_from`.
const FROM: u32 = 2;
/// Some were named by somebody alive when they were looked at: look again at the next sweep.
const LATER: u32 = 4;

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
            sweep_took: zero(),
            orphans: zero(),
            orphans_from: zero(),
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

    /// Whether it is time to ask who lives; if so, the caller does it. Where asking takes long, for
    /// there are many processes, it is done less often.
    pub(crate) fn is_sweep_due(&self, now: Nanos, is_busy: bool) -> bool {
        let every = if is_busy {
            SWEEP_WHEN_BUSY
        } else {
            SWEEP_EVERY
        };
        let took = self.sweep_took.load(Ordering::Relaxed);
        let least = u128::from(took)
            .saturating_mul(SWEEP_SHARE)
            .min(SWEEP_AT_LEAST.as_micros());
        let now = millis(now);
        let last = self.swept.load(Ordering::Relaxed);
        // A time that lies ahead was written by somebody with another clock.
        let is_due = u128::from(now.wrapping_sub(last)) >= every.as_millis().max(least / 1_000);
        if is_due {
            self.swept.store(now, Ordering::Relaxed);
        }
        is_due
    }

    /// How long a sweep took.
    pub(crate) fn note_sweep(&self, begun: Nanos, ended: Nanos) {
        let micros = ended.0.saturating_sub(begun.0) / 1_000;
        let took = u32::try_from(micros).unwrap_or(u32::MAX);
        self.sweep_took.store(took, Ordering::Relaxed);
        self.swept.store(millis(ended), Ordering::Relaxed);
    }

    /// Whether there may be items that dead receivers had claimed.
    pub(crate) fn has_orphans(&self) -> bool {
        // Whoever finds the name of the dead one gone finds this (I2), and the lock orders the rest.
        self.orphans.load(Ordering::Relaxed) != 0
    }

    /// Says that there may be such items.
    pub(crate) fn note_orphans(&self) {
        // Made visible by the taking back of the name, which comes after it (I1).
        self.orphans.store(LOOK, Ordering::Relaxed);
    }

    /// Whether to look for such items now, and not only at the next sweep.
    pub(crate) fn has_fresh_orphans(&self) -> bool {
        self.orphans.load(Ordering::Relaxed) & LOOK != 0
    }

    /// With the lock held, at a sweep: those that were left for later are to be looked at.
    pub(crate) fn renew_orphans(&self) {
        if self.orphans.load(Ordering::Relaxed) == LATER {
            self.orphans.store(LOOK, Ordering::Relaxed);
        }
    }

    /// With the lock held: a look for them, where the last one stopped.
    pub(crate) fn search_for_orphans(&self) -> Search<'_> {
        Search {
            roster: self,
            state: self.orphans.load(Ordering::Relaxed),
            from: self.orphans_from.load(Ordering::Relaxed),
        }
    }

    /// How many ends of `role` have come so far, modulo 2³². To be asked before whether they are all
    /// gone again: whoever sees one more here does not take an end of before for one of now.
    #[must_use]
    pub fn arrivals(&self, role: Role) -> u32 {
        // A2: the gate is open again, or was closed since. Pairs with A1.
        self.arrivals[role as usize].load(Ordering::Acquire)
    }

    /// With the lock held: one more has come, and its gate is open.
    pub(crate) fn count_arrival(&self, role: Role) {
        let count = &self.arrivals[role as usize];
        let next = count.load(Ordering::Relaxed).wrapping_add(1);
        // A1: that the gate was opened. Pairs with A2.
        count.store(next, Ordering::Release);
    }

    /// How the last end of `role` went, if one has gone.
    #[cfg(not(ringway_loom))]
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

/// The clock of [`Roster::is_sweep_due`].
fn millis(now: Nanos) -> u32 {
    (now.0 / 1_000_000) as u32
}

/// Counts one more. Counts are for people: two at the same moment may count as one.
fn add(count: &AtomicU32) {
    let now = count.load(Ordering::Relaxed);
    count.store(now.wrapping_add(1), Ordering::Relaxed);
}

/// A look for items that dead receivers had claimed.
pub(crate) struct Search<'a> {
    roster: &'a Roster,
    state: u32,
    from: u32,
}

impl Search<'_> {
    /// Whether `position`, before `head`, is still to be looked at.
    pub(crate) fn includes(&self, position: u64, head: u64) -> bool {
        let behind = |position: u32| (head as u32).wrapping_sub(position);
        self.state & FROM == 0 || behind(position as u32) <= behind(self.from)
    }

    /// One was passed by that has to be looked at again.
    pub(crate) fn skip(&mut self) {
        self.state |= LATER;
    }

    /// One was found at `position`: the next look goes on behind it.
    pub(crate) fn pause_behind(self, position: u64) {
        let roster = self.roster;
        let from = (position as u32).wrapping_add(1);
        roster.orphans_from.store(from, Ordering::Relaxed);
        roster
            .orphans
            .store(self.state | LOOK | FROM, Ordering::Relaxed);
    }

    /// None was found.
    pub(crate) fn end(self) {
        self.roster
            .orphans
            .store(self.state & LATER, Ordering::Relaxed);
    }
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
