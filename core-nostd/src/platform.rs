//! All that a channel needs from outside, in one trait.

use crate::liveness::Liveness;
use crate::region::Memory;
use crate::wait::Wait;

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
