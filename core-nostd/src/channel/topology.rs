//! How many ends a channel has on each side, and what follows from that for its two halves.

use crate::attach::{AttachError, Options};
use crate::error::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use crate::layout::{Blueprint, Kind};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::wait::{Nanos, Outlook, Probe, Sight, Spot};
use core::fmt;
use core::time::Duration;

/// One of [`Spsc`], [`Mpsc`], [`Spmc`] and [`Mpmc`].
pub trait Topology: Sized + sealed::Sealed + 'static {
    /// The kind that stands in the segment.
    const KIND: Kind;

    /// What a [`Sender`](super::Sender) consists of.
    type Sending<T: Plain, P: Platform>: SendHalf<T, P>;

    /// What a [`Receiver`](super::Receiver) consists of.
    type Receiving<T: Plain, P: Platform>: RecvHalf<T, P>;

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
/// A slot is *claimed* before it is written. One that is claimed stays so until it is published or
/// given up, whatever calls come between.
pub trait SendHalf<T: Plain, P: Platform> {
    /// Whether a slot is claimed, by one look if need be. Says no of a closed channel.
    fn is_ready(&mut self) -> bool;

    /// Writes and publishes `value` in the slot that is claimed.
    ///
    /// No call gets the value by address: it would have to be in memory then, and copying it from
    /// there would wait for the stores that have just put it there (`docs/performance.md`).
    fn put(&mut self, value: T);

    /// The slot that is claimed.
    fn slot(&mut self) -> &mut T;

    /// As [`slot`](SendHalf::slot), to read.
    fn slot_ref(&self) -> &T;

    /// Publishes the slot that is claimed.
    fn publish(&mut self);

    /// Gives up the slot that is claimed.
    fn abort(&mut self);

    /// Publishes as many of `items` as fit now; a slot is claimed.
    fn put_batch(&mut self, items: &[T]) -> usize;

    /// Claims a slot now, or says why not; up to `most` where that makes a difference.
    ///
    /// # Errors
    ///
    /// Why not.
    fn try_claim(&mut self, most: usize) -> Result<(), TrySendError<()>>;

    /// Claims a slot as soon as there is one; up to `most` where that makes a difference.
    ///
    /// # Errors
    ///
    /// Why not.
    fn claim(&mut self, most: usize, timeout: Option<Duration>)
    -> Result<(), SendTimeoutError<()>>;

    /// Whether [`try_claim`](SendHalf::try_claim) would give a slot or say that there will be none.
    /// Claims nothing that others could claim.
    fn may_claim(&mut self, sight: Sight) -> bool;

    /// If it would not: whether that can still change.
    fn outlook(&mut self, probe: Probe) -> Outlook;

    /// Where it is waited for.
    fn spot(&self) -> Spot<'_>;

    /// Waits until there is a receiver, or was one since a send last failed for want of one;
    /// whether that is so.
    fn wait_for_receiver(&mut self, timeout: Option<Duration>) -> bool;

    /// Items that fit into the ring at least.
    fn capacity(&self) -> usize;

    /// The platform below.
    fn platform(&self) -> &P;

    /// What is worth showing.
    fn describe(&self, out: &mut fmt::DebugStruct<'_, '_>);
}

/// The reading end of a ring, and its place among the others.
///
/// An item is *claimed* before it is read, and stays so until it is finished.
pub trait RecvHalf<T: Plain, P: Platform> {
    /// Whether an item is claimed, by one look if need be.
    fn is_ready(&mut self) -> bool;

    /// Copies the next item into `item` and finishes it, if one is there at one look.
    fn pop(&mut self, item: &mut T) -> bool;

    /// The item that is claimed.
    fn item(&self) -> &T;

    /// Whether the item that is claimed may have been delivered before.
    fn is_redelivered(&self) -> bool;

    /// Finishes the item that is claimed.
    fn finish(&mut self);

    /// Copies the item that is claimed into `item` and finishes it.
    fn take_into(&mut self, item: &mut T);

    /// Copies as many items as are there now and fit, and finishes them; one is claimed.
    fn take_batch(&mut self, items: &mut [T]) -> usize;

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

    /// Whether [`try_claim`](RecvHalf::try_claim) would give an item or say that there will be none.
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

    /// Items that fit into the ring at least.
    fn capacity(&self) -> usize;

    /// The platform below.
    fn platform(&self) -> &P;

    /// What is worth showing.
    fn describe(&self, out: &mut fmt::DebugStruct<'_, '_>);
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
