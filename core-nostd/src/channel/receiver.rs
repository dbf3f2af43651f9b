//! The reading end.

use super::grant::ReadGrant;
use super::message::Message;
use super::topology::{Crowded, ManyReceivers, RecvItems as _, RecvSide as _, Spsc, Topology};
use crate::attach::AttachError;
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::layout::Peer;
use crate::plain::Plain;
use crate::platform::Platform;
use crate::wait::doorbell::Rings;
use crate::wait::{Outlook, Probe, Sight, Source, Spot};
use core::fmt;
use core::time::Duration;

/// A reading end of a channel of `T`. Of several, each message goes to one.
///
/// Dropping the last one closes the channel for the senders, whose next send fails. In a persistent
/// channel the senders go on, and what they send waits for the next receiver. In a channel with many
/// receivers each thread has its own, by [`Clone`].
pub struct Receiver<T: Message + ?Sized, P: Platform, K: Topology = Spsc> {
    pub(super) half: T::Receiving<P, K>,
}

impl<T: Plain, P: Platform, K: Topology> Receiver<T, P, K> {
    /// Borrows the next message where it lies, and waits until there is one: for ever, if no sender
    /// ever comes.
    ///
    /// Dropping the grant finishes the message and frees its slot. Senders learn of free slots at once if they
    /// wait for one.
    ///
    /// # Errors
    ///
    /// [`RecvError::Closed`] if the last sender has left or died and everything that was sent was
    /// received, and by other receivers also finished: until then it may come again. A new sender may
    /// open the channel after that, and messages come again.
    #[inline]
    pub fn recv(&mut self) -> Result<ReadGrant<'_, T, P, K>, RecvError> {
        match self.claim(None) {
            Ok(()) => Ok(ReadGrant::new(self)),
            Err(refused) => Err(refused.for_ever()),
        }
    }

    /// Borrows the next message if there is one.
    ///
    /// Makes no system call unless a sender sleeps or, now and then while the ring is empty, to ask
    /// who lives. Takes no lock and allocates nothing.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if there is none now, otherwise as [`recv`](Receiver::recv).
    #[inline]
    pub fn try_recv(&mut self) -> Result<ReadGrant<'_, T, P, K>, TryRecvError> {
        self.try_claim()?;
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
    ) -> Result<ReadGrant<'_, T, P, K>, RecvTimeoutError> {
        self.claim(Some(timeout))?;
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
        if self.half.pop(item) {
            return Ok(());
        }
        match self.half.claim(1, None) {
            Ok(()) => {
                self.half.take_into(item);
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
        if self.half.pop(item) {
            return Ok(());
        }
        self.try_claim()?;
        self.half.take_into(item);
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
        self.claim(Some(timeout))?;
        self.half.take_into(item);
        Ok(())
    }

    /// Copies as many messages as are there and fit into `items`, waits until there is at least
    /// one, and returns how many. An empty `items` takes none and does not wait.
    ///
    /// What was copied is finished: if this process dies over it, it does not come again.
    ///
    /// # Errors
    ///
    /// As [`recv`](Receiver::recv).
    pub fn recv_batch(&mut self, items: &mut [T]) -> Result<usize, RecvError> {
        if items.is_empty() {
            return Ok(0);
        }
        match self.half.claim(items.len(), None) {
            Ok(()) => Ok(self.half.take_batch(items)),
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
        self.half.try_claim(items.len())?;
        Ok(self.half.take_batch(items))
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
        self.half.claim(items.len(), Some(timeout))?;
        Ok(self.half.take_batch(items))
    }

    /// A message now, or why not.
    #[inline(always)]
    fn try_claim(&mut self) -> Result<(), TryRecvError> {
        if self.half.is_ready() {
            return Ok(());
        }
        self.half.try_claim(1)
    }

    /// A message, once there is one.
    #[inline(always)]
    fn claim(&mut self, timeout: Option<Duration>) -> Result<(), RecvTimeoutError> {
        if self.half.is_ready() {
            return Ok(());
        }
        self.half.claim(1, timeout)
    }
}

impl<T: Message + ?Sized, P: Platform, K: Topology> Receiver<T, P, K> {
    pub(crate) fn new(half: T::Receiving<P, K>) -> Self {
        Receiver { half }
    }

    /// Items that fit into the ring at least; of a ring of bytes, how many bytes it has.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.half.capacity()
    }

    /// Waits until a sender is attached, or was and is gone again, no longer than `timeout` (for
    /// ever if `None`), and says whether that is so: the next receive tells. A sender whose end was
    /// reported by [`RecvError::Closed`] is not counted again.
    pub fn wait_for_sender(&mut self, timeout: Option<Duration>) -> bool {
        self.half.wait_for_sender(timeout)
    }

    /// What an event loop waits for instead of [`recv`](Receiver::recv): it rings when there is a
    /// message, or there will be none.
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

impl<T: Message + ?Sized, P: Platform> Receiver<T, P> {
    /// Messages received and finished since the channel was made, by this receiver and those before
    /// it. It is the number, from 0, of the next message.
    #[must_use]
    pub fn received(&self) -> u64 {
        T::received::<P>(&self.half)
    }

    /// Whether the next message, once [`recv`](Receiver::recv) or one of its kind has found it,
    /// may have been received before by a receiver that died. For those who copy; a
    /// [`ReadGrant`] says it of itself.
    #[must_use]
    pub fn is_redelivered(&self) -> bool {
        self.half.is_redelivered()
    }

    /// Who is at the other end, asking the system whether it lives.
    #[must_use]
    pub fn sender(&self) -> Peer {
        T::sender::<P>(&self.half)
    }
}

impl<T: Message + ?Sized, P: Platform, K: Crowded> Receiver<T, P, K> {
    /// Looks now for ends whose process has died, and repairs what they left; how many there were.
    /// Whoever waits does so by itself, within 300 ms of a death; this is for a program that knows
    /// of one.
    pub fn repair(&mut self) -> usize {
        T::receiving_member::<P, K>(&self.half).repair()
    }

    /// Whether the message that was copied or finished last may have been received before by a
    /// receiver that died. For those who copy; a [`ReadGrant`] says it of itself. In a batch such a
    /// message comes alone.
    #[must_use]
    pub fn was_redelivered(&self) -> bool {
        T::was_redelivered::<P, K>(&self.half)
    }

    /// How many senders are attached.
    #[must_use]
    pub fn senders(&self) -> usize {
        T::receiving_member::<P, K>(&self.half).peers()
    }
}

impl<T: Message + ?Sized, P: Platform + Clone, K: ManyReceivers> Receiver<T, P, K> {
    /// Another receiver for the same channel, to be used beside this one.
    ///
    /// # Errors
    ///
    /// [`AttachError::Crowded`] if the channel has as many ends as it was made for.
    pub fn try_clone(&self) -> Result<Self, AttachError> {
        T::clone_receiving::<P, K>(&self.half, false).map(Self::new)
    }
}

impl<T: Message + ?Sized, P: Platform + Clone, K: ManyReceivers> Clone for Receiver<T, P, K> {
    /// Another receiver for the same channel. If the channel has as many ends as it was made for, the
    /// clone attaches later, at the first call that finds room, and until then its calls fail with
    /// `Crowded`; [`try_clone`](Receiver::try_clone) says so at once.
    fn clone(&self) -> Self {
        match T::clone_receiving::<P, K>(&self.half, true) {
            Ok(half) => Self::new(half),
            Err(_) => unreachable!("one that attaches later is never refused"),
        }
    }
}

/// Ready when there is a message, or when there will be none and [`try_recv`](Receiver::try_recv)
/// says so. Of several receivers another one may be quicker. Of a message in parts it joins what is
/// there, and may be ready before the last of them: `try_recv` says `Empty` then. What a receiver that died had not
/// finished waits for the one that is told of it.
impl<T: Message + ?Sized, P: Platform, K: Topology> Source for Receiver<T, P, K> {
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

impl<T: Message + ?Sized, P: Platform, K: Topology> fmt::Debug for Receiver<T, P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Receiver");
        out.field("capacity", &self.capacity());
        self.half.describe(&mut out);
        out.finish_non_exhaustive()
    }
}
