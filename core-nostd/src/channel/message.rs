//! What a channel can carry: items of one type, or messages of bytes.

#[cfg(feature = "serde")]
use super::bytes::encoded::{self, Codable, Encoded};
use super::bytes::framed::{self, Framed, PlainUnsized};
use super::bytes::{Bytes, Joining};
use super::topology::{
    Crowded, ManyReceivers, ManySenders, Membership, RecvSide, SendSide, Spsc, Topology,
};
use crate::attach::{AttachError, Options};
use crate::error::SendTimeoutError;
use crate::layout::{Blueprint, Peer, Unfit};
use crate::plain::Plain;
use crate::platform::Platform;
use core::time::Duration;

/// What a channel can carry: every [`Plain`] type, `[u8]`, and what travels as bytes.
pub trait Message: sealed::Sealed {
    /// What a [`Sender`](super::Sender) consists of.
    type Sending<P: Platform, K: Topology>: SendSide<P>;

    /// What a [`Receiver`](super::Receiver) consists of.
    type Receiving<P: Platform, K: Topology>: RecvSide<P>;

    /// A channel of it. Of bytes, where each cell of the ring holds one message, of up to `max_len`
    /// bytes.
    ///
    /// # Errors
    ///
    /// There can be no such channel.
    fn blueprint<K: Topology>(max_len: Option<u32>) -> Result<Blueprint, Unfit>;

    #[doc(hidden)]
    fn attach_sending<P: Platform, K: Topology>(
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Self::Sending<P, K>, AttachError>;

    #[doc(hidden)]
    fn attach_receiving<P: Platform, K: Topology>(
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Self::Receiving<P, K>, AttachError>;

    #[doc(hidden)]
    fn clone_sending<P: Platform + Clone, K: ManySenders>(
        half: &Self::Sending<P, K>,
        late: bool,
    ) -> Result<Self::Sending<P, K>, AttachError>;

    #[doc(hidden)]
    fn clone_receiving<P: Platform + Clone, K: ManyReceivers>(
        half: &Self::Receiving<P, K>,
        late: bool,
    ) -> Result<Self::Receiving<P, K>, AttachError>;

    #[doc(hidden)]
    fn sending_member<P: Platform, K: Crowded>(half: &Self::Sending<P, K>) -> &dyn Membership;

    #[doc(hidden)]
    fn receiving_member<P: Platform, K: Crowded>(half: &Self::Receiving<P, K>) -> &dyn Membership;

    #[doc(hidden)]
    fn join<P: Platform, K: Crowded>(
        half: &mut Self::Sending<P, K>,
        timeout: Option<Duration>,
    ) -> Result<(), SendTimeoutError<()>>;

    #[doc(hidden)]
    fn was_redelivered<P: Platform, K: Crowded>(half: &Self::Receiving<P, K>) -> bool;

    #[doc(hidden)]
    fn sent<P: Platform>(half: &Self::Sending<P, Spsc>) -> u64;

    #[doc(hidden)]
    fn receiver<P: Platform>(half: &Self::Sending<P, Spsc>) -> Peer;

    #[doc(hidden)]
    fn received<P: Platform>(half: &Self::Receiving<P, Spsc>) -> u64;

    #[doc(hidden)]
    fn sender<P: Platform>(half: &Self::Receiving<P, Spsc>) -> Peer;
}

impl<T: Plain> Message for T {
    type Sending<P: Platform, K: Topology> = K::Sending<T, P>;
    type Receiving<P: Platform, K: Topology> = K::Receiving<T, P>;

    fn blueprint<K: Topology>(_: Option<u32>) -> Result<Blueprint, Unfit> {
        Blueprint::of::<T>(K::KIND)
    }

    fn attach_sending<P: Platform, K: Topology>(
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Self::Sending<P, K>, AttachError> {
        K::attach_sending(platform, blueprint, options)
    }

    fn attach_receiving<P: Platform, K: Topology>(
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Self::Receiving<P, K>, AttachError> {
        K::attach_receiving(platform, blueprint, options)
    }

    fn clone_sending<P: Platform + Clone, K: ManySenders>(
        half: &Self::Sending<P, K>,
        late: bool,
    ) -> Result<Self::Sending<P, K>, AttachError> {
        K::clone_sending(half, late)
    }

    fn clone_receiving<P: Platform + Clone, K: ManyReceivers>(
        half: &Self::Receiving<P, K>,
        late: bool,
    ) -> Result<Self::Receiving<P, K>, AttachError> {
        K::clone_receiving(half, late)
    }

    fn sending_member<P: Platform, K: Crowded>(half: &Self::Sending<P, K>) -> &dyn Membership {
        K::sending_member(half)
    }

    fn receiving_member<P: Platform, K: Crowded>(half: &Self::Receiving<P, K>) -> &dyn Membership {
        K::receiving_member(half)
    }

    fn join<P: Platform, K: Crowded>(
        half: &mut Self::Sending<P, K>,
        timeout: Option<Duration>,
    ) -> Result<(), SendTimeoutError<()>> {
        K::join(half, timeout)
    }

    fn was_redelivered<P: Platform, K: Crowded>(half: &Self::Receiving<P, K>) -> bool {
        K::was_redelivered(half)
    }

    fn sent<P: Platform>(half: &Self::Sending<P, Spsc>) -> u64 {
        half.sent()
    }

    fn receiver<P: Platform>(half: &Self::Sending<P, Spsc>) -> Peer {
        half.peer()
    }

    fn received<P: Platform>(half: &Self::Receiving<P, Spsc>) -> u64 {
        half.received()
    }

    fn sender<P: Platform>(half: &Self::Receiving<P, Spsc>) -> Peer {
        half.peer()
    }
}

/// What travels as bytes: the halves of a channel of bytes, whatever stands in them. `$blueprint`
/// makes the blueprint, from that of `[u8]`.
macro_rules! bytes_message {
    ([$($generics:tt)*] $type:ty, $blueprint:expr) => {
        impl<$($generics)*> Message for $type {
            type Sending<P: Platform, K: Topology> = K::SendingBytes<P>;
            type Receiving<P: Platform, K: Topology> = Joining<K::ReceivingBytes<P>, P::Scratch>;

            fn blueprint<K: Topology>(max_len: Option<u32>) -> Result<Blueprint, Unfit> {
                Blueprint::of_bytes(K::BYTES, max_len).and_then($blueprint)
            }

            fn attach_sending<P: Platform, K: Topology>(
                platform: P,
                blueprint: &Blueprint,
                options: Options,
            ) -> Result<Self::Sending<P, K>, AttachError> {
                K::attach_sending_bytes(platform, blueprint, options)
            }

            fn attach_receiving<P: Platform, K: Topology>(
                platform: P,
                blueprint: &Blueprint,
                options: Options,
            ) -> Result<Self::Receiving<P, K>, AttachError> {
                let half = K::attach_receiving_bytes(platform, blueprint, options)?;
                let limit = options.limit.unwrap_or(Options::DEFAULT_LIMIT);
                Ok(Joining::new(half, K::BYTES, limit))
            }

            fn clone_sending<P: Platform + Clone, K: ManySenders>(
                half: &Self::Sending<P, K>,
                late: bool,
            ) -> Result<Self::Sending<P, K>, AttachError> {
                K::clone_sending_bytes(half, late)
            }

            fn clone_receiving<P: Platform + Clone, K: ManyReceivers>(
                half: &Self::Receiving<P, K>,
                late: bool,
            ) -> Result<Self::Receiving<P, K>, AttachError> {
                let another = K::clone_receiving_bytes(half.half(), late)?;
                Ok(Joining::new(another, K::BYTES, half.limit()))
            }

            fn sending_member<P: Platform, K: Crowded>(
                half: &Self::Sending<P, K>,
            ) -> &dyn Membership {
                K::sending_member_of_bytes(half)
            }

            fn receiving_member<P: Platform, K: Crowded>(
                half: &Self::Receiving<P, K>,
            ) -> &dyn Membership {
                K::receiving_member_of_bytes(half.half())
            }

            fn join<P: Platform, K: Crowded>(
                half: &mut Self::Sending<P, K>,
                timeout: Option<Duration>,
            ) -> Result<(), SendTimeoutError<()>> {
                K::join_bytes(half, timeout)
            }

            fn was_redelivered<P: Platform, K: Crowded>(half: &Self::Receiving<P, K>) -> bool {
                K::was_redelivered_bytes(half.half())
            }

            fn sent<P: Platform>(half: &Self::Sending<P, Spsc>) -> u64 {
                half.sent()
            }

            fn receiver<P: Platform>(half: &Self::Sending<P, Spsc>) -> Peer {
                half.peer()
            }

            fn received<P: Platform>(half: &Self::Receiving<P, Spsc>) -> u64 {
                half.half().received()
            }

            fn sender<P: Platform>(half: &Self::Receiving<P, Spsc>) -> Peer {
                half.half().peer()
            }
        }

        impl<$($generics)*> Bytes for $type {
            fn sending<P: Platform, K: Topology>(
                half: &Self::Sending<P, K>,
            ) -> &K::SendingBytes<P> {
                half
            }

            fn receiving<P: Platform, K: Topology>(
                half: &Self::Receiving<P, K>,
            ) -> &Joining<K::ReceivingBytes<P>, P::Scratch> {
                half
            }

            fn receiving_mut<P: Platform, K: Topology>(
                half: &mut Self::Receiving<P, K>,
            ) -> &mut Joining<K::ReceivingBytes<P>, P::Scratch> {
                half
            }
        }

        impl<$($generics)*> sealed::Sealed for $type {}
    };
}

bytes_message!([][u8], Ok);
bytes_message!([T: PlainUnsized + ?Sized] Framed<T>, framed::blueprint::<T>);
#[cfg(feature = "serde")]
bytes_message!([T: Codable] Encoded<T>, encoded::blueprint::<T>);

mod sealed {
    pub trait Sealed {}
    impl<T: super::Plain> Sealed for T {}
}
