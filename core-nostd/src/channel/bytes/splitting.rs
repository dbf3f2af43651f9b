//! Sending messages of any length: in one record, or in parts.

use super::part::PartHeader;
use crate::channel::topology::{Piece, SendBytes};
use crate::error::{SendTimeoutError, TrySendError};
use crate::platform::Platform;
use crate::scratch::Scratch as _;
use crate::wait::Nanos;
use core::marker::PhantomData;
use core::time::Duration;

/// Why there is no room.
pub(super) type Refused = SendTimeoutError<()>;

/// The longest part, header included, in bytes. Shorter than a record can be, so that the receiver
/// copies one while the sender writes the next, and both from a cache.
const LONGEST_PART: usize = 64 << 10;

/// As many parts as are to lie in the ring at once, at least.
const PARTS_IN_RING: usize = 8;

/// Bytes of a part, its header included.
fn part_len<P: Platform>(half: &impl SendBytes<P>) -> usize {
    let record = half.max_record();
    let part = (half.capacity() / PARTS_IN_RING).clamp(1024, LONGEST_PART);
    part.min(record)
}

/// Whether a message that is longer than a record goes in parts. Not where the receiver, which is on
/// the same platform, has nowhere to join them.
pub(super) fn splits<P: Platform>(half: &impl SendBytes<P>) -> bool {
    P::Scratch::EXISTS && half.splits() && half.max_record() > PartHeader::LEN
}

/// A record of `len` bytes, once there is room.
pub(super) fn claim<P: Platform>(
    half: &mut impl SendBytes<P>,
    len: usize,
    timeout: Option<Duration>,
) -> Result<(), Refused> {
    let max = half.max_record();
    if len > max {
        return Err(too_long(len, max));
    }
    if half.is_ready_for(len) {
        return Ok(());
    }
    half.claim(len, timeout)
}

/// A record of `len` bytes now, or why not.
pub(super) fn try_claim<P: Platform>(
    half: &mut impl SendBytes<P>,
    len: usize,
) -> Result<(), TrySendError<()>> {
    let max = half.max_record();
    if len > max {
        let value = ();
        return Err(TrySendError::TooLong { value, len, max });
    }
    if half.is_ready_for(len) {
        return Ok(());
    }
    half.try_claim(len)
}

#[cold]
fn too_long(len: usize, max: usize) -> Refused {
    let value = ();
    Refused::TooLong { value, len, max }
}

/// Sends `message`, of any length where it can be split.
#[inline]
pub(super) fn send<P: Platform>(
    half: &mut impl SendBytes<P>,
    message: &[u8],
    timeout: Option<Duration>,
) -> Result<(), Refused> {
    if message.len() > half.max_record() && splits(half) {
        return send_parts(half, message, timeout);
    }
    claim(half, message.len(), timeout)?;
    put(half, message);
    Ok(())
}

/// Publishes `message` in the record that is claimed for it.
#[inline]
pub(super) fn put<P: Platform>(half: &mut impl SendBytes<P>, message: &[u8]) {
    half.record().copy_from_slice(message);
    half.publish(message.len(), Piece::Whole);
}

#[cold]
fn send_parts<P: Platform>(
    half: &mut impl SendBytes<P>,
    message: &[u8],
    timeout: Option<Duration>,
) -> Result<(), Refused> {
    let mut parts = Parts::begin(half, message.len(), timeout)?;
    parts.write(message)
}

/// A message on its way in parts. The part that holds its last byte completes it; dropped before
/// that, the receiver drops what it has of it.
pub(super) struct Parts<'a, P: Platform, H: SendBytes<P>> {
    half: &'a mut H,
    deadline: Option<Nanos>,
    total: usize,
    /// Bytes that were written, whether or not they are published.
    written: usize,
    /// Bytes of the record that is claimed, header included; 0 without one.
    claimed: usize,
    /// Bytes of it that are written, header included.
    filled: usize,
    platform: PhantomData<P>,
}

impl<'a, P: Platform, H: SendBytes<P>> Parts<'a, P, H> {
    /// Begins a message of `total` bytes, which is not empty; the time counts for all of it.
    pub(super) fn begin(
        half: &'a mut H,
        total: usize,
        timeout: Option<Duration>,
    ) -> Result<Self, Refused> {
        let deadline = timeout.map(|timeout| half.platform().now().after(timeout));
        half.begin_parts(timeout)?;
        Ok(Parts {
            half,
            deadline,
            total,
            written: 0,
            claimed: 0,
            filled: 0,
            platform: PhantomData,
        })
    }

    /// Bytes that are still to be written.
    pub(super) fn missing(&self) -> usize {
        self.total - self.written
    }

    /// Writes the next bytes of the message, at most as many as are missing.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), Refused> {
        while !bytes.is_empty() {
            if self.claimed == 0 {
                self.claim()?;
            }
            let n = bytes.len().min(self.claimed - self.filled);
            let (now, later) = bytes.split_at(n);
            let end = self.filled + n;
            self.half.record()[self.filled..end].copy_from_slice(now);
            self.filled = end;
            self.written += n;
            bytes = later;
            if self.filled == self.claimed {
                self.publish();
            }
        }
        Ok(())
    }

    fn claim(&mut self) -> Result<(), Refused> {
        let len = part_len(self.half).min(PartHeader::LEN + self.missing());
        if !self.half.is_ready_for(len) {
            let timeout = self.deadline.map(|deadline| {
                let now = self.half.platform().now();
                Duration::from_nanos(deadline.0.saturating_sub(now.0))
            });
            self.half.claim(len, timeout)?;
        }
        let header = PartHeader {
            total: self.total as u64,
            offset: self.written as u64,
        };
        self.half.record()[..PartHeader::LEN].copy_from_slice(&header.bytes());
        (self.claimed, self.filled) = (len, PartHeader::LEN);
        Ok(())
    }

    fn publish(&mut self) {
        let piece = if self.missing() == 0 {
            Piece::LastPart
        } else {
            Piece::Part
        };
        self.half.publish(self.claimed, piece);
        self.claimed = 0;
    }
}

impl<P: Platform, H: SendBytes<P>> Drop for Parts<'_, P, H> {
    fn drop(&mut self) {
        if self.claimed > 0 {
            self.half.abort();
        }
        self.half.end_parts();
    }
}
