//! The writing end.

use super::error::{TryWriteError, WriteAllError, WriteError, WriteTimeoutError};
use crate::channel::pair::End;
use crate::layout::{Peer, Role};
use crate::platform::Platform;
use crate::ring::spsc::{Corrupt, Look};
use crate::slots::stream::StreamWriter;
use crate::wait::{Interrupted, Outlook, Probe, Sight, Source, Spin, Spot, WaitStrategy};
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::time::Duration;

/// A writer that waits does not go on for fewer bytes than this, or an eighth of the ring: else it
/// would follow a reader of small pieces at each of them.
const WORTH_A_WAIT: usize = 4096;

/// The writing end of a pipe.
///
/// Dropping it is the end of the stream for the reader, once it has read everything.
pub struct Writer<P: Platform> {
    ring: StreamWriter,
    spin: Spin,
    /// The reader whose end was reported as the end of the pipe.
    past: Option<Peer>,
    end: End<P>,
}

impl<P: Platform> Writer<P> {
    pub(crate) fn new(ring: StreamWriter, wait: WaitStrategy, end: End<P>) -> Self {
        Writer {
            ring,
            spin: Spin::new(wait),
            // One of an earlier session is nobody to wait for.
            past: Some(end.peer()),
            end,
        }
    }

    /// Writes as many of `bytes`, from the first on, as there is room for, and waits while there is
    /// none; how many. It waits until a few of them fit, not until the first byte does.
    ///
    /// # Errors
    ///
    /// The reader has left or died, or the segment is corrupt; then nothing was written.
    #[inline]
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, WriteError> {
        self.write_within(bytes, None)
            .map_err(WriteTimeoutError::for_ever)
    }

    /// As [`write`](Writer::write), and waits for room no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As [`write`](Writer::write), and [`WriteTimeoutError::Timeout`].
    pub fn write_timeout(
        &mut self,
        bytes: &[u8],
        timeout: Duration,
    ) -> Result<usize, WriteTimeoutError> {
        self.write_within(bytes, Some(timeout))
    }

    /// Writes as many of `bytes`, from the first on, as there is room for now; how many.
    ///
    /// Makes no system call unless the reader sleeps or, now and then while the ring is full, to ask
    /// whether it lives. Takes no lock and allocates nothing.
    ///
    /// # Errors
    ///
    /// The ring is full, the reader has left or died, or the segment is corrupt.
    pub fn try_write(&mut self, bytes: &[u8]) -> Result<usize, TryWriteError> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.try_room(bytes.len())?;
        Ok(self.push(bytes))
    }

    /// Writes all of `bytes`, and waits while the ring is full.
    ///
    /// # Errors
    ///
    /// As [`write`](Writer::write), and how many bytes were written before.
    #[inline]
    pub fn write_all(&mut self, bytes: &[u8]) -> Result<(), WriteAllError> {
        let mut written = 0;
        while written < bytes.len() {
            match self.write(&bytes[written..]) {
                Ok(count) => written += count,
                Err(reason) => return Err(WriteAllError { written, reason }),
            }
        }
        Ok(())
    }

    /// Hands out up to `most` free bytes of the ring, to be written in place, and waits while there
    /// are none. They follow each other in memory, so at the end of the ring they may be few; there is
    /// at least one, unless `most` is 0.
    ///
    /// # Errors
    ///
    /// As [`write`](Writer::write).
    pub fn reserve(&mut self, most: usize) -> Result<WriteGrant<'_, P>, WriteError> {
        if most > 0 {
            self.wait_for_room(most, None)
                .map_err(WriteTimeoutError::for_ever)?;
        }
        Ok(WriteGrant { writer: self, most })
    }

    /// As [`reserve`](Writer::reserve), if there are free bytes now.
    ///
    /// # Errors
    ///
    /// As [`try_write`](Writer::try_write).
    pub fn try_reserve(&mut self, most: usize) -> Result<WriteGrant<'_, P>, TryWriteError> {
        if most > 0 {
            self.try_room(most)?;
        }
        Ok(WriteGrant { writer: self, most })
    }

    /// As [`reserve`](Writer::reserve), and waits no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As [`write_timeout`](Writer::write_timeout).
    pub fn reserve_timeout(
        &mut self,
        most: usize,
        timeout: Duration,
    ) -> Result<WriteGrant<'_, P>, WriteTimeoutError> {
        if most > 0 {
            self.wait_for_room(most, Some(timeout))?;
        }
        Ok(WriteGrant { writer: self, most })
    }

    /// How many bytes are free now.
    #[must_use]
    pub fn room(&mut self) -> usize {
        self.ring.room(self.end.capacity, Look::Cursor).unwrap_or(0)
    }

    /// Bytes in the ring.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.end.capacity
    }

    /// Bytes written through the pipe since it was made, by this writer and those before it.
    ///
    /// A writer that takes over from one that died learns from it where that one stopped.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.ring.published()
    }

    /// Who is at the other end, asking the system whether it lives.
    #[must_use]
    pub fn reader(&self) -> Peer {
        self.end.peer()
    }

    /// Waits until a reader is attached, or was and is gone again, no longer than `timeout` (for ever
    /// if `None`), and says whether that is so: the next write tells. A reader whose end was reported
    /// by [`WriteError::Closed`] is not counted again.
    pub fn wait_for_reader(&mut self, timeout: Option<Duration>) -> bool {
        self.end
            .wait_for_peer(&mut self.spin, timeout, self.past, || false)
    }

    /// The platform below, for what is particular to it.
    #[must_use]
    pub fn platform(&self) -> &P {
        &self.end.platform
    }

    #[inline]
    fn write_within(
        &mut self,
        bytes: &[u8],
        timeout: Option<Duration>,
    ) -> Result<usize, WriteTimeoutError> {
        if bytes.is_empty() {
            return Ok(0);
        }
        if !self.is_ready() {
            self.wait_for_room(bytes.len(), timeout)?;
        }
        Ok(self.push(bytes))
    }

    /// Whether at least one byte is known to be free. Says no of a closed pipe.
    #[inline(always)]
    fn is_ready(&mut self) -> bool {
        !self.end.control.items.is_gone() && matches!(self.ring.room(1, Look::Head), Ok(1..))
    }

    /// Writes as many of `bytes` as there is room for.
    #[inline]
    fn push(&mut self, bytes: &[u8]) -> usize {
        let mut written = 0;
        self.ring.begin(bytes.len());
        while written < bytes.len() {
            let count = self.ring.push(&bytes[written..]);
            if count > 0 {
                self.end.notify(Role::Receiver);
                written += count;
            } else if !matches!(self.ring.room(1, Look::Head), Ok(1..)) {
                break;
            }
        }
        written
    }

    /// Fewer free bytes than this are not worth waking up for, with `len` to be written.
    fn worth_a_wait(&self, len: usize) -> usize {
        len.min(WORTH_A_WAIT).min(self.end.capacity.div_ceil(8))
    }

    #[cold]
    fn wait_for_room(
        &mut self,
        len: usize,
        timeout: Option<Duration>,
    ) -> Result<(), WriteTimeoutError> {
        let enough = self.worth_a_wait(len);
        let Writer {
            ring,
            spin,
            past,
            end,
        } = self;
        let control = end.control;
        let poll = |sight| {
            if control.items.is_gone() {
                return Some(Err(WriteTimeoutError::Closed));
            }
            look(ring, enough, closely(sight))
        };
        let refused = match end.wait(spin, timeout, poll) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(refused)) => refused,
            Err(Interrupted::TimedOut) => match look(ring, 1, Look::Cursor) {
                Some(found) => return found,
                None => return Err(WriteTimeoutError::Timeout),
            },
            Err(Interrupted::PeerGone) => WriteTimeoutError::Closed,
            Err(Interrupted::Lost) => WriteTimeoutError::Corrupt,
        };
        *past = Some(end.peer());
        Err(refused)
    }

    fn try_room(&mut self, len: usize) -> Result<(), TryWriteError> {
        let gone = self.end.control.items.is_gone();
        let refused = if gone {
            WriteError::Closed
        } else {
            match self.ring.room(len.min(self.end.capacity), Look::Cursor) {
                Ok(1..) => return Ok(()),
                Ok(0) if !self.end.is_over_by_now() => return Err(TryWriteError::Full),
                Ok(0) => WriteError::Closed,
                Err(Corrupt) => WriteError::Corrupt,
            }
        };
        self.past = Some(self.end.peer());
        Err(refused.into())
    }
}

fn closely(sight: Sight) -> Look {
    match sight {
        Sight::Passing => Look::Head,
        Sight::Last => Look::Cursor,
    }
}

/// One look for `enough` free bytes; `None` if there are fewer.
#[inline(always)]
fn look(
    ring: &mut StreamWriter,
    enough: usize,
    closely: Look,
) -> Option<Result<(), WriteTimeoutError>> {
    match ring.room(enough, closely) {
        Ok(room) => (room >= enough).then_some(Ok(())),
        Err(Corrupt) => Some(Err(WriteTimeoutError::Corrupt)),
    }
}

/// Ready when there is room, or when nobody is left to read and [`try_write`](Writer::try_write)
/// says so.
impl<P: Platform> Source for Writer<P> {
    fn is_ready(&mut self, sight: Sight) -> bool {
        self.end.control.items.is_gone() || self.ring.room(1, closely(sight)) != Ok(0)
    }

    fn spot(&self) -> Spot<'_> {
        self.end.spot()
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        self.end.outlook(probe)
    }
}

impl<P: Platform> fmt::Debug for Writer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("capacity", &self.capacity())
            .field("written", &self.written())
            .field("reader", &self.reader())
            .finish_non_exhaustive()
    }
}

/// Free bytes of the ring, to be written in place.
///
/// They hold whatever was there before. [`commit`](WriteGrant::commit) publishes the first of them;
/// dropping the grant publishes nothing.
#[must_use = "bytes that are not committed are not written"]
pub struct WriteGrant<'a, P: Platform> {
    writer: &'a mut Writer<P>,
    most: usize,
}

impl<P: Platform> WriteGrant<'_, P> {
    /// Publishes the first `len` bytes, and wakes the reader if it sleeps.
    ///
    /// # Panics
    ///
    /// There are fewer.
    pub fn commit(self, len: usize) {
        assert!(
            len <= self.len(),
            "{len} of {} bytes were committed",
            self.len()
        );
        if len > 0 {
            self.writer.ring.publish(len);
            self.writer.end.notify(Role::Receiver);
        }
    }
}

impl<P: Platform> Deref for WriteGrant<'_, P> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.writer.ring.slot_ref(self.most)
    }
}

impl<P: Platform> DerefMut for WriteGrant<'_, P> {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.writer.ring.slot(self.most)
    }
}

impl<P: Platform> fmt::Debug for WriteGrant<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteGrant")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
