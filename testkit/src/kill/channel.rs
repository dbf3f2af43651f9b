//! The channels, of whichever kind and whatever they carry.

use super::Refused;
use ringway::{Attachment, Builder, Mpmc, Mpsc, Spmc, Spsc, Topology, WaitStrategy};
use ringway_core::channel::{Message, Receiver, Sender};
use ringway_core::error::{RecvTimeoutError, SendTimeoutError};
use std::fmt;
use std::marker::PhantomData;
#[cfg(target_os = "linux")]
use std::path::PathBuf;

/// Handles that can be attached at once: few, so that a segment is small.
const HANDLES: u32 = 16;

/// The most bytes of a message where each has a cell: no whole number of words.
const CELL: usize = 150;

/// What the kinds of channels do not have in common.
pub trait Kind: Topology {
    /// What the tests call it.
    const NAME: &'static str;
    /// Whether several senders can be attached at once.
    const MANY_SENDERS: bool;
    /// Whether several receivers can be attached at once.
    const MANY_RECEIVERS: bool;

    /// Of messages of bytes: how many bytes one of [`Size::Slot`](super::Size::Slot) has.
    const SLOT: usize;
    /// How many bytes it takes in the ring; 0 where each has a cell, and longer ones are refused.
    const ROOM: u32;

    /// The channel of this name.
    fn open<M: Message + ?Sized>(name: &str) -> Builder<M, Self>;
    /// The channel of this name, of messages of bytes: so many of [`Size::Slot`](super::Size::Slot) fit.
    fn open_bytes(name: &str, capacity: u32) -> Builder<[u8], Self>;
    /// Another sender, where there can be one.
    fn clone_sender<M: Message + ?Sized>(
        _: &Sender<M, Attachment, Self>,
    ) -> Sender<M, Attachment, Self> {
        unreachable!("there is one sender")
    }
    /// Another receiver, where there can be one.
    fn clone_receiver<M: Message + ?Sized>(
        _: &Receiver<M, Attachment, Self>,
    ) -> Receiver<M, Attachment, Self> {
        unreachable!("there is one receiver")
    }
    /// Looks for the dead, where that can be asked for.
    fn repair_as_sender<M: Message + ?Sized>(_: &mut Sender<M, Attachment, Self>) {}
    /// Looks for the dead, where that can be asked for.
    fn repair_as_receiver<M: Message + ?Sized>(_: &mut Receiver<M, Attachment, Self>) {}
    /// Messages sent and received, where the channel counts them.
    fn counts<M: Message + ?Sized>(
        _: &Sender<M, Attachment, Self>,
        _: &Receiver<M, Attachment, Self>,
    ) -> Option<(u64, u64)> {
        None
    }
}

impl Kind for Spsc {
    const NAME: &'static str = "spsc";
    const MANY_SENDERS: bool = false;
    const MANY_RECEIVERS: bool = false;
    // A header and four units.
    const SLOT: usize = 29;
    const ROOM: u32 = 40;

    fn open<M: Message + ?Sized>(name: &str) -> Builder<M, Self> {
        ringway::spsc(name)
    }
    fn open_bytes(name: &str, capacity: u32) -> Builder<[u8], Self> {
        ringway::spsc(name).capacity(capacity * Self::ROOM)
    }
    fn counts<M: Message + ?Sized>(
        tx: &Sender<M, Attachment, Self>,
        rx: &Receiver<M, Attachment, Self>,
    ) -> Option<(u64, u64)> {
        Some((tx.sent(), rx.received()))
    }
}

/// What kinds with a table of their ends have in common, and then clones.
macro_rules! crowded {
    ($kind:ident, $open:ident: $senders:literal senders, $receivers:literal receivers,
     clones: $($item:item)*) => {
        impl Kind for $kind {
            const NAME: &'static str = stringify!($open);
            const MANY_SENDERS: bool = $senders;
            const MANY_RECEIVERS: bool = $receivers;

            fn open<M: Message + ?Sized>(name: &str) -> Builder<M, Self> {
                ringway::$open(name).handles(HANDLES)
            }
            fn repair_as_sender<M: Message + ?Sized>(tx: &mut Sender<M, Attachment, Self>) {
                tx.repair();
            }
            fn repair_as_receiver<M: Message + ?Sized>(rx: &mut Receiver<M, Attachment, Self>) {
                rx.repair();
            }
            $($item)*
        }
    };
}

crowded! {
    Mpsc, mpsc: true senders, false receivers, clones:
    fn clone_sender<M: Message + ?Sized>(
        tx: &Sender<M, Attachment, Self>,
    ) -> Sender<M, Attachment, Self> {
        tx.clone()
    }
    // Three granules, the last one in part.
    const SLOT: usize = 150;
    const ROOM: u32 = 192;
    fn open_bytes(name: &str, capacity: u32) -> Builder<[u8], Self> {
        Self::open(name).capacity(capacity * Self::ROOM)
    }
}

crowded! {
    Spmc, spmc: false senders, true receivers, clones:
    fn clone_receiver<M: Message + ?Sized>(
        rx: &Receiver<M, Attachment, Self>,
    ) -> Receiver<M, Attachment, Self> {
        rx.clone()
    }
    const SLOT: usize = CELL;
    const ROOM: u32 = 0;
    fn open_bytes(name: &str, capacity: u32) -> Builder<[u8], Self> {
        Self::open(name).capacity(capacity).max_len(CELL as u32)
    }
}

crowded! {
    Mpmc, mpmc: true senders, true receivers, clones:
    fn clone_sender<M: Message + ?Sized>(
        tx: &Sender<M, Attachment, Self>,
    ) -> Sender<M, Attachment, Self> {
        tx.clone()
    }
    fn clone_receiver<M: Message + ?Sized>(
        rx: &Receiver<M, Attachment, Self>,
    ) -> Receiver<M, Attachment, Self> {
        rx.clone()
    }
    const SLOT: usize = CELL;
    const ROOM: u32 = 0;
    fn open_bytes(name: &str, capacity: u32) -> Builder<[u8], Self> {
        Self::open(name).capacity(capacity).max_len(CELL as u32)
    }
}

/// A channel of `K` that carries `M`.
pub struct Channel<K, M: ?Sized> {
    name: String,
    pub(super) capacity: u32,
    wait: WaitStrategy,
    of: PhantomData<fn(&M) -> K>,
}

impl<K: Kind, M: Message + ?Sized> Channel<K, M> {
    pub(super) fn new(name: &str, capacity: u32, wait: WaitStrategy) -> Self {
        Channel {
            name: name.to_owned(),
            capacity,
            wait,
            of: PhantomData,
        }
    }

    #[cfg(target_os = "linux")]
    pub(super) fn shm_file(&self) -> PathBuf {
        crate::name::shm_file(&self.name)
    }
}

impl<K: Kind, M: Message> Channel<K, M> {
    /// Opens it.
    pub(super) fn open(&self) -> Builder<M, K> {
        let channel = K::open(&self.name).wait(self.wait);
        channel.capacity(self.capacity)
    }
}

impl<K: Kind> Channel<K, [u8]> {
    /// Opens it.
    pub(super) fn open(&self) -> Builder<[u8], K> {
        K::open_bytes(&self.name, self.capacity).wait(self.wait)
    }
}

impl<K: Kind, M: ?Sized> fmt::Debug for Channel<K, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", K::NAME, self.name)
    }
}

pub(super) fn refused_send<T>(error: SendTimeoutError<T>) -> Refused {
    match error {
        SendTimeoutError::Timeout(_) => Refused::Nothing,
        SendTimeoutError::Closed(_) => Refused::Closed,
        _ => Refused::Corrupt,
    }
}

pub(super) fn refused_recv(error: RecvTimeoutError) -> Refused {
    match error {
        RecvTimeoutError::Timeout => Refused::Nothing,
        RecvTimeoutError::Closed => Refused::Closed,
        _ => Refused::Corrupt,
    }
}
