//! All that a channel needs from outside, in one trait.

use crate::liveness::{Liveness, PeerId};
use crate::region::Memory;
use crate::wait::{Nanos, Wait, WaitResult, Word};

/// One attachment to a segment: its memory, a way to sleep, a way to tell the living from the dead.
pub trait Platform: Wait + Liveness {
    /// What holds the segment's bytes.
    type Memory: Memory;

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
    #[inline(always)]
    fn now(&self) -> Nanos {
        (**self).now()
    }
    #[inline(always)]
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        (**self).wait(word, expected, deadline)
    }
    fn wait_any(&self, words: &[(Word<'_>, u32)], deadline: Option<Nanos>) -> WaitResult {
        (**self).wait_any(words, deadline)
    }
    #[inline(always)]
    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        (**self).wake(word, count)
    }
    #[inline(always)]
    fn yield_now(&self) {
        (**self).yield_now();
    }
    #[inline(always)]
    fn is_reached_by_barriers(&self) -> bool {
        (**self).is_reached_by_barriers()
    }
    #[inline(always)]
    fn barrier_everywhere(&self) -> bool {
        (**self).barrier_everywhere()
    }
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
    type Memory = P::Memory;
    fn memory(&self) -> &P::Memory {
        (**self).memory()
    }
    fn is_mapped_here(&self) -> bool {
        (**self).is_mapped_here()
    }
}
