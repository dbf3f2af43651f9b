//! The halves of a channel with many ends on a side, which know each other by a table.

mod member;
mod ranges;
mod receiving;
mod sending;
mod suspicion;

pub(crate) use member::{Member, Parts};
pub(crate) use receiving::Receiving;
pub(crate) use sending::Sending;
