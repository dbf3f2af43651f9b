//! The two ends of a ring over mapped bytes: positions become places here, and only here.
//!
//! ```text
//!   position ──▶ cell number & mask ──▶ × stride ──▶ + item offset + lane × item size
//! ```
#![allow(unsafe_code)]

use crate::layout::Geometry;
use crate::plain::Plain;
use crate::primitive::AtomicU32;
use crate::region::{Mapped, Memory, Overlay};
use crate::ring::spsc::{Consumer, Control, Corrupt, Look, Producer};
use crate::ring::{Layout, Shape, Stamps};
use core::marker::PhantomData;
use core::ptr::NonNull;

// SAFETY: `repr(C)`, atomics of explicit width only.
unsafe impl Overlay for Control {}
// SAFETY: as above.
unsafe impl Overlay for crate::layout::Participant {}
// SAFETY: as above.
unsafe impl Overlay for crate::layout::header::Header {}

/// The cells of a ring whose shape is known only from its header, for a bystander.
#[derive(Clone, Copy)]
pub struct Cells {
    shape: Shape,
    /// Cells in the ring, a power of two, less one.
    mask: u32,
    first: NonNull<u8>,
    control: Mapped<Control>,
}

impl Cells {
    /// The cells that `geometry` describes, or `None` if they do not lie wholly in `memory`.
    ///
    /// # Safety
    ///
    /// `memory` outlives the result.
    pub(crate) unsafe fn new(memory: &impl Memory, geometry: &Geometry) -> Option<Self> {
        if geometry.total_len > memory.len() as u64 {
            return None;
        }
        // SAFETY: this function has the same contract.
        let control = unsafe { Mapped::new(memory, geometry.object_offset) }?;
        // SAFETY: a geometry's `data_offset` is less than its `total_len`, which is mapped.
        let first = unsafe { memory.base().add(geometry.data_offset) };
        Some(Cells {
            shape: geometry.shape,
            mask: geometry.cells - 1,
            first,
            control,
        })
    }

    pub(crate) fn control(&self) -> Mapped<Control> {
        self.control
    }

    /// Where cell number `position >> lane_bits` starts.
    #[inline(always)]
    fn cell(&self, position: u64, shape: &Shape) -> NonNull<u8> {
        let index = (position >> shape.lane_bits) & u64::from(self.mask);
        // SAFETY: `index <= mask`, which is less than `cells`, and `new` checked that `cells * stride` bytes from `first` on
        // are mapped.
        unsafe { self.first.add(index as usize * shape.stride as usize) }
    }
}

impl Stamps for Cells {
    fn lanes(&self) -> u32 {
        self.shape.lanes
    }
    fn lane_bits(&self) -> u32 {
        self.shape.lane_bits
    }
    fn has_common_stamp(&self) -> bool {
        self.shape.layout == Layout::Index
    }
    fn cells(&self) -> u32 {
        self.mask + 1
    }
    fn stamp(&self, position: u64) -> &AtomicU32 {
        if self.has_common_stamp() {
            return self.control.tail_stamp();
        }
        // SAFETY: the first four bytes of a cell are its stamp; cells are aligned to four.
        unsafe { self.cell(position, &self.shape).cast().as_ref() }
    }
}

/// The cells of a ring of `T`. The shape follows from the type, so it is constant to the compiler.
struct Slots<T> {
    cells: Cells,
    items: PhantomData<T>,
}

// SAFETY: it is a place in shared memory; what may be done there is the ring's business, and the
// items themselves are `Plain`, hence `Send`.
unsafe impl<T: Plain> Send for Slots<T> {}
// SAFETY: `&Slots` gives out stamps, which are atomics, and nothing else that is safe to call.
unsafe impl<T: Plain> Sync for Slots<T> {}

impl<T: Plain> Slots<T> {
    const SHAPE: Shape = {
        // Before the size is narrowed: a larger one would pass for a small one.
        assert!(
            size_of::<T>() <= Shape::MAX_ITEM as usize,
            "items have at most 16 MiB"
        );
        match Shape::of(size_of::<T>() as u32, align_of::<T>() as u32) {
            Some(shape) => shape,
            None => panic!("items have an alignment of at most 128"),
        }
    };

    /// `cells` as those of a ring of `T`, if they have its shape.
    fn over(cells: Cells) -> Option<Self> {
        (cells.shape == Self::SHAPE).then_some(Slots {
            cells,
            items: PhantomData,
        })
    }

    /// Where the item at `position` lies.
    #[inline(always)]
    fn item(&self, position: u64) -> NonNull<T> {
        let lane = position & ((1 << Self::SHAPE.lane_bits) - 1);
        let offset = Self::SHAPE.item_offset as usize + lane as usize * size_of::<T>();
        // SAFETY: a ring hands out only lanes below `SHAPE.lanes`, and so many items fit behind
        // `item_offset` in a cell.
        unsafe { self.cells.cell(position, &Self::SHAPE).add(offset) }.cast()
    }
}

impl<T: Plain> Stamps for Slots<T> {
    #[inline(always)]
    fn lanes(&self) -> u32 {
        Self::SHAPE.lanes
    }
    #[inline(always)]
    fn lane_bits(&self) -> u32 {
        Self::SHAPE.lane_bits
    }
    #[inline(always)]
    fn has_common_stamp(&self) -> bool {
        matches!(Self::SHAPE.layout, Layout::Index)
    }
    #[inline(always)]
    fn cells(&self) -> u32 {
        self.cells.mask + 1
    }
    #[inline(always)]
    fn stamp(&self, position: u64) -> &AtomicU32 {
        if self.has_common_stamp() {
            return self.cells.control.tail_stamp();
        }
        // SAFETY: as in `Cells::stamp`.
        unsafe { self.cells.cell(position, &Self::SHAPE).cast().as_ref() }
    }
}

/// The writing end of a ring of `T`.
pub(crate) struct Writer<T> {
    slots: Slots<T>,
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
        let slots = Slots::over(cells)?;
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

    /// Whether the next slot is free, so that [`slot`](Writer::slot) has it.
    #[inline(always)]
    pub(crate) fn claim(&mut self, look: Look) -> Result<bool, Corrupt> {
        Ok(self
            .ring
            .claim(&self.slots.cells.control, &self.slots, look)?
            .is_some())
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

    /// Items published since the ring was new.
    pub(crate) fn published(&self) -> u64 {
        self.ring.published(&self.slots)
    }

    /// Publishes the slot that was claimed.
    #[inline(always)]
    pub(crate) fn publish(&mut self) {
        self.ring.publish(&self.slots);
    }
}

/// The reading end of a ring of `T`.
pub(crate) struct Reader<T> {
    slots: Slots<T>,
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
        let slots = Slots::over(cells)?;
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

    /// Whether an item is there, without a word to a waiting sender if not.
    #[inline(always)]
    pub(crate) fn is_ready(&mut self) -> bool {
        self.ring.available(&self.slots).is_some()
    }

    /// Whether an item is there, so that [`item`](Reader::item) has it.
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> Result<bool, Corrupt> {
        Ok(self
            .ring
            .peek(&self.slots.cells.control, &self.slots)?
            .is_some())
    }

    /// The item read next, if [`peek`](Reader::peek) found it.
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

    /// Items done with since the ring was new.
    pub(crate) fn consumed(&self) -> u64 {
        self.ring.consumed(&self.slots)
    }

    /// Whether the item read next may have been delivered before.
    pub(crate) fn is_redelivered(&self) -> bool {
        self.ring.is_redelivered()
    }

    /// Has done with the item that was found, of which `read` says how much was read; whether
    /// that freed space for the sender.
    #[inline(always)]
    pub(crate) fn release(&mut self, read: Read) -> bool {
        match self.ring.peeked() {
            Some(position) => self.release_from(position, 1, read),
            None => false,
        }
    }

    /// As [`release`](Reader::release), for `count` items from the position that was found.
    #[inline(always)]
    fn release_from(&mut self, position: u64, count: usize, read: Read) -> bool {
        let is_here = read == Read::Whole || size_of::<T>() == LINE;
        if matches!(Slots::<T>::SHAPE.layout, Layout::Index) && is_here {
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

    /// Writes down exactly how far this end has come.
    pub(crate) fn settle(&mut self) {
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
    let lanes = Slots::<T>::SHAPE.lanes as usize;
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

/// How much of an item was read before it is released.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// All of it: its lines are here.
    Whole,
    /// Perhaps nothing.
    Unknown,
}
