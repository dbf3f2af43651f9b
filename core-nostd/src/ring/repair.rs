//! What is done about the dead in a ring of cells with many ends.
//!
//! The one question is: has a position that somebody claimed an owner that lives? Whoever claims a
//! position has named it in its intent before it moved the ticket, and takes the name back only
//! after the stamp is stored. So for one that asks, in this order,
//!
//! 1. whether the ticket has passed the position (it was claimed),
//! 2. whether anybody alive names it (its owner would), and
//! 3. whether its stamp is still that of a claim that nobody has ended,
//!
//! the answers yes, no, yes mean that its owner is dead. Nothing depends on what the dead one wrote
//! down: its entry can be given to another at once. One that named the position and did not get it
//! only makes others wait until it says something else.
//!
//! Repairs are made under the lock of the table, so there is never more than one repairer; it may
//! die too, at any step, and the next one begins anew. Sending and receiving go on meanwhile.

use super::Stamps;
use super::mpmc::{Claims, Consumer, Control};
use super::spsc::{Corrupt, Progress};
use super::stamp::{Before, Seen, free, full, see, void};
use super::table::{AT_ONCE, LEAVING, Stuck, Table};
use crate::layout::intent::{self, Intent, IntentWord};
use crate::layout::roster::Entries;
use crate::layout::{Kind, Participant, Role};
use crate::liveness::Liveness;
use crate::primitive::Ordering;
use crate::wait::Wait;

/// A ring with the table of those who may claim its positions.
pub struct Repair<'a, S, E, W> {
    /// Who comes and goes.
    pub table: Table<'a, E, W>,
    /// The shared words.
    pub control: &'a Control,
    /// The stamps.
    pub stamps: &'a S,
}

impl<S: Stamps, E: Entries, W: Wait + Liveness> Repair<'_, S, E, W> {
    /// Leaves to others what a receiver with `intent` has claimed and not finished.
    pub fn forsake<C: Claims>(&self, consumer: &mut Consumer<C>, intent: &IntentWord) {
        let Some(position) = consumer.claimed() else {
            return;
        };
        // With the lock, if it can be had: one who holds it could otherwise find the item still
        // claimed, and say after that that there is nothing to find.
        let _held = self
            .table
            .lock(Some(self.table.platform.now().after(LEAVING)));
        if C::SHARED {
            self.table.commons.roster.note_orphans();
            consumer.forsake(intent);
            self.table.wake(Role::Receiver);
        } else {
            self.table.commons.roster.note_reading(full(position), true);
        }
    }

    /// For a receiver that has found nothing at `next`: whether nothing can come any more unless
    /// a sender comes. What another receiver has claimed can come again as long as it is not
    /// finished.
    #[must_use]
    pub fn is_drained(&self, next: u64) -> bool {
        let senders_are_done = if self.table.kind.is_sole(Role::Sender) {
            !matches!(self.see(next), Seen::Full | Seen::Void)
        } else {
            self.control.tail.claimed_before() == next
        };
        if self.table.kind.is_sole(Role::Receiver) {
            return senders_are_done;
        }
        let is_claim = |entry: &Participant| {
            let intent = entry.intent.get();
            intent.is_some_and(|intent| intent.is(intent::Kind::Receive))
        };
        // Who claimed before the head got here is seen in the table, or is done, or was cleared from
        // it behind the note of the orphans.
        let seems_so = || {
            self.control.head.claimed_before() == next
                && !self.table.entries().any(is_claim)
                && !self.table.commons.roster.has_orphans()
        };
        if !senders_are_done || !seems_so() {
            return false;
        }
        // Once more with the lock: an item that one receiver is just adopting from another may
        // have been missed at both.
        let held = self
            .table
            .lock(Some(self.table.platform.now().after(AT_ONCE)));
        held.is_some() && seems_so()
    }

    /// What the stamp of `position` says, for a look that something else decides behind.
    fn see(&self, position: u64) -> Seen {
        let stamp = self.stamps.stamp(position).load(Ordering::Relaxed);
        see(stamp, position, self.stamps.cells())
    }

    /// For an end of `role` that finds no position to claim at `next`: whose claim it waits for, if
    /// it is that.
    #[must_use]
    pub fn stuck(&self, role: Role, next: u64) -> Option<Stuck> {
        let cells = self.stamps.cells();
        let before = next.wrapping_sub(u64::from(cells));
        let (kind, position) = match self.see(next) {
            Seen::Free if role == Role::Receiver => (intent::Kind::Send, next),
            Seen::Behind(Before::Unwritten) => (intent::Kind::Send, before),
            Seen::Behind(Before::Unread | Before::Void) => (intent::Kind::Receive, before),
            _ => return None,
        };
        let stuck = Stuck { kind, position };
        self.is_claimed(stuck).then_some(stuck)
    }

    /// Whether an end that shares its side has claimed the position.
    fn is_claimed(&self, Stuck { kind, position }: Stuck) -> bool {
        let (role, ticket) = match kind {
            intent::Kind::Send => (Role::Sender, &self.control.tail),
            intent::Kind::Receive => (Role::Receiver, &self.control.head),
        };
        !self.table.kind.is_sole(role) && is_past(position, ticket.claimed_before())
    }

    /// Whether anybody alive names the position.
    fn is_named(&self, Stuck { kind, position }: Stuck) -> bool {
        self.table.is_named(kind, position)
    }

    /// Ends a claim whose owner is dead; whether that was so.
    pub fn mend(&self, stuck: Stuck) -> bool {
        // First without the lock: usually the owner lives.
        if self.is_named(stuck) {
            return false;
        }
        let Some(_held) = self.table.try_lock() else {
            return false;
        };
        if !self.is_claimed(stuck) || self.is_named(stuck) {
            return false;
        }
        let Stuck { kind, position } = stuck;
        let roster = &self.table.commons.roster;
        let word = self.stamps.stamp(position);
        // Behind the intents (I2), so that a claim that was ended shows.
        // What lies there is visible already: the ticket hands on what its claimant saw (T2).
        let stamp = word.load(Ordering::Relaxed);
        let next_lap = position.wrapping_add(u64::from(self.stamps.cells()));
        let mended = match (kind, see(stamp, position, self.stamps.cells())) {
            (intent::Kind::Send, Seen::Free) => {
                // S1: what the dead sender wrote there, before others write. Pairs with S4.
                word.store(void(position), Ordering::Release);
                roster.count_lost();
                self.void_behind(position);
                self.table.wake(Role::Receiver);
                true
            }
            (intent::Kind::Receive, Seen::Void) => {
                // S3: as the dead receiver would have done. Pairs with S2.
                word.store(free(next_lap), Ordering::Release);
                roster.count_skipped();
                self.table.wake(Role::Sender);
                true
            }
            (intent::Kind::Receive, Seen::Full) => {
                roster.note_orphans();
                true
            }
            _ => false,
        };
        self.table.sweep_locked();
        mended
    }

    /// With the lock held: ends the claims behind `position` that are as dead as that one was, such
    /// as the rest of a batch.
    fn void_behind(&self, position: u64) {
        for ahead in 1..u64::from(self.stamps.cells()) {
            let position = position.wrapping_add(ahead);
            let stuck = Stuck {
                kind: intent::Kind::Send,
                position,
            };
            if !self.is_claimed(stuck) || self.is_named(stuck) || self.see(position) != Seen::Free {
                return;
            }
            // S1: as in `mend`. Pairs with S4.
            self.stamps
                .stamp(position)
                .store(void(position), Ordering::Release);
            self.table.commons.roster.count_lost();
        }
    }

    /// Gives `consumer`, which has nothing claimed, an item that a dead receiver had claimed; whether
    /// there was one. `mine` is where it writes its intent.
    pub fn adopt<C: Claims>(&self, consumer: &mut Consumer<C>, mine: &IntentWord) -> bool {
        let roster = &self.table.commons.roster;
        if !C::SHARED || !roster.has_fresh_orphans() {
            return false;
        }
        let Some(_held) = self.table.try_lock() else {
            return false;
        };
        let cells = self.stamps.cells();
        let head = self.control.head.claimed_before();
        let mut search = roster.search_for_orphans();
        for back in (1..=u64::from(cells)).rev() {
            let position = head.wrapping_sub(back);
            if !search.includes(position, head) {
                continue;
            }
            let orphan = Stuck {
                kind: intent::Kind::Receive,
                position,
            };
            let seen = self.see(position);
            if !matches!(seen, Seen::Full | Seen::Void) {
                continue;
            }
            if self.is_named(orphan) {
                // By its owner, or by one that did not get it, has not said so yet and may be
                // stopped: it remains to be looked at.
                search.skip();
                continue;
            }
            // Behind the intents (I2), so that a claim that was ended shows.
            // What lies there is visible already: the ticket hands on what its claimant saw (T2).
            let stamp = self.stamps.stamp(position).load(Ordering::Relaxed);
            if stamp == full(position) {
                mine.set(Intent::new(intent::Kind::Receive, position, 1));
                consumer.adopt(position);
                roster.count_redelivered();
                search.pause_behind(position);
                return true;
            }
            if stamp == void(position) {
                // S3: as in `mend`. Pairs with S2.
                self.stamps.stamp(position).store(
                    free(position.wrapping_add(u64::from(cells))),
                    Ordering::Release,
                );
                roster.count_skipped();
                self.table.wake(Role::Sender);
            }
        }
        search.end();
        false
    }

    /// Whether everything before `end` has been received and finished, looking from `from` on; if
    /// not, the first position that has not.
    #[must_use]
    pub fn first_unfinished(&self, from: u64, end: u64) -> Option<u64> {
        let cells = self.stamps.cells();
        let oldest = end.saturating_sub(u64::from(cells));
        (from.max(oldest)..end).find(|&position| {
            // S2: the item has been read. Pairs with S3.
            let stamp = self.stamps.stamp(position).load(Ordering::Acquire);
            is_unread(see(stamp, position, cells))
        })
    }
}

/// Whether a position that was claimed by a sender is not finished by a receiver.
fn is_unread(seen: Seen) -> bool {
    matches!(seen, Seen::Free | Seen::Full | Seen::Void)
}

/// Whether `ticket` has passed `position`. Machines with narrow words know the low half only.
fn is_past(position: u64, ticket: u64) -> bool {
    (ticket as u32).wrapping_sub(position as u32) as i32 > 0
}

/// Where a sole producer goes on: behind the last position that was published.
pub(super) fn end_of_published<S: Stamps>(control: &Control, stamps: &S) -> Result<u64, Corrupt> {
    let cells = stamps.cells();
    let head = control.head.claimed_before();
    if head >> 62 != 0 {
        return Err(Corrupt);
    }
    for position in head..head + u64::from(cells) {
        // The producer looks again, with S2, before it writes.
        let stamp = stamps.stamp(position).load(Ordering::Relaxed);
        match see(stamp, position, cells) {
            Seen::Free | Seen::Behind(_) => return Ok(position),
            Seen::Full | Seen::Void => {}
            // Read since the head was looked at.
            Seen::Other if stamp == free(position + u64::from(cells)) => {}
            Seen::Other => return Err(Corrupt),
        }
    }
    Ok(head + u64::from(cells))
}

/// Where a sole consumer goes on: at the first position that was not finished.
pub(super) fn start_of_unread<S: Stamps>(control: &Control, stamps: &S) -> Result<u64, Corrupt> {
    let cells = stamps.cells();
    let tail = control.tail.claimed_before();
    if tail >> 62 != 0 {
        return Err(Corrupt);
    }
    let oldest = tail.saturating_sub(u64::from(cells));
    let unread = (oldest..tail).find(|&position| {
        // The consumer looks again, with S4, before it reads.
        let stamp = stamps.stamp(position).load(Ordering::Relaxed);
        is_unread(see(stamp, position, cells))
    });
    Ok(unread.unwrap_or(tail))
}

/// How far the ring has got, for a bystander: it may be behind, or ahead by what goes on meanwhile.
///
/// # Errors
///
/// [`Corrupt`] if a stamp is none.
pub fn progress<S: Stamps>(control: &Control, stamps: &S, kind: Kind) -> Result<Progress, Corrupt> {
    let head = if kind.is_sole(Role::Receiver) {
        start_of_unread(control, stamps)?
    } else {
        control.head.claimed_before()
    };
    let mut unread = 0;
    for index in 0..u64::from(stamps.cells()) {
        let stamp = stamps.stamp(index).load(Ordering::Relaxed);
        match stamp & 3 {
            1 => unread += 1,
            3 => return Err(Corrupt),
            _ => {}
        }
    }
    let skipped = u64::from(control.commons.roster.casualties().skipped);
    let received = head.saturating_sub(skipped);
    Ok(Progress { received, unread })
}
