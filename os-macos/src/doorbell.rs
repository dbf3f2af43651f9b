//! What an event loop waits for: a kqueue over the FIFO of a wait slot and a timer.

use crate::segment::Segment;
use crate::sys;
use ringway_core::platform::Platform;
use ringway_core::wait::doorbell::{HasBells, NoBell};
use ringway_os_common::OpenError;
use ringway_os_common::unix;

/// A bell as its owner holds it.
pub type Bell = unix::Bell<sys::BellQueue>;

impl HasBells for Segment {
    type Bell = Bell;

    fn bell(&self, slot: u32) -> Result<Bell, NoBell<OpenError>> {
        Bell::open(self.place(), &self.bells, self.memory(), slot)
    }
}
