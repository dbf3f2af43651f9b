//! What the operating-system adapters of ringway share: names, places, errors, file mappings.
//!
//! Nothing here asks which operating system it runs on beyond `cfg(unix)`; what differs more than
//! that belongs to the adapter.
//!
//! ```text
//!   Place ──────▶ adapter ──────▶ Mapping
//!   (name, path,     │            (the bytes, a core `Memory`)
//!    handle)         └── OpenError when it cannot be
//! ```
#![deny(unsafe_code)]

pub mod error;
pub mod file;
mod joined;
pub mod name;
pub mod place;
#[cfg(unix)]
pub mod shm;

pub use error::{OpenError, Ownership, Problem};
pub use file::Mapping;
pub use joined::Joined;
pub use name::{Name, NameError};
pub use place::Place;
