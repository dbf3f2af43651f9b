//! The ends of a channel as a program uses them, over any ring and any platform.

#[cfg(not(ringway_loom))]
pub(crate) mod crowd;
#[cfg(not(ringway_loom))]
mod grant;
#[cfg(not(ringway_loom))]
mod pace;
pub(crate) mod pair;
#[cfg(not(ringway_loom))]
mod receiver;
#[cfg(not(ringway_loom))]
mod sender;
#[cfg(not(ringway_loom))]
mod topology;

pub use crate::layout::Role;
#[cfg(not(ringway_loom))]
pub use grant::{ReadGrant, WriteGrant};
pub use pair::Link;
#[cfg(not(ringway_loom))]
pub use receiver::Receiver;
#[cfg(not(ringway_loom))]
pub use sender::Sender;
#[cfg(not(ringway_loom))]
pub use topology::{
    Crowded, ManyReceivers, ManySenders, Membership, Mpmc, Mpsc, RecvHalf, SendHalf, Spmc, Spsc,
    Topology, Unprotected,
};
