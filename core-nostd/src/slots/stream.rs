//! The two ends of a ring of bytes one by one.
#![allow(unsafe_code)]

use super::copy::{self, Manner};
use super::spsc::Cells;
use crate::primitive::AtomicU32;
use crate::ring::spsc::{Consumer, Corrupt, Look, Producer};
use crate::ring::{Shape, Stamps};
use core::ptr::NonNull;

/// Bytes that are published, or released, at once: so few that the other side copies them while
/// this one copies the next, so many that its look for them is not what takes the time.
const PIECE: usize = 16 << 10;

/// The bytes of the ring. The shape is constant to the compiler.
#[derive(Clone, Copy)]
struct Stream {
    cells: Cells,
}

impl Stream {
    fn over(cells: Cells) -> Option<Self> {
        (cells.shape == Shape::stream()).then_some(Stream { cells })
    }

    /// Where the byte at `position` lies.
    #[inline(always)]
    fn at(&self, position: u64) -> NonNull<u8> {
        let index = position & u64::from(self.cells.mask);
        // SAFETY: `index <= mask`, which is less than `cells`; so many bytes from `first` on are
        // mapped, since the stride is 1 (`over`).
        unsafe { self.cells.first.add(index as usize) }
    }
}

impl Stamps for Stream {
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
        true
    }
    #[inline(always)]
    fn cells(&self) -> u32 {
        self.cells.mask + 1
    }
    #[inline(always)]
    fn stamp(&self, _: u64) -> &AtomicU32 {
        self.cells.control.tail_stamp()
    }
}

/// The writing end.
pub(crate) struct StreamWriter {
    stream: Stream,
    ring: Producer,
    /// Whether this processor copies blocks fast.
    has_block: bool,
    /// What the reader was told last.
    manner: Manner,
}

impl StreamWriter {
    /// Takes up the writing end; `None` if `cells` are not those of a pipe.
    ///
    /// # Safety
    ///
    /// The memory behind `cells` outlives the result, and no other writer of this ring is alive in
    /// any process (the participant table sees to that).
    pub(crate) unsafe fn recover(cells: Cells) -> Option<Result<Self, Corrupt>> {
        let stream = Stream::over(cells)?;
        let ring = Producer::recover(&cells.control, &stream);
        cells.control.set_long_pieces(false);
        Some(ring.map(|ring| StreamWriter {
            stream,
            ring,
            has_block: copy::has_block(),
            manner: Manner::Lines,
        }))
    }

    /// Bytes published since the ring was new.
    pub(crate) fn published(&self) -> u64 {
        self.ring.published(&self.stream)
    }

    /// How many bytes are known to be free; looks again if they are fewer than `enough`.
    #[inline(always)]
    pub(crate) fn room(&mut self, enough: usize, look: Look) -> Result<usize, Corrupt> {
        let control = &self.stream.cells.control;
        let room = self.ring.room(control, &self.stream, enough as u64, look)?;
        Ok(room as usize)
    }

    /// Before the pieces of a write of `len` bytes.
    #[inline(always)]
    pub(crate) fn begin(&mut self, len: usize) {
        let manner = Manner::of_write(len, self.has_block);
        if manner != self.manner {
            self.manner = manner;
            let control = &self.stream.cells.control;
            control.set_long_pieces(manner == Manner::Block);
        }
    }

    /// Publishes copies of the first of `bytes`, as many as are known to be free and follow each
    /// other, but no more than a piece; how many.
    #[inline(always)]
    pub(crate) fn push(&mut self, bytes: &[u8]) -> usize {
        let count = self.stretch().min(bytes.len()).min(PIECE);
        let to = self.stream.at(self.ring.position());
        let manner = self.manner.of_piece(count);
        // SAFETY: the stretch is free and not published, so the peer does not touch it; there is one
        // producer, which `&mut self` borrows; it lies before the end of the ring. If `bytes` lie
        // in a ring too, they were lent from places that are not free, so they are others.
        unsafe { copy::into_shared(bytes.as_ptr(), to.as_ptr(), count, manner) };
        self.publish(count);
        count
    }

    /// The bytes written next, at most `most` of those that are known to be free and follow each
    /// other.
    pub(crate) fn slot(&mut self, most: usize) -> &mut [u8] {
        let len = self.stretch().min(most);
        let first = self.stream.at(self.ring.position());
        // SAFETY: as in `push`; any bytes are valid ones.
        unsafe { core::slice::from_raw_parts_mut(first.as_ptr(), len) }
    }

    /// As [`slot`](StreamWriter::slot), to read.
    pub(crate) fn slot_ref(&self, most: usize) -> &[u8] {
        let len = self.stretch().min(most);
        let first = self.stream.at(self.ring.position());
        // SAFETY: as in `slot`.
        unsafe { core::slice::from_raw_parts(first.as_ptr(), len) }
    }

    /// Publishes the next `count` bytes, at most as many as the last [`slot`](StreamWriter::slot)
    /// has.
    #[inline(always)]
    pub(crate) fn publish(&mut self, count: usize) {
        let count = count.min(self.stretch());
        if count > 0 {
            self.ring.publish_many(&self.stream, count as u32);
        }
    }

    #[inline(always)]
    fn stretch(&self) -> usize {
        self.ring.stretch(&self.stream) as usize
    }
}

/// The reading end.
pub(crate) struct StreamReader {
    stream: Stream,
    ring: Consumer,
    /// Whether this processor copies blocks fast.
    has_block: bool,
}

impl StreamReader {
    /// Takes up the reading end; `None` if `cells` are not those of a pipe.
    ///
    /// # Safety
    ///
    /// As [`StreamWriter::recover`], for readers.
    pub(crate) unsafe fn recover(cells: Cells) -> Option<Result<Self, Corrupt>> {
        let stream = Stream::over(cells)?;
        // Nothing is marked as read before: a byte is not what one reads.
        let ring = Consumer::recover(&cells.control, &stream, false, false);
        Some(ring.map(|ring| StreamReader {
            stream,
            ring,
            has_block: copy::has_block(),
        }))
    }

    /// Bytes done with since the ring was new.
    pub(crate) fn consumed(&self) -> u64 {
        self.ring.consumed(&self.stream)
    }

    /// Whether anything is there, without a word to a waiting writer if not.
    #[inline(always)]
    pub(crate) fn is_ready(&mut self) -> bool {
        self.ring.available(&self.stream).is_some()
    }

    /// Whether anything is there.
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> Result<bool, Corrupt> {
        let control = &self.stream.cells.control;
        Ok(self.ring.peek(control, &self.stream)?.is_some())
    }

    /// How many bytes are there now.
    pub(crate) fn available(&mut self) -> usize {
        self.ring.renewed(&self.stream) as usize
    }

    /// Copies as many bytes as are known to be there, fit, and follow each other, but no more than
    /// a piece, and has done with them; how many.
    #[inline(always)]
    pub(crate) fn pop(&mut self, bytes: &mut [u8]) -> usize {
        let count = self.stretch().min(bytes.len()).min(PIECE);
        let from = self.stream.at(self.ring.position());
        let is_like_the_writer = self.has_block && self.stream.cells.control.has_long_pieces();
        let manner = if is_like_the_writer {
            Manner::Block.of_piece(count)
        } else {
            Manner::Lines
        };
        // SAFETY: the stretch is published and not released, so an honest peer does not touch it,
        // and `&mut self` says that no reference to it is alive; it lies before the end of the
        // ring. If `bytes` lie in a ring too, they are free places, so they are others.
        unsafe { copy::out_of_shared(from.as_ptr(), bytes.as_mut_ptr(), count, manner) };
        self.release(count);
        count
    }

    /// The bytes read next, as many as are known to be there and follow each other.
    pub(crate) fn bytes(&self) -> &[u8] {
        let first = self.stream.at(self.ring.position());
        // SAFETY: as in `pop`.
        unsafe { core::slice::from_raw_parts(first.as_ptr(), self.stretch()) }
    }

    /// Has done with the first `count` of [`bytes`](StreamReader::bytes), at most all; how many.
    pub(crate) fn consume(&mut self, count: usize) -> usize {
        let count = count.min(self.stretch());
        let first = self.stream.at(self.ring.position());
        // SAFETY: as in `pop`.
        unsafe { copy::write_back(first.as_ptr(), count) };
        self.release(count);
        count
    }

    #[inline(always)]
    fn release(&mut self, count: usize) {
        if count > 0 {
            let control = &self.stream.cells.control;
            self.ring.release_many(control, &self.stream, count as u32);
        }
    }

    /// Writes down exactly how far this end has come.
    pub(crate) fn settle(&mut self) {
        self.ring.settle(&self.stream.cells.control);
    }

    #[inline(always)]
    fn stretch(&self) -> usize {
        self.ring.stretch(&self.stream) as usize
    }
}
