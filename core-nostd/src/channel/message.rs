//! What a channel can carry: items of one type, or messages of bytes.

use super::topology::{
    Crowded, ManyReceivers, ManySenders, Membership, RecvSide, SendSide, Topology,
};
use crate::attach::{AttachError, Options};
use crate::error::SendTimeoutError;
use crate::layout::Blueprint;
use crate::plain::Plain;
use crate::platform::Platform;
use core::time::Duration;

/// What a channel can carry: every [`Plain`] type, and `[u8]`.
pub trait Message: sealed::Sealed {
    /// What a [`Sender`](super::Sender) consists of.
    type Sending<P: Platform, K: Topology>: SendSide<P>;

    /// What a [`Receiver`](super::Receiver) consists of.
    type Receiving<P: Platform, K: Topology>: RecvSide<P>;

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
}

/// Passes each call on to the topology.
macro_rules! message {
    ($sending:ty, $receiving:ty, $attach_sending:ident, $attach_receiving:ident,
     $clone_sending:ident, $clone_receiving:ident, $sending_member:ident,
     $receiving_member:ident, $join:ident, $was_redelivered:ident) => {
        type Sending<P: Platform, K: Topology> = $sending;
        type Receiving<P: Platform, K: Topology> = $receiving;

        fn attach_sending<P: Platform, K: Topology>(
            platform: P,
            blueprint: &Blueprint,
            options: Options,
        ) -> Result<Self::Sending<P, K>, AttachError> {
            K::$attach_sending(platform, blueprint, options)
        }

        fn attach_receiving<P: Platform, K: Topology>(
            platform: P,
            blueprint: &Blueprint,
            options: Options,
        ) -> Result<Self::Receiving<P, K>, AttachError> {
            K::$attach_receiving(platform, blueprint, options)
        }

        fn clone_sending<P: Platform + Clone, K: ManySenders>(
            half: &Self::Sending<P, K>,
            late: bool,
        ) -> Result<Self::Sending<P, K>, AttachError> {
            K::$clone_sending(half, late)
        }

        fn clone_receiving<P: Platform + Clone, K: ManyReceivers>(
            half: &Self::Receiving<P, K>,
            late: bool,
        ) -> Result<Self::Receiving<P, K>, AttachError> {
            K::$clone_receiving(half, late)
        }

        fn sending_member<P: Platform, K: Crowded>(half: &Self::Sending<P, K>) -> &dyn Membership {
            K::$sending_member(half)
        }

        fn receiving_member<P: Platform, K: Crowded>(
            half: &Self::Receiving<P, K>,
        ) -> &dyn Membership {
            K::$receiving_member(half)
        }

        fn join<P: Platform, K: Crowded>(
            half: &mut Self::Sending<P, K>,
            timeout: Option<Duration>,
        ) -> Result<(), SendTimeoutError<()>> {
            K::$join(half, timeout)
        }

        fn was_redelivered<P: Platform, K: Crowded>(half: &Self::Receiving<P, K>) -> bool {
            K::$was_redelivered(half)
        }
    };
}

impl<T: Plain> Message for T {
    message!(
        K::Sending<T, P>,
        K::Receiving<T, P>,
        attach_sending,
        attach_receiving,
        clone_sending,
        clone_receiving,
        sending_member,
        receiving_member,
        join,
        was_redelivered
    );
}

impl Message for [u8] {
    message!(
        K::SendingBytes<P>,
        K::ReceivingBytes<P>,
        attach_sending_bytes,
        attach_receiving_bytes,
        clone_sending_bytes,
        clone_receiving_bytes,
        sending_member_of_bytes,
        receiving_member_of_bytes,
        join_bytes,
        was_redelivered_bytes
    );
}

mod sealed {
    pub trait Sealed {}
    impl<T: super::Plain> Sealed for T {}
    impl Sealed for [u8] {}
}
