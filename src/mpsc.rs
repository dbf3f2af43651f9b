//! Channels from many senders to one receiver.
//!
//! As [`mpmc`](mod@crate::mpmc), for a receiver that is alone: it pays for no compare-and-swap. A new
//! receiver may take over from one that left or died, and goes on at the first message that was not
//! finished; after a death that one is marked as [redelivered](ReadGrant::is_redelivered).

use crate::{Attachment, Builder, IntoPlace, Message};
use ringway_core::channel::Mpsc;

/// A channel of `T` from many senders to one receiver, at `place`; see [the module](mod@crate::mpsc).
///
/// `place` is as for [`spsc`](crate::spsc()), and so is what happens when the two sides start.
///
/// ```
/// # let name = format!("doc-mpsc-{}", std::process::id());
/// let mut rx = ringway::mpsc::<u64>(&name).receiver()?;
/// let mut tx = ringway::mpsc::<u64>(&name).sender()?;
/// let mut another = tx.clone();            // for another thread
/// tx.send(7)?;
/// another.send(8)?;
/// let sum = *rx.recv()?;
/// assert_eq!(sum + *rx.recv()?, 15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `sender` or `receiver`"]
pub fn mpsc<T: Message + ?Sized>(place: impl IntoPlace) -> Builder<T, Mpsc> {
    Builder::new(place)
}

/// A writing end.
pub type Sender<T> = ringway_core::channel::Sender<T, Attachment, Mpsc>;

/// A reading end.
pub type Receiver<T> = ringway_core::channel::Receiver<T, Attachment, Mpsc>;

/// A slot to write the next message into.
pub type WriteGrant<'a, T> = ringway_core::channel::WriteGrant<'a, T, Attachment, Mpsc>;

/// A message where its sender wrote it.
pub type ReadGrant<'a, T> = ringway_core::channel::ReadGrant<'a, T, Attachment, Mpsc>;
