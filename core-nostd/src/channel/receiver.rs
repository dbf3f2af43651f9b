//! The reading end.

use super::end::End;
use super::grant::ReadGrant;
use super::link::Role;
use super::pace::Pace;
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::layout::Peer;
use crate::plain::Plain;
use crate::platform::Platform;
use crate::ring::spsc::Corrupt;
use crate::slots::{Read, Reader};
use crate::wait::{Interrupted, Spin};
use core::fmt;
use core::time::Duration;

/// The reading end of a channel of `T`.
///
/// Dropping it closes the channel for the sender, whose next send fails. In a persistent channel
/// the sender goes on, and what it sends waits for the next receiver.
pub struct Receiver<T: Plain, P: Platform> {
    reader: Reader<T>,
    spin: Spin,
    pace: Pace,
    /// The sender whose end was reported as the end of the channel.
    past: Option<Peer>,
    end: End<P>,
}

impl<T: Plain, P: Platform> Receiver<T, P> {
    pub(crate) fn new(reader: Reader<T>, spin: Spin, end: End<P>) -> Self {
        Receiver {
            reader,
            spin,
            pace: Pace::default(),
            past: None,
            end,
        }
    }

    /// Borrows the next message where it lies, and waits until there is one: for ever, if no sender
    /// ever comes.
    ///
    /// Dropping the grant frees the slot. The sender learns of free slots at once if it waits for
    /// one.
    ///
    /// # Errors
    ///
    /// [`RecvError::Closed`] if the sender has left or died and everything it sent was received.
    /// A new sender may open the channel after that, and messages come again.
    #[inline]
    pub fn recv(&mut self) -> Result<ReadGrant<'_, T, P>, RecvError> {
        match self.peek_until(None) {
            Ok(()) => Ok(ReadGrant::new(self)),
            Err(refused) => Err(refused.for_ever()),
        }
    }

    /// Borrows the next message if there is one.
    ///
    /// Makes no system call unless the sender sleeps or, now and then while the ring is empty, to
    /// ask whether it lives. Takes no lock and allocates nothing.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if there is none now, otherwise as [`recv`](Receiver::recv).
    #[inline]
    pub fn try_recv(&mut self) -> Result<ReadGrant<'_, T, P>, TryRecvError> {
        self.try_peek()?;
        Ok(ReadGrant::new(self))
    }

    /// Borrows the next message, and waits for it no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError::Timeout`], otherwise as [`recv`](Receiver::recv).
    pub fn recv_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<ReadGrant<'_, T, P>, RecvTimeoutError> {
        self.peek_until(Some(timeout))?;
        Ok(ReadGrant::new(self))
    }

    /// Copies the next message into `item` and frees its slot, and waits until there is one.
    ///
    /// The copy is made before anything looks at it: across a trust boundary this is the call to
    /// use. Large items come over faster than by [`recv`](Receiver::recv) if all of them is
    /// needed, since the lines go back to the sender as it likes them.
    ///
    /// # Errors
    ///
    /// As [`recv`](Receiver::recv); `item` is unchanged then.
    #[inline]
    pub fn recv_into(&mut self, item: &mut T) -> Result<(), RecvError> {
        if self.pop(item) {
            return Ok(());
        }
        match self.wait_for_items(None) {
            Ok(()) => {
                self.take_into(item);
                Ok(())
            }
            Err(refused) => Err(refused.for_ever()),
        }
    }

    /// Copies the next message into `item` if there is one.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Receiver::try_recv); `item` is unchanged then.
    #[inline]
    pub fn try_recv_into(&mut self, item: &mut T) -> Result<(), TryRecvError> {
        if self.pop(item) {
            return Ok(());
        }
        self.try_peek()?;
        self.take_into(item);
        Ok(())
    }

    /// Copies the next message into `item`, and waits for it no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As [`recv_timeout`](Receiver::recv_timeout); `item` is unchanged then.
    pub fn recv_into_timeout(
        &mut self,
        item: &mut T,
        timeout: Duration,
    ) -> Result<(), RecvTimeoutError> {
        self.peek_until(Some(timeout))?;
        self.take_into(item);
        Ok(())
    }

    /// Copies as many messages as are there and fit into `items`, waits until there is at least
    /// one, and returns how many. An empty `items` takes none and does not wait.
    ///
    /// # Errors
    ///
    /// As [`recv`](Receiver::recv).
    pub fn recv_batch(&mut self, items: &mut [T]) -> Result<usize, RecvError> {
        if items.is_empty() {
            return Ok(0);
        }
        match self.peek_until(None) {
            Ok(()) => Ok(self.take_batch(items)),
            Err(refused) => Err(refused.for_ever()),
        }
    }

    /// As [`recv_batch`](Receiver::recv_batch), without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Receiver::try_recv).
    pub fn try_recv_batch(&mut self, items: &mut [T]) -> Result<usize, TryRecvError> {
        if items.is_empty() {
            return Ok(0);
        }
        self.try_peek()?;
        Ok(self.take_batch(items))
    }

    /// As [`recv_batch`](Receiver::recv_batch), waiting no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As [`recv_timeout`](Receiver::recv_timeout).
    pub fn recv_batch_timeout(
        &mut self,
        items: &mut [T],
        timeout: Duration,
    ) -> Result<usize, RecvTimeoutError> {
        if items.is_empty() {
            return Ok(0);
        }
        self.peek_until(Some(timeout))?;
        Ok(self.take_batch(items))
    }

    /// Messages received and finished since the channel was made, by this receiver and those before
    /// it. It is the number, from 0, of the next message.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.reader.consumed()
    }

    /// Items that fit into the ring at least.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.end.capacity
    }

    /// Whether the next message, once [`recv`](Receiver::recv) or one of its kind has found it,
    /// may have been received before by a receiver that died. For those who copy; a
    /// [`ReadGrant`] says it of itself.
    #[must_use]
    pub fn is_redelivered(&self) -> bool {
        self.reader.is_redelivered()
    }

    /// Who is at the other end, asking the system whether it lives.
    #[must_use]
    pub fn sender(&self) -> Peer {
        self.end.peer()
    }

    /// Waits until a sender is attached, or was and is gone again, no longer than `timeout` (for
    /// ever if `None`), and says whether that is so: the next receive tells. A sender whose end was
    /// reported by [`RecvError::Closed`] is not counted again.
    pub fn wait_for_sender(&mut self, timeout: Option<Duration>) -> bool {
        let Receiver {
            reader,
            spin,
            end,
            past,
            ..
        } = self;
        let has_left_something = || reader.peek() != Ok(false);
        end.wait_for_peer(spin, timeout, *past, has_left_something)
    }

    /// The platform below, for what is particular to it.
    #[must_use]
    pub fn platform(&self) -> &P {
        &self.end.platform
    }

    /// The message that was found.
    #[inline(always)]
    pub(super) fn found(&self) -> &T {
        self.reader
            .item()
            .unwrap_or_else(|| unreachable!("a grant is made for a message found"))
    }

    /// Frees the slot of the message that was found.
    #[inline(always)]
    pub(super) fn finish(&mut self) {
        self.release(Read::Unknown);
    }

    #[inline(always)]
    fn release(&mut self, read: Read) {
        if self.reader.release(read) {
            self.end.notify(Role::Sender);
        }
    }

    /// Copies the next message if one is known to be there.
    #[inline(always)]
    fn pop(&mut self, item: &mut T) -> bool {
        let freed = self.reader.pop(item);
        if freed == Some(true) {
            self.end.notify(Role::Sender);
        }
        freed.is_some()
    }

    fn take_into(&mut self, item: &mut T) {
        *item = *self.found();
        self.release(Read::Whole);
    }

    fn take_batch(&mut self, items: &mut [T]) -> usize {
        let taken = self.reader.pop_many(items);
        self.end.notify(Role::Sender);
        taken
    }

    /// A message now, or why not.
    #[inline(always)]
    fn try_peek(&mut self) -> Result<(), TryRecvError> {
        match look(&mut self.reader) {
            Some(answer) => answer.map_err(|refused| refused.for_ever().into()),
            None => self.empty(),
        }
    }

    /// Nothing is there: is anything still to come? What the sender did last may show only now.
    #[cold]
    fn empty(&mut self) -> Result<(), TryRecvError> {
        if !self.end.is_over_by_now() {
            return Err(TryRecvError::Empty);
        }
        match look(&mut self.reader) {
            Some(answer) => answer.map_err(|refused| refused.for_ever().into()),
            None => {
                self.past = Some(self.end.peer());
                Err(TryRecvError::Closed)
            }
        }
    }

    /// A message, once there is one.
    #[inline(always)]
    fn peek_until(&mut self, timeout: Option<Duration>) -> Result<(), RecvTimeoutError> {
        if self.reader.is_ready() {
            return Ok(());
        }
        self.wait_for_items(timeout)
    }

    #[cold]
    fn wait_for_items(&mut self, timeout: Option<Duration>) -> Result<(), RecvTimeoutError> {
        let Receiver {
            reader,
            spin,
            pace,
            past,
            end,
        } = self;
        pace.keep(spin, reader.consumed());
        match end.wait(spin, timeout, |_| look(reader)) {
            Ok(answer) => answer,
            Err(Interrupted::TimedOut) => Err(RecvTimeoutError::Timeout),
            Err(Interrupted::PeerGone) => {
                *past = Some(end.peer());
                Err(RecvTimeoutError::Closed)
            }
            Err(Interrupted::Lost) => Err(RecvTimeoutError::Corrupt),
        }
    }
}

/// One look for a message; `None` if the ring is empty.
#[inline(always)]
fn look<T: Plain>(reader: &mut Reader<T>) -> Option<Result<(), RecvTimeoutError>> {
    match reader.peek() {
        Ok(true) => Some(Ok(())),
        Ok(false) => None,
        Err(Corrupt) => Some(Err(RecvTimeoutError::Corrupt)),
    }
}

impl<T: Plain, P: Platform> Drop for Receiver<T, P> {
    fn drop(&mut self) {
        if self.end.platform.is_mapped_here() {
            self.reader.settle();
        }
    }
}

impl<T: Plain, P: Platform> fmt::Debug for Receiver<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("capacity", &self.capacity())
            .field("received", &self.received())
            .field("sender", &self.sender())
            .finish_non_exhaustive()
    }
}
