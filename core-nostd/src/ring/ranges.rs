//! Records of any length, several producers, one consumer.
//!
//! # Granules, ranges and words
//!
//! The ring is a power of two of *granules* of 64 bytes, and positions count them for ever. A record
//! is a range of granules in a row, which hold its payload and nothing else. Beside the granules
//! lies an array of *words* (see [`frame`](super::frame)), one for each of them, and a record has its
//! word at the index of its first granule:
//!
//! ```text
//!   words      0   R  0  0  S  0  R │ 0  0          R a record, S a skip: both are "frames"
//!   granules   ·  ▓▓▓▓▓▓▓▓▓░░░░░░▓▓ │ ·  ·          0: nothing begins here, or it is not published
//! ```
//!
//! All words are 0 but those of frames that are published and not finished. So nothing in a payload
//! is ever taken for a word, and nothing has to be cleared but the one word of what is finished.
//!
//! # Who does what
//!
//! Producers share a ticket, the *tail*. A claim moves it on by a compare-and-swap over a range, if
//! the consumer's *head* says that this much is free. If the record does not fit before the end of the
//! ring, the claim takes the rest up to the end as well, the *pad*, and covers it by a skip. What a
//! record does not need in the end is covered by a skip, and so is all of one that is given up.
//!
//! Before it moves the tail, a producer writes the whole range down as its
//! [intent], and takes that back when its words are stored. What is done about
//! those who die in between is in [`holes`](super::holes).
//!
//! The consumer is alone. It finishes a frame in three steps: it notes where the frame ends
//! (*finishing*), stores 0 as its word, and moves the head there. A successor that finds the note ahead
//! of the head does the rest, so that nothing comes again that was finished. Without the note it could
//! not tell a word that was taken away from one that a dead producer never stored.
//!
//! # A peer that lies
//!
//! A record lies before the end of the ring and takes at most half of it; a skip lies before the
//! end and covers whole granules, at least one. Anything else is [`Corrupt`], so each step of a walk
//! goes on by a granule at least. A record that reaches behind the tail shows when the consumer
//! has come there and finds nothing ([`Consumer::audit`]); the tail is not looked at for each record,
//! since that line is the producers'.
//!
//! # Narrow machines
//!
//! Where [`Wide`] counts in its low word only, distances are those of the low words, and what a
//! producer knew of the head some time ago may be of another round of the 32 bits: there it looks each
//! time.
//!
//! # What is not promised
//!
//! A producer that waits for much room can wait for long while others take what little becomes
//! free. There is always an end to it if these wait for the consumer as well, which wakes all of them:
//! nobody is preferred. But nothing keeps small records from being quicker each time.

use super::frame::{Frame, Kind, Piece};
use super::frames::{Progress, Record};
use super::mpmc::Ticket;
use super::spsc::Corrupt;
use super::table::Commons;
use crate::layout::intent::{self, Intent, IntentWord};
use crate::primitive::{AtomicU32, Ordering, Reserved, Wide, in_program_order, spin_loop, zeros};

/// Bytes in a granule.
pub const GRANULE: u32 = 64;

/// The fewest granules that a ring can have.
pub const MIN_GRANULES: u32 = 2;

/// The most granules that a ring can have: 2 GiB.
pub const MAX_GRANULES: u32 = 1 << 25;

/// The most granules that one frame can cover.
pub(super) const MAX_FRAME: u32 = Frame::MAX_LEN / GRANULE;

/// Tries to move the tail, and frames passed over, before a call takes the ring for full or empty:
/// each is another end's success, but a peer that lies could go on with it for ever.
const ATTEMPTS: u32 = 1 << 16;

/// Whether shared words hold whole positions. What was known of the head stays true then; of its low half
/// that is not so.
const IS_WIDE: bool = cfg!(target_has_atomic = "64");

/// The words of a ring.
pub trait Starts {
    /// Granules in the ring: a power of two, at least [`MIN_GRANULES`] and at most [`MAX_GRANULES`].
    fn granules(&self) -> u32;

    /// The word of the granule at `position`.
    fn word(&self, position: u64) -> &AtomicU32;
}

/// Arithmetic on positions.
pub(super) trait Positions: Starts {
    /// How far positions of the same place in the ring are apart.
    #[inline(always)]
    fn span(&self) -> u64 {
        u64::from(self.granules())
    }

    /// Granules from `position` to the end of the ring.
    #[inline(always)]
    fn room_in_lap(&self, position: u64) -> u32 {
        self.granules() - (position as u32 & (self.granules() - 1))
    }

    /// The frame that is published at `position`: how many granules it takes, and the record, if it
    /// is one.
    #[inline(always)]
    fn frame(&self, position: u64) -> Result<Option<(u32, Option<Record>)>, Corrupt> {
        // R2: makes the payload visible. Pairs with R1.
        let word = self.word(position).load(Ordering::Acquire);
        match Frame::of(word)? {
            None => Ok(None),
            Some(frame) => self.sound(position, frame).map(Some),
        }
    }

    /// What `frame` says of what begins at `position`, if it can be there.
    #[inline(always)]
    fn sound(&self, position: u64, frame: Frame) -> Result<(u32, Option<Record>), Corrupt> {
        let Frame { kind, len } = frame;
        let count = granules(len);
        let can_be = if kind == Kind::Skip {
            len > 0 && len.is_multiple_of(GRANULE)
        } else {
            len <= longest(self.granules())
        };
        if !can_be || count > self.room_in_lap(position) {
            return Err(Corrupt);
        }
        let record = (kind != Kind::Skip).then_some(Record {
            at: position,
            len,
            is_part: kind == Kind::Part,
        });
        Ok((count, record))
    }
}

impl<S: Starts + ?Sized> Positions for S {}

/// The granules that a record with `len` bytes takes.
#[inline(always)]
#[must_use]
pub const fn granules(len: u32) -> u32 {
    if len == 0 { 1 } else { len.div_ceil(GRANULE) }
}

/// The most bytes that a record can have in a ring of `granules`.
#[inline(always)]
#[must_use]
pub const fn longest(granules: u32) -> u32 {
    let half = granules / 2;
    (if half < MAX_FRAME { half } else { MAX_FRAME }) * GRANULE
}

/// A skip over `count` granules.
#[inline(always)]
pub(super) fn skip(count: u32) -> u32 {
    Frame::new(Kind::Skip, count * GRANULE).word()
}

/// How far `position` lies ahead of `of`, as far as shared words can say; very far if it is behind.
#[inline(always)]
pub(super) fn ahead(position: u64, of: u64) -> u64 {
    let ahead = position.wrapping_sub(of);
    if IS_WIDE {
        ahead
    } else {
        u64::from(ahead as u32)
    }
}

/// Where the consumer is, on its own pair of cache lines.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Head {
    /// Everything before this position is finished.
    next: Wide,
    /// Whole messages finished.
    messages: Wide,
    /// Low half of the end of the frame that is just being finished, if it is not that of `next`.
    finishing: AtomicU32,
    reserved: Reserved<27>,
}

impl Head {
    fn new(position: u64) -> Self {
        Head {
            next: Wide::new(position),
            messages: Wide::new(0),
            finishing: AtomicU32::new(position as u32),
            reserved: zeros(),
        }
    }

    /// The position before which everything is finished.
    #[inline(always)]
    pub(super) fn get(&self) -> u64 {
        // R4: what lies before has been read, and its words are 0. Pairs with R3.
        self.next.load(Ordering::Acquire)
    }

    /// Everything before `position` is finished.
    #[inline(always)]
    fn move_to(&self, position: u64) {
        // R3: that all of it has been read, and that its words are 0. Pairs with R4.
        self.next.store(position, Ordering::Release);
    }
}

/// The words that all ends share, beside those of the granules.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Control {
    /// Where producers claim next.
    pub tail: Ticket,
    /// Where the consumer reads next.
    pub head: Head,
    /// What does not depend on the ring.
    pub commons: Commons,
}

impl Control {
    /// The words of an unused ring. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(0)
    }

    /// As [`new`](Control::new), for a ring whose first record has the position `start`.
    #[must_use]
    pub fn starting_at(start: u64) -> Self {
        Control {
            tail: Ticket::new(start),
            head: Head::new(start),
            commons: Commons::new(),
        }
    }
}

impl Default for Control {
    fn default() -> Self {
        Self::new()
    }
}

/// The ring as one end sees it.
pub struct Ring<'a, S> {
    /// The shared words.
    pub control: &'a Control,
    /// The words of the granules.
    pub starts: &'a S,
    /// Where this end writes its intent.
    pub intent: &'a IntentWord,
}

impl<S> Clone for Ring<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S> Copy for Ring<'_, S> {}

/// A range that a producer has claimed, without its pad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first position of it.
    pub at: u64,
    /// Granules in it.
    pub count: u32,
}

/// A writing end, one of several.
#[derive(Debug)]
pub struct Producer {
    /// What is known of the head.
    head: u64,
    held: Option<Range>,
}

impl Producer {
    /// One that has claimed nothing yet.
    #[must_use]
    pub fn new(control: &Control) -> Self {
        Producer {
            head: control.head.get(),
            held: None,
        }
    }

    /// Where a record with up to `len` bytes may be written: `Ok(None)` if there is no room for it now.
    /// What was claimed before and not published is given up, unless it is as much.
    ///
    /// `len` is at most [`longest`]; for anything longer there is never room.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if head and tail are such as they cannot be.
    #[inline(always)]
    pub fn claim<S: Starts>(
        &mut self,
        ring: Ring<'_, S>,
        len: u32,
    ) -> Result<Option<u64>, Corrupt> {
        let count = granules(len);
        if let Some(held) = self.held {
            if held.count == count {
                return Ok(Some(held.at));
            }
            self.abort(ring);
        }
        if len > longest(ring.starts.granules()) {
            return Ok(None);
        }
        let tail = &ring.control.tail;
        for _ in 0..ATTEMPTS {
            let next = tail.peek();
            let room = ring.starts.room_in_lap(next);
            let pad = if count <= room { 0 } else { room };
            let total = pad + count;
            if !(IS_WIDE && self.has_room(ring, next, total)) {
                if !self.learn_head(ring, next)? {
                    spin_loop();
                    continue;
                }
                if !self.has_room(ring, next, total) {
                    return Ok(None);
                }
            }
            ring.intent
                .set(Intent::new(intent::Kind::Send, next, total));
            if tail.claim(next, total) {
                let at = next.wrapping_add(u64::from(pad));
                self.held = Some(Range { at, count });
                if pad > 0 {
                    // R1: that the tail is behind it. Pairs with R2.
                    ring.starts.word(next).store(skip(pad), Ordering::Release);
                }
                return Ok(Some(at));
            }
            ring.intent.clear();
            spin_loop();
        }
        Ok(None)
    }

    /// Whether `total` granules from `next` on are free, as far as is known.
    #[inline(always)]
    fn has_room<S: Starts>(&self, ring: Ring<'_, S>, next: u64, total: u32) -> bool {
        ahead(next, self.head) <= ring.starts.span() - u64::from(total)
    }

    /// Looks where the consumer is. If that does not go with a tail at `next`, it says no: the tail has
    /// moved on since.
    #[cold]
    fn learn_head<S: Starts>(&mut self, ring: Ring<'_, S>, next: u64) -> Result<bool, Corrupt> {
        let head = ring.control.head.get();
        if ahead(next, head) <= ring.starts.span() {
            self.head = head;
            return Ok(true);
        }
        if contradict(ring.control, ring.starts) {
            return Err(Corrupt);
        }
        Ok(false)
    }

    /// Whether [`claim`](Producer::claim) of `len` bytes has something to say, by one look that claims
    /// nothing: yes also if others are quicker and it finds nothing, but never no if there is room.
    pub fn may_claim<S: Starts>(&self, ring: Ring<'_, S>, len: u32) -> bool {
        let next = ring.control.tail.peek();
        let count = granules(len);
        let room = ring.starts.room_in_lap(next);
        let total = if count <= room { count } else { room + count };
        let used = ahead(next, ring.control.head.get());
        let span = ring.starts.span();
        // A tail that does not go with the head has moved on since, or is a lie.
        self.held.is_some() || used > span || used + u64::from(total) <= span
    }

    /// The position that is claimed next.
    #[must_use]
    pub fn next(&self, control: &Control) -> u64 {
        control.tail.peek()
    }

    /// What is claimed and neither published nor given up.
    #[inline(always)]
    #[must_use]
    pub fn claimed(&self) -> Option<Range> {
        self.held
    }

    /// Publishes what was written to the range that is claimed: `len` bytes, at most as many as fit.
    #[inline(always)]
    pub fn publish<S: Starts>(&mut self, ring: Ring<'_, S>, len: u32, piece: Piece) {
        let Some(Range { at, count }) = self.held.take() else {
            return;
        };
        debug_assert!(granules(len) <= count);
        let used = granules(len).min(count);
        if used < count {
            // Made visible with the record, behind which it lies.
            let rest = at.wrapping_add(u64::from(used));
            ring.starts
                .word(rest)
                .store(skip(count - used), Ordering::Relaxed);
        }
        // R1: publishes the payload. Pairs with R2.
        ring.starts
            .word(at)
            .store(Frame::new(piece.kind(), len).word(), Ordering::Release);
        ring.intent.clear();
    }

    /// Gives up what is claimed: the consumer passes over it. Whether there was anything.
    pub fn abort<S: Starts>(&mut self, ring: Ring<'_, S>) -> bool {
        let Some(Range { at, count }) = self.held.take() else {
            return false;
        };
        // R1: what was written there, before others write. Pairs with R2.
        ring.starts.word(at).store(skip(count), Ordering::Release);
        ring.intent.clear();
        ring.control.commons.roster.count_skipped();
        true
    }
}

/// The reading end.
#[derive(Debug)]
pub struct Consumer {
    /// Everything before this is finished.
    position: u64,
    /// The record there, if a peek found it.
    found: Option<Record>,
    /// The position of a record that may have been delivered before.
    again: Option<u64>,
    /// Whether the record that was released last was that one.
    was_again: bool,
    /// Whole messages finished, by whichever consumer.
    received: u64,
    /// Whether frames were passed over since this was last asked.
    passed: bool,
}

impl Consumer {
    /// Continues where the last consumer stopped, and ends what that one was finishing; in a new
    /// ring, at the start. `died`: whether that one died, and may have been reading.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if head and tail are such as they cannot be.
    pub fn recover<S: Starts>(control: &Control, starts: &S, died: bool) -> Result<Self, Corrupt> {
        let tail = control.tail.claimed_before();
        let begun = control.head.next.load(Ordering::Relaxed);
        let finishing = control.head.finishing.load(Ordering::Relaxed);
        let count = finishing.wrapping_sub(begun as u32);
        let claimed = ahead(tail, begun);
        let can_be = claimed <= starts.span()
            && u64::from(count) <= claimed
            && count <= starts.room_in_lap(begun)
            && begun >> 62 == 0;
        if !can_be {
            return Err(Corrupt);
        }
        let mut consumer = Consumer {
            position: begun,
            found: None,
            again: None,
            was_again: false,
            received: control.head.messages.load(Ordering::Relaxed),
            passed: false,
        };
        if count > 0 {
            consumer.finish(control, starts, count);
        }
        let at = consumer.position;
        // What comes later the last one cannot have read. Looked at once more, with R2.
        let word = starts.word(at).load(Ordering::Relaxed);
        let is_record = Frame::of(word)?.is_some_and(|frame| frame.kind != Kind::Skip);
        if is_record && control.commons.roster.note_reading(name(at), died) {
            control.commons.roster.count_redelivered();
            consumer.again = Some(at);
        }
        Ok(consumer)
    }

    /// The position read next.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whole messages finished since the ring was new, by whichever consumer; one that died over it may
    /// be missing.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The next record: `Ok(None)` if none is published. Passes over what producers gave up.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if no such record can be.
    #[inline(always)]
    pub fn peek<S: Starts>(
        &mut self,
        control: &Control,
        starts: &S,
    ) -> Result<Option<Record>, Corrupt> {
        if self.found.is_some() {
            return Ok(self.found);
        }
        // As many as the ring can hold may have to be passed over, beside the attempts.
        for _ in 0..ATTEMPTS + starts.granules() {
            match starts.frame(self.position)? {
                None => return Ok(None),
                Some((_, Some(record))) => {
                    self.found = Some(record);
                    return Ok(self.found);
                }
                Some((count, None)) => self.pass_over(control, starts, count),
            }
        }
        Ok(None)
    }

    /// The record that a peek found.
    #[inline(always)]
    #[must_use]
    pub fn peeked(&self) -> Option<Record> {
        self.found
    }

    /// Whether [`peek`](Consumer::peek) has something to say, by one look that changes nothing.
    pub fn may_peek<S: Starts>(&self, starts: &S) -> bool {
        self.found.is_some() || starts.word(self.position).load(Ordering::Relaxed) != 0
    }

    /// For a consumer that finds nothing: whether producers have claimed as far as it has come.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if they have not: a frame said that it reaches further.
    pub fn audit<S: Starts>(&self, control: &Control, starts: &S) -> Result<(), Corrupt> {
        let claimed = ahead(control.tail.claimed_before(), self.position);
        (claimed <= starts.span()).then_some(()).ok_or(Corrupt)
    }

    /// Has done with the record that a peek found. `ends_message`: whether that was a whole message,
    /// or the last part of one.
    #[inline(always)]
    pub fn release<S: Starts>(&mut self, control: &Control, starts: &S, ends_message: bool) {
        let Some(record) = self.found.take() else {
            return;
        };
        self.was_again = self.is_redelivered();
        self.finish(control, starts, granules(record.len));
        // Behind the release: one that comes again is counted when it is finished, and only then.
        if ends_message {
            self.received = self.received.wrapping_add(1);
            control
                .head
                .messages
                .store(self.received, Ordering::Relaxed);
        }
        // What the record did not need goes with it, also if nobody looks for another one.
        if let Ok(Some((count, None))) = starts.frame(self.position) {
            self.pass_over(control, starts, count);
        }
    }

    /// Passes over a skip. It is not counted here: most cover what a record does not need.
    #[cold]
    fn pass_over<S: Starts>(&mut self, control: &Control, starts: &S, count: u32) {
        self.finish(control, starts, count);
        self.passed = true;
    }

    /// Ends what lies in the `count` granules from the position on.
    #[inline(always)]
    fn finish<S: Starts>(&mut self, control: &Control, starts: &S, count: u32) {
        let end = self.position.wrapping_add(u64::from(count));
        control.head.finishing.store(end as u32, Ordering::Relaxed);
        // A successor must not find the word gone without the note.
        in_program_order();
        starts.word(self.position).store(0, Ordering::Relaxed);
        control.head.move_to(end);
        self.position = end;
    }

    /// Whether the next record may have been delivered before.
    #[must_use]
    pub fn is_redelivered(&self) -> bool {
        self.again == Some(self.position)
    }

    /// As [`is_redelivered`](Consumer::is_redelivered), of the record that was released last.
    #[must_use]
    pub fn was_redelivered(&self) -> bool {
        self.was_again
    }

    /// Whether frames were passed over since this was last asked: their granules are free now.
    #[inline(always)]
    pub fn take_passed(&mut self) -> bool {
        core::mem::take(&mut self.passed)
    }
}

/// How a record at `position` stands in the roster as the one that is being read; never 0.
pub(super) fn name(position: u64) -> u32 {
    (position as u32) << 1 | 1
}

/// Whether head and tail cannot be those of one moment. Before it says so it sees that the tail
/// stood still, since who moves it has seen the head that it needed.
#[cold]
fn contradict<S: Starts>(control: &Control, starts: &S) -> bool {
    let tail = control.tail.claimed_before();
    let head = control.head.get();
    ahead(tail, head) > starts.span() && control.tail.claimed_before() == tail
}

/// Reads how far the ring has got without disturbing it. While the ring moves, this is not of one
/// instant. Of a long message that is under way each part counts as unread.
///
/// # Errors
///
/// [`Corrupt`] if a word is none, or head and tail are such as they cannot be.
pub fn progress<S: Starts>(control: &Control, starts: &S) -> Result<Progress, Corrupt> {
    let received = control.head.messages.load(Ordering::Relaxed);
    let begin = control.head.get();
    let claimed = ahead(control.tail.claimed_before(), begin);
    if claimed > starts.span() && contradict(control, starts) {
        return Err(Corrupt);
    }
    let end = claimed.min(starts.span());
    let (mut unread, mut unread_granules, mut at) = (0, 0, 0);
    while at < end {
        match starts.frame(begin.wrapping_add(at))? {
            None => at += 1,
            Some((count, record)) => {
                if record.is_some() {
                    unread += 1;
                    unread_granules += u64::from(count);
                }
                at += u64::from(count);
            }
        }
    }
    Ok(Progress {
        received,
        unread,
        unread_bytes: unread_granules * u64::from(GRANULE),
    })
}

#[cfg(all(test, not(ringway_loom)))]
mod tests {
    use super::*;
    use core::mem::offset_of;

    struct Words([AtomicU32; 8]);

    impl Starts for Words {
        fn granules(&self) -> u32 {
            8
        }
        fn word(&self, position: u64) -> &AtomicU32 {
            &self.0[position as usize % 8]
        }
    }

    const START: u64 = (1 << 32) - 2;

    fn ring() -> (Control, Words, IntentWord) {
        let words = Words(core::array::from_fn(|_| AtomicU32::new(0)));
        (Control::starting_at(START), words, IntentWord::new())
    }

    fn send(control: &Control, words: &Words, intent: &IntentWord, len: u32) -> u64 {
        let ring = Ring {
            control,
            starts: words,
            intent,
        };
        let mut producer = Producer::new(control);
        let at = producer.claim(ring, len).unwrap().unwrap();
        producer.publish(ring, len, Piece::Whole);
        at
    }

    #[test]
    fn the_words_stand_where_the_abi_says() {
        assert_eq!(offset_of!(Control, head), 128);
        assert_eq!(offset_of!(Head, messages), 8);
        assert_eq!(offset_of!(Head, finishing), 16);
        assert_eq!(offset_of!(Control, commons), 256);
        assert_eq!(size_of::<Control>(), 640);
    }

    /// Each state that a consumer leaves that dies while it finishes a record of two granules.
    #[test]
    fn what_was_being_finished_does_not_come_again() {
        for step in 0..4 {
            let (control, words, intent) = ring();
            let first = send(&control, &words, &intent, 2 * GRANULE);
            let second = send(&control, &words, &intent, 1);
            let end = first + 2;
            if step > 0 {
                control.head.finishing.store(end as u32, Ordering::Relaxed);
            }
            if step > 1 {
                words.word(first).store(0, Ordering::Relaxed);
            }
            if step > 2 {
                control.head.move_to(end);
            }
            let mut consumer = Consumer::recover(&control, &words, true).unwrap();
            let next = consumer.peek(&control, &words).unwrap().unwrap();
            assert_eq!(next.at, if step > 0 { second } else { first });
            assert!(consumer.is_redelivered());
            assert_eq!(control.head.get(), next.at);
            let is_there = words.word(first).load(Ordering::Relaxed) != 0;
            assert_eq!(is_there, step == 0);
        }
    }

    #[test]
    fn heads_tails_and_notes_that_cannot_be_are_corrupt() {
        let lies: [fn(&Control); 5] = [
            |control| control.head.next.store(START - 9, Ordering::Relaxed),
            |control| control.head.next.store(START + 1, Ordering::Relaxed),
            |control| control.head.next.store(1 << 63, Ordering::Relaxed),
            |control| {
                control
                    .head
                    .finishing
                    .store(START as u32 + 1, Ordering::Relaxed)
            },
            |control| {
                control
                    .head
                    .finishing
                    .store(START as u32 - 1, Ordering::Relaxed)
            },
        ];
        for lie in lies {
            let (control, words, intent) = ring();
            lie(&control);
            assert_eq!(
                Consumer::recover(&control, &words, true).err(),
                Some(Corrupt)
            );
            let ring = Ring {
                control: &control,
                starts: &words,
                intent: &intent,
            };
            // Not endless, and not outside, whatever it says.
            let _ = Producer::new(&control).claim(ring, longest(8));
            let _ = progress(&control, &words);
        }
    }

    #[test]
    fn a_record_that_reaches_behind_the_tail_is_found_out() {
        let (control, words, intent) = ring();
        let at = send(&control, &words, &intent, 1);
        let mut consumer = Consumer::recover(&control, &words, false).unwrap();
        let lie = Frame::new(Kind::Whole, 2 * GRANULE).word();
        words.word(at).store(lie, Ordering::Relaxed);
        assert!(consumer.peek(&control, &words).unwrap().is_some());
        consumer.release(&control, &words, true);
        assert_eq!(consumer.peek(&control, &words), Ok(None));
        assert_eq!(consumer.audit(&control, &words), Err(Corrupt));
        let ring = Ring {
            control: &control,
            starts: &words,
            intent: &intent,
        };
        assert_eq!(Producer::new(&control).claim(ring, 1), Err(Corrupt));
    }

    #[test]
    fn frames_that_cannot_be_are_corrupt() {
        let (control, words, _) = ring();
        control.tail.claim(START, 2);
        let mut consumer = Consumer::recover(&control, &words, false).unwrap();
        let whole = |len| Frame::new(Kind::Whole, len).word();
        let skips = |len| Frame::new(Kind::Skip, len).word();
        let over_the_end = 2 * GRANULE + 1;
        for word in [
            4,
            whole(over_the_end),
            whole(Frame::MAX_LEN),
            skips(0),
            skips(1),
            skips(3 * GRANULE),
        ] {
            words.word(START).store(word, Ordering::Relaxed);
            assert_eq!(consumer.peek(&control, &words), Err(Corrupt), "{word:#x}");
            assert_eq!(progress(&control, &words), Err(Corrupt));
        }
    }
}
