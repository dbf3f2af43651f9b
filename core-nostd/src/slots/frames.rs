//! The two ends of a ring of records: positions become bytes.
//!
//! ```text
//!   position ──▶ unit number & mask ──▶ × 8 ──▶ header ──▶ + 8 ──▶ payload
//! ```
#![allow(unsafe_code)]

use super::{Read, SoleReader, SoleWriter, write_lines_back};
use crate::layout::Geometry;
use crate::primitive::AtomicU32;
use crate::region::{Mapped, Memory};
use crate::ring::Shape;
use crate::ring::frame::Piece;
use crate::ring::frames::{Consumer, MAX_UNITS, MIN_UNITS, Producer, UNIT, Words, longest};
use crate::ring::spsc::{Control, Corrupt, Look};
use core::ptr::NonNull;

/// A unit in bytes: the header of a record takes one.
const HEADER: usize = UNIT as usize;

/// Where the number stands in a header.
const NUMBER: usize = size_of::<u32>();

/// The units of a ring of records.
#[derive(Clone, Copy)]
pub(crate) struct Units {
    /// Units in the ring, a power of two, less one.
    mask: u32,
    first: NonNull<u8>,
    control: Mapped<Control>,
}

// SAFETY: it is a place in shared memory, and what may be done there is the ring's business.
unsafe impl Send for Units {}
// SAFETY: `&Units` gives out header and control words, which are atomics, and nothing else that is
// safe to call.
unsafe impl Sync for Units {}

impl Units {
    /// The units that `geometry` describes, or `None` if they do not lie wholly in `memory`.
    ///
    /// # Safety
    ///
    /// `memory` outlives the result.
    pub(crate) unsafe fn new(memory: &impl Memory, geometry: &Geometry) -> Option<Self> {
        let is_ring = geometry.shape == Shape::frames(UNIT)
            && geometry.cells.is_power_of_two()
            && (MIN_UNITS..=MAX_UNITS).contains(&geometry.cells);
        if !is_ring || geometry.total_len > memory.len() as u64 {
            return None;
        }
        // SAFETY: this function has the same contract.
        let control = unsafe { Mapped::new(memory, geometry.object_offset) }?;
        // SAFETY: a geometry's `data_offset` is less than its `total_len`, which is mapped.
        let first = unsafe { memory.base().add(geometry.data_offset) };
        Some(Units {
            mask: geometry.cells - 1,
            first,
            control,
        })
    }

    pub(crate) fn control(&self) -> Mapped<Control> {
        self.control
    }

    /// The header of a record at `position`, or any unit.
    #[inline(always)]
    fn header(&self, position: u64) -> NonNull<u8> {
        let index = position & u64::from(self.mask);
        // SAFETY: `index <= mask`, which is less than `cells`, and `new` checked that `cells` units
        // from `first` on are mapped.
        unsafe { self.first.add(index as usize * HEADER) }
    }

    /// The payload of a record at `position`. Of one without bytes at the end of the ring it is the
    /// end of the ring.
    #[inline(always)]
    fn payload(&self, position: u64) -> NonNull<u8> {
        // SAFETY: the header is a unit of the ring, and so the end of it is at most the ring's.
        unsafe { self.header(position).add(HEADER) }
    }
}

impl Words for Units {
    #[inline(always)]
    fn units(&self) -> u32 {
        self.mask + 1
    }
    #[inline(always)]
    fn word(&self, position: u64) -> &AtomicU32 {
        // SAFETY: it lies in the ring; units are aligned to eight. Whoever writes payload over it has
        // it as a part of a record that nobody else looks at (see `ring::frames`).
        unsafe { self.header(position).cast().as_ref() }
    }
    #[inline(always)]
    fn number(&self, position: u64) -> &AtomicU32 {
        // SAFETY: as above, for the second half of the unit.
        unsafe { self.header(position).add(NUMBER).cast().as_ref() }
    }
}

/// The writing end of a ring of records.
pub struct FrameWriter {
    units: Units,
    ring: Producer,
    /// Where the record begins that was claimed, and its length in bytes.
    claimed: Option<(u64, u32)>,
    /// The length that was refused last.
    wanted: u32,
}

impl FrameWriter {
    /// Takes up the writing end.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if the records contradict the cursor.
    ///
    /// # Safety
    ///
    /// The memory behind `units` outlives the result, and no other `FrameWriter` of this ring is
    /// alive in any process (the participant table sees to that).
    pub(crate) unsafe fn recover(units: Units) -> Result<Self, Corrupt> {
        Ok(FrameWriter {
            ring: Producer::recover(&units.control, &units)?,
            units,
            claimed: None,
            wanted: 0,
        })
    }

    /// The longest record, in bytes.
    #[inline(always)]
    pub(crate) fn longest(&self) -> usize {
        longest(self.units.units()) as usize
    }

    /// Claims a record of `len` bytes if it fits by what the receiver has published. Of a ring that is
    /// corrupt it says no, and so does a claim, which says why.
    #[inline(always)]
    pub(crate) fn is_ready_for(&mut self, len: usize) -> bool {
        let Ok(len) = u32::try_from(len) else {
            return false;
        };
        if let Some(position) = self.ring.free(&self.units, len) {
            self.claimed = Some((position, len));
            return true;
        }
        matches!(self.claim(len as usize, Look::Head), Ok(true))
    }

    /// The bytes of the record that was claimed, as many as were asked for.
    #[inline(always)]
    pub(crate) fn record(&mut self) -> Option<&mut [u8]> {
        let (position, len) = self.claimed?;
        // SAFETY: a claim found so many bytes to lie behind the header, before the end of the ring.
        // They are not published, so the peer does not touch them, and there is one producer, which
        // `&mut self` borrows. Mapped bytes are initialised.
        Some(unsafe {
            NonNull::slice_from_raw_parts(self.units.payload(position), len as usize).as_mut()
        })
    }

    /// As [`record`](FrameWriter::record), to read.
    pub(crate) fn record_ref(&self) -> Option<&[u8]> {
        let (position, len) = self.claimed?;
        // SAFETY: as in `record`.
        Some(unsafe {
            NonNull::slice_from_raw_parts(self.units.payload(position), len as usize).as_ref()
        })
    }

    /// Publishes the first `len` bytes of the record that was claimed, or all if they are fewer.
    #[inline(always)]
    pub(crate) fn publish(&mut self, len: usize, piece: Piece) {
        let Some((_, claimed)) = self.claimed.take() else {
            unreachable!("a record was claimed");
        };
        let len = len.min(claimed as usize) as u32;
        self.ring
            .publish(&self.units.control, &self.units, len, piece);
    }
}

impl SoleWriter for FrameWriter {
    #[cold]
    fn claim(&mut self, size: usize, look: Look) -> Result<bool, Corrupt> {
        // What is longer than any record never fits.
        let len = u32::try_from(size).unwrap_or(u32::MAX);
        let position = self
            .ring
            .claim(&self.units.control, &self.units, len, look)?;
        self.claimed = position.map(|position| (position, len));
        if position.is_none() {
            self.wanted = len;
        }
        Ok(position.is_some())
    }

    fn may_claim(&mut self, look: Look) -> Result<bool, Corrupt> {
        self.claim(self.wanted as usize, look)
    }

    fn published(&self) -> u64 {
        self.ring.sent()
    }
}

/// The reading end of a ring of records.
pub struct FrameReader {
    units: Units,
    ring: Consumer,
}

impl FrameReader {
    /// Takes up the reading end.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if the record at the cursor, or the cursor, cannot be.
    ///
    /// # Safety
    ///
    /// As [`FrameWriter::recover`], for readers.
    pub(crate) unsafe fn recover(units: Units, died: bool) -> Result<Self, Corrupt> {
        Ok(FrameReader {
            ring: Consumer::recover(&units.control, &units, died)?,
            units,
        })
    }

    /// The bytes of the record that a peek found, and whether they are a part of a message.
    #[inline(always)]
    pub(crate) fn record(&self) -> Option<(&[u8], bool)> {
        let record = self.ring.peeked()?;
        // SAFETY: the peek found so many bytes to lie behind the header, before the end of the ring.
        // They are published and not released, so an honest peer does not touch them. Mapped bytes
        // are initialised.
        let bytes = unsafe {
            let payload = self.units.payload(record.at);
            NonNull::slice_from_raw_parts(payload, record.len as usize).as_ref()
        };
        Some((bytes, record.is_part))
    }

    /// Writes the lines of the record back that a peek found. See [`write_lines_back`].
    #[inline(always)]
    fn dirty_back(&self, read: Read) {
        if let Some(record) = self.ring.peeked() {
            let len = (record.end() - record.at) as usize * HEADER;
            // SAFETY: the peek found the record to lie in the ring. It is not released, so it is this
            // end's alone, and no reference to it is alive (`&mut self` of the caller). Units are aligned
            // to eight and have as many bytes.
            unsafe { write_lines_back(self.units.header(record.at), len, read) };
        }
    }
}

impl SoleReader for FrameReader {
    #[inline(always)]
    fn is_ready(&mut self) -> bool {
        matches!(self.ring.available(&self.units), Ok(Some(_)))
    }

    #[inline(always)]
    fn peek(&mut self) -> Result<bool, Corrupt> {
        let found = self.ring.peek(&self.units.control, &self.units)?;
        Ok(found.is_some())
    }

    fn consumed(&self) -> u64 {
        self.ring.received()
    }

    fn is_redelivered(&self) -> bool {
        self.ring.is_redelivered()
    }

    #[inline(always)]
    fn release(&mut self, read: Read) -> bool {
        if self.ring.peeked().is_none() {
            return false;
        }
        self.dirty_back(read);
        self.ring.release(&self.units.control, &self.units);
        true
    }

    fn settle(&mut self) {
        self.ring.settle(&self.units.control);
    }
}

#[cfg(all(test, not(ringway_loom)))]
mod tests;
