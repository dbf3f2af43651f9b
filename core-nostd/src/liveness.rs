//! Who is on the other side, and whether it still lives.

use core::num::NonZeroU32;

/// What names one attachment to a segment: one mapping of it in one process.
///
/// The `token` is what protocols store and compare: it is unique among the attachments that ever
/// met in a segment, save after 2³⁰ of them. The other two fields help a person, and an adapter
/// that wants to be told of a death instead of asking; they decide nothing on their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeerId {
    /// The name that is stored in shared memory, at most [`PeerId::MAX_TOKEN`].
    pub token: NonZeroU32,
    /// Process number in its own number space; 0 where it is not known.
    pub process: u32,
    /// Which number space `process` belongs to (on Linux the inode of the PID namespace); 0 where
    /// it is not known.
    pub domain: u32,
}

impl PeerId {
    /// Tokens have 30 bits: the handshake keeps a token and a two-bit state in one word.
    pub const MAX_TOKEN: u32 = (1 << 30) - 1;

    /// A peer of which only the token is known.
    #[must_use]
    pub fn from_token(token: NonZeroU32) -> Self {
        PeerId {
            token,
            process: 0,
            domain: 0,
        }
    }
}

/// Tells living peers from dead ones.
///
/// An adapter answers from something the system takes back at a death by itself, such as a lock
/// or a process handle, and never from a process number alone.
///
/// # Safety
///
/// [`is_alive`](Liveness::is_alive) never says `false` of an attachment that exists, and no two that
/// exist at a time have the same token: an end that is held is given out again only to whom this
/// trait says that its holder is dead, and two holders of one end would both write to one slot.
#[allow(unsafe_code)]
pub unsafe trait Liveness {
    /// The name of this attachment.
    fn me(&self) -> PeerId;

    /// Whether the attachment `peer` still exists. May be wrong only in one direction: a dead peer
    /// may be called alive for a while, a living or stopped one is never called dead.
    ///
    /// Locks and wait slots know the token of `peer` alone; what the segment knows besides says
    /// [`known`](crate::layout::known).
    fn is_alive(&self, peer: PeerId) -> bool;
}
