//! The writing end.

use super::end::End;
use super::grant::WriteGrant;
use super::link::Role;
use crate::error::{SendBatchError, SendError, SendTimeoutError, TrySendError};
use crate::layout::Peer;
use crate::plain::Plain;
use crate::platform::Platform;
use crate::ring::spsc::{Control, Corrupt, Look};
use crate::slots::Writer;
use crate::wait::{Interrupted, Sight, Spin};
use core::fmt;
use core::time::Duration;

/// The writing end of a channel of `T`.
///
/// Dropping it closes the channel for the receiver once that has received everything.
pub struct Sender<T: Plain, P: Platform> {
    writer: Writer<T>,
    spin: Spin,
    /// The receiver whose end was reported as the end of the channel.
    past: Option<Peer>,
    end: End<P>,
}

/// Why there is no slot.
type Refused = SendTimeoutError<()>;

impl<T: Plain, P: Platform> Sender<T, P> {
    pub(crate) fn new(writer: Writer<T>, spin: Spin, end: End<P>) -> Self {
        Sender {
            writer,
            spin,
            // One of an earlier session is nobody to wait for.
            past: Some(end.peer()),
            end,
        }
    }

    /// Sends `value`, and waits while the ring is full.
    ///
    /// # Errors
    ///
    /// Gives the value back if the receiver has left or died, or the segment is corrupt.
    #[inline]
    pub fn send(&mut self, value: T) -> Result<(), SendError<T>> {
        if !self.is_ready()
            && let Err(refused) = self.wait_for_space(None)
        {
            return Err(refused.for_ever().map(|()| value));
        }
        self.put(value);
        Ok(())
    }

    /// Sends `value` if there is room.
    ///
    /// Makes no system call unless the receiver sleeps or, now and then while the ring is full, to
    /// ask whether it lives. Takes no lock and allocates nothing.
    ///
    /// # Errors
    ///
    /// Gives the value back if the ring is full, the receiver has left or died, or the segment is
    /// corrupt.
    #[inline]
    pub fn try_send(&mut self, value: T) -> Result<(), TrySendError<T>> {
        if !self.is_ready()
            && let Err(refused) = self.try_claim()
        {
            return Err(refused.map(|()| value));
        }
        self.put(value);
        Ok(())
    }

    /// Sends `value`, and waits for room no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As [`send`](Sender::send), and [`SendTimeoutError::Timeout`].
    pub fn send_timeout(&mut self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        if !self.is_ready()
            && let Err(refused) = self.wait_for_space(Some(timeout))
        {
            return Err(refused.map(|()| value));
        }
        self.put(value);
        Ok(())
    }

    /// Hands out the next slot to be written in place, and waits while the ring is full.
    ///
    /// # Errors
    ///
    /// As [`send`](Sender::send).
    #[inline]
    pub fn reserve(&mut self) -> Result<WriteGrant<'_, T, P>, SendError<()>> {
        match self.claim_until(None) {
            Ok(()) => Ok(WriteGrant::new(self)),
            Err(refused) => Err(refused.for_ever()),
        }
    }

    /// Hands out the next slot if it is free.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Sender::try_send).
    #[inline]
    pub fn try_reserve(&mut self) -> Result<WriteGrant<'_, T, P>, TrySendError<()>> {
        if !self.is_ready() {
            self.try_claim()?;
        }
        Ok(WriteGrant::new(self))
    }

    /// Hands out the next slot, and waits for it no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As [`send_timeout`](Sender::send_timeout).
    pub fn reserve_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<WriteGrant<'_, T, P>, SendTimeoutError<()>> {
        self.claim_until(Some(timeout))?;
        Ok(WriteGrant::new(self))
    }

    /// Sends all of `items` in order, and waits while the ring is full.
    ///
    /// # Errors
    ///
    /// How many were sent before the receiver left or died, or the segment was corrupt.
    pub fn send_batch(&mut self, items: &[T]) -> Result<(), SendBatchError> {
        let mut sent = 0;
        while sent < items.len() {
            if let Err(refused) = self.claim_until(None) {
                return Err(SendBatchError {
                    sent,
                    reason: refused.for_ever(),
                });
            }
            sent += self.put_batch(&items[sent..]);
        }
        Ok(())
    }

    /// Sends as many of `items`, in order, as there is room for, and returns how many.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Sender::try_send), if not even the first was sent.
    pub fn try_send_batch(&mut self, items: &[T]) -> Result<usize, TrySendError<()>> {
        if items.is_empty() {
            return Ok(0);
        }
        self.try_claim()?;
        Ok(self.put_batch(items))
    }

    /// Messages sent through the channel since it was made, by this sender and those before it.
    ///
    /// A sender that takes over from one that died learns from it where that one stopped.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.writer.published()
    }

    /// Items that fit into the ring at least.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.end.capacity
    }

    /// Who is at the other end, asking the system whether it lives.
    #[must_use]
    pub fn receiver(&self) -> Peer {
        self.end.peer()
    }

    /// Waits until a receiver is attached, or was and is gone again, no longer than `timeout` (for
    /// ever if `None`), and says whether that is so: the next send tells. A receiver whose end was
    /// reported by [`SendError::Closed`] is not counted again.
    pub fn wait_for_receiver(&mut self, timeout: Option<Duration>) -> bool {
        self.end
            .wait_for_peer(&mut self.spin, timeout, self.past, || false)
    }

    /// The platform below, for what is particular to it.
    #[must_use]
    pub fn platform(&self) -> &P {
        &self.end.platform
    }

    /// Publishes the slot that was claimed.
    #[inline(always)]
    pub(super) fn publish(&mut self) {
        self.writer.publish();
        self.end.notify(Role::Receiver);
    }

    /// The slot that was claimed.
    #[inline(always)]
    pub(super) fn claimed(&mut self) -> &mut T {
        self.writer
            .slot()
            .unwrap_or_else(|| unreachable!("a grant is made for a claimed slot"))
    }

    /// As [`claimed`](Sender::claimed), to read.
    pub(super) fn claimed_ref(&self) -> &T {
        self.writer
            .slot_ref()
            .unwrap_or_else(|| unreachable!("a grant is made for a claimed slot"))
    }

    /// Whether a slot is known to be free for a receiver that has not left.
    #[inline(always)]
    fn is_ready(&mut self) -> bool {
        !self.end.control.items.is_gone() && self.writer.is_ready()
    }

    /// Sends `value` in the slot that was found.
    ///
    /// No call gets the value by address: it would have to be in memory then, and copying it from
    /// there would wait for the stores that have just put it there (`docs/performance.md`).
    #[inline(always)]
    fn put(&mut self, value: T) {
        self.writer.push(value);
        self.end.notify(Role::Receiver);
    }

    /// Sends as many of `items` as fit now.
    fn put_batch(&mut self, items: &[T]) -> usize {
        let sent = self.writer.push_many(items);
        self.end.notify(Role::Receiver);
        sent
    }

    /// A slot now, or why not.
    #[cold]
    fn try_claim(&mut self) -> Result<(), TrySendError<()>> {
        match look(&mut self.writer, &self.end.control, Look::Cursor) {
            Some(Ok(())) => Ok(()),
            Some(Err(refused)) => {
                self.past = Some(self.end.peer());
                Err(refused.for_ever().into())
            }
            None => Err(self.full()),
        }
    }

    #[cold]
    fn full(&mut self) -> TrySendError<()> {
        if !self.end.is_over_by_now() {
            return TrySendError::Full(());
        }
        self.past = Some(self.end.peer());
        TrySendError::Closed(())
    }

    /// A slot, once there is one.
    #[inline(always)]
    fn claim_until(&mut self, timeout: Option<Duration>) -> Result<(), Refused> {
        if self.is_ready() {
            return Ok(());
        }
        self.wait_for_space(timeout)
    }

    #[cold]
    fn wait_for_space(&mut self, timeout: Option<Duration>) -> Result<(), Refused> {
        let Sender {
            writer,
            spin,
            past,
            end,
        } = self;
        let control = end.control;
        let poll = |sight| {
            let closely = if sight == Sight::Passing {
                Look::Head
            } else {
                Look::Cursor
            };
            look(writer, &control, closely)
        };
        let refused = match end.wait(spin, timeout, poll) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(refused)) => refused,
            Err(Interrupted::TimedOut) => return Err(Refused::Timeout(())),
            Err(Interrupted::PeerGone) => Refused::Closed(()),
            Err(Interrupted::Lost) => Refused::Corrupt(()),
        };
        *past = Some(end.peer());
        Err(refused)
    }
}

/// One look for a slot; `None` if the ring is full.
#[inline(always)]
fn look<T: Plain>(
    writer: &mut Writer<T>,
    control: &Control,
    closely: Look,
) -> Option<Result<(), Refused>> {
    if control.items.is_gone() {
        return Some(Err(Refused::Closed(())));
    }
    match writer.claim(closely) {
        Ok(true) => Some(Ok(())),
        Ok(false) => None,
        Err(Corrupt) => Some(Err(Refused::Corrupt(()))),
    }
}

impl<T: Plain, P: Platform> fmt::Debug for Sender<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("capacity", &self.capacity())
            .field("sent", &self.sent())
            .field("receiver", &self.receiver())
            .finish_non_exhaustive()
    }
}
