//! The only switch between real atomics and loom's.
//!
//! Everything that synchronises imports from here. `--cfg ringway_loom` selects loom's types,
//! wrapped so that `cargo xtask weaken` can weaken one call site at a time; otherwise these are
//! the types of `core`. Never a Cargo feature: features add up over a dependency tree, and no
//! combination of crates may turn a user's channel into a model. `--cfg ringway_watched`, for fuzzing,
//! selects those of `core` in a wrapper that tells of each use.

#[cfg(not(ringway_loom))]
mod real;
#[cfg(not(ringway_loom))]
pub use real::*;

#[cfg(ringway_loom)]
mod modelled;
#[cfg(ringway_loom)]
pub use modelled::*;

#[cfg(ringway_watched)]
mod watched;
