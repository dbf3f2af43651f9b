//! How many ends a channel has on each side, and what follows from that for its two halves.

use crate::attach::{AttachError, Options};
use crate::error::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use crate::layout::{Blueprint, Kind};
use crate::plain::Plain;
use crate::platform::Platform;
pub use crate::ring::frame::Piece;
use crate::wait::{Nanos, Outlook, Probe, Sight, Spot};
use core::fmt;
use core::time::Duration;

/// One of [`Spsc`], [`Mpsc`], [`Spmc`] and [`Mpmc`].
pub trait Topology: Sized + sealed::Sealed + 'static {
    /// The kind that stands in a segment of items.
    const KIND: Kind;

    /// The kind that stands in a segment of messages of bytes.
    const BYTES: Kind;

    /// What a [`Sender`](super::Sender) of items consists of.
    type Sending<T: Plain, P: Platform>: SendItems<T, P>;

    /// What a [`Receiver`](super::Receiver) of items consists of.
    type Receiving<T: Plain, P: Platform>: RecvItems<T, P>;

    /// What a [`Sender`](super::Sender) of bytes consists of.
    type SendingBytes<P: Platform>: SendBytes<P>;

    /// What a [`Receiver`](super::Receiver) of bytes consists of.
    type ReceivingBytes<P: Platform>: RecvBytes<P>;

    /// Attaches a sending end, building the segment first if nobody has.
    ///
    /// # Errors
    ///
    /// The segment does not fit, or has no room for another sender.
    #[doc(hidden)]
    fn attach_sending<T: Plain, P: Platform>(
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Self::Sending<T, P>, AttachError>;

    /// Attaches a receiving end, building the segment first if nobody has.
    ///
    /// # Errors
    ///
    /// The segment does not fit, or has no room for another receiver.
    #[doc(hidden)]
    fn attach_receiving<T: Plain, P: Platform>(
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Self::Receiving<T, P>, AttachError>;

    /// As [`attach_sending`](Topology::attach_sending), for bytes.
    ///
    /// # Errors
    ///
    /// As there.
    #[doc(hidden)]
    fn attach_sending_bytes<P: Platform>(
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Self::SendingBytes<P>, AttachError>;

    /// As [`attach_receiving`](Topology::attach_receiving), for bytes.
    ///
    /// # Errors
    ///
    /// As there.
    #[doc(hidden)]
    fn attach_receiving_bytes<P: Platform>(
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Self::ReceivingBytes<P>, AttachError>;
}

/// A topology with several senders.
pub trait ManySenders: Topology {
    /// Another end beside `half`. Without room for it: if `late`, one that attaches later.
    ///
    /// # Errors
    ///
    /// There is no room for it.
    #[doc(hidden)]
    fn clone_sending<T: Plain, P: Platform + Clone>(
        half: &Self::Sending<T, P>,
        late: bool,
    ) -> Result<Self::Sending<T, P>, AttachError>;

    /// As [`clone_sending`](ManySenders::clone_sending), for bytes.
    ///
    /// # Errors
    ///
    /// As there.
    #[doc(hidden)]
    fn clone_sending_bytes<P: Platform + Clone>(
        half: &Self::SendingBytes<P>,
        late: bool,
    ) -> Result<Self::SendingBytes<P>, AttachError>;
}

/// A topology with several receivers.
pub trait ManyReceivers: Topology {
    /// Another end beside `half`. Without room for it: if `late`, one that attaches later.
    ///
    /// # Errors
    ///
    /// There is no room for it.
    #[doc(hidden)]
    fn clone_receiving<T: Plain, P: Platform + Clone>(
        half: &Self::Receiving<T, P>,
        late: bool,
    ) -> Result<Self::Receiving<T, P>, AttachError>;

    /// As [`clone_receiving`](ManyReceivers::clone_receiving), for bytes.
    ///
    /// # Errors
    ///
    /// As there.
    #[doc(hidden)]
    fn clone_receiving_bytes<P: Platform + Clone>(
        half: &Self::ReceivingBytes<P>,
        late: bool,
    ) -> Result<Self::ReceivingBytes<P>, AttachError>;
}

/// A topology with several ends on a side: its participants stand in a table.
pub trait Crowded: Topology {
    /// What a sending half knows of the others.
    #[doc(hidden)]
    fn sending_member<T: Plain, P: Platform>(half: &Self::Sending<T, P>) -> &dyn Membership;

    /// What a receiving half knows of the others.
    #[doc(hidden)]
    fn receiving_member<T: Plain, P: Platform>(half: &Self::Receiving<T, P>) -> &dyn Membership;

    /// Waits until everything that was sent before is finished.
    ///
    /// # Errors
    ///
    /// The receivers are gone before, or the time is over.
    #[doc(hidden)]
    fn join<T: Plain, P: Platform>(
        half: &mut Self::Sending<T, P>,
        timeout: Option<Duration>,
    ) -> Result<(), SendTimeoutError<()>>;

    /// Whether the item that was finished last may have been delivered before.
    #[doc(hidden)]
    fn was_redelivered<T: Plain, P: Platform>(half: &Self::Receiving<T, P>) -> bool;

    /// As [`sending_member`](Crowded::sending_member), for bytes.
    #[doc(hidden)]
    fn sending_member_of_bytes<P: Platform>(half: &Self::SendingBytes<P>) -> &dyn Membership;

    /// As [`receiving_member`](Crowded::receiving_member), for bytes.
    #[doc(hidden)]
    fn receiving_member_of_bytes<P: Platform>(half: &Self::ReceivingBytes<P>) -> &dyn Membership;

    /// As [`join`](Crowded::join), for bytes.
    ///
    /// # Errors
    ///
    /// As there.
    #[doc(hidden)]
    fn join_bytes<P: Platform>(
        half: &mut Self::SendingBytes<P>,
        timeout: Option<Duration>,
    ) -> Result<(), SendTimeoutError<()>>;

    /// As [`was_redelivered`](Crowded::was_redelivered), for bytes.
    #[doc(hidden)]
    fn was_redelivered_bytes<P: Platform>(half: &Self::ReceivingBytes<P>) -> bool;
}

/// One sender, one receiver.
#[derive(Clone, Copy, Debug)]
pub enum Spsc {}
/// Many senders, one receiver.
#[derive(Clone, Copy, Debug)]
pub enum Mpsc {}
/// One sender, many receivers; each message goes to one of them.
#[derive(Clone, Copy, Debug)]
pub enum Spmc {}
/// Many senders, many receivers; each message goes to one of them.
#[derive(Clone, Copy, Debug)]
pub enum Mpmc {}
/// [`Mpmc`] without intents, which does not survive a death: what they cost is measured against it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Unprotected {}

pub(super) mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Spsc {}
    impl Sealed for super::Mpsc {}
    impl Sealed for super::Spmc {}
    impl Sealed for super::Mpmc {}
    impl Sealed for super::Unprotected {}
}

/// The writing end of a ring, and its place among the others.
///
/// A slot, or room for a record, is *claimed* before it is written. What is claimed stays so until it
/// is published or given up, whatever calls come between.
pub trait SendSide<P: Platform> {
    /// Gives up what is claimed.
    fn abort(&mut self);

    /// Claims a slot now, or says why not; up to `size` slots where that makes a difference. Of
    /// bytes: room for one record of `size` bytes, at most
    /// [`max_record`](SendBytes::max_record).
    ///
    /// # Errors
    ///
    /// Why not.
    fn try_claim(&mut self, size: usize) -> Result<(), TrySendError<()>>;

    /// As [`try_claim`](SendSide::try_claim), as soon as there is room.
    ///
    /// # Errors
    ///
    /// Why not.
    fn claim(&mut self, size: usize, timeout: Option<Duration>)
    -> Result<(), SendTimeoutError<()>>;

    /// Whether [`try_claim`](SendSide::try_claim) would give a slot or say that there will be none.
    /// Claims nothing that others could claim.
    fn may_claim(&mut self, sight: Sight) -> bool;

    /// If it would not: whether that can still change.
    fn outlook(&mut self, probe: Probe) -> Outlook;

    /// Where it is waited for.
    fn spot(&self) -> Spot<'_>;

    /// Waits until there is a receiver, or was one since a send last failed for want of one;
    /// whether that is so.
    fn wait_for_receiver(&mut self, timeout: Option<Duration>) -> bool;

    /// Items that fit into the ring at least; of a ring of bytes, its bytes.
    fn capacity(&self) -> usize;

    /// The platform below.
    fn platform(&self) -> &P;

    /// What is worth showing.
    fn describe(&self, out: &mut fmt::DebugStruct<'_, '_>);
}

/// A [`SendSide`] of a ring of items.
pub trait SendItems<T: Plain, P: Platform>: SendSide<P> {
    /// Whether a slot is claimed, by one look if need be. Says no of a closed channel.
    fn is_ready(&mut self) -> bool;

    /// Writes and publishes `value` in the slot that is claimed.
    ///
    /// No call gets the value by address: it would have to be in memory then, and copying it from
    /// there would wait for the stores that have just put it there (`docs/performance.md`).
    fn put(&mut self, value: T);

    /// The slot that is claimed.
    fn slot(&mut self) -> &mut T;

    /// As [`slot`](SendItems::slot), to read.
    fn slot_ref(&self) -> &T;

    /// Publishes the slot that is claimed.
    fn publish(&mut self);

    /// Publishes as many of `items` as fit now; a slot is claimed.
    fn put_batch(&mut self, items: &[T]) -> usize;
}

/// A [`SendSide`] of a ring of messages of bytes.
pub trait SendBytes<P: Platform>: SendSide<P> {
    /// The longest record, in bytes.
    fn max_record(&self) -> usize;

    /// Whether longer messages travel in parts.
    fn splits(&self) -> bool;

    /// Whether there is room for a record of `len` bytes, by one look; claims it then. Says no of a
    /// closed channel.
    fn is_ready_for(&mut self, len: usize) -> bool;

    /// The record that is claimed, as long as was asked for. It holds whatever was there before.
    fn record(&mut self) -> &mut [u8];

    /// As [`record`](SendBytes::record), to read.
    fn record_ref(&self) -> &[u8];

    /// Publishes the first `len` bytes of the record that is claimed, at most all.
    fn publish(&mut self, len: usize, piece: Piece);

    /// Before the first part of a message: waits until no other sender sends one in parts.
    ///
    /// # Errors
    ///
    /// The time is over, or the receivers are gone.
    fn begin_parts(&mut self, timeout: Option<Duration>) -> Result<(), SendTimeoutError<()>>;

    /// Behind the last part, or if the rest is given up.
    fn end_parts(&mut self);
}

/// The reading end of a ring, and its place among the others.
///
/// An item, or a record, is *claimed* before it is read, and stays so until it is finished.
pub trait RecvSide<P: Platform> {
    /// Whether an item is claimed, by one look if need be.
    fn is_ready(&mut self) -> bool;

    /// Whether the item that is claimed may have been delivered before.
    fn is_redelivered(&self) -> bool;

    /// Finishes what is claimed: of bytes, a record that is a whole message.
    fn finish(&mut self);

    /// Claims an item now, or says why not; up to `most` where that makes a difference.
    ///
    /// # Errors
    ///
    /// Why not.
    fn try_claim(&mut self, most: usize) -> Result<(), TryRecvError>;

    /// Claims an item as soon as there is one; up to `most` where that makes a difference.
    ///
    /// # Errors
    ///
    /// Why not.
    fn claim(&mut self, most: usize, timeout: Option<Duration>) -> Result<(), RecvTimeoutError>;

    /// Whether [`try_claim`](RecvSide::try_claim) would give an item or say that there will be none.
    /// Claims nothing that others could claim.
    fn may_claim(&mut self, sight: Sight) -> bool;

    /// If it would not: whether that can still change. What a dead receiver had not finished may be
    /// claimed by this.
    fn outlook(&mut self, probe: Probe) -> Outlook;

    /// Where it is waited for.
    fn spot(&self) -> Spot<'_>;

    /// Waits until there is a sender, or was one since a receive last failed for want of one, or
    /// there is an item that one left; whether that is so.
    fn wait_for_sender(&mut self, timeout: Option<Duration>) -> bool;

    /// Items that fit into the ring at least; of a ring of bytes, its bytes.
    fn capacity(&self) -> usize;

    /// The platform below.
    fn platform(&self) -> &P;

    /// What is worth showing.
    fn describe(&self, out: &mut fmt::DebugStruct<'_, '_>);
}

/// A [`RecvSide`] of a ring of items.
pub trait RecvItems<T: Plain, P: Platform>: RecvSide<P> {
    /// Copies the next item into `item` and finishes it, if one is there at one look.
    fn pop(&mut self, item: &mut T) -> bool;

    /// The item that is claimed.
    fn item(&self) -> &T;

    /// Copies the item that is claimed into `item` and finishes it.
    fn take_into(&mut self, item: &mut T);

    /// Copies as many items as are there now and fit, and finishes them; one is claimed.
    fn take_batch(&mut self, items: &mut [T]) -> usize;
}

/// A [`RecvSide`] of a ring of messages of bytes.
pub trait RecvBytes<P: Platform>: RecvSide<P> {
    /// The record that is claimed, and whether it is a part of a message, behind a part header.
    fn record(&self) -> (&[u8], bool);

    /// Finishes the record that is claimed: `was_copied` says that all of it was read, and
    /// `ends_message` that it is the whole of its message or the last part.
    fn finish_record(&mut self, was_copied: bool, ends_message: bool);
}

/// What an end of a crowded channel knows of the others.
pub trait Membership {
    /// Looks for the dead now; how many there were.
    fn repair(&self) -> usize;

    /// How many ends are attached on the other side.
    fn peers(&self) -> usize;
}

/// How long an end that is cloned waits for another process that is just attaching or repairing.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// The end of that time.
pub(super) fn patience(platform: &impl Platform) -> Option<Nanos> {
    Some(platform.now().after(PATIENCE))
}
