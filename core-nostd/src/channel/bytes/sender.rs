//! The writing end of a channel of bytes.

use super::Bytes;
use super::splitting::{self, claim, put, splits, try_claim};
use crate::channel::topology::{SendBytes as _, Topology};
use crate::channel::{Sender, WriteGrant};
use crate::error::{SendError, SendTimeoutError, TrySendError};
use crate::platform::Platform;
use core::time::Duration;

/// Messages of bytes. Each arrives as it was sent, whole or not at all; one of no bytes is a message.
///
/// A message of up to [`max_record`](Sender::max_record) bytes is one piece of the ring. In an spsc or
/// mpsc channel a longer one is sent in parts, which the receiver joins: any length goes through a
/// ring of any size. In an spmc or mpmc channel there are no longer ones.
impl<P: Platform, K: Topology> Sender<[u8], P, K> {
    /// Sends `message`, and waits while the ring is full: for a message that is longer than the ring,
    /// until the receiver has taken most of it.
    ///
    /// In an mpsc channel one long message is sent at a time: the next one waits for its end. Short
    /// messages of others arrive between its parts.
    ///
    /// ```
    /// # use ringway_core::{local, region::StaticRegion};
    /// static REGION: StaticRegion<8192> = StaticRegion::new();
    /// let (mut tx, mut rx) = local::split::<[u8]>(&REGION)?;
    /// tx.send(b"of any length").unwrap();
    /// assert_eq!(*rx.recv().unwrap(), *b"of any length");
    /// # Ok::<(), ringway_core::attach::AttachError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Nobody gets the message. [`SendError::Closed`] if the last receiver has left or died, also in
    /// the middle of a long message: what was sent of it is dropped by whoever receives next.
    /// [`SendError::TooLong`] if it does not fit and is not split: longer than `max_len` in an spmc or
    /// mpmc channel, or without an operating system longer than a record.
    #[inline]
    pub fn send(&mut self, message: &[u8]) -> Result<(), SendError<()>> {
        splitting::send(&mut self.half, message, None).map_err(SendTimeoutError::for_ever)
    }

    /// Sends `message` if there is room for it in one piece.
    ///
    /// May be called from a signal handler, under the conditions that the one for items states.
    ///
    /// # Errors
    ///
    /// [`TrySendError::TooLong`] if it is longer than [`max_record`](Sender::max_record), however
    /// empty the ring is: parts would have to wait for each other. Otherwise as
    /// [`send`](Sender::send), and [`TrySendError::Full`].
    #[inline]
    pub fn try_send(&mut self, message: &[u8]) -> Result<(), TrySendError<()>> {
        try_claim(&mut self.half, message.len())?;
        put(&mut self.half, message);
        Ok(())
    }

    /// Sends `message`, and waits for room no longer than `timeout` in all.
    ///
    /// # Errors
    ///
    /// As [`send`](Sender::send), and [`SendTimeoutError::Timeout`]. If the time is over in the middle
    /// of a long message nobody gets it; the parts of it that are in the ring take their room there
    /// until the receiver comes to them and drops them.
    pub fn send_timeout(
        &mut self,
        message: &[u8],
        timeout: Duration,
    ) -> Result<(), SendTimeoutError<()>> {
        splitting::send(&mut self.half, message, Some(timeout))
    }

    /// Hands out `len` bytes of the ring, to be written in place, and waits while it is full. They
    /// hold whatever was there before.
    ///
    /// ```
    /// # use ringway_core::{local, region::StaticRegion};
    /// # static REGION: StaticRegion<8192> = StaticRegion::new();
    /// # let (mut tx, mut rx) = local::split::<[u8]>(&REGION)?;
    /// let mut record = tx.reserve(1500).unwrap();
    /// record[..5].copy_from_slice(b"hello");
    /// record.commit_to(5);                     // gives the rest back
    /// assert_eq!(*rx.recv().unwrap(), *b"hello");
    /// # Ok::<(), ringway_core::attach::AttachError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError::TooLong`] if `len` is more than [`max_record`](Sender::max_record). Otherwise as
    /// [`send`](Sender::send).
    #[inline]
    pub fn reserve(&mut self, len: usize) -> Result<WriteGrant<'_, [u8], P, K>, SendError<()>> {
        match claim(&mut self.half, len, None) {
            Ok(()) => Ok(WriteGrant::new(self)),
            Err(refused) => Err(refused.for_ever()),
        }
    }

    /// As [`reserve`](Sender::reserve), if there is room now.
    ///
    /// # Errors
    ///
    /// As `reserve`, and [`TrySendError::Full`].
    #[inline]
    pub fn try_reserve(
        &mut self,
        len: usize,
    ) -> Result<WriteGrant<'_, [u8], P, K>, TrySendError<()>> {
        try_claim(&mut self.half, len)?;
        Ok(WriteGrant::new(self))
    }

    /// As [`reserve`](Sender::reserve), and waits no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As `reserve`, and [`SendTimeoutError::Timeout`].
    pub fn reserve_timeout(
        &mut self,
        len: usize,
        timeout: Duration,
    ) -> Result<WriteGrant<'_, [u8], P, K>, SendTimeoutError<()>> {
        claim(&mut self.half, len, Some(timeout))?;
        Ok(WriteGrant::new(self))
    }
}

impl<T: Bytes + ?Sized, P: Platform, K: Topology> Sender<T, P, K> {
    /// The longest message that lies in the ring in one piece, in bytes: what can be reserved, and
    /// sent without waiting. Nearly half the ring, or the channel's `max_len`.
    #[must_use]
    pub fn max_record(&self) -> usize {
        T::sending::<P, K>(&self.half).max_record()
    }

    /// The longest message that can be sent, in bytes, or `None` if any can: what is longer than a
    /// record goes in parts. The receiver has a [limit](super::super::Receiver::limit) of its own.
    #[must_use]
    pub fn max_message(&self) -> Option<usize> {
        (!splits(T::sending::<P, K>(&self.half))).then(|| self.max_record())
    }
}
