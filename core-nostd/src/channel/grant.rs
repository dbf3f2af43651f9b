//! Items in place: borrowed from the ring, not copied.

use super::message::Message;
use super::topology::{
    RecvItems as _, RecvSide as _, SendItems as _, SendSide as _, Spsc, Topology,
};
use super::{Receiver, Sender};
use crate::plain::Plain;
use crate::platform::Platform;
use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};

/// A slot of the ring to write the next message into.
///
/// It holds whatever the slot held before. [`commit`](WriteGrant::commit) publishes it; dropping
/// the grant publishes nothing, and the slot is handed out again. In a channel with many senders it
/// keeps the receivers from everything behind it until then: others have claimed the slots there.
#[must_use = "a slot that is not committed is not sent"]
pub struct WriteGrant<'a, T: Message + ?Sized, P: Platform, K: Topology = Spsc> {
    pub(super) sender: &'a mut Sender<T, P, K>,
}

impl<'a, T: Message + ?Sized, P: Platform, K: Topology> WriteGrant<'a, T, P, K> {
    /// For a sender that has just claimed a slot.
    pub(super) fn new(sender: &'a mut Sender<T, P, K>) -> Self {
        WriteGrant { sender }
    }
}

impl<T: Plain, P: Platform, K: Topology> WriteGrant<'_, T, P, K> {
    /// Publishes the message and wakes the receiver if it sleeps.
    pub fn commit(self) {
        ManuallyDrop::new(self).sender.half.publish();
    }
}

impl<T: Message + ?Sized, P: Platform, K: Topology> Drop for WriteGrant<'_, T, P, K> {
    fn drop(&mut self) {
        self.sender.half.abort();
    }
}

impl<T: Plain, P: Platform, K: Topology> Deref for WriteGrant<'_, T, P, K> {
    type Target = T;
    fn deref(&self) -> &T {
        self.sender.half.slot_ref()
    }
}

impl<T: Plain, P: Platform, K: Topology> DerefMut for WriteGrant<'_, T, P, K> {
    fn deref_mut(&mut self) -> &mut T {
        self.sender.half.slot()
    }
}

impl<T: Plain + fmt::Debug, P: Platform, K: Topology> fmt::Debug for WriteGrant<'_, T, P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WriteGrant").field(&**self).finish()
    }
}

/// A message, still where the sender wrote it.
///
/// Dropping the grant finishes the message and frees its slot. If the process dies before that,
/// another receiver gets the message again, marked as [redelivered](ReadGrant::is_redelivered).
///
/// It is a reference into bytes that senders can write: it assumes a peer that keeps the
/// protocol. Where the peer is not trusted, use [`Receiver::recv_into`], which copies first.
#[must_use = "dropping it finishes the message"]
pub struct ReadGrant<'a, T: Message + ?Sized, P: Platform, K: Topology = Spsc> {
    pub(super) receiver: &'a mut Receiver<T, P, K>,
}

impl<'a, T: Message + ?Sized, P: Platform, K: Topology> ReadGrant<'a, T, P, K> {
    /// For a receiver that has just found a message.
    pub(super) fn new(receiver: &'a mut Receiver<T, P, K>) -> Self {
        ReadGrant { receiver }
    }

    /// Finishes the message, as dropping the grant does: it will not come again, and a
    /// [`join`](Sender::join) no longer waits for it. Until then it is this receiver's alone, and if
    /// its process dies another receiver gets it.
    #[doc(alias = "task_done")]
    pub fn ack(self) {}

    /// Whether a receiver that died may have received this message before.
    #[must_use]
    pub fn is_redelivered(&self) -> bool {
        self.receiver.half.is_redelivered()
    }
}

impl<T: Plain, P: Platform, K: Topology> Deref for ReadGrant<'_, T, P, K> {
    type Target = T;
    fn deref(&self) -> &T {
        self.receiver.half.item()
    }
}

impl<T: Message + ?Sized, P: Platform, K: Topology> Drop for ReadGrant<'_, T, P, K> {
    fn drop(&mut self) {
        self.receiver.half.finish();
    }
}

impl<T: Plain + fmt::Debug, P: Platform, K: Topology> fmt::Debug for ReadGrant<'_, T, P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadGrant").field(&**self).finish()
    }
}
