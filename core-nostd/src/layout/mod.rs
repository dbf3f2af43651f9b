//! What stands where in a segment, and how a process comes to be attached to it.
//!
//! ```text
//!  0            256                    object            data            total
//!  ┌────────────┬──────────────┬───────┬─────────────────┬───────────────┐
//!  │   header   │ participants │parking│ control words   │ cells or items│
//!  └────────────┴──────────────┴───────┴─────────────────┴───────────────┘
//!   what it is    who is there          head, cursor, gates
//! ```
//!
//! `docs/abi.md` is normative; the assertions in these files hold the code to it.

pub mod blueprint;
pub mod handshake;
pub mod header;
pub mod participants;
mod tag;

pub use blueprint::{Blueprint, Geometry, Unfit};
pub use handshake::{Entered, Handshake};
pub use participants::{Participant, Peer};
pub use tag::TypeTag;

/// Version of the byte layout. A segment of another version is refused.
pub const ABI_VERSION: u32 = 1;

/// What a segment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum Kind {
    /// A channel of fixed items from one sender to one receiver.
    Spsc = 1,
}

impl Kind {
    /// The kind with this number, if it is known.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        (number == Kind::Spsc as u32).then_some(Kind::Spsc)
    }
}

impl core::fmt::Display for Kind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Kind::Spsc => "spsc channel",
        })
    }
}
