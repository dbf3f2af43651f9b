//! Bytes instead of items: frames of any length, and streams. What is asked of each subject, the
//! loops that ask it, and who is asked.
//!
//! Every subject does the same: the sender has a message in memory of its own and hands over a
//! copy; the receiver has it copied into memory of its own, and checks it.
//!
//! | module | holds |
//! |---|---|
//! | [`messages`] | the messages, and how they are checked |
//! | [`flow`] | messages in one direction |
//! | [`echo`] | a message there and back |
//! | [`in_place`] | a stream that nobody copies |
//! | [`untouched`] | messages that nobody writes or reads |
//! | [`blocks`] | the machine's `memcpy` through shared memory |
//! | [`ringway`], [`kernel`], [`queue`] | who is asked: ringway, pipes and sockets, POSIX message queues |
//! | [`threads`] | rings between threads |
//! | [`handover`] | how two processes come by one descriptor |
//! | [`scenarios`] | what two sides do, by name |

pub mod blocks;
pub mod echo;
pub mod flow;
pub mod handover;
pub mod in_place;
pub mod kernel;
pub mod messages;
pub mod queue;
pub mod ringway;
pub mod scenarios;
pub mod threads;
pub mod untouched;

use crate::stage::Stage;
pub use crate::sync::{Side, Which};

/// An end to put messages into.
pub trait Outlet {
    /// Sends a copy of `message`, and waits for room as this kind of wire does.
    fn put(&mut self, message: &[u8]);
}

/// An end to take messages from.
pub trait Inlet {
    /// Copies the next message into `buffer`, which has the length of each, waits for it as this
    /// kind of wire does, and returns how long it is.
    fn take(&mut self, buffer: &mut [u8]) -> usize;
}

/// A way for messages from one process to another.
pub trait Wire {
    /// Its sending end.
    type Tx: Outlet;
    /// Its receiving end.
    type Rx: Inlet;
    /// Opens the sending end of a wire for messages of `len` bytes.
    fn outlet(stage: &Stage, side: Side, which: Which, len: usize) -> Self::Tx;
    /// Opens the receiving end.
    fn inlet(stage: &Stage, side: Side, which: Which, len: usize) -> Self::Rx;
}

/// Bytes of a ring for messages of `len` bytes, in every subject that lets one choose: room for a
/// thousand short ones, and what an unprivileged process may raise a pipe to.
#[must_use]
pub const fn ring(len: usize) -> usize {
    if len <= 64 { 128 << 10 } else { 1 << 20 }
}
