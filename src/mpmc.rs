//! Channels from many senders to many receivers.
//!
//! Each message goes to one receiver. Any process may be killed at any instruction: the others go
//! on, and what they do not lose with it is told exactly.
//!
//! - A message that was sent (the call returned) is delivered.
//! - A message whose receiver dies before it is finished is delivered again, to another one, and is
//!   marked: [`ReadGrant::is_redelivered`]. It is finished when its grant is dropped or
//!   [acknowledged](ReadGrant::ack).
//! - A slot that a sender had claimed when it died is passed over. So is one whose [`WriteGrant`]
//!   is dropped without [`commit`](WriteGrant::commit).
//! - A process that is stopped lives: others wait for what it has claimed.
//!
//! Who waits learns of a death by itself: within 300 ms, and within a few milliseconds where its
//! wait is for something that the dead one had claimed. `repair` asks at once.
//!
//! - Calls that copy ([`recv_into`](Receiver::recv_into) and batches) finish what they have copied.
//! - [`join`](Sender::join) wakes at every message that is finished while it waits.
//!
//! Messages of one sender reach each receiver in order, save for those that are delivered again.

use crate::{Attachment, Builder, IntoPlace, Message, Plain};
use ringway_core::channel::Mpmc;

/// A channel of `T` from many senders to many receivers, at `place`; see [the module](mod@crate::mpmc).
///
/// `place` is as for [`spsc`](crate::spsc()), and so is what happens when the two sides start.
///
/// ```
/// # let name = format!("doc-mpmc-{}", std::process::id());
/// let mut tx = ringway::mpmc::<u64>(&name).sender()?;
/// let mut rx = ringway::mpmc::<u64>(&name).receiver()?;
/// let mut another = rx.clone();            // for another thread
///
/// tx.send(7)?;
/// tx.send(8)?;
/// let job = rx.recv()?;                    // this receiver's alone until it is finished
/// assert_eq!(*another.recv()?, 8);
/// job.ack();
/// tx.join()?;                              // everything sent is finished
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `sender` or `receiver`"]
pub fn mpmc<T: Message + ?Sized>(place: impl IntoPlace) -> Builder<T, Mpmc> {
    Builder::new(place)
}

/// A writing end.
pub type Sender<T> = ringway_core::channel::Sender<T, Attachment, Mpmc>;

/// A reading end.
pub type Receiver<T> = ringway_core::channel::Receiver<T, Attachment, Mpmc>;

/// A slot to write the next message into.
pub type WriteGrant<'a, T> = ringway_core::channel::WriteGrant<'a, T, Attachment, Mpmc>;

/// A message where its sender wrote it.
pub type ReadGrant<'a, T> = ringway_core::channel::ReadGrant<'a, T, Attachment, Mpmc>;

/// [`mpmc`] without what makes it survive a death, to measure what that costs.
///
/// # Safety
///
/// All ends of the channel are opened by this function: one that is not takes what the others have
/// claimed for that of the dead.
#[doc(hidden)]
#[allow(unsafe_code)]
pub unsafe fn unprotected<T: Plain>(
    place: impl IntoPlace,
) -> Builder<T, ringway_core::channel::Unprotected> {
    Builder::new(place)
}
