//! All that a channel needs from outside, in one trait.

use crate::liveness::{Liveness, PeerId};
use crate::region::Memory;
use crate::scratch::Scratch;
use crate::wait::Wait;

/// One attachment to a segment: its memory, a way to sleep, a way to tell the living from the dead.
pub trait Platform: Wait + Liveness {
    /// What holds the segment's bytes.
    type Memory: Memory;

    /// Where a receiver joins a message that is longer than a record; `()` where there is no
    /// allocator.
    type Scratch: Scratch;

    /// How many wait slots its segments have: none, or [`WAIT_SLOTS`](crate::wait::parking::WAIT_SLOTS)
    /// where processes wait for other things than a word in shared memory, too, or cannot wait for
    /// one ([`parking`](crate::wait::parking)).
    const WAIT_SLOTS: u32 = 0;

    /// The segment's bytes.
    fn memory(&self) -> &Self::Memory;

    /// Whether the bytes are mapped in the process that asks. `false` in a forked child, which
    /// inherits the handle but not the mapping; dropping an endpoint there does nothing.
    fn is_mapped_here(&self) -> bool {
        true
    }
}

/// A platform that is borrowed, for a handle that does not outlive it.
impl<W: Wait + ?Sized> Wait for &W {
    crate::waits_as!(self, (**self));
}

// SAFETY: the answers of the platform that is borrowed.
#[allow(unsafe_code)]
unsafe impl<L: Liveness> Liveness for &L {
    #[inline(always)]
    fn me(&self) -> PeerId {
        (**self).me()
    }
    #[inline(always)]
    fn is_alive(&self, peer: PeerId) -> bool {
        (**self).is_alive(peer)
    }
}

impl<P: Platform> Platform for &P {
    const WAIT_SLOTS: u32 = P::WAIT_SLOTS;
    type Memory = P::Memory;
    type Scratch = P::Scratch;
    fn memory(&self) -> &P::Memory {
        (**self).memory()
    }
    fn is_mapped_here(&self) -> bool {
        (**self).is_mapped_here()
    }
}
