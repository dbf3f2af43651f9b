//! The calls that only macOS has, or that differ there.
//!
//! Elsewhere a double stands in, which keeps their rules: see the crate's documentation.
#![allow(unsafe_code)]

#[cfg(target_os = "macos")]
mod apple;
#[cfg(not(target_os = "macos"))]
mod double;

#[cfg(target_os = "macos")]
pub use apple::*;
#[cfg(not(target_os = "macos"))]
pub use double::*;

/// What is known of a shared-memory object.
pub(crate) struct ShmStat {
    /// User id of its owner.
    pub(crate) owner: u32,
    /// Its size in bytes, in whole pages; 0 until it is given one.
    pub(crate) len: u64,
}
