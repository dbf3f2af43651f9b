//! The reading end.

use super::error::{ReadError, ReadTimeoutError, TryReadError};
use crate::channel::pace::Pace;
use crate::channel::pair::End;
use crate::layout::{Peer, Role};
use crate::platform::Platform;
use crate::ring::spsc::Corrupt;
use crate::slots::stream::StreamReader;
use crate::wait::{Interrupted, Outlook, Probe, Sight, Source, Spin, Spot, WaitStrategy};
use core::fmt;
use core::time::Duration;

/// A writer that waits for room is woken when this many bytes, or an eighth of the ring, are free
/// that were not at the last time.
const WORTH_A_WAKE: usize = 128 << 10;

/// The reading end of a pipe.
///
/// Dropping it closes the pipe for the writer, whose next write fails. In a persistent pipe the
/// writer goes on, and what it writes waits for the next reader, as does what this one has not read.
pub struct Reader<P: Platform> {
    ring: StreamReader,
    spin: Spin,
    pace: Pace,
    /// Bytes that were read since the writer was last told of.
    untold: usize,
    /// Of how many it is told.
    worth_telling: usize,
    /// The writer whose end was reported as the end of the stream.
    past: Option<Peer>,
    end: End<P>,
}

impl<P: Platform> Reader<P> {
    pub(crate) fn new(ring: StreamReader, wait: WaitStrategy, end: End<P>) -> Self {
        Reader {
            ring,
            spin: Spin::new(wait),
            pace: Pace::of_bytes(),
            untold: 0,
            worth_telling: end.capacity.div_ceil(8).min(WORTH_A_WAKE),
            past: None,
            end,
        }
    }

    /// Copies as many bytes as are there and fit to the start of `bytes`, and waits while there are
    /// none: for ever, if no writer ever comes. How many; 0 is the end of the stream: the writer has
    /// left or died and everything it wrote was read. A new writer may open the pipe after that, and
    /// bytes come again.
    ///
    /// # Errors
    ///
    /// The segment is corrupt.
    #[inline]
    pub fn read(&mut self, bytes: &mut [u8]) -> Result<usize, ReadError> {
        self.read_within(bytes, None).map_err(for_ever)
    }

    /// As [`read`](Reader::read), and waits no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As [`read`](Reader::read), and [`ReadTimeoutError::Timeout`].
    pub fn read_timeout(
        &mut self,
        bytes: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, ReadTimeoutError> {
        self.read_within(bytes, Some(timeout))
    }

    /// As [`read`](Reader::read), if anything is there now.
    ///
    /// Makes no system call unless the writer sleeps or, now and then while the ring is empty, to
    /// ask whether it lives. Takes no lock and allocates nothing.
    ///
    /// # Errors
    ///
    /// [`TryReadError::Empty`], or the segment is corrupt.
    pub fn try_read(&mut self, bytes: &mut [u8]) -> Result<usize, TryReadError> {
        if bytes.is_empty() || !self.try_find()? {
            return Ok(0);
        }
        Ok(self.pop(bytes))
    }

    /// Borrows the bytes that come next where they lie, as many as are there and follow each other in
    /// memory, and waits while there are none; [`consume`](Reader::consume) has done with them. None
    /// at all is the end of the stream, as of [`read`](Reader::read).
    ///
    /// They are in memory that the writer can write. That assumes a writer which keeps the protocol;
    /// for one that does not there is [`read`](Reader::read).
    ///
    /// # Errors
    ///
    /// As [`read`](Reader::read).
    #[inline]
    pub fn fill_buf(&mut self) -> Result<&[u8], ReadError> {
        self.find(None).map_err(for_ever)?;
        Ok(self.ring.bytes())
    }

    /// As [`fill_buf`](Reader::fill_buf), and waits no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As [`read_timeout`](Reader::read_timeout).
    pub fn fill_buf_timeout(&mut self, timeout: Duration) -> Result<&[u8], ReadTimeoutError> {
        self.find(Some(timeout))?;
        Ok(self.ring.bytes())
    }

    /// As [`fill_buf`](Reader::fill_buf), if anything is there now.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Reader::try_read).
    pub fn try_fill_buf(&mut self) -> Result<&[u8], TryReadError> {
        self.try_find()?;
        Ok(self.ring.bytes())
    }

    /// Has done with the first `count` of the bytes that [`fill_buf`](Reader::fill_buf) gave; with
    /// all of them if there are fewer.
    #[inline]
    pub fn consume(&mut self, count: usize) {
        let count = self.ring.consume(count);
        self.tell_of(count);
    }

    /// How many bytes are there now.
    #[must_use]
    pub fn available(&mut self) -> usize {
        self.ring.available()
    }

    /// Bytes in the ring.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.end.capacity
    }

    /// Bytes read from the pipe since it was made, by this reader and those before it.
    ///
    /// A reader that takes over from one that died learns from it where that one stopped.
    #[must_use]
    pub fn consumed(&self) -> u64 {
        self.ring.consumed()
    }

    /// Who is at the other end, asking the system whether it lives: behind the end of the stream,
    /// whether the writer left in good order or died.
    #[must_use]
    pub fn writer(&self) -> Peer {
        self.end.peer()
    }

    /// Waits until a writer is attached, or was and is gone again, or left something to be read, no
    /// longer than `timeout` (for ever if `None`), and says whether that is so: the next read tells. A
    /// writer whose end was reported as the end of the stream is not counted again.
    pub fn wait_for_writer(&mut self, timeout: Option<Duration>) -> bool {
        let Reader {
            ring,
            spin,
            end,
            past,
            ..
        } = self;
        let has_left_something = || ring.peek() != Ok(false);
        end.wait_for_peer(spin, timeout, *past, has_left_something)
    }

    /// The platform below, for what is particular to it.
    #[must_use]
    pub fn platform(&self) -> &P {
        &self.end.platform
    }

    #[inline]
    fn read_within(
        &mut self,
        bytes: &mut [u8],
        timeout: Option<Duration>,
    ) -> Result<usize, ReadTimeoutError> {
        if bytes.is_empty() || !self.find(timeout)? {
            return Ok(0);
        }
        Ok(self.pop(bytes))
    }

    /// Copies as many bytes as are there and fit, and has done with them.
    #[inline]
    fn pop(&mut self, bytes: &mut [u8]) -> usize {
        let mut taken = 0;
        while taken < bytes.len() && self.ring.is_ready() {
            let count = self.ring.pop(&mut bytes[taken..]);
            self.tell_of(count);
            taken += count;
        }
        taken
    }

    /// `count` more bytes are free: a writer that sleeps is woken when they are worth it.
    #[inline(always)]
    fn tell_of(&mut self, count: usize) {
        self.untold += count;
        if self.untold >= self.worth_telling {
            self.untold = 0;
            self.end.notify(Role::Sender);
        }
    }

    /// The ring is empty: a writer that sleeps is woken in any case.
    fn tell(&mut self) {
        if self.untold > 0 {
            self.untold = 0;
            self.end.notify(Role::Sender);
        }
    }

    /// Whether anything is there, as soon as that is known; if not, the stream is at its end.
    #[inline(always)]
    fn find(&mut self, timeout: Option<Duration>) -> Result<bool, ReadTimeoutError> {
        if self.ring.is_ready() {
            return Ok(true);
        }
        self.wait(timeout)
    }

    #[cold]
    fn wait(&mut self, timeout: Option<Duration>) -> Result<bool, ReadTimeoutError> {
        // For a writer that goes on when it sees room, before one that must be woken.
        if let Some(found) = look(&mut self.ring) {
            return found;
        }
        self.tell();
        let Reader {
            ring,
            spin,
            pace,
            past,
            end,
            ..
        } = self;
        pace.keep(spin, ring.consumed());
        match end.wait(spin, timeout, |_| look(ring)) {
            Ok(found) => found,
            Err(Interrupted::TimedOut) => Err(ReadTimeoutError::Timeout),
            Err(Interrupted::PeerGone) => {
                *past = Some(end.peer());
                Ok(false)
            }
            Err(Interrupted::Lost) => Err(ReadTimeoutError::Corrupt),
        }
    }

    /// As [`find`](Reader::find), without waiting.
    fn try_find(&mut self) -> Result<bool, TryReadError> {
        if let Some(found) = look(&mut self.ring) {
            return found.map_err(|_| TryReadError::Corrupt);
        }
        self.tell();
        if !self.end.is_over_by_now() {
            return Err(TryReadError::Empty);
        }
        // What the writer did last may show only now.
        match look(&mut self.ring) {
            Some(found) => found.map_err(|_| TryReadError::Corrupt),
            None => {
                self.past = Some(self.end.peer());
                Ok(false)
            }
        }
    }
}

/// The same error of a call without a deadline, which cannot have passed.
fn for_ever(_: ReadTimeoutError) -> ReadError {
    ReadError::Corrupt
}

/// One look for bytes; `None` if there are none.
#[inline(always)]
fn look(ring: &mut StreamReader) -> Option<Result<bool, ReadTimeoutError>> {
    match ring.peek() {
        Ok(true) => Some(Ok(true)),
        Ok(false) => None,
        Err(Corrupt) => Some(Err(ReadTimeoutError::Corrupt)),
    }
}

/// Ready when anything is there, or when the stream is at its end and
/// [`try_read`](Reader::try_read) says so.
impl<P: Platform> Source for Reader<P> {
    fn is_ready(&mut self, _: Sight) -> bool {
        let found = look(&mut self.ring).is_some();
        if !found {
            self.tell();
        }
        found
    }

    fn spot(&self) -> Spot<'_> {
        self.end.spot()
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        self.end.outlook(probe)
    }
}

impl<P: Platform> fmt::Debug for Reader<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("capacity", &self.capacity())
            .field("consumed", &self.consumed())
            .field("writer", &self.writer())
            .finish_non_exhaustive()
    }
}

impl<P: Platform> Drop for Reader<P> {
    fn drop(&mut self) {
        if self.end.platform.is_mapped_here() {
            self.ring.settle();
        }
    }
}
