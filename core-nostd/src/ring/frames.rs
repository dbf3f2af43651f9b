//! Records of any length, one producer, one consumer.
//!
//! # Records and positions
//!
//! The ring is a power of two of *units* of eight bytes. A *record* is some of them in a row: a
//! header of one unit, then the payload. Positions count units for ever.
//!
//! ```text
//!          header            payload               header of what comes next
//!   ┌─────────┬──────────┬──────────────────────┬─────────┬──────────┐
//!   │  word   │  number  │ bytes … up to a unit │  word 0 │  number  │
//!   └─────────┴──────────┴──────────────────────┴─────────┴──────────┘
//!    stored last                                 stored before that
//! ```
//!
//! The *word* (see [`frame`](super::frame)) is what the consumer polls and the producer stores
//! last: the line that is polled brings the message. Since a record may lie over any bytes of an
//! earlier one, the producer first stores 0 as the word behind its record, where the next will be:
//! a claim needs that one unit more. So nothing is ever cleared but one unit at a time.
//!
//! The *number* counts the whole messages before that position. It is stored together with the 0, so
//! whoever takes over an end finds at its position how many messages came before it, exactly. Behind
//! a skip it says nothing, since no end ever stands there.
//!
//! A record that does not fit before the end of the ring lies at the start of it, and a *skip*
//! record covers the rest. Both are published at once, by the word of the skip. A record with the unit
//! behind it takes at most half of the ring, so that an empty ring has room for any.
//!
//! # A peer that lies
//!
//! A record lies before the end of the ring and takes at most half of it; a skip ends exactly where
//! the ring does, does not begin at its start, and has a record behind it. Anything else is
//! [`Corrupt`]. So each step of a walk goes on by a unit at least, and a walk ends after a lap.
//!
//! Cursor, head and looks are those of [`spsc`](super::spsc), and so are its control words.

use super::frame::{Frame, Kind, Piece};
use super::spsc::{Control, Corrupt, Look, PUBLISHES_PER_LAP};
use crate::primitive::{AtomicU32, Ordering};

/// Bytes in a unit.
pub const UNIT: u32 = 8;

/// The fewest units that a ring can have.
pub const MIN_UNITS: u32 = 8;

/// The most units that a ring can have: 2 GiB.
pub const MAX_UNITS: u32 = 1 << 28;

/// The header words of a ring of records.
pub trait Words {
    /// Units in the ring: a power of two, at least [`MIN_UNITS`] and at most [`MAX_UNITS`].
    fn units(&self) -> u32;

    /// The word of a record at `position`.
    fn word(&self, position: u64) -> &AtomicU32;

    /// Beside it, the low half of the number of whole messages before `position`.
    fn number(&self, position: u64) -> &AtomicU32;
}

/// Arithmetic on positions.
trait Positions: Words {
    /// How far positions of the same place in the ring are apart.
    #[inline(always)]
    fn span(&self) -> u64 {
        u64::from(self.units())
    }

    /// The end of the lap that `position` is in.
    #[inline(always)]
    fn lap_end(&self, position: u64) -> u64 {
        (position | (self.span() - 1)) + 1
    }

    /// Whether a record of `units` may be, given that it needs one more behind it.
    #[inline(always)]
    fn can_be(&self, units: u64) -> bool {
        units < self.span() / 2
    }
}

impl<W: Words + ?Sized> Positions for W {}

/// The units that a record with `len` bytes takes. Rounded up without a branch.
#[inline(always)]
fn units(len: u32) -> u64 {
    1 + (u64::from(len) + u64::from(UNIT - 1)) / u64::from(UNIT)
}

/// The most bytes that a record can have in a ring of `units`.
#[must_use]
pub const fn longest(units: u32) -> u32 {
    (units / 2 - 2) * UNIT
}

/// Writes the words of a ring that nobody has used.
pub fn initialise(words: &impl Words) {
    initialise_at(words, 0);
}

/// As [`initialise`], for a ring whose first record has the position `start`, and its message that
/// number.
pub fn initialise_at(words: &impl Words, start: u64) {
    // Not yet visible to anybody: the handshake publishes all of it (H1).
    words.word(start).store(0, Ordering::Relaxed);
    words.number(start).store(start as u32, Ordering::Relaxed);
}

/// A published record that was found, with bounds that hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The position of its header; the payload begins one unit behind it.
    pub at: u64,
    /// Bytes of its payload.
    pub len: u32,
    /// Whether that is a part of a message, with a part header, and not a whole one.
    pub is_part: bool,
}

impl Record {
    /// What `frame` says of a record at `at`, if such a record can be.
    #[inline(always)]
    fn new<W: Words>(words: &W, at: u64, frame: Frame) -> Result<Self, Corrupt> {
        let record = Record {
            at,
            len: frame.len,
            is_part: frame.kind == Kind::Part,
        };
        let is_sound = words.can_be(units(frame.len)) && record.end() <= words.lap_end(at);
        is_sound.then_some(record).ok_or(Corrupt)
    }

    /// The position behind it.
    #[inline(always)]
    #[must_use]
    pub fn end(self) -> u64 {
        self.at + units(self.len)
    }

    /// The record that is published at `position`, or behind the skip there.
    #[inline(always)]
    fn find<W: Words>(words: &W, position: u64) -> Result<Option<Self>, Corrupt> {
        // F2: makes the record visible. Pairs with F1.
        let word = words.word(position).load(Ordering::Acquire);
        match Frame::of(word)? {
            None => Ok(None),
            Some(frame) if frame.kind == Kind::Skip => Self::behind_skip(words, position, frame),
            Some(frame) => Self::new(words, position, frame).map(Some),
        }
    }

    /// The record behind the skip at `position`, with which it was published.
    #[cold]
    fn behind_skip<W: Words>(
        words: &W,
        position: u64,
        skip: Frame,
    ) -> Result<Option<Self>, Corrupt> {
        let start = words.lap_end(position);
        let rest = start - position;
        if !words.can_be(rest) || u64::from(skip.len) != rest * u64::from(UNIT) {
            return Err(Corrupt);
        }
        let word = words.word(start).load(Ordering::Relaxed);
        match Frame::of(word)? {
            Some(frame) if frame.kind != Kind::Skip => Self::new(words, start, frame).map(Some),
            _ => Err(Corrupt),
        }
    }
}

/// The writing end.
#[derive(Debug)]
pub struct Producer {
    /// The position behind the last record.
    position: u64,
    /// Up to where a record from there on may reach without a further look: not over the end of the
    /// ring, and with a unit behind it that is free.
    limit: u64,
    /// What is known of the consumer's position.
    head: u64,
    /// Where the record that was claimed last begins: at `position`, or behind a skip.
    claimed: u64,
    /// Whole messages before `position`.
    sent: u64,
}

impl Producer {
    /// Continues behind the last record that was published; in a new ring, at the start.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if the records contradict the cursor.
    pub fn recover<W: Words>(control: &Control, words: &W) -> Result<Self, Corrupt> {
        let cursor = control.cursor.whole();
        let position = published_end(cursor, words)?;
        let number = words.number(position).load(Ordering::Relaxed);
        let known = control.tail.messages.load(Ordering::Relaxed);
        let producer = Producer {
            position,
            limit: position,
            head: cursor,
            claimed: position,
            sent: completed(known, number)?,
        };
        producer.note_tail(control);
        Ok(producer)
    }

    /// The position behind the last record.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whole messages published since the ring was new, by whichever producer.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Where a record with up to `len` bytes may be written: `Ok(None)` if there is no room for it.
    /// A claim takes the place of an earlier one that was not published.
    ///
    /// `len` is at most [`longest`]; for anything longer there is never room.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if the consumer's position is one that it cannot have.
    #[inline(always)]
    pub fn claim<W: Words>(
        &mut self,
        control: &Control,
        words: &W,
        len: u32,
        look: Look,
    ) -> Result<Option<u64>, Corrupt> {
        match self.free(words, len) {
            Some(position) => Ok(Some(position)),
            None => self.claim_beyond_limit(control, words, len, look),
        }
    }

    /// As [`claim`](Producer::claim), if that needs neither a look at the consumer nor a skip.
    #[inline(always)]
    pub fn free<W: Words>(&mut self, words: &W, len: u32) -> Option<u64> {
        let units = units(len);
        if !words.can_be(units) || self.position + units > self.limit {
            return None;
        }
        self.claimed = self.position;
        Some(self.position)
    }

    /// At the end of the ring, or as far as is known full: look again.
    #[cold]
    fn claim_beyond_limit<W: Words>(
        &mut self,
        control: &Control,
        words: &W,
        len: u32,
        look: Look,
    ) -> Result<Option<u64>, Corrupt> {
        let units = units(len);
        if !words.can_be(units) {
            return Ok(None);
        }
        if let Some(start) = self.fit(words, units) {
            return Ok(Some(start));
        }
        let places = [&control.head.low, &control.cursor.low];
        let looks = if look == Look::Cursor { 2 } else { 1 };
        for place in &places[..looks] {
            // F4: the consumer has done with what lies before this position. Pairs with F3.
            let low = place.load(Ordering::Acquire);
            self.learn_head(words, low)?;
            if let Some(start) = self.fit(words, units) {
                return Ok(Some(start));
            }
        }
        Ok(None)
    }

    /// The consumer has come to the position with this low half.
    fn learn_head<W: Words>(&mut self, words: &W, low: u32) -> Result<(), Corrupt> {
        let behind = u64::from((self.position as u32).wrapping_sub(low));
        // The cursor is at most a lap behind. A consumer that finishes much at once has moved it
        // before the head, which was an eighth of a lap behind already.
        if behind > 2 * words.span() + words.span() / PUBLISHES_PER_LAP {
            return Err(Corrupt);
        }
        // Saturates if this position was recovered while the cursor passed 2^32, with the high half
        // of before; the word that is looked at then lies behind what is known already.
        self.head = self.head.max(self.position.saturating_sub(behind));
        Ok(())
    }

    /// Claims room for a record of `units`, if it is known to be free.
    fn fit<W: Words>(&mut self, words: &W, units: u64) -> Option<u64> {
        let lap_end = words.lap_end(self.position);
        let last = self.head + words.span() - 1;
        self.limit = lap_end.min(last);
        let start = if self.position + units <= lap_end {
            self.position
        } else {
            lap_end
        };
        if start + units > last {
            return None;
        }
        self.claimed = start;
        Some(start)
    }

    /// Publishes the record at the position that was claimed last, with `len` bytes, at most as many
    /// as were claimed.
    #[inline(always)]
    pub fn publish<W: Words>(&mut self, control: &Control, words: &W, len: u32, piece: Piece) {
        let end = self.claimed + units(len);
        self.sent += u64::from(piece.ends_message());
        words.number(end).store(self.sent as u32, Ordering::Relaxed);
        words.word(end).store(0, Ordering::Relaxed);
        let mut word = Frame::new(piece.kind(), len).word();
        if self.claimed != self.position {
            word = self.skip(words, word);
        }
        // F1: publishes the record, and the 0 behind it. Pairs with F2.
        words.word(self.position).store(word, Ordering::Release);
        self.position = end;
        self.claimed = end;
        self.note_tail(control);
    }

    /// Stores the word of the record at the start of the ring; the word of the skip that leads to it.
    #[cold]
    fn skip<W: Words>(&self, words: &W, word: u32) -> u32 {
        words.word(self.claimed).store(word, Ordering::Relaxed);
        let rest = (self.claimed - self.position) as u32;
        Frame::new(Kind::Skip, rest * UNIT).word()
    }

    /// Writes down for bystanders how far this end has come.
    #[inline(always)]
    fn note_tail(&self, control: &Control) {
        let tail = &control.tail;
        tail.low.store(self.position as u32, Ordering::Relaxed);
        tail.messages.store(self.sent, Ordering::Relaxed);
    }
}

/// The reading end.
#[derive(Debug)]
pub struct Consumer {
    /// Behind the last record that it has done with.
    position: u64,
    /// Behind the record that a peek found; `position` if none did.
    end: u64,
    /// That record.
    found: Record,
    /// What the head says.
    published: u64,
    /// Up to where records may have been read by a predecessor that died.
    redelivered: u64,
    /// Whole messages before `position`.
    received: u64,
}

impl Consumer {
    /// Continues where the last consumer stopped; in a new ring, at the start.
    ///
    /// `died`: whether that one died, so that the record it was reading then may come again.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if the cursor is one that no consumer has, or the record there one that cannot be.
    pub fn recover<W: Words>(control: &Control, words: &W, died: bool) -> Result<Self, Corrupt> {
        let position = sound_cursor(control.cursor.whole())?;
        let end = Record::find(words, position)?.map_or(position, Record::end);
        let mut redelivered = if died { end } else { position };
        // A predecessor that took over from a dead one may have left before it came so far. This
        // word needs no order of its own: whoever recovers has its predecessor's end.
        let noted = &control.cursor.redelivered;
        let ahead = noted.load(Ordering::Relaxed).wrapping_sub(position as u32);
        if position + u64::from(ahead) <= end {
            redelivered = redelivered.max(position + u64::from(ahead));
        }
        noted.store(redelivered as u32, Ordering::Relaxed);
        let number = words.number(position).load(Ordering::Relaxed);
        let known = control.cursor.messages.load(Ordering::Relaxed);
        // F3: hands on what the predecessor had done with (P3 in `whole`). Pairs with F4.
        control.head.low.store(position as u32, Ordering::Release);
        Ok(Consumer {
            position,
            end: position,
            found: Record {
                at: position,
                len: 0,
                is_part: false,
            },
            published: position,
            redelivered,
            received: completed(known, number)?,
        })
    }

    /// The position behind the last record that it has done with.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whole messages done with since the ring was new, by whichever consumer.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Whether the next record may have been delivered before.
    #[must_use]
    pub fn is_redelivered(&self) -> bool {
        self.position < self.redelivered
    }

    /// The next record: `Ok(None)` if the ring is empty.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if no such record can be.
    #[inline(always)]
    pub fn peek<W: Words>(
        &mut self,
        control: &Control,
        words: &W,
    ) -> Result<Option<Record>, Corrupt> {
        let found = self.available(words)?;
        if found.is_none() {
            self.publish_head(control);
        }
        Ok(found)
    }

    /// As [`peek`](Consumer::peek), without a word to a waiting producer if the ring is empty.
    ///
    /// # Errors
    ///
    /// As [`peek`](Consumer::peek).
    #[inline(always)]
    pub fn available<W: Words>(&mut self, words: &W) -> Result<Option<Record>, Corrupt> {
        if self.end != self.position {
            return Ok(Some(self.found));
        }
        // Looked at once: the word may be another one a moment later, if the peer is a liar.
        let found = Record::find(words, self.position)?;
        if let Some(record) = found {
            self.end = record.end();
            self.found = record;
        }
        Ok(found)
    }

    /// The next record, if a peek found it.
    #[inline(always)]
    #[must_use]
    pub fn peeked(&self) -> Option<Record> {
        (self.end != self.position).then_some(self.found)
    }

    /// Has done with the record that a peek found.
    #[inline(always)]
    pub fn release<W: Words>(&mut self, control: &Control, words: &W) {
        let end = self.end;
        let taken = end - self.position;
        self.position = end;
        // The next header, which came with this record.
        let number = words.number(end).load(Ordering::Relaxed);
        self.received += u64::from(number != self.received as u32);
        // F3: has done with what lies before. Pairs with F4, and with P3.
        control.cursor.low.store(end as u32, Ordering::Release);
        control
            .cursor
            .messages
            .store(self.received, Ordering::Relaxed);
        if u64::from(end as u32) < taken {
            let high = (end >> 32) as u32;
            control.cursor.high.store(high, Ordering::Relaxed);
        }
        if end - self.published >= words.span() / PUBLISHES_PER_LAP {
            self.publish_head(control);
        }
    }

    /// Tells the producer exactly how far this end has come. Whoever takes over from it finds it at the
    /// cursor in any case.
    pub fn settle(&mut self, control: &Control) {
        self.publish_head(control);
    }

    fn publish_head(&mut self, control: &Control) {
        if self.published != self.position {
            self.published = self.position;
            // F3: as at the cursor. Pairs with F4.
            control
                .head
                .low
                .store(self.position as u32, Ordering::Release);
        }
    }
}

/// How far a ring of records has got, for a bystander.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Whole messages received so far.
    pub received: u64,
    /// Whole messages published and not yet received.
    pub unread: u64,
    /// What the records that are not yet received take in the ring, in bytes.
    pub unread_bytes: u64,
}

/// Reads how far the ring has got without disturbing it, and without a look at any record. While the
/// ring moves, what was sent and what was received are not of quite the same instant; behind a producer
/// that died over a record, that one may be missing until the next comes.
#[must_use]
pub fn progress<W: Words>(control: &Control, words: &W) -> Progress {
    // The cursor first: the other order would let it pass the tail.
    let cursor = control.cursor.whole() as u32;
    let received = control.cursor.messages.load(Ordering::Relaxed);
    let tail = control.tail.low.load(Ordering::Relaxed);
    let sent = control.tail.messages.load(Ordering::Relaxed);
    // The tail follows the word, so the cursor may be ahead of it for an instant.
    let unread = tail.wrapping_sub(cursor).cast_signed().max(0);
    Progress {
        received,
        unread: sent.saturating_sub(received),
        unread_bytes: words.span().min(u64::from(unread.unsigned_abs())) * u64::from(UNIT),
    }
}

/// Nobody has come to position 2^63; and nothing that is counted on from here overflows.
fn sound_cursor(cursor: u64) -> Result<u64, Corrupt> {
    (cursor >> 63 == 0).then_some(cursor).ok_or(Corrupt)
}

/// The count with the low half `number` that is nearest to `known`, which may be one behind it.
fn completed(known: u64, number: u32) -> Result<u64, Corrupt> {
    let ahead = number.wrapping_sub(known as u32).cast_signed();
    sound_cursor(known.saturating_add_signed(ahead.into()))
}

/// The end of what is published from `cursor` on. Only for the one producer: while it asks, nobody
/// publishes and nothing from the cursor on is written over.
fn published_end<W: Words>(cursor: u64, words: &W) -> Result<u64, Corrupt> {
    let mut position = sound_cursor(cursor)?;
    while let Some(record) = Record::find(words, position)? {
        position = record.end();
        if position - cursor >= words.span() {
            return Err(Corrupt);
        }
    }
    Ok(position)
}
