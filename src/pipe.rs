//! Streams of bytes from one writer to one reader, for everything that speaks [`io::Read`] and
//! [`io::Write`]: what a pipe of the system is, without a system call for each piece.
//!
//! ```
//! use std::io::{BufRead as _, Write as _};
//! # let name = format!("doc-pipe-{}", std::process::id());
//!
//! let mut tx = ringway::pipe(&name).writer()?;
//! let rx = ringway::pipe(&name).reader()?;   // in another process
//!
//! writeln!(tx, "one line and {}", "another")?;
//! drop(tx);                                  // the end of the stream
//! for line in rx.lines() {
//!     assert_eq!(line?, "one line and another");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - A read gives what is there, up to what was asked for, and waits if that is nothing. It gives 0
//!   bytes when the writer is gone and everything is read; [`Reader::writer`] says whether it left in
//!   good order or died. The bytes that it had written are all there.
//! - A write takes what there is room for, and waits if that is nothing.
//!   [`write_all`](io::Write::write_all) goes on until all is written. Both fail with
//!   [`BrokenPipe`](io::ErrorKind::BrokenPipe) when the reader has left, and, once the ring is full,
//!   when it died; no signal is sent. While the writer is there a new reader goes on at the byte behind the last one
//!   that was consumed.
//! - A writer that sleeps on a full ring is woken when an eighth of it was read, at most 128 KiB; if its
//!   reader reads less than that and then stops, it finds the room within 200 ms.
//! - What is written is visible at once: [`flush`](io::Write::flush) has nothing to do, and a
//!   [`BufWriter`](io::BufWriter) or [`BufReader`](io::BufReader) around an end gains nothing but for
//!   pieces of a few bytes.
//! - No call is ever [`Interrupted`](io::ErrorKind::Interrupted): one that waits goes on waiting
//!   when a signal was handled.
//!
//! Bytes need not be copied at all: [`Writer::reserve`] gives free bytes of the ring to be written in
//! place, and [`fill_buf`](io::BufRead::fill_buf) those to be read.

use crate::os::OpenError;
use crate::settings::{Settings, waiting};
use crate::{Attachment, IntoPlace, Peer, WaitStrategy};
use ringway_core::attach::{self, AttachError, Options};
use ringway_core::layout::{Blueprint, Kind};
use ringway_core::wait::{Outlook, Probe, Sight, Source, Spot};
use std::fmt;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::time::Duration;

pub use ringway_core::pipe::{ReadTimeoutError, TryReadError, TryWriteError, WriteTimeoutError};

/// Free bytes of the ring, to be written in place.
pub type WriteGrant<'a> = ringway_core::pipe::WriteGrant<'a, Attachment>;

/// A stream of bytes from one writer to one reader, at `place`, as of [`spsc`](crate::spsc()).
///
/// Nothing happens until [`writer`](Builder::writer) or [`reader`](Builder::reader). Either may come
/// first, and a writer may finish before its reader comes: the bytes wait. On Windows they do so in a
/// file only, since a name goes there with the last process that has it open.
///
/// ```
/// use std::io::{Read as _, Write as _};
/// # let name = format!("doc-pipe-fn-{}", std::process::id());
///
/// let mut tx = ringway::pipe(&name).capacity(64 << 10).writer()?;
/// let mut rx = ringway::pipe(&name).reader()?;
/// tx.write_all(b"bytes")?;
/// drop(tx);
///
/// let mut text = String::new();
/// rx.read_to_string(&mut text)?;
/// assert_eq!(text, "bytes");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `writer` or `reader`"]
pub fn pipe(place: impl IntoPlace) -> Builder {
    Builder {
        settings: Settings::new(place),
        capacity: None,
        wait: WaitStrategy::default(),
    }
}

/// How a pipe is opened; made by [`pipe`](crate::pipe()).
#[must_use = "call `writer` or `reader`"]
pub struct Builder {
    settings: Settings,
    capacity: Option<u32>,
    wait: WaitStrategy,
}

impl Builder {
    /// How many bytes the ring has at least, up to 1 GiB; 256 KiB if neither side says. A ring has a
    /// power of two of bytes. Both sides that say it must agree.
    ///
    /// A ring that fits in the caches of the processor is faster than a larger one.
    pub fn capacity(mut self, bytes: u32) -> Self {
        self.capacity = Some(bytes);
        self
    }

    /// How this end waits.
    pub fn wait(mut self, strategy: WaitStrategy) -> Self {
        self.wait = strategy;
        self
    }

    /// Unread bytes outlive all processes. In a file they also outlive a restart of the machine, as
    /// far as the system had written it out.
    ///
    /// Readers may come and go, and the writer goes on; to a reader the stream is at its end when
    /// everything is read and the writer has left. The segment stays until somebody removes it.
    pub fn persistent(mut self) -> Self {
        self.settings.persistent = true;
        self
    }

    crate::settings::setters!();

    /// Opens the writing end.
    ///
    /// # Errors
    ///
    /// The pipe cannot be opened, is something else or of another capacity, or has a living writer.
    pub fn writer(self) -> Result<Writer, OpenError> {
        let end = self.attach(attach::writer::<Attachment>)?;
        end.platform().segment().unlock();
        Ok(Writer {
            end,
            time_limit: None,
        })
    }

    /// Opens the reading end.
    ///
    /// # Errors
    ///
    /// As [`writer`](Builder::writer), for readers.
    pub fn reader(self) -> Result<Reader, OpenError> {
        let end = self.attach(attach::reader::<Attachment>)?;
        end.platform().segment().unlock();
        Ok(Reader {
            end,
            time_limit: None,
        })
    }

    fn attach<E>(
        self,
        claim: impl FnOnce(Attachment, &Blueprint, Options) -> Result<E, AttachError>,
    ) -> Result<E, OpenError> {
        let blueprint = Blueprint::of_bytes(Kind::Pipe, None).map(|blueprint| Blueprint {
            capacity: self.capacity,
            ..blueprint
        });
        self.settings.open(blueprint, waiting(self.wait), claim)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("place", &self.settings.place)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

/// The writing end of a pipe between processes: an [`io::Write`].
///
/// Dropping it is the end of the stream for the reader, once it has read everything.
#[derive(Debug)]
pub struct Writer {
    end: ringway_core::pipe::Writer<Attachment>,
    time_limit: Option<Duration>,
}

impl Writer {
    /// Writes as many of `bytes`, from the first on, as there is room for now; how many.
    ///
    /// # Errors
    ///
    /// The ring is full, or nothing can be written any more.
    pub fn try_write(&mut self, bytes: &[u8]) -> Result<usize, TryWriteError> {
        self.end.try_write(bytes)
    }

    /// As [`write`](io::Write::write), and waits for room no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// There was no room until then, or nothing can be written any more.
    pub fn write_timeout(
        &mut self,
        bytes: &[u8],
        timeout: Duration,
    ) -> Result<usize, WriteTimeoutError> {
        self.end.write_timeout(bytes, timeout)
    }

    /// How long each call of [`io::Write`], and [`reserve`](Writer::reserve), may wait for room: for
    /// ever if `None`, as at first. After that it fails with [`TimedOut`](ErrorKind::TimedOut).
    pub fn set_time_limit(&mut self, timeout: Option<Duration>) {
        self.time_limit = timeout;
    }

    /// What [`set_time_limit`](Writer::set_time_limit) has set.
    #[must_use]
    pub fn time_limit(&self) -> Option<Duration> {
        self.time_limit
    }

    /// Hands out up to `most` free bytes of the ring, to be written in place, and waits while there
    /// are none. They follow each other in memory, so at the end of the ring they may be few; there is
    /// at least one, unless `most` is 0.
    ///
    /// ```
    /// # use std::io::Read as _;
    /// # let name = format!("doc-pipe-reserve-{}", std::process::id());
    /// let mut tx = ringway::pipe(&name).writer()?;
    /// let mut free = tx.reserve(512)?;
    /// free[..3].copy_from_slice(b"abc");       // straight into shared memory
    /// free.commit(3);
    /// # let mut rx = ringway::pipe(&name).reader()?;
    /// # drop(tx);
    /// # let mut text = String::new();
    /// # rx.read_to_string(&mut text)?;
    /// # assert_eq!(text, "abc");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`write`](io::Write::write).
    pub fn reserve(&mut self, most: usize) -> io::Result<WriteGrant<'_>> {
        match self.time_limit {
            Some(limit) => self.end.reserve_timeout(most, limit).map_err(not_written),
            None => self
                .end
                .reserve(most)
                .map_err(|error| not_written(error.into())),
        }
    }

    /// As [`reserve`](Writer::reserve), if there are free bytes now.
    ///
    /// # Errors
    ///
    /// As [`try_write`](Writer::try_write).
    pub fn try_reserve(&mut self, most: usize) -> Result<WriteGrant<'_>, TryWriteError> {
        self.end.try_reserve(most)
    }

    /// How many bytes are free now.
    #[must_use]
    pub fn room(&mut self) -> usize {
        self.end.room()
    }

    /// Bytes in the ring.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.end.capacity()
    }

    /// Bytes written through the pipe since it was made, by this writer and those before it.
    ///
    /// A writer that takes over from one that died learns from it where that one stopped.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.end.written()
    }

    /// Who is at the other end, asking the system whether it lives.
    #[must_use]
    pub fn reader(&self) -> Peer {
        self.end.reader()
    }

    /// Waits until a reader is there, or was and is gone again, no longer than `timeout` (for ever if
    /// `None`), and says whether that is so: the next write tells. A reader whose end was reported
    /// as a broken pipe is not counted again.
    pub fn wait_for_reader(&mut self, timeout: Option<Duration>) -> bool {
        self.end.wait_for_reader(timeout)
    }

    /// What this end stands on: the handle of an anonymous pipe, for one thing.
    #[must_use]
    pub fn platform(&self) -> &Attachment {
        self.end.platform()
    }
}

impl io::Write for Writer {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.time_limit {
            Some(limit) => self.end.write_timeout(bytes, limit).map_err(not_written),
            None => self
                .end
                .write(bytes)
                .map_err(|error| not_written(error.into())),
        }
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut written = 0;
        for piece in pieces {
            let count = match written {
                0 => self.write(piece)?,
                // What is wrong, the next call says.
                _ => self.end.try_write(piece).unwrap_or(0),
            };
            written += count;
            if count < piece.len() {
                break;
            }
        }
        Ok(written)
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Ready when there is room, or when nobody is left to read and [`try_write`](Writer::try_write) says
/// so.
impl Source for Writer {
    fn is_ready(&mut self, sight: Sight) -> bool {
        self.end.is_ready(sight)
    }
    fn spot(&self) -> Spot<'_> {
        self.end.spot()
    }
    fn outlook(&mut self, probe: Probe) -> Outlook {
        self.end.outlook(probe)
    }
}

/// The reading end of a pipe between processes: an [`io::Read`] and [`io::BufRead`].
///
/// Dropping it closes the pipe for the writer, whose next write fails. In a
/// [persistent](Builder::persistent) pipe the writer goes on, and what it writes waits for the next
/// reader, as does what this one has not read.
#[derive(Debug)]
pub struct Reader {
    end: ringway_core::pipe::Reader<Attachment>,
    time_limit: Option<Duration>,
}

impl Reader {
    /// As [`read`](io::Read::read), if anything is there now.
    ///
    /// # Errors
    ///
    /// Nothing is there, or nothing can be read any more.
    pub fn try_read(&mut self, bytes: &mut [u8]) -> Result<usize, TryReadError> {
        self.end.try_read(bytes)
    }

    /// As [`read`](io::Read::read), and waits no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Nothing came until then, or nothing can be read any more.
    pub fn read_timeout(
        &mut self,
        bytes: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, ReadTimeoutError> {
        self.end.read_timeout(bytes, timeout)
    }

    /// As [`fill_buf`](io::BufRead::fill_buf), if anything is there now.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Reader::try_read).
    pub fn try_fill_buf(&mut self) -> Result<&[u8], TryReadError> {
        self.end.try_fill_buf()
    }

    /// How long each call of [`io::Read`] and [`io::BufRead`] may wait for bytes: for ever if `None`,
    /// as at first. After that it fails with [`TimedOut`](ErrorKind::TimedOut).
    pub fn set_time_limit(&mut self, timeout: Option<Duration>) {
        self.time_limit = timeout;
    }

    /// What [`set_time_limit`](Reader::set_time_limit) has set.
    #[must_use]
    pub fn time_limit(&self) -> Option<Duration> {
        self.time_limit
    }

    /// How many bytes are there now.
    #[must_use]
    pub fn available(&mut self) -> usize {
        self.end.available()
    }

    /// Bytes in the ring.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.end.capacity()
    }

    /// Bytes read from the pipe since it was made, by this reader and those before it.
    ///
    /// A reader that takes over from one that died learns from it where that one stopped.
    #[must_use]
    pub fn consumed(&self) -> u64 {
        self.end.consumed()
    }

    /// Who is at the other end, asking the system whether it lives: behind the end of the stream,
    /// whether the writer left in good order or died.
    #[must_use]
    pub fn writer(&self) -> Peer {
        self.end.writer()
    }

    /// Waits until a writer is there, or was and is gone again, or left something to be read, no
    /// longer than `timeout` (for ever if `None`), and says whether that is so: the next read tells. A
    /// writer whose end was reported as the end of the stream is not counted again.
    pub fn wait_for_writer(&mut self, timeout: Option<Duration>) -> bool {
        self.end.wait_for_writer(timeout)
    }

    /// What this end stands on: the handle of an anonymous pipe, for one thing.
    #[must_use]
    pub fn platform(&self) -> &Attachment {
        self.end.platform()
    }
}

impl io::Read for Reader {
    #[inline]
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self.time_limit {
            Some(limit) => self.end.read_timeout(bytes, limit).map_err(not_read),
            None => self.end.read(bytes).map_err(|error| not_read(error.into())),
        }
    }

    fn read_vectored(&mut self, pieces: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let mut taken = 0;
        for piece in pieces {
            let count = match taken {
                0 => self.read(piece)?,
                // What is wrong, the next call says.
                _ => self.end.try_read(piece).unwrap_or(0),
            };
            taken += count;
            if count < piece.len() {
                break;
            }
        }
        Ok(taken)
    }
}

impl io::BufRead for Reader {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.time_limit {
            Some(limit) => self.end.fill_buf_timeout(limit).map_err(not_read),
            None => self.end.fill_buf().map_err(|error| not_read(error.into())),
        }
    }

    #[inline]
    fn consume(&mut self, count: usize) {
        self.end.consume(count);
    }
}

/// Ready when anything is there, or when the stream is at its end and
/// [`try_read`](Reader::try_read) says so.
impl Source for Reader {
    fn is_ready(&mut self, sight: Sight) -> bool {
        self.end.is_ready(sight)
    }
    fn spot(&self) -> Spot<'_> {
        self.end.spot()
    }
    fn outlook(&mut self, probe: Probe) -> Outlook {
        self.end.outlook(probe)
    }
}

#[cold]
fn not_written(error: WriteTimeoutError) -> io::Error {
    let kind = match error {
        WriteTimeoutError::Timeout => ErrorKind::TimedOut,
        WriteTimeoutError::Closed => ErrorKind::BrokenPipe,
        WriteTimeoutError::Corrupt => ErrorKind::InvalidData,
    };
    io::Error::new(kind, error)
}

#[cold]
fn not_read(error: ReadTimeoutError) -> io::Error {
    let kind = match error {
        ReadTimeoutError::Timeout => ErrorKind::TimedOut,
        ReadTimeoutError::Corrupt => ErrorKind::InvalidData,
    };
    io::Error::new(kind, error)
}
