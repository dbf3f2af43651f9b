//! What stands where in a segment, and how a process comes to be attached to it.
//!
//! ```text
//!  0            256                            object            data            total
//!  ┌────────────┬────────────┬──────────────┬─────────────────┬───────────────┐
//!  │   header   │ wait slots │ participants │ control words   │ cells or items│
//!  └────────────┴────────────┴──────────────┴─────────────────┴───────────────┘
//!   what it is   who sleeps    who is there   head, cursor, gates
//! ```
//!
//! Only a segment of an operating system has wait slots ([`crate::wait::parking`]).
//! Behind the participants of an [object](Kind::Object) there is just that.
//!
//! `docs/abi.md` is normative; the assertions in these files hold the code to it.

pub mod blueprint;
pub mod handshake;
pub mod header;
pub mod intent;
#[cfg(not(ringway_loom))]
mod known;
pub mod participants;
mod role;
pub mod roster;
mod tag;

pub use blueprint::{Blueprint, Geometry, Unfit};
pub use handshake::{Entered, Handshake};
#[cfg(not(ringway_loom))]
pub use known::known;
pub use participants::{Participant, Peer};
pub use role::Role;
pub use roster::Casualties;
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
    /// A channel of fixed items from many senders to one receiver.
    Mpsc = 2,
    /// A channel of fixed items from one sender to many receivers.
    Spmc = 3,
    /// A channel of fixed items from many senders to many receivers.
    Mpmc = 4,
    /// Locks, signals and values that lie where they are: one object, no ring.
    Object = 5,
    /// A channel of messages of any length from one sender to one receiver.
    SpscBytes = 6,
    /// A channel of messages of any length from many senders to one receiver.
    MpscBytes = 7,
    /// A stream of bytes from one writer to one reader.
    Pipe = 8,
}

impl Kind {
    const ALL: [Kind; 8] = [
        Kind::Spsc,
        Kind::Mpsc,
        Kind::Spmc,
        Kind::Mpmc,
        Kind::Object,
        Kind::SpscBytes,
        Kind::MpscBytes,
        Kind::Pipe,
    ];

    /// The kind with this number, if it is known.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u32 == number)
    }

    /// Whether ends of both roles share one table of participants.
    #[must_use]
    pub const fn has_table(self) -> bool {
        self.is_stamped() || matches!(self, Kind::MpscBytes)
    }

    /// Whether its cells are claimed one by one by several ends, so that each has a stamp.
    #[must_use]
    pub const fn is_stamped(self) -> bool {
        matches!(self, Kind::Mpsc | Kind::Spmc | Kind::Mpmc)
    }

    /// Whether its ring is made of bytes, not of cells for one item each: its capacity is a number
    /// of bytes then.
    #[must_use]
    pub const fn is_of_bytes(self) -> bool {
        matches!(self, Kind::SpscBytes | Kind::MpscBytes | Kind::Pipe)
    }

    /// Whether it is a channel, with a ring and two roles.
    #[must_use]
    pub const fn is_channel(self) -> bool {
        !matches!(self, Kind::Object)
    }

    /// Whether there can be only one end of `role` at a time.
    #[must_use]
    pub const fn is_sole(self, role: Role) -> bool {
        match (self, role) {
            (Kind::Spsc | Kind::SpscBytes | Kind::Pipe, _)
            | (Kind::Mpsc | Kind::MpscBytes, Role::Receiver)
            | (Kind::Spmc, Role::Sender) => true,
            (Kind::Mpsc | Kind::MpscBytes | Kind::Mpmc, Role::Sender)
            | (Kind::Spmc | Kind::Mpmc, Role::Receiver)
            | (Kind::Object, _) => false,
        }
    }
}

impl core::fmt::Display for Kind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Kind::Spsc => "spsc channel",
            Kind::Mpsc => "mpsc channel",
            Kind::Spmc => "spmc channel",
            Kind::Mpmc => "mpmc channel",
            Kind::Object => "object",
            Kind::SpscBytes => "spsc channel of bytes",
            Kind::MpscBytes => "mpsc channel of bytes",
            Kind::Pipe => "pipe",
        })
    }
}
