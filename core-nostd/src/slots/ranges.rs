//! The ends of a ring of ranges: positions become bytes.
//!
//! ```text
//!   position ──▶ granule number & mask ──┬─▶ × 4  ──▶ word
//!                                        └─▶ × 64 ──▶ payload
//! ```
#![allow(unsafe_code)]

use super::entries::MappedEntries;
use super::{Everybody, Mends, Read, TableReader, TableWriter, write_lines_back};
use crate::layout::{Geometry, Participant, Role};
use crate::platform::Platform;
use crate::primitive::AtomicU32;
use crate::region::{Mapped, Memory};
use crate::ring::Shape;
use crate::ring::frame::Piece;
use crate::ring::frames::Progress;
use crate::ring::holes::Holes;
use crate::ring::ranges::{
    Consumer, Control, GRANULE, MAX_GRANULES, MIN_GRANULES, Producer, Ring, Starts, granules,
    longest, progress,
};
use crate::ring::spsc::Corrupt;
use crate::ring::table::Stuck;
use crate::wait::Nanos;
use crate::wait::lock::{Held, Lock, NotTaken};
use core::mem::forget;
use core::ptr::NonNull;

/// The granules of a ring, and their words.
#[derive(Clone, Copy)]
pub(crate) struct Granules {
    /// Granules in the ring, a power of two, less one.
    mask: u32,
    words: NonNull<AtomicU32>,
    first: NonNull<u8>,
    control: Mapped<Control>,
}

// SAFETY: it is a place in shared memory, and what may be done there is the ring's business.
unsafe impl Send for Granules {}
// SAFETY: `&Granules` gives out words and control words, which are atomics, and nothing else that is
// safe to call.
unsafe impl Sync for Granules {}

impl Granules {
    /// The granules that `geometry` describes, or `None` if they do not lie wholly in `memory`.
    ///
    /// # Safety
    ///
    /// `memory` outlives the result.
    pub(crate) unsafe fn new(memory: &impl Memory, geometry: &Geometry) -> Option<Self> {
        let is_ring = geometry.shape == Shape::frames(GRANULE)
            && geometry.cells.is_power_of_two()
            && (MIN_GRANULES..=MAX_GRANULES).contains(&geometry.cells);
        let words_end = geometry.words_offset() + geometry.cells as usize * size_of::<AtomicU32>();
        let is_inside =
            words_end <= geometry.data_offset && geometry.total_len <= memory.len() as u64;
        if !is_ring || !is_inside {
            return None;
        }
        // SAFETY: this function has the same contract.
        let control = unsafe { Mapped::new(memory, geometry.object_offset) }?;
        // SAFETY: both offsets are less than the geometry's `total_len`, which is mapped. The words
        // begin at a multiple of a line.
        let (words, first) = unsafe {
            (
                memory.base().add(geometry.words_offset()).cast(),
                memory.base().add(geometry.data_offset),
            )
        };
        Some(Granules {
            mask: geometry.cells - 1,
            words,
            first,
            control,
        })
    }

    pub(crate) fn control(&self) -> Mapped<Control> {
        self.control
    }

    /// How far the ring has got, for a bystander.
    pub(crate) fn progress(&self) -> Result<Progress, Corrupt> {
        progress(&self.control, self)
    }

    #[inline(always)]
    fn index(&self, position: u64) -> usize {
        (position & u64::from(self.mask)) as usize
    }

    /// The granule at `position`.
    #[inline(always)]
    fn granule(&self, position: u64) -> NonNull<u8> {
        // SAFETY: the index is at most `mask`, which is less than `cells`, and `new` checked that so many
        // granules from `first` on are mapped.
        unsafe { self.first.add(self.index(position) * GRANULE as usize) }
    }

    /// The ring as the end with entry `me` sees it.
    #[inline(always)]
    fn ring<'a>(&'a self, me: &'a Participant) -> Ring<'a, Self> {
        Ring {
            control: &self.control,
            starts: self,
            intent: &me.intent,
        }
    }

    /// The ring with those who may have claimed something in it.
    fn holes<'a, P: Platform>(
        &'a self,
        all: Everybody<'a, P>,
    ) -> Holes<'a, Self, MappedEntries, P> {
        Holes {
            table: all,
            control: &self.control,
            starts: self,
        }
    }
}

impl Starts for Granules {
    #[inline(always)]
    fn granules(&self) -> u32 {
        self.mask + 1
    }
    #[inline(always)]
    fn word(&self, position: u64) -> &AtomicU32 {
        // SAFETY: as in `granule`, for the words. They are atomics, and nobody has anything else there.
        unsafe { self.words.add(self.index(position)).as_ref() }
    }
}

/// The lock of those who send a message in parts.
#[derive(Clone, Copy)]
pub(crate) struct PartsLock {
    lock: Mapped<Lock>,
    /// Where it stands, in bytes.
    at: usize,
}

impl PartsLock {
    /// That of a ring that lies wholly in `memory`.
    ///
    /// # Safety
    ///
    /// `memory` outlives the result.
    pub(crate) unsafe fn new(memory: &impl Memory, geometry: &Geometry) -> Option<Self> {
        let at = geometry.parts_lock_offset();
        // SAFETY: this function has the same contract.
        let lock = unsafe { Mapped::new(memory, at) }?;
        Some(PartsLock { lock, at })
    }

    /// Takes the lock until [`give_back`](PartsLock::give_back). From a dead holder at once: of what that
    /// one had sent, the receiver drops what it has when the next message in parts begins.
    pub(crate) fn take<P: Platform>(
        &self,
        platform: &P,
        deadline: Option<Nanos>,
    ) -> Result<(), NotTaken> {
        self.lock.take(self.at, platform, deadline).map(forget)
    }

    /// Gives the lock back, which this end has taken.
    pub(crate) fn give_back<P: Platform>(&self, platform: &P) {
        drop::<Held<'_, P>>(self.lock.resume(self.at, platform));
    }
}

/// A writing end of a ring of ranges.
pub struct RangeWriter {
    granules: Granules,
    ring: Producer,
    pub(crate) parts: PartsLock,
    /// The length in bytes that was claimed for last.
    len: u32,
    /// The length that was refused last.
    wanted: u32,
}

impl RangeWriter {
    /// A writing end.
    ///
    /// # Safety
    ///
    /// The memory behind `granules` outlives the result, and each writing end of this ring has an
    /// entry of its own in the participant table, which it gives to every call.
    pub(crate) unsafe fn new(granules: Granules, parts: PartsLock) -> Self {
        RangeWriter {
            ring: Producer::new(&granules.control),
            granules,
            parts,
            len: 0,
            wanted: 0,
        }
    }

    /// One more: it has nothing claimed yet.
    pub(crate) fn another(&self) -> Self {
        RangeWriter {
            ring: Producer::new(&self.granules.control),
            len: 0,
            wanted: 0,
            ..*self
        }
    }

    /// The longest record, in bytes.
    #[inline(always)]
    pub(crate) fn longest(&self) -> usize {
        longest(self.granules.granules()) as usize
    }

    /// Whether something is claimed.
    #[inline(always)]
    pub(crate) fn has_claimed(&self) -> bool {
        self.ring.claimed().is_some()
    }

    /// The bytes of the record that is claimed, as many as were asked for.
    #[inline(always)]
    pub(crate) fn record(&mut self) -> Option<&mut [u8]> {
        let range = self.ring.claimed()?;
        // SAFETY: the range that is claimed has room for so many bytes and lies before the end of the
        // ring. It is not published, so nobody else touches it, and `&mut self` borrows this end.
        // Mapped bytes are initialised.
        Some(unsafe {
            let payload = self.granules.granule(range.at);
            NonNull::slice_from_raw_parts(payload, self.len as usize).as_mut()
        })
    }

    /// As [`record`](RangeWriter::record), to read.
    pub(crate) fn record_ref(&self) -> Option<&[u8]> {
        let range = self.ring.claimed()?;
        // SAFETY: as in `record`.
        Some(unsafe {
            let payload = self.granules.granule(range.at);
            NonNull::slice_from_raw_parts(payload, self.len as usize).as_ref()
        })
    }

    /// Publishes the first `len` bytes of the record that is claimed, or all if they are fewer.
    #[inline(always)]
    pub(crate) fn publish(&mut self, me: &Participant, len: usize, piece: Piece) {
        let len = len.min(self.len as usize) as u32;
        self.ring.publish(self.granules.ring(me), len, piece);
    }
}

impl Mends for RangeWriter {
    /// It waits for the receiver, and that one mends.
    fn stuck<P: Platform>(&self, _: Everybody<'_, P>) -> Option<Stuck> {
        None
    }

    fn mend<P: Platform>(&self, _: Everybody<'_, P>, _: Stuck) {}
}

impl TableWriter for RangeWriter {
    #[inline(always)]
    fn claim(&mut self, me: &Participant, size: usize) -> Result<bool, Corrupt> {
        // What is longer than any record never fits.
        let len = u32::try_from(size).unwrap_or(u32::MAX);
        let claimed = self.ring.claim(self.granules.ring(me), len)?.is_some();
        if claimed {
            self.len = len;
        } else {
            self.wanted = len;
        }
        Ok(claimed)
    }

    fn may_claim(&self, me: &Participant) -> bool {
        self.ring.may_claim(self.granules.ring(me), self.wanted)
    }

    /// Whoever frees space wakes all that wait for it.
    fn sees_more(&self, _: &Participant) -> bool {
        false
    }

    fn abort(&mut self, me: &Participant) -> bool {
        self.ring.abort(self.granules.ring(me))
    }

    fn next(&self) -> u64 {
        self.ring.next(&self.granules.control)
    }

    fn first_unfinished<P: Platform>(
        &self,
        all: Everybody<'_, P>,
        _: u64,
        end: u64,
    ) -> Option<u64> {
        self.granules.holes(all).first_unfinished(end)
    }
}

/// The reading end of a ring of ranges.
pub struct RangeReader {
    granules: Granules,
    ring: Consumer,
    /// Where the ring was found empty last, and the tail was seen to have come that far.
    audited: Option<u64>,
}

impl RangeReader {
    /// Takes up the reading end.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if head and tail are such as they cannot be.
    ///
    /// # Safety
    ///
    /// The memory behind `granules` outlives the result, and no other `RangeReader` of this ring is
    /// alive in any process (the participant table sees to that).
    pub(crate) unsafe fn recover(granules: Granules, died: bool) -> Result<Self, Corrupt> {
        Ok(RangeReader {
            ring: Consumer::recover(&granules.control, &granules, died)?,
            granules,
            audited: None,
        })
    }

    /// The bytes of the record that was found, and whether they are a part of a message.
    #[inline(always)]
    pub(crate) fn record(&self) -> Option<(&[u8], bool)> {
        let record = self.ring.peeked()?;
        // SAFETY: a peek found so many bytes to lie before the end of the ring. They are published
        // and not released, so an honest peer does not touch them. Mapped bytes are initialised.
        let bytes = unsafe {
            let payload = self.granules.granule(record.at);
            NonNull::slice_from_raw_parts(payload, record.len as usize).as_ref()
        };
        Some((bytes, record.is_part))
    }

    /// Has done with the record that was found, of which so much was `read`. `ends_message`: whether that
    /// was a whole message, or the last part of one.
    #[inline(always)]
    pub(crate) fn release_record(&mut self, read: Read, ends_message: bool) {
        self.dirty_back(read);
        self.ring
            .release(&self.granules.control, &self.granules, ends_message);
    }

    /// Writes the lines of the record back that a peek found. See [`write_lines_back`].
    ///
    /// Not for a record of a single line, which gained nothing by it.
    #[inline(always)]
    fn dirty_back(&self, read: Read) {
        if let Some(record) = self.ring.peeked()
            && record.len > GRANULE
        {
            let len = granules(record.len) as usize * GRANULE as usize;
            // SAFETY: the peek found the record to lie in the ring. It is not released, so its granules
            // are this end's alone, and no reference to them is alive (`&mut self` of the caller).
            // Granules are lines.
            unsafe { write_lines_back(self.granules.granule(record.at), len, read) };
        }
    }

    #[inline(always)]
    fn peek(&mut self) -> Result<bool, Corrupt> {
        let found = self.ring.peek(&self.granules.control, &self.granules)?;
        Ok(found.is_some())
    }

    /// The ring is empty: sees once at each position that this may be so.
    #[cold]
    fn audit(&mut self) -> Result<(), Corrupt> {
        let position = self.ring.position();
        if self.audited != Some(position) {
            self.ring.audit(&self.granules.control, &self.granules)?;
            self.audited = Some(position);
        }
        Ok(())
    }
}

impl Mends for RangeReader {
    fn stuck<P: Platform>(&self, all: Everybody<'_, P>) -> Option<Stuck> {
        let next = self.ring.position();
        self.granules.holes(all).stuck(Role::Receiver, next)
    }

    fn mend<P: Platform>(&self, all: Everybody<'_, P>, stuck: Stuck) {
        self.granules.holes(all).mend(stuck);
    }
}

impl TableReader for RangeReader {
    #[inline(always)]
    fn is_ready(&mut self, _: &Participant) -> bool {
        self.peek() == Ok(true)
    }

    #[inline(always)]
    fn claim(&mut self, _: &Participant, _: usize) -> Result<bool, Corrupt> {
        let found = self.peek()?;
        if !found {
            self.audit()?;
        }
        Ok(found)
    }

    fn take_passed(&mut self) -> bool {
        self.ring.take_passed()
    }

    fn may_claim(&self, _: &Participant) -> bool {
        self.ring.may_peek(&self.granules)
    }

    fn sees_something(&self, _: &Participant) -> bool {
        self.ring.may_peek(&self.granules)
    }

    fn sees_more(&self, _: &Participant) -> bool {
        false
    }

    /// How much each sender waits for only it knows, so all are woken.
    #[inline(always)]
    fn release(&mut self, _: &Participant) -> u32 {
        self.release_record(Read::Unknown, true);
        u32::MAX
    }

    fn is_redelivered(&self) -> bool {
        self.ring.is_redelivered()
    }

    fn was_redelivered(&self) -> bool {
        self.ring.was_redelivered()
    }

    fn adopt<P: Platform>(&mut self, _: Everybody<'_, P>, _: &Participant) -> bool {
        false
    }

    fn forsake<P: Platform>(&mut self, all: Everybody<'_, P>, _: &Participant) {
        self.granules.holes(all).forsake(&self.ring);
    }

    fn is_drained<P: Platform>(&self, all: Everybody<'_, P>) -> bool {
        self.granules.holes(all).is_drained(self.ring.position())
    }
}
