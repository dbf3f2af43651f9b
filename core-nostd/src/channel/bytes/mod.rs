//! Messages of bytes: split into parts where they are longer than a record, and joined again.

#[cfg(feature = "serde")]
pub(super) mod encoded;
pub(super) mod framed;
mod grant;
mod joiner;
mod joining;
mod part;
mod receiver;
mod sender;
mod splitting;
#[cfg(test)]
mod tests;

#[cfg(feature = "serde")]
pub use encoded::{Codable, Encoded};
pub use framed::{Framed, PlainUnsized};
pub use joining::Joining;

use super::message::Message;
use super::topology::Topology;
use crate::platform::Platform;

/// What travels as bytes, of a length that each message has for itself: `[u8]`, [`Framed`] and
/// `Encoded`.
pub trait Bytes: Message {
    #[doc(hidden)]
    fn sending<P: Platform, K: Topology>(half: &Self::Sending<P, K>) -> &K::SendingBytes<P>;

    #[doc(hidden)]
    fn receiving<P: Platform, K: Topology>(
        half: &Self::Receiving<P, K>,
    ) -> &Joining<K::ReceivingBytes<P>, P::Scratch>;

    #[doc(hidden)]
    fn receiving_mut<P: Platform, K: Topology>(
        half: &mut Self::Receiving<P, K>,
    ) -> &mut Joining<K::ReceivingBytes<P>, P::Scratch>;
}
