//! The two ends of a channel as a program uses them, over any ring and any platform.

#[cfg(not(ringway_loom))]
mod end;
#[cfg(not(ringway_loom))]
mod grant;
mod link;
#[cfg(not(ringway_loom))]
mod pace;
#[cfg(not(ringway_loom))]
mod receiver;
#[cfg(not(ringway_loom))]
mod sender;

#[cfg(not(ringway_loom))]
pub(crate) use end::{End, Parts};
#[cfg(not(ringway_loom))]
pub use grant::{ReadGrant, WriteGrant};
pub use link::{Link, Role};
#[cfg(not(ringway_loom))]
pub use receiver::Receiver;
#[cfg(not(ringway_loom))]
pub use sender::Sender;
