//! The writing end.

use super::grant::WriteGrant;
use super::message::Message;
use super::topology::{Crowded, ManySenders, SendItems as _, SendSide as _, Spsc, Topology};
use crate::attach::AttachError;
use crate::error::{SendBatchError, SendError, SendTimeoutError, TrySendError};
use crate::layout::Peer;
use crate::plain::Plain;
use crate::platform::Platform;
use crate::wait::doorbell::Rings;
use crate::wait::{Outlook, Probe, Sight, Source, Spot};
use core::fmt;
use core::time::Duration;

/// A writing end of a channel of `T`.
///
/// Dropping the last one closes the channel for the receivers once they have received everything.
/// In a channel with many senders each thread has its own, by [`Clone`].
pub struct Sender<T: Message + ?Sized, P: Platform, K: Topology = Spsc> {
    pub(super) half: T::Sending<P, K>,
}

impl<T: Plain, P: Platform, K: Topology> Sender<T, P, K> {
    /// Sends `value`, and waits while the ring is full.
    ///
    /// # Errors
    ///
    /// Gives the value back if the last receiver has left or died, or the segment is corrupt.
    #[inline]
    pub fn send(&mut self, value: T) -> Result<(), SendError<T>> {
        if !self.half.is_ready()
            && let Err(refused) = self.half.claim(1, None)
        {
            return Err(refused.for_ever().map(|()| value));
        }
        self.half.put(value);
        Ok(())
    }

    /// Sends `value` if there is room.
    ///
    /// Makes no system call unless a receiver sleeps or, now and then while the ring is full, to
    /// ask who lives. Takes no lock and allocates nothing.
    ///
    /// May be called from a signal handler that has this sender for itself, whatever call on other
    /// ends the signal has interrupted: it waits for nobody. Make the sender, and drop it, outside of
    /// the handler; a clone by [`try_clone`](Sender::try_clone), which is attached at once.
    ///
    /// ```
    /// # mod ringway {
    /// #     use ringway_core::{channel, local::Local};
    /// #     pub type Sender<T> = channel::Sender<T, Local<'static>>;
    /// # }
    /// use std::sync::{Mutex, OnceLock};
    ///
    /// /// The handler's own. Only it locks this, and it never waits for it: if another thread runs
    /// /// the handler at this moment, that one sends.
    /// static ALARMS: OnceLock<Mutex<ringway::Sender<u64>>> = OnceLock::new();
    ///
    /// extern "C" fn on_signal(signal: i32) {
    ///     if let Some(alarms) = ALARMS.get()
    ///         && let Ok(mut alarms) = alarms.try_lock()
    ///     {
    ///         let _ = alarms.try_send(signal as u64); // if the ring is full, it is lost
    ///     }
    /// }
    /// # static REGION: ringway_core::region::StaticRegion<4096> =
    /// #     ringway_core::region::StaticRegion::new();
    /// # let (tx, mut rx) = ringway_core::local::split::<u64>(&REGION)?;
    ///
    /// // Before the handler is installed:
    /// assert!(ALARMS.set(Mutex::new(tx)).is_ok());
    /// # on_signal(10);
    /// # assert_eq!(*rx.recv().unwrap(), 10);
    /// # Ok::<(), ringway_core::attach::AttachError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if the ring is full, the last receiver has left or died, or the segment
    /// is corrupt.
    #[inline]
    pub fn try_send(&mut self, value: T) -> Result<(), TrySendError<T>> {
        if !self.half.is_ready()
            && let Err(refused) = self.half.try_claim(1)
        {
            return Err(refused.map(|()| value));
        }
        self.half.put(value);
        Ok(())
    }

    /// Sends `value`, and waits for room no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As [`send`](Sender::send), and [`SendTimeoutError::Timeout`].
    pub fn send_timeout(&mut self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        if !self.half.is_ready()
            && let Err(refused) = self.half.claim(1, Some(timeout))
        {
            return Err(refused.map(|()| value));
        }
        self.half.put(value);
        Ok(())
    }

    /// Hands out the next slot to be written in place, and waits while the ring is full.
    ///
    /// # Errors
    ///
    /// As [`send`](Sender::send).
    #[inline]
    pub fn reserve(&mut self) -> Result<WriteGrant<'_, T, P, K>, SendError<()>> {
        match self.claim(None) {
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
    pub fn try_reserve(&mut self) -> Result<WriteGrant<'_, T, P, K>, TrySendError<()>> {
        if !self.half.is_ready() {
            self.half.try_claim(1)?;
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
    ) -> Result<WriteGrant<'_, T, P, K>, SendTimeoutError<()>> {
        self.claim(Some(timeout))?;
        Ok(WriteGrant::new(self))
    }

    /// Sends all of `items` in order, and waits while the ring is full.
    ///
    /// # Errors
    ///
    /// How many were sent before the last receiver left or died, or the segment was corrupt.
    pub fn send_batch(&mut self, items: &[T]) -> Result<(), SendBatchError> {
        let mut sent = 0;
        while sent < items.len() {
            if let Err(refused) = self.half.claim(items.len() - sent, None) {
                return Err(SendBatchError {
                    sent,
                    reason: refused.for_ever(),
                });
            }
            sent += self.half.put_batch(&items[sent..]);
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
        self.half.try_claim(items.len())?;
        Ok(self.half.put_batch(items))
    }

    /// A slot, once there is one.
    #[inline(always)]
    fn claim(&mut self, timeout: Option<Duration>) -> Result<(), SendTimeoutError<()>> {
        if self.half.is_ready() {
            return Ok(());
        }
        self.half.claim(1, timeout)
    }
}

impl<T: Message + ?Sized, P: Platform, K: Topology> Sender<T, P, K> {
    pub(crate) fn new(half: T::Sending<P, K>) -> Self {
        Sender { half }
    }

    /// Items that fit into the ring at least; of a ring of bytes, how many bytes it has.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.half.capacity()
    }

    /// Waits until a receiver is attached, or was and is gone again, no longer than `timeout` (for
    /// ever if `None`), and says whether that is so: the next send tells. A receiver whose end was
    /// reported by [`SendError::Closed`] is not counted again.
    pub fn wait_for_receiver(&mut self, timeout: Option<Duration>) -> bool {
        self.half.wait_for_receiver(timeout)
    }

    /// What an event loop waits for instead of [`send`](Sender::send): it rings when there is room,
    /// or nobody is left to receive.
    ///
    /// # Errors
    ///
    /// All wait slots of the segment are in use, or the system refuses something.
    pub fn doorbell(&self) -> Result<P::Doorbell, P::Error>
    where
        P: Rings,
    {
        self.platform().doorbell()
    }

    /// The platform below, for what is particular to it.
    #[must_use]
    pub fn platform(&self) -> &P {
        self.half.platform()
    }
}

impl<T: Message + ?Sized, P: Platform> Sender<T, P> {
    /// Messages sent through the channel since it was made, by this sender and those before it.
    ///
    /// A sender that takes over from one that died learns from it where that one stopped.
    #[must_use]
    pub fn sent(&self) -> u64 {
        T::sent::<P>(&self.half)
    }

    /// Who is at the other end, asking the system whether it lives.
    #[must_use]
    pub fn receiver(&self) -> Peer {
        T::receiver::<P>(&self.half)
    }
}

impl<T: Message + ?Sized, P: Platform, K: Crowded> Sender<T, P, K> {
    /// Waits until every message that was sent before this call, by whichever sender, is finished:
    /// received, and its grant dropped or [acknowledged](super::ReadGrant::ack). As `join` of
    /// Python's `JoinableQueue`, but a message whose receiver dies is delivered again and waited
    /// for.
    ///
    /// # Errors
    ///
    /// The last receiver has left or died before.
    pub fn join(&mut self) -> Result<(), SendError<()>> {
        T::join::<P, K>(&mut self.half, None).map_err(SendTimeoutError::for_ever)
    }

    /// As [`join`](Sender::join), no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As [`join`](Sender::join), and [`SendTimeoutError::Timeout`].
    pub fn join_timeout(&mut self, timeout: Duration) -> Result<(), SendTimeoutError<()>> {
        T::join::<P, K>(&mut self.half, Some(timeout))
    }

    /// Looks now for ends whose process has died, and repairs what they left; how many there were.
    /// Whoever waits does so by itself, within 300 ms of a death; this is for a program that knows
    /// of one.
    pub fn repair(&mut self) -> usize {
        T::sending_member::<P, K>(&self.half).repair()
    }

    /// How many receivers are attached.
    #[must_use]
    pub fn receivers(&self) -> usize {
        T::sending_member::<P, K>(&self.half).peers()
    }
}

impl<T: Message + ?Sized, P: Platform + Clone, K: ManySenders> Sender<T, P, K> {
    /// Another sender for the same channel, to be used beside this one.
    ///
    /// # Errors
    ///
    /// [`AttachError::Crowded`] if the channel has as many ends as it was made for.
    pub fn try_clone(&self) -> Result<Self, AttachError> {
        T::clone_sending::<P, K>(&self.half, false).map(Self::new)
    }
}

impl<T: Message + ?Sized, P: Platform + Clone, K: ManySenders> Clone for Sender<T, P, K> {
    /// Another sender for the same channel. If the channel has as many ends as it was made for, the
    /// clone attaches later, at the first call that finds room, and until then its calls fail with
    /// `Crowded`; [`try_clone`](Sender::try_clone) says so at once.
    fn clone(&self) -> Self {
        match T::clone_sending::<P, K>(&self.half, true) {
            Ok(half) => Self::new(half),
            Err(_) => unreachable!("one that attaches later is never refused"),
        }
    }
}

/// Ready when there is room, or when nobody is left to receive and [`try_send`](Sender::try_send)
/// says so. Of several senders another one may be quicker.
impl<T: Message + ?Sized, P: Platform, K: Topology> Source for Sender<T, P, K> {
    fn is_ready(&mut self, sight: Sight) -> bool {
        self.half.may_claim(sight)
    }

    fn spot(&self) -> Spot<'_> {
        self.half.spot()
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        self.half.outlook(probe)
    }
}

impl<T: Message + ?Sized, P: Platform, K: Topology> fmt::Debug for Sender<T, P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Sender");
        out.field("capacity", &self.capacity());
        self.half.describe(&mut out);
        out.finish_non_exhaustive()
    }
}
