//! Channels through shared memory: two processes on one machine exchange messages with no broker,
//! no copies and, while both sides are busy, no system calls.
//!
//! One process:
//!
//! ```no_run
//! use ringway::{FromBytes, Immutable, IntoBytes};
//!
//! #[derive(Clone, Copy, FromBytes, IntoBytes, Immutable)]
//! #[zerocopy(crate = "ringway::zerocopy")]
//! #[repr(C)]
//! struct Tick { price: i64, volume: u64 }
//!
//! let mut tx = ringway::spsc::<Tick>("ticks").capacity(1024).sender()?;
//! let mut slot = tx.reserve()?;            // waits while the ring is full
//! slot.price = 42;                         // straight into shared memory
//! slot.commit();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Another:
//!
//! ```no_run
//! # use ringway::{FromBytes, Immutable, IntoBytes};
//! # #[derive(Clone, Copy, FromBytes, IntoBytes, Immutable)]
//! # #[zerocopy(crate = "ringway::zerocopy")]
//! # #[repr(C)]
//! # struct Tick { price: i64, volume: u64 }
//! let mut rx = ringway::spsc::<Tick>("ticks").receiver()?;
//! let tick = rx.recv()?;                   // borrows the sender's bytes; drop frees the slot
//! println!("{}", tick.price);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Either may start first. Either may be killed at any instruction: the other, if it waits, learns of
//! it within 300 ms, and while the other is there a new process can take the dead one's end over, at
//! the right position. When nobody is there any more the channel is gone, unless it is
//! [persistent](Builder::persistent), or its sender left before any receiver came.
//!
//! # Several senders, several receivers
//!
//! [`spsc()`] is the fastest, and the only one in which small items share a cache line. Where there
//! are several on a side there are [`mpsc()`], [`spmc()`] and [`mpmc()`], with the same calls; each
//! message goes to one receiver. Ends are cloned for other threads, or opened by other processes, as
//! many as the channel has [handles](Builder::handles) for. What a receiver had not finished when it
//! was killed goes to another one: see [`mod@mpmc`].
//!
//! - The channel is closed for receivers when the last sender is gone, and open again when another
//!   one comes. Where senders come and go, keep one open meanwhile.
//! - A receiver that comes when everything is over finds a new, empty channel and waits for a
//!   sender: [`Receiver::wait_for_sender`] has a time limit.
//!
//! # Messages of any length
//!
//! Each kind of channel also carries `[u8]`: messages of bytes, each of its own length.
//!
//! ```
//! # let name = format!("doc-bytes-{}", std::process::id());
//! let mut tx = ringway::spsc::<[u8]>(&name).capacity(1 << 16).sender()?;
//! let mut rx = ringway::spsc::<[u8]>(&name).limit(1 << 24).receiver()?;
//!
//! let mut record = tx.reserve(100)?;       // 100 bytes of the ring
//! record[..5].copy_from_slice(b"hello");
//! record.commit_to(5);
//! assert_eq!(*rx.recv()?, *b"hello");
//!
//! // Far longer than the ring, and so in parts, which the receiver joins.
//! let sender = std::thread::spawn(move || tx.send(&[7; 1 << 20]));
//! assert_eq!(rx.recv()?.len(), 1 << 20);
//! # sender.join().unwrap()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - In [`spsc()`] and [`mpsc()`] a message of up to about half the ring is one piece of it: it is written
//!   and read in place. Longer ones are copied, in parts, any length.
//! - In [`spmc()`] and [`mpmc()`] there is room for a [`capacity`](Builder::capacity) of messages of up to
//!   [`max_len`](Builder::max_len) bytes.
//! - A receiver takes messages of up to its [`limit`](Builder::limit), which bounds its memory.
//!
//! Typed messages of any length are [`Framed`] (a struct with a slice at its end, in place) and, by the
//! feature `serde`, `Encoded` (whatever serde can write).
//!
//! # Streams of bytes
//!
//! [`pipe()`] is a stream instead of messages, for whatever speaks [`std::io::Read`] and
//! [`std::io::Write`]: `std::io::copy` through it just works. See [`mod@pipe`].
//!
//! # Locks and signals
//!
//! What processes agree by beside the messages that they exchange: [`mutex()`], [`rwlock()`],
//! [`condvar()`], [`semaphore()`], [`event()`], [`barrier()`], [`latest()`] and [`atomic()`], each by
//! a name of its own, or several of them in one segment, with channels beside them: [`shared()`].
//! They survive the death of whoever holds them; the next holder is told. See [`mod@sync`].
//!
//! ```no_run
//! let hits = ringway::mutex::<u64>("hits").open()?;
//! *hits.lock().unwrap() += 1;
//! # Ok::<(), ringway::OpenError>(())
//! ```
//!
//! # What is hidden, and what is not
//!
//! - Opening makes system calls (a lock, a mapping, reserving the memory). Sending and receiving
//!   make none, except to sleep on an empty or full ring, to wake a sleeper, and to ask whether
//!   silent peers live: a few times a second, and where there are several on a side, up to 20 times,
//!   or 500 times by who waits with [`WaitStrategy::Spin`]. Nothing is allocated after opening, save
//!   by a receiver for a message that comes in parts.
//! - A received message is a reference into memory that the sender can write. It assumes a peer
//!   that keeps the protocol; for one that does not there is [`Receiver::recv_into`].
//! - Small items share cache lines. A ring may hold more than the capacity asked for, never less.
//! - A forked child inherits neither a channel nor a lock: using one there ends the child with
//!   SIGSEGV. Open them after `fork`, or `exec`.
//! - What lies in a `static`, or is alive when [`std::process::exit`] is called, is not dropped. To the
//!   others that is a process that was killed with it, not one that left in good order.
#![deny(unsafe_code)]

mod attachment;
mod builder;
mod doorbell;
mod embedded;
mod inspect;
pub mod mpmc;
pub mod mpsc;
mod object;
mod open;
mod os;
pub mod pipe;
mod place;
mod settings;
mod shared;
pub mod spmc;
mod spsc;
pub mod sync;

pub use attachment::Attachment;
pub use builder::Builder;
pub use doorbell::{Doorbell, DoorbellError};
pub use embedded::{Beside, EmbeddedBuilder, RoomReceiver, RoomSender};
pub use inspect::{Condition, Entry, Inspection, list, look, remove_stale, sweep};
#[doc(inline)]
pub use mpmc::mpmc;
#[doc(inline)]
pub use mpsc::mpsc;
pub use object::{First, ObjectBuilder, Whole};
pub use os::handover;
pub use os::{
    BorrowedSystemHandle, Name, NameError, OpenError, Ownership, Place, Problem, Segment,
    SystemHandle, User,
};
#[doc(inline)]
pub use pipe::pipe;
pub use place::IntoPlace;
pub use ringway_core::attach::{AttachError, Fresh, Initial, Part};
pub use ringway_core::channel::{
    Bytes, Framed, Message, Mpmc, Mpsc, PlainUnsized, Role, Spmc, Spsc, Topology,
};
#[cfg(feature = "serde")]
pub use ringway_core::channel::{Codable, Encoded};
pub use ringway_core::error::{
    RecvError, RecvTimeoutError, SendBatchError, SendError, SendTimeoutError, TryRecvError,
    TrySendError,
};
/// Handles on whatever they stand on: `handle::Mutex<Book, Shared<Desk>>` is one of a field.
///
/// [`Mutex<T>`](Mutex) and the like, without `handle::`, stand on a segment of their own.
pub use ringway_core::handle;
pub use ringway_core::handle::{Bound, Cell};
pub use ringway_core::layout::header::Contents;
pub use ringway_core::layout::{Blueprint, Casualties, Kind, Peer, TypeTag, Unfit};
pub use ringway_core::liveness::PeerId;
pub use ringway_core::plain::Plain;
pub use ringway_core::platform::Platform;
pub use ringway_core::region::{Overlay, Room};
pub use ringway_core::ring::Layout;
pub use ringway_core::ring::spsc::Progress;
pub use ringway_core::shared;
pub use ringway_core::wait::{
    Armed, MOST_SOURCES, Nanos, Source, Wait, WaitAnyError, WaitAnyTimeoutError, WaitStrategy,
    try_any, wait_any, wait_any_timeout, wait_any_until,
};
pub use shared::{Shared, shared};
#[doc(inline)]
pub use spmc::spmc;
pub use spsc::spsc;
#[doc(inline)]
pub use sync::{
    AcquireError, AcquireTimeoutError, Atomic, AtomicCell, Barrier, BarrierCell, BarrierError,
    Condvar, CondvarCell, Event, EventCell, EventError, EventTimeoutError, Latest, LatestCell,
    LatestWriter, LockError, LockTimeoutError, Mutex, MutexCell, MutexGuard, NoSeat, Occupied,
    Overflow, Overrun, Permit, ReadError, ReadTimeoutError, Recovery, Releaser, RwLock, RwLockCell,
    RwLockReadGuard, RwLockRecovery, RwLockWriteGuard, Semaphore, SemaphoreCell, TryAcquireError,
    TryLockError, TryReadError, WaitError, WaitNewerError, atomic, barrier, condvar, event, latest,
    mutex, rwlock, semaphore,
};
pub use zerocopy::{self, FromBytes, Immutable, IntoBytes, KnownLayout};

/// The writing end of a channel between processes.
pub type Sender<T> = ringway_core::channel::Sender<T, Attachment>;

/// The reading end of a channel between processes.
pub type Receiver<T> = ringway_core::channel::Receiver<T, Attachment>;

/// A slot to write the next message into.
pub type WriteGrant<'a, T> = ringway_core::channel::WriteGrant<'a, T, Attachment>;

/// A message where the sender wrote it.
pub type ReadGrant<'a, T> = ringway_core::channel::ReadGrant<'a, T, Attachment>;
