//! The ends of a ring with many producers or consumers, of which each cell holds one message of
//! bytes. How far the cells are apart is known at run time only.
//!
//! ```text
//!   0 stamp │ 4 length │ 8 message, up to `max_len` bytes
//! ```
//!
//! The length belongs to whoever owns the cell, as the message does: it is written before the stamp
//! that publishes both, and looked at once, behind that stamp. A peer that lies may change it at any
//! time, so what was looked at is kept, and nothing longer than a cell is ever believed.
#![allow(unsafe_code)]

use super::mpmc::{Cells, Reader, Slot, Writer};
use crate::layout::Participant;
use crate::primitive::{AtomicU32, Ordering};
use crate::region::Mapped;
use crate::ring::mpmc::{Claims, Control};
use crate::ring::spsc::Corrupt;
use crate::ring::{Layout, Shape, Stamps};
use core::mem::offset_of;
use core::ptr::NonNull;

/// What a cell begins with.
#[repr(C, align(8))]
struct Head {
    stamp: AtomicU32,
    len: AtomicU32,
}

/// The cells of such a ring.
#[derive(Clone, Copy)]
pub struct Bytes {
    cells: Cells,
}

/// A writing end of such a ring.
pub(crate) type BytesWriter<C> = Writer<Bytes, C>;

/// A reading end of such a ring.
pub(crate) type BytesReader<C> = Reader<Bytes, C>;

impl Bytes {
    /// `cells` as those of such a ring, if they have the shape of one.
    pub(crate) fn over(cells: Cells) -> Option<Self> {
        let Shape {
            layout,
            stride,
            item_offset,
            ..
        } = cells.shape;
        let head = size_of::<Head>() as u32;
        let is_one = layout == Layout::Slot && item_offset == head && stride >= head;
        (is_one && stride.is_multiple_of(head)).then_some(Bytes { cells })
    }

    /// The longest message that fits into a cell.
    #[inline(always)]
    fn max_len(&self) -> usize {
        self.cells.shape.stride as usize - size_of::<Head>()
    }

    /// Where the cell of `position` starts, with as many bytes as a stride.
    #[inline(always)]
    fn cell(&self, position: u64) -> NonNull<u8> {
        let index = position as u32 & self.cells.mask;
        // SAFETY: `index <= mask`, which is less than `cells`, and `Cells::new` checked that
        // `cells * stride` bytes from `first` on are mapped.
        unsafe {
            let stride = self.cells.shape.stride as usize;
            self.cells.first.add(index as usize * stride)
        }
    }

    #[inline(always)]
    fn head(&self, position: u64) -> &Head {
        // SAFETY: cells begin at multiples of 8 bytes: the first one does, as every segment's data,
        // and the stride is one, which `over` checked, as it did that a cell is as long as this.
        unsafe { self.cell(position).cast().as_ref() }
    }

    /// Where the message of a cell begins, with `max_len` bytes.
    #[inline(always)]
    fn message(&self, position: u64) -> NonNull<u8> {
        // SAFETY: `over` checked that the stride is at least as much.
        unsafe { self.cell(position).add(size_of::<Head>()) }
    }
}

impl Stamps for Bytes {
    #[inline(always)]
    fn lanes(&self) -> u32 {
        1
    }
    #[inline(always)]
    fn lane_bits(&self) -> u32 {
        0
    }
    #[inline(always)]
    fn has_common_stamp(&self) -> bool {
        false
    }
    #[inline(always)]
    fn cells(&self) -> u32 {
        self.cells.mask + 1
    }
    #[inline(always)]
    fn stamp(&self, position: u64) -> &AtomicU32 {
        &self.head(position).stamp
    }
}

impl Slot for Bytes {
    /// How long the message is.
    type Measure = usize;

    #[inline(always)]
    fn control(&self) -> &Mapped<Control> {
        &self.cells.control
    }

    /// One: a `size` is in bytes here.
    fn most(_: usize) -> u32 {
        1
    }

    #[inline(always)]
    fn measure(&self, position: u64) -> Result<usize, Corrupt> {
        // It came with the stamp of whoever published the message (S4).
        let len = self.head(position).len.load(Ordering::Relaxed) as usize;
        if len <= self.max_len() {
            Ok(len)
        } else {
            Err(Corrupt)
        }
    }
}

impl<C: Claims> BytesWriter<C> {
    /// The longest message.
    #[inline(always)]
    pub(crate) fn max_len(&self) -> usize {
        self.slots.max_len()
    }

    /// As [`is_ready`](Writer::is_ready), for a message of `len` bytes.
    #[inline(always)]
    pub(crate) fn is_ready_for(&mut self, me: &Participant, len: usize) -> bool {
        self.size = len;
        self.is_ready(me)
    }

    /// The bytes of the message written next, as many as was asked for, if a slot was claimed.
    #[inline(always)]
    pub(crate) fn record(&mut self) -> Option<&mut [u8]> {
        let position = self.ring.claimed()?;
        let len = self.size.min(self.max_len());
        // SAFETY: the position is claimed by this end and not published, so nobody else touches the
        // message, and `&mut self` borrows this end. There are `max_len` bytes.
        Some(unsafe { NonNull::slice_from_raw_parts(self.slots.message(position), len).as_mut() })
    }

    /// As [`record`](Writer::record), to read.
    pub(crate) fn record_ref(&self) -> Option<&[u8]> {
        let position = self.ring.claimed()?;
        let len = self.size.min(self.max_len());
        // SAFETY: as in `record`.
        Some(unsafe { NonNull::slice_from_raw_parts(self.slots.message(position), len).as_ref() })
    }

    /// Publishes the first `len` bytes of the message that was written, at most all.
    #[inline(always)]
    pub(crate) fn publish_len(&mut self, me: &Participant, len: usize) {
        if let Some(position) = self.ring.claimed() {
            let len = len.min(self.size).min(self.max_len()) as u32;
            // Published with the stamp (S1).
            self.slots.head(position).len.store(len, Ordering::Relaxed);
            self.publish(me);
        }
    }
}

impl<C: Claims> BytesReader<C> {
    /// The message that was claimed.
    #[inline(always)]
    pub(crate) fn record(&self) -> Option<&[u8]> {
        let position = self.ring.claimed()?;
        // SAFETY: the position is claimed by this end and not released, so an honest peer does not
        // touch the message. `measure` is at most `max_len`, whatever the cell says by now: nothing
        // else is ever kept.
        Some(unsafe {
            NonNull::slice_from_raw_parts(self.slots.message(position), self.measure).as_ref()
        })
    }
}

const _: () = assert!(offset_of!(Head, stamp) == 0 && offset_of!(Head, len) == 4);
const _: () = assert!(size_of::<Head>() == 8);
