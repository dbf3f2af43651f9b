//! Locks and signals: what several processes agree by, beside the messages they exchange.
//!
//! Here are the words that lie in shared memory and the protocols over them. As in [`ring`](crate::ring)
//! and [`wait`](crate::wait), nothing here sees a pointer, so that the same code runs under loom: each
//! call is told where its words stand in the segment (`at`, in bytes) and through which platform to
//! sleep, to wake and to ask who lives. [`handle`](crate::handle) is what one calls them through.
//!
//! All of them begin as zeros, so that fresh memory holds them ready for use.

#[cfg(all(test, not(ringway_loom)))]
mod alone;
mod barrier;
mod condvar;
mod event;
mod latest;
mod mutex;
mod rwlock;
mod seats;
mod semaphore;

pub use barrier::{BarrierSeat, NotPassed, RawBarrier};
pub use condvar::{Awake, CondvarCell, NotWaited, Registered, WokenBy};
pub use event::{EventMode, RawEvent};
pub use latest::{Occupied, Overrun, PLACES, Places, RawLatest};
pub use mutex::{RawGuard, RawMutex};
pub use rwlock::{RawRead, RawRwLock, RawWriteGuard, ReaderSeat};
pub use seats::{NoSeat, SEATS, Seat, Seats};
pub use semaphore::{Holder, Overflow, SemaphoreCell};
