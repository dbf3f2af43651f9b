//! The reading end of a channel of bytes.

use super::Bytes;
use super::joining::Patience;
use crate::channel::topology::Topology;
use crate::channel::{ReadGrant, Receiver};
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::platform::Platform;
use core::time::Duration;

/// Messages of bytes.
///
/// One that came in parts is joined in memory of this process, which the receiver keeps and which
/// grows to the longest such message. If the process dies in the middle of it, that message is lost:
/// its parts were taken from the ring. Others are as safe as items are.
impl<P: Platform, K: Topology> Receiver<[u8], P, K> {
    /// Borrows the next message where it lies, and waits until there is one: for ever, if no sender
    /// ever comes. It lies in the ring, or where its parts were joined.
    ///
    /// Dropping the grant finishes the message and frees its room.
    ///
    /// ```
    /// # use ringway_core::{local, region::StaticRegion};
    /// # static REGION: StaticRegion<8192> = StaticRegion::new();
    /// # let (mut tx, mut rx) = local::split::<[u8]>(&REGION)?;
    /// # tx.send(b"name=value").unwrap();
    /// let message = rx.recv().unwrap();
    /// let text = str::from_utf8(&message).unwrap();
    /// assert_eq!(text.split_once('='), Some(("name", "value")));
    /// # Ok::<(), ringway_core::attach::AttachError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RecvError::Closed`] as for items. [`RecvError::TooLong`] if the next message is longer than
    /// the [limit](Receiver::limit), or the memory for it cannot be had: it is dropped, and the next
    /// call goes on behind it.
    #[inline]
    pub fn recv(&mut self) -> Result<ReadGrant<'_, [u8], P, K>, RecvError> {
        match self.half.receive(Patience::Ever) {
            Ok(()) => Ok(ReadGrant::new(self)),
            Err(refused) => Err(refused.for_ever()),
        }
    }

    /// Borrows the next message if all of it is there. Parts that are there are joined meanwhile.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if it is not, otherwise as [`recv`](Receiver::recv).
    #[inline]
    pub fn try_recv(&mut self) -> Result<ReadGrant<'_, [u8], P, K>, TryRecvError> {
        match self.half.receive(Patience::Now) {
            Ok(()) => Ok(ReadGrant::new(self)),
            Err(refused) => Err(refused.at_once()),
        }
    }

    /// Borrows the next message, and waits for all of it no longer than `timeout`. What came of it
    /// until then is kept for the next call.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError::Timeout`], otherwise as [`recv`](Receiver::recv).
    pub fn recv_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<ReadGrant<'_, [u8], P, K>, RecvTimeoutError> {
        self.half.receive(Patience::For(timeout))?;
        Ok(ReadGrant::new(self))
    }

    /// Copies the next message to the beginning of `buffer`, frees its room, and returns its length.
    /// Waits until there is one.
    ///
    /// The copy is made before anything looks at it: across a trust boundary this is the call to use.
    /// Parts of a long message go straight into the buffer as they come.
    ///
    /// ```
    /// # use ringway_core::{error::RecvError, local, region::StaticRegion};
    /// # static REGION: StaticRegion<8192> = StaticRegion::new();
    /// # let (mut tx, mut rx) = local::split::<[u8]>(&REGION)?;
    /// # tx.send(&[7; 100]).unwrap();
    /// let mut buffer = vec![0; 64];
    /// let len = match rx.recv_into(&mut buffer) {
    ///     Err(RecvError::ShortBuffer { len, .. }) => {
    ///         buffer.resize(len, 0);           // at most the limit
    ///         rx.recv_into(&mut buffer).unwrap()
    ///     }
    ///     other => other.unwrap(),
    /// };
    /// assert_eq!(buffer[..len], [7; 100]);
    /// # Ok::<(), ringway_core::attach::AttachError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RecvError::ShortBuffer`] if the message is longer than `buffer`: it stays the next one, for a
    /// call with a larger one. Otherwise as [`recv`](Receiver::recv). What is in `buffer` then is of
    /// no use.
    #[inline]
    pub fn recv_into(&mut self, buffer: &mut [u8]) -> Result<usize, RecvError> {
        self.half
            .receive_into(buffer, Patience::Ever)
            .map_err(RecvTimeoutError::for_ever)
    }

    /// As [`recv_into`](Receiver::recv_into), if all of the message is there.
    ///
    /// # Errors
    ///
    /// As `recv_into`, and [`TryRecvError::Empty`].
    #[inline]
    pub fn try_recv_into(&mut self, buffer: &mut [u8]) -> Result<usize, TryRecvError> {
        self.half
            .receive_into(buffer, Patience::Now)
            .map_err(RecvTimeoutError::at_once)
    }

    /// As [`recv_into`](Receiver::recv_into), and waits no longer than `timeout`. What came until then
    /// of a message in parts is kept for the next call.
    ///
    /// # Errors
    ///
    /// As `recv_into`, and [`RecvTimeoutError::Timeout`].
    pub fn recv_into_timeout(
        &mut self,
        buffer: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, RecvTimeoutError> {
        self.half.receive_into(buffer, Patience::For(timeout))
    }
}

impl<T: Bytes + ?Sized, P: Platform, K: Topology> Receiver<T, P, K> {
    /// The longest message that this receiver takes, in bytes; 64 MiB if nobody said. It bounds the
    /// memory that a sender can make it use.
    #[must_use]
    pub fn limit(&self) -> usize {
        T::receiving::<P, K>(&self.half).limit()
    }

    /// Changes the [limit](Receiver::limit), for messages of which nothing was received yet.
    pub fn set_limit(&mut self, limit: usize) {
        T::receiving_mut::<P, K>(&mut self.half).set_limit(limit);
    }

    /// How many long messages this receiver has dropped since parts of them never came: their senders
    /// died or gave up in the middle, or a receiver before this one died with their beginning.
    #[must_use]
    pub fn incomplete(&self) -> u64 {
        T::receiving::<P, K>(&self.half).incomplete()
    }
}
