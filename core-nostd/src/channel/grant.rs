//! Items in place: borrowed from the ring, not copied.

use super::{Receiver, Sender};
use crate::plain::Plain;
use crate::platform::Platform;
use core::fmt;
use core::ops::{Deref, DerefMut};

/// A slot of the ring to write the next message into.
///
/// It holds whatever the slot held before. [`commit`](WriteGrant::commit) publishes it; dropping
/// the grant publishes nothing and the slot is handed out again.
#[must_use = "a slot that is not committed is not sent"]
pub struct WriteGrant<'a, T: Plain, P: Platform> {
    sender: &'a mut Sender<T, P>,
}

impl<'a, T: Plain, P: Platform> WriteGrant<'a, T, P> {
    /// For a sender that has just claimed a slot.
    pub(super) fn new(sender: &'a mut Sender<T, P>) -> Self {
        WriteGrant { sender }
    }

    /// Publishes the message and wakes the receiver if it sleeps.
    pub fn commit(self) {
        self.sender.publish();
    }
}

impl<T: Plain, P: Platform> Deref for WriteGrant<'_, T, P> {
    type Target = T;
    fn deref(&self) -> &T {
        self.sender.claimed_ref()
    }
}

impl<T: Plain, P: Platform> DerefMut for WriteGrant<'_, T, P> {
    fn deref_mut(&mut self) -> &mut T {
        self.sender.claimed()
    }
}

impl<T: Plain + fmt::Debug, P: Platform> fmt::Debug for WriteGrant<'_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WriteGrant").field(&**self).finish()
    }
}

/// A message, still where the sender wrote it.
///
/// Dropping the grant finishes the message and frees its slot. If the process dies before that,
/// the next receiver gets the message again, marked as [redelivered](ReadGrant::is_redelivered).
///
/// It is a reference into bytes that the sender can write: it assumes a peer that keeps the
/// protocol. Where the peer is not trusted, use [`Receiver::recv_into`], which copies first.
#[must_use = "dropping it finishes the message"]
pub struct ReadGrant<'a, T: Plain, P: Platform> {
    receiver: &'a mut Receiver<T, P>,
}

impl<'a, T: Plain, P: Platform> ReadGrant<'a, T, P> {
    /// For a receiver that has just found a message.
    pub(super) fn new(receiver: &'a mut Receiver<T, P>) -> Self {
        ReadGrant { receiver }
    }

    /// Whether a receiver that died may have received this message before.
    #[must_use]
    pub fn is_redelivered(&self) -> bool {
        self.receiver.is_redelivered()
    }
}

impl<T: Plain, P: Platform> Deref for ReadGrant<'_, T, P> {
    type Target = T;
    fn deref(&self) -> &T {
        self.receiver.found()
    }
}

impl<T: Plain, P: Platform> Drop for ReadGrant<'_, T, P> {
    fn drop(&mut self) {
        self.receiver.finish();
    }
}

impl<T: Plain + fmt::Debug, P: Platform> fmt::Debug for ReadGrant<'_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadGrant").field(&**self).finish()
    }
}
