//! The ends of a ring over mapped bytes: positions become places here, and only here.
//!
//! ```text
//!   position ──▶ cell number & mask ──▶ × stride ──▶ + item offset + lane × item size
//! ```
#![allow(unsafe_code)]

pub(crate) mod bytes;
mod copy;
pub(crate) mod entries;
pub(crate) mod frames;
pub(crate) mod mpmc;
pub(crate) mod ranges;
pub(crate) mod spsc;
pub(crate) mod stream;

use crate::layout::{Geometry, Participant};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::primitive::AtomicU32;
use crate::region::{Mapped, Memory, Overlay};
use crate::ring::spsc::{Corrupt, Look};
use crate::ring::table::{Stuck, Table};
use crate::ring::{self, Layout, Shape, Stamps};
use core::marker::PhantomData;
use core::ptr::NonNull;

/// The writing end of a ring that has one such end.
pub trait SoleWriter {
    /// Whether a slot is claimed, or room for a record of `size` bytes.
    fn claim(&mut self, size: usize, look: Look) -> Result<bool, Corrupt>;

    /// Whether a claim would succeed; of records, one as long as the last that was refused.
    fn may_claim(&mut self, look: Look) -> Result<bool, Corrupt>;

    /// Messages published since the ring was new.
    fn published(&self) -> u64;
}

/// The reading end of a ring that has one such end.
pub trait SoleReader {
    /// Whether something is there, without a word to a waiting sender if not.
    fn is_ready(&mut self) -> bool;

    /// Whether something is there.
    fn peek(&mut self) -> Result<bool, Corrupt>;

    /// Messages done with since the ring was new.
    fn consumed(&self) -> u64;

    /// Whether what is read next may have been delivered before.
    fn is_redelivered(&self) -> bool;

    /// Has done with what was found, of which `read` says how much was read; whether that freed
    /// space for the sender.
    fn release(&mut self, read: Read) -> bool;

    /// Writes down exactly how far this end has come.
    fn settle(&mut self);
}

/// What is told of the participants to an end that decides about claims of the dead.
pub(crate) type Everybody<'a, P> = Table<'a, entries::MappedEntries, P>;

/// An end of a ring that waits for what others have claimed, who may be dead.
pub trait Mends {
    /// If this end finds nothing to claim: whose claim it waits for, if it is that.
    fn stuck<P: Platform>(&self, all: Everybody<'_, P>) -> Option<Stuck>;

    /// Ends a claim if its owner is dead.
    fn mend<P: Platform>(&self, all: Everybody<'_, P>, stuck: Stuck);
}

/// A writing end of a ring whose ends know each other by a table. `me` is its own entry.
pub trait TableWriter: Mends {
    /// Whether a slot is claimed, or room for a record of `size` bytes; claims up to `size` slots,
    /// or that room, if none is.
    fn claim(&mut self, me: &Participant, size: usize) -> Result<bool, Corrupt>;

    /// Whether a claim would have something to say, of records for one as long as the last that
    /// was refused; claims nothing. Never no if there is something.
    fn may_claim(&self, me: &Participant) -> bool;

    /// Whether another end of this side could go on, too.
    fn sees_more(&self, me: &Participant) -> bool;

    /// Gives up what is claimed; whether receivers have to pass over it.
    fn abort(&mut self, me: &Participant) -> bool;

    /// The position that is claimed next.
    fn next(&self) -> u64;

    /// Whether everything before `end` has been received and finished, looking from `from` on; if
    /// not, from where on to look next time.
    fn first_unfinished<P: Platform>(
        &self,
        all: Everybody<'_, P>,
        from: u64,
        end: u64,
    ) -> Option<u64>;
}

/// A reading end of a ring whose ends know each other by a table. `me` is its own entry.
pub trait TableReader: Mends {
    /// Whether something is claimed, by one look if need be.
    fn is_ready(&mut self, me: &Participant) -> bool;

    /// Whether something is claimed; claims up to `most` if nothing is, where that makes a
    /// difference.
    fn claim(&mut self, me: &Participant, most: usize) -> Result<bool, Corrupt>;

    /// Whether this end has passed over something since this was last asked: there is space now.
    fn take_passed(&mut self) -> bool;

    /// Whether a claim would have something to say; claims nothing. Never no if there is something.
    fn may_claim(&self, me: &Participant) -> bool;

    /// Whether something is there, claimed or next.
    fn sees_something(&self, me: &Participant) -> bool;

    /// Whether another end of this side could go on, too.
    fn sees_more(&self, me: &Participant) -> bool;

    /// Has done with what is claimed; how many senders to wake for the space.
    fn release(&mut self, me: &Participant) -> u32;

    /// Whether what is claimed may have been delivered before.
    fn is_redelivered(&self) -> bool;

    /// As [`is_redelivered`](TableReader::is_redelivered), of what was released last.
    fn was_redelivered(&self) -> bool;

    /// Takes over what a dead end had claimed, if there is such a thing; whether there was. This
    /// end has nothing claimed, and has to [`claim`](TableReader::claim) it before it reads.
    fn adopt<P: Platform>(&mut self, all: Everybody<'_, P>, me: &Participant) -> bool;

    /// For an end that goes: leaves to others what is claimed.
    fn forsake<P: Platform>(&mut self, all: Everybody<'_, P>, me: &Participant);

    /// With nothing found: whether nothing can come any more unless a sender comes.
    fn is_drained<P: Platform>(&self, all: Everybody<'_, P>) -> bool;
}

/// The control words of a ring.
pub trait Control: Overlay {
    /// The stamp of an index ring, for the kinds that have one.
    fn common_stamp(&self) -> Option<&AtomicU32>;
}

// SAFETY: `repr(C)`, atomics of explicit width only.
unsafe impl Overlay for ring::spsc::Control {}
impl Control for ring::spsc::Control {
    #[inline(always)]
    fn common_stamp(&self) -> Option<&AtomicU32> {
        Some(self.tail_stamp())
    }
}
// SAFETY: as above.
unsafe impl Overlay for ring::mpmc::Control {}
impl Control for ring::mpmc::Control {
    #[inline(always)]
    fn common_stamp(&self) -> Option<&AtomicU32> {
        None
    }
}
// SAFETY: as above.
unsafe impl Overlay for ring::ranges::Control {}
// SAFETY: as above.
unsafe impl Overlay for crate::wait::lock::Lock {}
// SAFETY: as above.
unsafe impl Overlay for crate::wait::parking::Lot {}
// SAFETY: as above.
unsafe impl Overlay for ring::table::Commons {}
// SAFETY: as above.
unsafe impl Overlay for Participant {}
// SAFETY: as above.
unsafe impl Overlay for crate::layout::header::Header {}

/// How much of an item was read before it is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// All of it: its lines are here.
    Whole,
    /// Perhaps nothing.
    Unknown,
}

impl Read {
    /// The most bytes of a record whose lines are written back.
    ///
    /// Between two cores that stream through 256 KiB this makes records of 64 bytes four times as fast and
    /// those of 1 KiB three times; from some 8 KiB on the second pass costs more than it saves. If perhaps
    /// nothing was read: so few lines that whoever takes a message will have read most of them.
    #[inline(always)]
    fn written_back(self) -> usize {
        match self {
            Read::Whole => 4096,
            Read::Unknown => 256,
        }
    }
}

/// A cache line in bytes.
const LINE: usize = 64;

/// Writes a word of each line that ends within the `len` bytes from `place` on back as it is, unless they
/// are too many for that; a line that reaches further is left to whatever lies there.
///
/// See [`Reader::dirty_back`](spsc::Reader).
///
/// # Safety
///
/// The bytes are initialised, the caller's alone, and no reference to them is alive. `place` is aligned to
/// eight, and so is `len`.
#[inline(always)]
unsafe fn write_lines_back(mut place: NonNull<u8>, len: usize, read: Read) {
    if len > read.written_back() {
        return;
    }
    let mut left = len;
    loop {
        let to_line_end = LINE - place.addr().get() % LINE;
        if left < to_line_end {
            return;
        }
        // SAFETY: `left` bytes from `place` on, at least eight, are the caller's alone, and aligned to as
        // many: lines are to more. The next place is at most the end of them.
        unsafe {
            let word = place.cast::<u32>();
            word.write_volatile(word.read_volatile());
            place = place.add(to_line_end);
        }
        left -= to_line_end;
    }
}

/// The cells of a ring whose shape is known only from its header, for a bystander.
pub struct Cells<C> {
    shape: Shape,
    /// Cells in the ring, a power of two, less one.
    mask: u32,
    first: NonNull<u8>,
    control: Mapped<C>,
}

impl<C> Clone for Cells<C> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<C> Copy for Cells<C> {}

// SAFETY: it is a place in shared memory, and what may be done there is the ring's business.
unsafe impl<C: Control> Send for Cells<C> {}
// SAFETY: `&Cells` gives out stamps and control words, which are atomics, and nothing else that is
// safe to call.
unsafe impl<C: Control> Sync for Cells<C> {}

impl<C: Control> Cells<C> {
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

    pub(crate) fn control(&self) -> Mapped<C> {
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

impl<C: Control> Stamps for Cells<C> {
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
        if self.has_common_stamp()
            && let Some(stamp) = self.control.common_stamp()
        {
            return stamp;
        }
        // SAFETY: the first four bytes of a cell are its stamp; cells are aligned to four.
        unsafe { self.cell(position, &self.shape).cast().as_ref() }
    }
}

/// The cells of a ring of `T`. The shape follows from the type and from whether each cell is to have
/// a stamp, so it is constant to the compiler.
pub struct Slots<T, C, const STAMPED: bool> {
    cells: Cells<C>,
    items: PhantomData<T>,
}

impl<T, C, const STAMPED: bool> Clone for Slots<T, C, STAMPED> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, C, const STAMPED: bool> Copy for Slots<T, C, STAMPED> {}

impl<T: Plain, C: Control, const STAMPED: bool> Slots<T, C, STAMPED> {
    const SHAPE: Shape = {
        // Before the size is narrowed: a larger one would pass for a small one.
        assert!(
            size_of::<T>() <= Shape::MAX_ITEM as usize,
            "items have at most 16 MiB"
        );
        let (size, align) = (size_of::<T>() as u32, align_of::<T>() as u32);
        let shape = if STAMPED {
            Shape::stamped(size, align)
        } else {
            Shape::of(size, align)
        };
        match shape {
            Some(shape) => shape,
            None => panic!("items have an alignment of at most 128"),
        }
    };

    /// `cells` as those of a ring of `T`, if they have its shape.
    pub(crate) fn over(cells: Cells<C>) -> Option<Self> {
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

impl<T: Plain, C: Control, const STAMPED: bool> Stamps for Slots<T, C, STAMPED> {
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
        if self.has_common_stamp()
            && let Some(stamp) = self.cells.control.common_stamp()
        {
            return stamp;
        }
        // SAFETY: as in `Cells::stamp`.
        unsafe { self.cells.cell(position, &Self::SHAPE).cast().as_ref() }
    }
}
