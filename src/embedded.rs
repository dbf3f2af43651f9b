//! Channels that lie beside locks and signals, in one segment.

use crate::settings::waiting;
use crate::{Plain, Shared, WaitStrategy};
use ringway_core::attach::{AttachError, Options, Part};
use ringway_core::channel::{
    Bytes, Crowded, ManyReceivers, Message, Mpmc, Mpsc, Receiver, Sender, Spmc, Spsc, Topology,
};
use ringway_core::layout::Blueprint;
use ringway_core::region::Overlay;
use ringway_core::wait::Wait as _;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;
use std::time::Duration;

/// Room for a channel in a [`Shared`]; [`Shared::channel`] finds it.
///
/// The channel is as large as fits, also one of `[u8]`. It is persistent: receivers may come and go, and senders go on,
/// and unread messages stay as long as the object does.
///
/// Its ends are a [`RoomSender`] and a [`RoomReceiver`]:
///
/// ```
/// use ringway::{Mpsc, Room, RoomReceiver, RoomSender};
///
/// ringway::shared! {
///     struct Desk {
///         orders: Room<65536>,
///     }
/// }
///
/// struct Ends {
///     tx: RoomSender<u64, Mpsc, Desk>,
///     rx: RoomReceiver<u64, Mpsc, Desk>,
/// }
///
/// # let name = format!("doc-beside-{}", std::process::id());
/// let desk = ringway::shared::<Desk>(&name).open()?;
/// let mut ends = Ends {
///     tx: desk.channel(|desk| &desk.orders).mpsc().sender()?,
///     rx: desk.channel(|desk| &desk.orders).mpsc().receiver()?,
/// };
/// ends.tx.send(7)?;
/// assert_eq!(*ends.rx.recv()?, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "say which channel: `spsc`, `mpsc`, `spmc` or `mpmc`"]
#[derive(Debug)]
pub struct Beside<S: Overlay> {
    part: Part<Shared<S>>,
}

/// The writing end of a channel of `T`, of kind `K` ([`Spsc`], [`Mpsc`], [`Spmc`] or [`Mpmc`]), in a
/// [`Room`](crate::Room) of a [`Shared<S>`](Shared).
pub type RoomSender<T, K, S> = Sender<T, Part<Shared<S>>, K>;

/// The reading end; otherwise as [`RoomSender`].
pub type RoomReceiver<T, K, S> = Receiver<T, Part<Shared<S>>, K>;

impl<S: Overlay> Beside<S> {
    pub(crate) fn new(part: Part<Shared<S>>) -> Self {
        Beside { part }
    }

    /// A channel of `T` from one sender to one receiver.
    pub fn spsc<T: Message + ?Sized>(self) -> EmbeddedBuilder<T, Spsc, S> {
        EmbeddedBuilder::new(self.part)
    }

    /// A channel of `T` from many senders to one receiver; see [`mod@crate::mpsc`].
    pub fn mpsc<T: Message + ?Sized>(self) -> EmbeddedBuilder<T, Mpsc, S> {
        EmbeddedBuilder::new(self.part)
    }

    /// A channel of `T` from one sender to many receivers; see [`mod@crate::spmc`].
    pub fn spmc<T: Message + ?Sized>(self) -> EmbeddedBuilder<T, Spmc, S> {
        EmbeddedBuilder::new(self.part)
    }

    /// A channel of `T` from many senders to many receivers; see [`mod@crate::mpmc`].
    pub fn mpmc<T: Message + ?Sized>(self) -> EmbeddedBuilder<T, Mpmc, S> {
        EmbeddedBuilder::new(self.part)
    }
}

/// How a channel of `T` in a [`Shared`] is opened; made by [`Shared::channel`].
#[must_use = "call `sender` or `receiver`"]
pub struct EmbeddedBuilder<T: ?Sized, K, S: Overlay> {
    part: Part<Shared<S>>,
    handles: Option<u32>,
    wait: WaitStrategy,
    acknowledge_each: bool,
    open_timeout: Duration,
    max_len: Option<u32>,
    limit: Option<usize>,
    messages: PhantomData<(K, T)>,
}

impl<T: Message + ?Sized, K: Topology, S: Overlay> EmbeddedBuilder<T, K, S> {
    fn new(part: Part<Shared<S>>) -> Self {
        EmbeddedBuilder {
            part,
            handles: None,
            wait: WaitStrategy::default(),
            acknowledge_each: false,
            open_timeout: Duration::from_secs(5),
            max_len: None,
            limit: None,
            messages: PhantomData,
        }
    }

    /// How this end waits.
    pub fn wait(mut self, strategy: WaitStrategy) -> Self {
        self.wait = strategy;
        self
    }

    /// How long to wait for another process that is just making, opening or leaving the channel;
    /// 5 seconds if not said.
    pub fn open_timeout(mut self, timeout: Duration) -> Self {
        self.open_timeout = timeout;
        self
    }

    /// Opens a writing end.
    ///
    /// # Errors
    ///
    /// The room is too small, or holds a channel of another type or kind, or one that has all the
    /// senders or handles that it can have.
    pub fn sender(self) -> Result<RoomSender<T, K, S>, AttachError> {
        self.part.sender(&self.blueprint()?, self.options())
    }

    /// Opens a reading end.
    ///
    /// # Errors
    ///
    /// As [`sender`](EmbeddedBuilder::sender), for receivers.
    pub fn receiver(self) -> Result<RoomReceiver<T, K, S>, AttachError> {
        self.part.receiver(&self.blueprint()?, self.options())
    }

    fn blueprint(&self) -> Result<Blueprint, AttachError> {
        Ok(Blueprint {
            handles: self.handles,
            ..T::blueprint::<K>(self.max_len)?
        })
    }

    fn options(&self) -> Options {
        Options {
            deadline: Some(self.part.now().after(self.open_timeout)),
            nonce: RandomState::new().hash_one(std::process::id()),
            acknowledge_each: self.acknowledge_each,
            limit: self.limit,
            ..waiting(self.wait)
        }
    }
}

impl<T: Bytes + ?Sized, K: Topology, S: Overlay> EmbeddedBuilder<T, K, S> {
    /// As [`Builder::limit`](crate::Builder::limit).
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = Some(bytes);
        self
    }
}

impl<T: Bytes + ?Sized, K: ManyReceivers, S: Overlay> EmbeddedBuilder<T, K, S> {
    /// As [`Builder::max_len`](crate::Builder::max_len).
    pub fn max_len(mut self, bytes: u32) -> Self {
        self.max_len = Some(bytes);
        self
    }
}

impl<T: Plain, S: Overlay> EmbeddedBuilder<T, Spsc, S> {
    /// As [`Builder::acknowledge_each`](crate::Builder::acknowledge_each).
    pub fn acknowledge_each(mut self) -> Self {
        self.acknowledge_each = true;
        self
    }
}

impl<T: Message + ?Sized, K: Crowded, S: Overlay> EmbeddedBuilder<T, K, S> {
    /// How many ends can be attached at a time, as for
    /// [`Builder::handles`](crate::Builder::handles).
    pub fn handles(mut self, handles: u32) -> Self {
        self.handles = Some(handles);
        self
    }
}

impl<T: ?Sized, K, S: Overlay> fmt::Debug for EmbeddedBuilder<T, K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedBuilder")
            .field("part", &self.part)
            .finish_non_exhaustive()
    }
}
