//! A platform for tests of one protocol alone.

use crate::liveness::{Liveness, PeerId};
use crate::wait::{Nanos, Wait, WaitResult, Word};
use core::num::NonZeroU32;

/// The only one there is.
#[derive(Debug)]
pub(super) struct Alone;

impl Wait for Alone {
    fn now(&self) -> Nanos {
        Nanos(0)
    }
    fn wait(&self, _: Word<'_>, _: u32, _: Option<Nanos>) -> WaitResult {
        WaitResult::TimedOut
    }
    fn wake(&self, _: Word<'_>, _: u32) -> bool {
        false
    }
}

// SAFETY: there is one attachment, which stays.
#[allow(unsafe_code)]
unsafe impl Liveness for Alone {
    fn me(&self) -> PeerId {
        PeerId::from_token(NonZeroU32::MIN)
    }
    fn is_alive(&self, _: PeerId) -> bool {
        true
    }
}
