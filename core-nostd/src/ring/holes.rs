//! What is done about the dead in a ring of ranges.
//!
//! A producer may die between its claim and its last word, and leave a *hole*: granules that are
//! claimed, where no word will ever be stored. The consumer waits at the first of them. It asks, in
//! this order,
//!
//! 1. how far the tail is (everything before it was claimed),
//! 2. whether anybody alive names the position (its owner would), and which positions behind it
//!    are named first by somebody alive, and
//! 3. whether the position still has no word, and which is the next that has one.
//!
//! If it is claimed, named by nobody alive and without a word, its owner is dead, and so are the
//! owners of everything up to the first position that is named in 2 or has a word in 3, or else the
//! tail: a range of somebody alive begins with a name or with a word, and so does one of a dead
//! producer that had published it. The consumer covers exactly that by a skip.
//!
//! Nothing depends on what a dead one wrote down, so two dead who named the same position with
//! different lengths do not matter, and its entry can be given to another at once. One alive that named
//! a position and did not get it makes the consumer wait, or cover less, until it says something else.
//!
//! # Why only the consumer mends
//!
//! Because only it can tell. Between the two steps by which it finishes a record, taking the word
//! away and moving the head, that record looks like a hole to anybody else. And only it would gain by
//! it: a producer that waits for room needs the consumer to pass over the skip in any case. So no
//! lock is needed, for there is one consumer, and one that succeeds a dead one begins anew.

use super::ranges::{Consumer, Control, MAX_FRAME, Positions as _, Starts, ahead, name, skip};
use super::table::{LEAVING, Stuck, Table};
use crate::layout::Role;
use crate::layout::intent;
use crate::layout::roster::Entries;
use crate::liveness::Liveness;
use crate::primitive::Ordering;
use crate::wait::Wait;

/// A ring of ranges with the table of those who may claim them.
pub struct Holes<'a, S, E, W> {
    /// Who comes and goes.
    pub table: Table<'a, E, W>,
    /// The shared words.
    pub control: &'a Control,
    /// The words of the granules.
    pub starts: &'a S,
}

impl<S: Starts, E: Entries, W: Wait + Liveness> Holes<'_, S, E, W> {
    /// Leaves to a successor what the consumer has found and not finished.
    pub fn forsake(&self, consumer: &Consumer) {
        if let Some(record) = consumer.peeked() {
            let deadline = self.table.platform.now().after(LEAVING);
            let _held = self.table.lock(Some(deadline));
            let roster = &self.table.commons.roster;
            roster.note_reading(name(record.at), true);
        }
    }

    /// For a consumer that has found nothing at `next`: whether nothing can come any more unless a
    /// producer comes.
    #[must_use]
    pub fn is_drained(&self, next: u64) -> bool {
        ahead(self.control.tail.claimed_before(), next) == 0
    }

    /// How many granules from `next` on are claimed.
    fn claimed(&self, next: u64) -> u32 {
        let claimed = ahead(self.control.tail.claimed_before(), next);
        // More than there are: a lie, which an audit finds.
        if claimed <= self.starts.span() {
            claimed as u32
        } else {
            0
        }
    }

    /// For an end of `role` that goes no further at `next`: whose claim it waits for, if it is that.
    /// A producer never does: it waits for the consumer.
    #[must_use]
    pub fn stuck(&self, role: Role, next: u64) -> Option<Stuck> {
        let is_stuck = role == Role::Receiver
            && self.starts.word(next).load(Ordering::Relaxed) == 0
            && self.claimed(next) > 0;
        is_stuck.then_some(Stuck {
            kind: intent::Kind::Send,
            position: next,
        })
    }

    /// Covers what dead producers had claimed from there on; whether there was anything. Only for the
    /// consumer, which waits there.
    pub fn mend(&self, stuck: Stuck) -> bool {
        let first = stuck.position;
        let claimed = self.claimed(first);
        if claimed == 0 || self.table.is_named(intent::Kind::Send, first) {
            return false;
        }
        let unnamed = self.unnamed(first, claimed);
        // Behind the intents (I2), so that a claim that was ended shows.
        let has_word = |offset: &u32| {
            let position = first.wrapping_add(u64::from(*offset));
            self.starts.word(position).load(Ordering::Relaxed) != 0
        };
        let count = (0..unnamed).find(has_word).unwrap_or(unnamed);
        if count == 0 {
            return false;
        }
        self.cover(first, count);
        self.table.commons.roster.count_lost();
        self.table.commons.roster.count_skipped();
        self.table.sweep();
        true
    }

    /// How many of the `claimed` granules from `first` on, which nobody alive names, lie before the next
    /// one that somebody alive names.
    fn unnamed(&self, first: u64, claimed: u32) -> u32 {
        let living = self.table.first_named(intent::Kind::Send, first, claimed);
        living.unwrap_or(claimed)
    }

    /// Covers `count` granules from `first` on by skips: one, unless they reach over the end of the ring
    /// or are too many for one.
    fn cover(&self, first: u64, count: u32) {
        let (mut at, mut left) = (first, count);
        while left > 0 {
            let most = self.starts.room_in_lap(at).min(MAX_FRAME);
            let covered = left.min(most);
            // For this consumer or one that takes over from it, which knows what it did: nobody else
            // reads it.
            self.starts.word(at).store(skip(covered), Ordering::Relaxed);
            at = at.wrapping_add(u64::from(covered));
            left -= covered;
        }
    }

    /// Whether everything before `end` is finished; if not, the first position that is not.
    #[must_use]
    pub fn first_unfinished(&self, end: u64) -> Option<u64> {
        let head = self.control.head.get();
        (1..=self.starts.span())
            .contains(&ahead(end, head))
            .then_some(head)
    }
}
