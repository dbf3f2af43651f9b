//! The queues to compare with, a file for each.

mod array_queue;
mod concurrent_queue;
mod crossbeam_channel;
mod heapless;
mod kanal;

pub(crate) use array_queue::ArrayQueue;
pub(crate) use concurrent_queue::ConcurrentQueue;
pub(crate) use crossbeam_channel::CrossbeamChannel;
pub(crate) use heapless::Heapless;
pub(crate) use kanal::Kanal;
