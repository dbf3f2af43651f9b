//! The ends of a channel as a program uses them, over any ring and any platform.

#[cfg(not(ringway_loom))]
mod bytes;
#[cfg(not(ringway_loom))]
pub(crate) mod crowd;
#[cfg(not(ringway_loom))]
mod grant;
#[cfg(not(ringway_loom))]
mod message;
#[cfg(not(ringway_loom))]
pub(crate) mod pace;
pub(crate) mod pair;
#[cfg(not(ringway_loom))]
mod receiver;
#[cfg(not(ringway_loom))]
mod sender;
#[cfg(not(ringway_loom))]
mod topology;

pub use crate::layout::Role;
#[cfg(not(ringway_loom))]
pub use bytes::{Bytes, Framed, Joining, PlainUnsized};
#[cfg(all(feature = "serde", not(ringway_loom)))]
pub use bytes::{Codable, Encoded};
#[cfg(not(ringway_loom))]
pub use grant::{ReadGrant, WriteGrant};
#[cfg(not(ringway_loom))]
pub use message::Message;
pub use pair::Link;
#[cfg(not(ringway_loom))]
pub use receiver::Receiver;
#[cfg(not(ringway_loom))]
pub use sender::Sender;
#[cfg(not(ringway_loom))]
pub use topology::{
    Crowded, ManyReceivers, ManySenders, Membership, Mpmc, Mpsc, Piece, RecvBytes, RecvItems,
    RecvSide, SendBytes, SendItems, SendSide, Spmc, Spsc, Topology, Unprotected,
};
