//! The only switch between loom and plain threads.

#[cfg(not(ringway_loom))]
mod plain;
#[cfg(not(ringway_loom))]
pub use plain::*;

#[cfg(ringway_loom)]
mod modelled;
#[cfg(ringway_loom)]
pub use modelled::*;
