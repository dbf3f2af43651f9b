//! The two ends of a ring with one producer and one consumer.
#![allow(unsafe_code)]

use super::{Read, Slots, SoleReader, SoleWriter};
use crate::plain::Plain;
use crate::ring::Layout;
use crate::ring::spsc::{Consumer, Control, Corrupt, Look, Producer};

/// The cells of such a ring.
pub(crate) type Cells = super::Cells<Control>;
type Items<T> = Slots<T, Control, false>;

/// The writing end of a ring of `T`.
pub struct Writer<T> {
    slots: Items<T>,
    ring: Producer,
}

impl<T: Plain> Writer<T> {
    /// Takes up the writing end; `None` if `cells` are not those of a ring of `T`.
    ///
    /// # Safety
    ///
    /// The memory behind `cells` outlives the result, and no other `Writer` of this ring is alive
    /// in any process (the participant table sees to that).
    pub(crate) unsafe fn recover(cells: Cells) -> Option<Result<Self, Corrupt>> {
        let slots = Items::over(cells)?;
        Some(Producer::recover(&cells.control, &slots).map(|ring| Writer { slots, ring }))
    }

    /// Whether a slot is known to be free without a look at the receiver.
    #[inline(always)]
    pub(crate) fn is_ready(&mut self) -> bool {
        self.ring.free(&self.slots).is_some()
    }

    /// Publishes `item` in the slot that was claimed.
    #[inline(always)]
    pub(crate) fn push(&mut self, item: T) {
        let Some(position) = self.ring.claimed() else {
            unreachable!("a slot was claimed");
        };
        // SAFETY: the position is claimed and not published, so the peer does not touch it, and
        // there is one producer, which `&mut self` borrows.
        unsafe { self.slots.item(position).write(item) };
        self.ring.publish_from(&self.slots, position, 1);
    }

    /// The slot written next, if it was claimed.
    #[inline(always)]
    pub(crate) fn slot(&mut self) -> Option<&mut T> {
        let position = self.ring.claimed()?;
        // SAFETY: the position is claimed and not published, so the peer does not touch it, and
        // there is one producer, which `&mut self` borrows. Any bytes are a valid `T` (`Plain`).
        Some(unsafe { self.slots.item(position).as_mut() })
    }

    /// As [`slot`](Writer::slot), to read.
    pub(crate) fn slot_ref(&self) -> Option<&T> {
        let position = self.ring.claimed()?;
        // SAFETY: as in `slot`.
        Some(unsafe { self.slots.item(position).as_ref() })
    }

    /// Publishes copies of as many of `items`, in order, as slots are free; how many.
    pub(crate) fn push_many(&mut self, items: &[T]) -> usize {
        let mut sent = 0;
        while sent < items.len() {
            let control = &self.slots.cells.control;
            let Ok(Some(position)) = self.ring.claim(control, &self.slots, Look::Head) else {
                break;
            };
            let stretch = self.ring.stretch(&self.slots) as usize;
            let count = stretch.min(items.len() - sent);
            let from = items[sent..sent + count].as_ptr();
            // SAFETY: the stretch is claimed as in `push`; it lies in one cell, or in an index ring
            // before its end, so its items follow each other. `from` has as many items; if it lies
            // in a ring too, it was lent from a slot that is not free, so it is another one.
            unsafe { copy::<T>(from, self.slots.item(position).as_ptr(), count) };
            self.ring.publish_from(&self.slots, position, count as u32);
            sent += count;
        }
        sent
    }

    /// Publishes the slot that was claimed.
    #[inline(always)]
    pub(crate) fn publish(&mut self) {
        self.ring.publish(&self.slots);
    }
}

impl<T: Plain> SoleWriter for Writer<T> {
    #[inline(always)]
    fn claim(&mut self, _size: usize, look: Look) -> Result<bool, Corrupt> {
        Ok(self
            .ring
            .claim(&self.slots.cells.control, &self.slots, look)?
            .is_some())
    }

    fn may_claim(&mut self, look: Look) -> Result<bool, Corrupt> {
        self.claim(1, look)
    }

    fn published(&self) -> u64 {
        self.ring.published(&self.slots)
    }
}

/// The reading end of a ring of `T`.
pub struct Reader<T> {
    slots: Items<T>,
    ring: Consumer,
}

impl<T: Plain> Reader<T> {
    /// Takes up the reading end; `None` if `cells` are not those of a ring of `T`.
    ///
    /// # Safety
    ///
    /// As [`Writer::recover`], for readers.
    pub(crate) unsafe fn recover(
        cells: Cells,
        died: bool,
        each: bool,
    ) -> Option<Result<Self, Corrupt>> {
        let slots = Items::over(cells)?;
        let ring = Consumer::recover(&cells.control, &slots, died, each);
        Some(ring.map(|ring| Reader { slots, ring }))
    }

    /// Copies the next item into `item` and has done with it, if one is there; whether that
    /// freed space for the sender.
    #[inline(always)]
    pub(crate) fn pop(&mut self, item: &mut T) -> Option<bool> {
        let position = self.ring.available(&self.slots)?;
        // SAFETY: the position is published and not released, so an honest peer does not touch
        // it, and any bytes are a valid `T` (`Plain`).
        *item = unsafe { self.slots.item(position).read() };
        Some(self.release_from(position, 1, Read::Whole))
    }

    /// The item read next, if [`peek`](SoleReader::peek) found it.
    #[inline(always)]
    pub(crate) fn item(&self) -> Option<&T> {
        let position = self.ring.peeked()?;
        // SAFETY: the position is published and not released, so an honest peer does not touch
        // it, and any bytes are a valid `T` (`Plain`).
        Some(unsafe { self.slots.item(position).as_ref() })
    }

    /// Copies as many items as are there and fit, and has done with them; how many.
    pub(crate) fn pop_many(&mut self, items: &mut [T]) -> usize {
        let mut taken = 0;
        while taken < items.len() {
            let Some(position) = self.ring.available(&self.slots) else {
                break;
            };
            let stretch = self.ring.stretch(&self.slots) as usize;
            let count = stretch.min(items.len() - taken);
            let to = items[taken..taken + count].as_mut_ptr();
            // SAFETY: the stretch is published and not released, as in `pop`; it lies in one cell,
            // or in an index ring before its end, so its items follow each other. `to` has room
            // for as many; if it lies in a ring too, it is a claimed slot, so it is another one.
            unsafe { copy::<T>(self.slots.item(position).as_ptr(), to, count) };
            self.release_from(position, count, Read::Whole);
            taken += count;
        }
        taken
    }

    /// As [`release`](SoleReader::release), for `count` items from the position that was found.
    #[inline(always)]
    fn release_from(&mut self, position: u64, count: usize, read: Read) -> bool {
        let is_here = read == Read::Whole || size_of::<T>() == LINE;
        if matches!(Items::<T>::SHAPE.layout, Layout::Index) && is_here {
            self.dirty_back(position, count);
        }
        let control = &self.slots.cells.control;
        self.ring
            .release_from(control, &self.slots, position, count as u32)
    }

    /// Writes the first word of each line of `count` items back as it is.
    ///
    /// A line that the consumer has only read is shared by two caches, and the producer's next
    /// write to it must ask the other cache first; a line that the consumer has written comes over
    /// whole. Measured in `docs/performance.md`; it multiplies the throughput of whole lines.
    #[inline(always)]
    fn dirty_back(&self, position: u64, count: usize) {
        let first = self.slots.item(position).cast::<u8>();
        for offset in (0..count * size_of::<T>()).step_by(LINE) {
            // SAFETY: the items were peeked and not released, so they are this end's alone until
            // then, no reference to them is alive (`&mut self` of the caller), and `count` of them
            // follow each other. Items of an index ring are whole lines and start at a multiple of a line.
            unsafe {
                let word = first.add(offset).cast::<u32>();
                word.write_volatile(word.read_volatile());
            }
        }
    }
}

impl<T: Plain> SoleReader for Reader<T> {
    #[inline(always)]
    fn is_ready(&mut self) -> bool {
        self.ring.available(&self.slots).is_some()
    }

    #[inline(always)]
    fn peek(&mut self) -> Result<bool, Corrupt> {
        Ok(self
            .ring
            .peek(&self.slots.cells.control, &self.slots)?
            .is_some())
    }

    fn consumed(&self) -> u64 {
        self.ring.consumed(&self.slots)
    }

    fn is_redelivered(&self) -> bool {
        self.ring.is_redelivered()
    }

    #[inline(always)]
    fn release(&mut self, read: Read) -> bool {
        match self.ring.peeked() {
            Some(position) => self.release_from(position, 1, read),
            None => false,
        }
    }

    fn settle(&mut self) {
        self.ring.settle(&self.slots.cells.control);
    }
}

/// Copies `count` items; a whole packed cell, the common case of a batch, without a call.
///
/// # Safety
///
/// As `core::ptr::copy_nonoverlapping`.
#[inline(always)]
unsafe fn copy<T: Plain>(from: *const T, to: *mut T, count: usize) {
    let lanes = Items::<T>::SHAPE.lanes as usize;
    // SAFETY: the caller's promise, for `count` items in either case.
    unsafe {
        if lanes > 1 && count == lanes {
            core::ptr::copy_nonoverlapping(from, to, lanes);
        } else {
            core::ptr::copy_nonoverlapping(from, to, count);
        }
    }
}

/// A cache line in bytes.
const LINE: usize = 64;
