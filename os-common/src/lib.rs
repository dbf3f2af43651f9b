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

#[cfg(unix)]
pub mod bells;
pub mod error;
#[cfg(unix)]
pub mod fifo;
pub mod file;
mod joined;
mod listed;
pub mod lot;
pub mod name;
pub mod patience;
pub mod place;
mod request;
#[cfg(unix)]
pub mod shm;
pub mod site;
#[cfg(unix)]
pub mod unix;

pub use error::{Occupant, OpenError, Ownership, Problem, User};
pub use file::Mapping;
pub use joined::Joined;
pub use listed::Listed;
pub use name::{Name, NameError};
pub use patience::Patience;
pub use place::{BorrowedSystemHandle, Place, SystemHandle};
pub use request::{Disposition, MIN_LEN, Origin, Request};
