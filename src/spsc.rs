//! Channels from one sender to one receiver.

use crate::{Builder, IntoPlace, Message};
use ringway_core::channel::Spsc;

/// A channel of `T` from one sender to one receiver, at `place`.
///
/// `place` is a name (`"ticks"`), a path (a [`Path`](std::path::Path) or [`PathBuf`](std::path::PathBuf): a file-backed channel), or a
/// [`Place`](crate::Place), such as [`Place::Anonymous`](crate::Place::Anonymous) or the handle of one.
///
/// A file that is empty or holds nothing but zeros counts as one that a creator left unfinished, and
/// is built into; any other file that is no channel is refused and kept.
///
/// Nothing happens until [`sender`](Builder::sender) or [`receiver`](Builder::receiver). Both sides say
/// the same type; capacity and the like may be left to one of them.
///
/// ```
/// # let name = format!("doc-spsc-{}", std::process::id());
/// let mut tx = ringway::spsc::<u64>(&name).capacity(128).sender()?;
/// let mut rx = ringway::spsc::<u64>(&name).receiver()?;
/// tx.send(7)?;
/// assert_eq!(*rx.recv()?, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `sender` or `receiver`"]
pub fn spsc<T: Message + ?Sized>(place: impl IntoPlace) -> Builder<T, Spsc> {
    Builder::new(place)
}
