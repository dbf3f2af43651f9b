//! The halves of a channel with one sender and one receiver, which know each other.

#[cfg(not(ringway_loom))]
mod end;
mod link;
#[cfg(not(ringway_loom))]
mod receiving;
#[cfg(not(ringway_loom))]
mod sending;

#[cfg(not(ringway_loom))]
pub(crate) use end::{End, Parts};
pub use link::Link;
#[cfg(not(ringway_loom))]
pub(crate) use receiving::Receiving;
#[cfg(not(ringway_loom))]
pub(crate) use sending::Sending;
