//! One producer, one consumer.
//!
//! Both positions are plain local variables. In the steady state the producer stores items and
//! stamps, the consumer loads them, and each line crosses once in each direction.
//!
//! The consumer writes its own position down twice. The *cursor* says exactly what it has
//! finished, on a line that nobody else reads while things go well: it serves the one who takes
//! over from a dead consumer, and a producer that would otherwise call the ring full. The *head*
//! follows it lazily, every eighth of the ring and when the ring is empty, so that a producer that
//! waits for room does not pull the line away at every message.

use super::{Positions, Stamps};
use crate::primitive::{AtomicU32, Ordering, Reserved, Wide, zeros};
use crate::wait::Gate;
use core::iter;

/// The parts of the ring that the consumer lets pass before it publishes its head.
pub(super) const PUBLISHES_PER_LAP: u64 = 8;

/// A position on its own pair of cache lines.
///
/// `low` is the protocol; `high` completes it to 64 bits for counting, and may lag behind by one
/// for an instant.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct SharedPosition {
    pub(super) low: AtomicU32,
    pub(super) high: AtomicU32,
    /// At the cursor: up to where the consumer that attached last, or one before it that died, may
    /// have delivered items. Not used elsewhere.
    pub(super) redelivered: AtomicU32,
    /// At the tail of a stream of bytes: whether the producer copies long pieces, not 0, so that the
    /// consumer does alike. Nothing depends on it but speed. Not used elsewhere.
    long_pieces: AtomicU32,
    /// At the tail and the cursor of a ring of records: the whole messages before this position.
    /// Not used elsewhere.
    pub(crate) messages: Wide,
    reserved: Reserved<26>,
}

impl SharedPosition {
    fn new(position: u64) -> Self {
        SharedPosition {
            low: AtomicU32::new(position as u32),
            high: AtomicU32::new((position >> 32) as u32),
            redelivered: AtomicU32::new(position as u32),
            long_pieces: AtomicU32::new(0),
            messages: Wide::new(position),
            reserved: zeros(),
        }
    }

    /// Both halves, for a newcomer or a bystander. The high one is only a count.
    pub(super) fn whole(&self) -> u64 {
        // P3: makes what was done at this position visible. Pairs with C3.
        let low = self.low.load(Ordering::Acquire);
        u64::from(self.high.load(Ordering::Relaxed)) << 32 | u64::from(low)
    }
}

/// The words that both ends share, beside the stamps.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Control {
    /// The tail of an index ring, which is its one stamp; that of a ring of records, for
    /// bystanders. Not used by the other layouts.
    pub tail: SharedPosition,
    /// Where the consumer will read next, published lazily.
    pub head: SharedPosition,
    /// Where the consumer will read next, exactly.
    pub cursor: SharedPosition,
    /// Where the consumer waits for items.
    pub items: Gate,
    /// Where the producer waits for space.
    pub space: Gate,
}

impl Control {
    /// The words of an unused ring. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(0)
    }

    /// As [`new`](Control::new), for a ring whose first message has the number `start`.
    #[must_use]
    pub fn starting_at(start: u64) -> Self {
        Control {
            tail: SharedPosition::new(start),
            head: SharedPosition::new(start),
            cursor: SharedPosition::new(start),
            items: Gate::new(),
            space: Gate::new(),
        }
    }

    /// Says how the producer of a stream copies.
    pub fn set_long_pieces(&self, long: bool) {
        self.tail
            .long_pieces
            .store(u32::from(long), Ordering::Relaxed);
    }

    /// How the producer of a stream copies, as it says.
    #[inline(always)]
    #[must_use]
    pub fn has_long_pieces(&self) -> bool {
        self.tail.long_pieces.load(Ordering::Relaxed) != 0
    }

    /// The stamp of an index ring.
    pub fn tail_stamp(&self) -> &AtomicU32 {
        &self.tail.low
    }
}

impl Default for Control {
    fn default() -> Self {
        Self::new()
    }
}

/// A shared word held a value that no honest peer writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt;

/// How closely a producer looks whether the ring is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// At the head: cheap, and behind the truth by up to an eighth of the ring.
    Head,
    /// At the head, then at the cursor: exact.
    Cursor,
}

/// Where a look for the consumer's position goes, in turn.
fn words(control: &Control, look: Look) -> impl Iterator<Item = &AtomicU32> {
    let cursor = (look == Look::Cursor).then_some(&control.cursor.low);
    iter::once(&control.head.low).chain(cursor)
}

/// The writing end.
#[derive(Debug)]
pub struct Producer {
    /// The position written next. Behind the last lane of a cell it stays there until a claim moves
    /// it on to the next cell, so that the common path is one addition.
    position: u64,
    /// Up to where positions are known to be free on the stamp of the one written next.
    limit: u64,
    /// What is known of the consumer's position, rounded down to its cell.
    head: u64,
}

impl Producer {
    /// Continues behind the last position that was published; in a new ring, at the start.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if the stamps contradict the cursor.
    pub fn recover<S: Stamps>(control: &Control, stamps: &S) -> Result<Self, Corrupt> {
        let cursor = control.cursor.whole();
        let position = published_end(cursor, stamps)?;
        Ok(Producer {
            position,
            limit: position,
            head: stamps.base(cursor),
        })
    }

    /// The position written next.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Items published since the ring was new, by whichever producer.
    #[must_use]
    pub fn published<S: Stamps>(&self, stamps: &S) -> u64 {
        stamps.items(0, self.position)
    }

    /// Whether the next position is free: `Ok(None)` if the ring is full.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if the consumer's position is one that it cannot have.
    #[inline(always)]
    pub fn claim<S: Stamps>(
        &mut self,
        control: &Control,
        stamps: &S,
        look: Look,
    ) -> Result<Option<u64>, Corrupt> {
        match self.free(stamps) {
            Some(position) => Ok(Some(position)),
            None => self.claim_in_full_ring(control, stamps, look),
        }
    }

    /// The next position, if it is known to be free without a look at the consumer.
    #[inline(always)]
    pub fn free<S: Stamps>(&mut self, stamps: &S) -> Option<u64> {
        if self.position != self.limit {
            return Some(self.position);
        }
        let next = stamps.normal(self.position);
        (next - self.head < stamps.span()).then(|| self.move_to(stamps, next))
    }

    /// Goes on at `next`, which is free.
    #[inline(always)]
    fn move_to<S: Stamps>(&mut self, stamps: &S, next: u64) -> u64 {
        self.position = next;
        self.limit = if stamps.has_common_stamp() {
            self.head + u64::from(stamps.cells())
        } else {
            stamps.base(next) + u64::from(stamps.lanes())
        };
        next
    }

    /// The ring is full as far as is known: look again.
    #[cold]
    fn claim_in_full_ring<S: Stamps>(
        &mut self,
        control: &Control,
        stamps: &S,
        look: Look,
    ) -> Result<Option<u64>, Corrupt> {
        let next = stamps.normal(self.position);
        for word in words(control, look) {
            let seen = self.seen(word, next, stamps)?;
            self.head = self.head.max(stamps.base(seen));
            if next - self.head < stamps.span() {
                return Ok(Some(self.move_to(stamps, next)));
            }
        }
        Ok(None)
    }

    /// The consumer's position, as `word` says, for a producer that writes at `next`.
    fn seen<S: Stamps>(&self, word: &AtomicU32, next: u64, stamps: &S) -> Result<u64, Corrupt> {
        // P2: the consumer has done with the cells before this position. Pairs with C2.
        let low = word.load(Ordering::Acquire);
        let behind = u64::from((next as u32).wrapping_sub(low));
        // The cursor is at most a lap behind. A consumer that finishes a whole lap at once has
        // moved it before the head, which was an eighth of a lap behind already.
        if behind > 2 * stamps.span() + stamps.span() / PUBLISHES_PER_LAP {
            return Err(Corrupt);
        }
        // Saturates if this position was recovered while the cursor passed 2^32, with the high
        // half of before; the word that is looked at then lies behind what is known already.
        Ok(next.saturating_sub(behind))
    }

    /// How many positions are known to be free, in a ring where one stamp serves all; looks again
    /// if they are fewer than `enough`.
    ///
    /// # Errors
    ///
    /// As [`claim`](Producer::claim).
    #[inline(always)]
    pub fn room<S: Stamps>(
        &mut self,
        control: &Control,
        stamps: &S,
        enough: u64,
        look: Look,
    ) -> Result<u64, Corrupt> {
        debug_assert!(stamps.has_common_stamp());
        let known = self.limit - self.position;
        if known >= enough {
            return Ok(known);
        }
        self.look_for_room(control, stamps, enough, look)
    }

    #[cold]
    fn look_for_room<S: Stamps>(
        &mut self,
        control: &Control,
        stamps: &S,
        enough: u64,
        look: Look,
    ) -> Result<u64, Corrupt> {
        for word in words(control, look) {
            self.head = self.head.max(self.seen(word, self.position, stamps)?);
            self.limit = self.head + stamps.span();
            if self.limit - self.position >= enough {
                break;
            }
        }
        Ok(self.limit - self.position)
    }

    /// The position written next, if a claim found it free.
    #[inline(always)]
    #[must_use]
    pub fn claimed(&self) -> Option<u64> {
        (self.position != self.limit).then_some(self.position)
    }

    /// How many positions from [`position`](Producer::position) on lie in one stretch of memory
    /// and are claimed together: the rest of the cell, or, where one stamp serves all, of the ring
    /// up to its end or the head.
    #[inline(always)]
    pub fn stretch<S: Stamps>(&self, stamps: &S) -> u32 {
        let free = self.limit - self.position;
        if !stamps.has_common_stamp() {
            return free as u32;
        }
        let cells = u64::from(stamps.cells());
        free.min(cells - self.position % cells) as u32
    }

    /// Publishes the item at the position that was claimed.
    #[inline(always)]
    pub fn publish<S: Stamps>(&mut self, stamps: &S) {
        self.publish_from(stamps, self.position, 1);
    }

    /// Publishes `count` items at once, at most a [`stretch`](Producer::stretch).
    #[inline(always)]
    pub fn publish_many<S: Stamps>(&mut self, stamps: &S, count: u32) {
        self.publish_from(stamps, self.position, count);
    }

    /// Publishes `count` items from `position` on, which the last claim returned: the caller has
    /// it in a register.
    #[inline(always)]
    pub fn publish_from<S: Stamps>(&mut self, stamps: &S, position: u64, count: u32) {
        debug_assert_eq!(position, self.position);
        let end = position + u64::from(count);
        // P1: publishes the items. Pairs with C1.
        stamps.stamp(position).store(end as u32, Ordering::Release);
        self.position = end;
    }
}

/// The reading end.
#[derive(Debug)]
pub struct Consumer {
    position: u64,
    /// Up to where items are known to be published.
    limit: u64,
    /// What the head says.
    published: u64,
    /// Up to where items may have been read by a predecessor that died.
    redelivered: u64,
    /// Whether the cursor follows every item even within a cell.
    each: bool,
}

impl Consumer {
    /// Continues where the last consumer stopped; in a new ring, at the start.
    ///
    /// `died`: whether that one died, so that what it was reading then may come again.
    /// `each`: whether the cursor is to follow every item, also within a cell, so that at most
    /// one can come again if this one dies.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if the stamps contradict the cursor.
    pub fn recover<S: Stamps>(
        control: &Control,
        stamps: &S,
        died: bool,
        each: bool,
    ) -> Result<Self, Corrupt> {
        let position = control.cursor.whole();
        let end = published_end(position, stamps)?;
        let cell_end = stamps.base(position) + u64::from(stamps.lanes());
        let mut redelivered = if died { end.min(cell_end) } else { position };
        // A predecessor that took over from a dead one may have left before it came so far. This
        // word needs no order of its own: whoever recovers has its predecessor's end.
        let noted = &control.cursor.redelivered;
        let ahead = noted.load(Ordering::Relaxed).wrapping_sub(position as u32);
        if position + u64::from(ahead) <= end.min(cell_end) {
            redelivered = redelivered.max(position + u64::from(ahead));
        }
        noted.store(redelivered as u32, Ordering::Relaxed);
        // C2: hands on what the predecessor had done with (P3 above). Pairs with P2.
        control.head.low.store(position as u32, Ordering::Release);
        Ok(Consumer {
            position,
            limit: position,
            published: position,
            redelivered,
            each,
        })
    }

    /// The position read next.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Items done with since the ring was new, by whichever consumer.
    #[must_use]
    pub fn consumed<S: Stamps>(&self, stamps: &S) -> u64 {
        stamps.items(0, self.position)
    }

    /// Whether the item at the position read next may have been delivered before.
    #[must_use]
    pub fn is_redelivered(&self) -> bool {
        self.position < self.redelivered
    }

    /// The position of the next item: `Ok(None)` if the ring is empty.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if its stamp is one that it cannot have.
    #[inline(always)]
    pub fn peek<S: Stamps>(
        &mut self,
        control: &Control,
        stamps: &S,
    ) -> Result<Option<u64>, Corrupt> {
        if self.position != self.limit {
            return Ok(Some(self.position));
        }
        match self.refill(stamps) {
            Ok(()) => Ok(Some(self.position)),
            Err(stamp) => self.peek_in_empty_ring(control, stamps, stamp),
        }
    }

    /// The position of the next item, if it is published, without a word to a waiting producer if
    /// it is not.
    #[inline(always)]
    pub fn available<S: Stamps>(&mut self, stamps: &S) -> Option<u64> {
        (self.position != self.limit || self.refill(stamps).is_ok()).then_some(self.position)
    }

    /// How many items are known to be published, in a ring where one stamp serves all.
    #[inline(always)]
    #[must_use]
    pub fn known(&self) -> u64 {
        self.limit - self.position
    }

    /// As [`known`](Consumer::known), by a new look.
    pub fn renewed<S: Stamps>(&mut self, stamps: &S) -> u64 {
        debug_assert!(stamps.has_common_stamp());
        // A stamp that says less than before is a lie; what was published is still there.
        let before = self.limit;
        let _ = self.refill(stamps);
        self.limit = self.limit.max(before);
        self.known()
    }

    /// Looks how far items are published by now. If no further, the stamp that says so.
    #[inline(always)]
    fn refill<S: Stamps>(&mut self, stamps: &S) -> Result<(), u32> {
        // C1: makes the items visible. Pairs with P1.
        let stamp = stamps.stamp(self.position).load(Ordering::Acquire);
        let fresh = stamp.wrapping_sub(self.position as u32);
        if fresh.wrapping_sub(1) >= stamps.room(self.position) {
            return Err(stamp);
        }
        self.limit = self.position + u64::from(fresh);
        Ok(())
    }

    /// The position read next, if a peek found it published.
    #[inline(always)]
    #[must_use]
    pub fn peeked(&self) -> Option<u64> {
        (self.position != self.limit).then_some(self.position)
    }

    /// Nothing new: say so to a waiting producer, and see that the stamp is an honest one.
    #[cold]
    fn peek_in_empty_ring<S: Stamps>(
        &mut self,
        control: &Control,
        stamps: &S,
        stamp: u32,
    ) -> Result<Option<u64>, Corrupt> {
        self.publish_head(control);
        if stamp == stamps.unpublished(self.position) {
            Ok(None)
        } else {
            Err(Corrupt)
        }
    }

    /// How many items from [`position`](Consumer::position) on lie in one stretch of memory and
    /// are known to be published, given that [`peek`](Consumer::peek) found one.
    #[inline(always)]
    pub fn stretch<S: Stamps>(&self, stamps: &S) -> u32 {
        let known = self.limit - self.position;
        if !stamps.has_common_stamp() {
            return known as u32;
        }
        let cells = u64::from(stamps.cells());
        known.min(cells - self.position % cells) as u32
    }

    /// Has done with the item at the position read next.
    #[inline(always)]
    pub fn release<S: Stamps>(&mut self, control: &Control, stamps: &S) -> bool {
        self.release_from(control, stamps, self.position, 1)
    }

    /// Has done with `count` items, at most a [`stretch`](Consumer::stretch).
    #[inline(always)]
    pub fn release_many<S: Stamps>(&mut self, control: &Control, stamps: &S, count: u32) -> bool {
        self.release_from(control, stamps, self.position, count)
    }

    /// Has done with `count` items from `position` on, which is the one read next: the caller has
    /// it in a register. Whether that may have freed space: within a packed cell it does not.
    #[inline(always)]
    pub fn release_from<S: Stamps>(
        &mut self,
        control: &Control,
        stamps: &S,
        position: u64,
        count: u32,
    ) -> bool {
        debug_assert_eq!(position, self.position);
        let mut end = position + u64::from(count);
        if stamps.lanes() > 1 {
            if stamps.lane(end) == stamps.lanes() {
                // The next cell has its own stamp.
                end = stamps.normal(end);
                self.limit = end;
            } else if !self.each {
                self.position = end;
                return false;
            }
        }
        self.position = end;
        // C2: has done with the cells before. Pairs with P2, and as C3 with P3.
        control.cursor.low.store(end as u32, Ordering::Release);
        if (end as u32) < count << stamps.lane_bits() {
            let high = (end >> 32) as u32;
            control.cursor.high.store(high, Ordering::Relaxed);
        }
        if end - self.published >= stamps.span() / PUBLISHES_PER_LAP {
            self.publish_head(control);
        }
        true
    }

    /// Writes down exactly how far this end has come, for whoever takes over from it.
    pub fn settle(&mut self, control: &Control) {
        // C3: has done with the items before. Pairs with P3.
        control
            .cursor
            .low
            .store(self.position as u32, Ordering::Release);
        self.publish_head(control);
    }

    fn publish_head(&mut self, control: &Control) {
        if self.published != self.position {
            self.published = self.position;
            // C2: as at the cursor. Pairs with P2.
            control
                .head
                .low
                .store(self.position as u32, Ordering::Release);
        }
    }
}

/// How far a ring has got, for a bystander.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Messages received so far.
    pub received: u64,
    /// Messages published and not yet received.
    pub unread: u64,
}

/// Reads how far the ring has got without disturbing it.
///
/// # Errors
///
/// [`Corrupt`] if the stamps contradict the cursor, also after several looks while it moved.
pub fn progress<S: Stamps>(control: &Control, stamps: &S) -> Result<Progress, Corrupt> {
    const LOOKS: usize = 64;
    for _ in 0..LOOKS {
        let cursor = control.cursor.whole();
        let end = published_end(cursor, stamps);
        // While the ring moves, a producer one lap on makes stamps that do not fit the cursor.
        if control.cursor.whole() == cursor || end.is_ok() {
            let (received, unread) = (stamps.items(0, cursor), stamps.items(cursor, end?));
            return Ok(Progress { received, unread });
        }
    }
    Err(Corrupt)
}

/// The end of what is published from `cursor` on.
fn published_end<S: Stamps>(cursor: u64, stamps: &S) -> Result<u64, Corrupt> {
    // Nobody has sent 2^63 messages; and nothing that is counted on from here overflows.
    let counts = cursor >> 63 == 0;
    if !counts || (stamps.lanes() > 1 && stamps.lane(cursor) >= stamps.lanes()) {
        return Err(Corrupt);
    }
    let mut position = cursor;
    while position - stamps.base(cursor) < stamps.span() {
        // C1: makes the items visible. Pairs with P1.
        let stamp = stamps.stamp(position).load(Ordering::Acquire);
        let fresh = stamp.wrapping_sub(position as u32);
        if fresh.wrapping_sub(1) < stamps.room(position) {
            position = stamps.normal(position + u64::from(fresh));
            if stamps.lanes() > 1 && stamps.lane(position) > 0 {
                break;
            }
        } else if stamp == stamps.unpublished(position) {
            break;
        } else {
            return Err(Corrupt);
        }
    }
    Ok(position)
}
