//! Opening a channel, of whichever kind.

use crate::os::OpenError;
use crate::place::IntoPlace;
use crate::settings::{Settings, waiting};
use crate::{Attachment, Plain, WaitStrategy};
use ringway_core::attach::{AttachError, Options, receiver, sender};
use ringway_core::channel::{
    Bytes, Crowded, ManyReceivers, Message, Receiver, Sender, Spsc, Topology,
};
use ringway_core::layout::Blueprint;
use std::fmt;
use std::marker::PhantomData;

/// How a channel of `T` is opened; made by [`spsc`](crate::spsc()), [`mpsc`](crate::mpsc()),
/// [`spmc`](crate::spmc()) and [`mpmc`](crate::mpmc()).
#[must_use = "call `sender` or `receiver`"]
pub struct Builder<T: ?Sized, K = Spsc> {
    settings: Settings,
    capacity: Option<u32>,
    wait: WaitStrategy,
    acknowledge_each: bool,
    max_len: Option<u32>,
    limit: Option<usize>,
    messages: PhantomData<(K, T)>,
}

impl<T: Message + ?Sized, K: Topology> Builder<T, K> {
    pub(crate) fn new(place: impl IntoPlace) -> Self {
        Builder {
            settings: Settings::new(place),
            capacity: None,
            wait: WaitStrategy::default(),
            acknowledge_each: false,
            max_len: None,
            limit: None,
            messages: PhantomData,
        }
    }

    /// How many messages must fit at least; 1024 if neither side says. Of messages of bytes in an spsc
    /// or mpsc channel: how many bytes the ring has; 1 MiB if neither side says. A ring has a power of
    /// two of cells, so more may fit. Both sides that say it must agree.
    pub fn capacity(mut self, capacity: u32) -> Self {
        self.capacity = Some(capacity);
        self
    }

    /// How this end waits.
    pub fn wait(mut self, strategy: WaitStrategy) -> Self {
        self.wait = strategy;
        self
    }

    /// Unread messages outlive all processes. In a file they also outlive a restart of the
    /// machine, as far as the system had written it out.
    ///
    /// Receivers may come and go, and senders go on; to a receiver the channel is closed when
    /// everything is received and the last sender has left. The segment stays until somebody
    /// removes it.
    pub fn persistent(mut self) -> Self {
        self.settings.persistent = true;
        self
    }

    crate::settings::setters!();

    /// Opens a writing end.
    ///
    /// # Errors
    ///
    /// The channel cannot be opened, is of another type, kind or capacity, or has a living sender
    /// and is of a kind that has only one, or has all the handles that it was made for.
    pub fn sender(self) -> Result<Sender<T, Attachment, K>, OpenError> {
        let sender = self.attach(sender::<T, Attachment, K>)?;
        sender.platform().segment().unlock();
        Ok(sender)
    }

    /// Opens a reading end.
    ///
    /// # Errors
    ///
    /// As [`sender`](Builder::sender), for receivers.
    pub fn receiver(self) -> Result<Receiver<T, Attachment, K>, OpenError> {
        let receiver = self.attach(receiver::<T, Attachment, K>)?;
        receiver.platform().segment().unlock();
        Ok(receiver)
    }

    fn attach<E>(
        self,
        claim: impl FnOnce(Attachment, &Blueprint, Options) -> Result<E, AttachError>,
    ) -> Result<E, OpenError> {
        let blueprint = T::blueprint::<K>(self.max_len).map(|blueprint| Blueprint {
            capacity: self.capacity,
            ..blueprint
        });
        let options = Options {
            acknowledge_each: self.acknowledge_each,
            limit: self.limit,
            ..waiting(self.wait)
        };
        self.settings.open(blueprint, options, claim)
    }
}

impl<T: Bytes + ?Sized, K: Topology> Builder<T, K> {
    /// For a receiver: the longest message that it takes, in bytes; 64 MiB if not said. A longer one is
    /// dropped, and told by [`RecvError::TooLong`](crate::RecvError::TooLong).
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = Some(bytes);
        self
    }
}

impl<T: Bytes + ?Sized, K: ManyReceivers> Builder<T, K> {
    /// The longest message that there can be, in bytes; 1024 if no side says. Each of the
    /// [`capacity`](Builder::capacity) messages takes so much memory, whatever its length. All sides
    /// that say it must agree.
    pub fn max_len(mut self, bytes: u32) -> Self {
        self.max_len = Some(bytes);
        self
    }
}

impl<T: Plain> Builder<T, Spsc> {
    /// For a receiver: at most one message comes again after a death, instead of up to a line of
    /// small ones. Costs one store a message.
    pub fn acknowledge_each(mut self) -> Self {
        self.acknowledge_each = true;
        self
    }
}

impl<T: Message + ?Sized, K: Crowded> Builder<T, K> {
    /// How many ends can be attached at a time, senders and receivers together, in all processes:
    /// 2 to 1024, 64 if nobody says. Each takes 128 bytes. All sides that say it must agree.
    pub fn handles(mut self, handles: u32) -> Self {
        self.settings.handles = Some(handles);
        self
    }
}

impl<T: ?Sized, K> fmt::Debug for Builder<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("place", &self.settings.place)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
