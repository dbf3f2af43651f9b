//! Channels from one sender to many receivers.
//!
//! As [`mpmc`](mod@crate::mpmc), for a sender that is alone: it pays for no compare-and-swap, and a
//! slot that it gives up is handed out again. A new sender may take over from one that left or
//! died.

use crate::{Attachment, Builder, IntoPlace, Message};
use ringway_core::channel::Spmc;

/// A channel of `T` from one sender to many receivers, at `place`; see [the module](mod@crate::spmc).
///
/// `place` is as for [`spsc`](crate::spsc()), and so is what happens when the two sides start.
///
/// ```
/// # let name = format!("doc-spmc-{}", std::process::id());
/// let mut tx = ringway::spmc::<u64>(&name).sender()?;
/// let mut rx = ringway::spmc::<u64>(&name).receiver()?;
/// let mut another = rx.clone();            // for another thread
/// tx.send(7)?;
/// tx.send(8)?;
/// assert_eq!((*rx.recv()?, *another.recv()?), (7, 8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `sender` or `receiver`"]
pub fn spmc<T: Message + ?Sized>(place: impl IntoPlace) -> Builder<T, Spmc> {
    Builder::new(place)
}

/// A writing end.
pub type Sender<T> = ringway_core::channel::Sender<T, Attachment, Spmc>;

/// A reading end.
pub type Receiver<T> = ringway_core::channel::Receiver<T, Attachment, Spmc>;

/// A slot to write the next message into.
pub type WriteGrant<'a, T> = ringway_core::channel::WriteGrant<'a, T, Attachment, Spmc>;

/// A message where its sender wrote it.
pub type ReadGrant<'a, T> = ringway_core::channel::ReadGrant<'a, T, Attachment, Spmc>;
