//! The macOS adapter of ringway: where segments live, sleeping and waking, and who is alive.
//!
//! ```text
//!  Request ─▶ Segment::open ──┬── mapping      the bytes
//!              open.rs        ├── description  its own open file, for its locks
//!                             └── handle       of an anonymous one, to hand over     handover.rs
//!
//!                  lock file, in a directory of this user's (directory.rs)   memory
//!  a name          ringway.<name>: its record names the memory ────────────▶ shm object     shm.rs
//!  a file          the file itself                                           the file itself
//!  anonymous       anonymous.<random> ◀── named at the end of the memory ─── shm object,
//!                                                                            unlinked   anonymous.rs
//! ```
//!
//! A shared-memory object of macOS can be mapped and handed over, and nothing else: it takes no
//! lock, cannot be listed, and gets its size once. So each has a lock file beside it.
//!
//! | trait of the core | here |
//! |---|---|
//! | `Memory` | `mmap` of a POSIX shared-memory object or of a file |
//! | `Wait` | `os_sync_wait_on_address` and its kin, between processes; before macOS 14.4 wait slots with a FIFO each (`sleep.rs`) |
//! | `Liveness` | a lock that the kernel takes back when its holder dies |
//! | `Bells`, `HasBells` | a FIFO for each wait slot, and for an event loop a kqueue over it and a timer |
//!
//! Locks, attachments, and how a segment is created or opened are those of all Unix systems:
//! [`ringway_os_common::unix`].
//!
//! # Without a Mac
//!
//! All calls that only macOS has are in `sys`. On Linux that is a double, which refuses what macOS
//! is documented to refuse and fails now and then as it may fail, so that everything else here is
//! run by the tests there. Nothing but the tests is meant to use it: on Linux ringway stands on
//! `ringway-os-linux`.
#![cfg(any(target_os = "macos", target_os = "linux"))]
#![deny(unsafe_code)]

#[cfg(not(target_has_atomic = "64"))]
compile_error!(
    "ringway between processes needs 64-bit atomics, which this processor lacks: what a killed \
     process held could not be told; `ringway-core` alone works without them, within one program"
);

mod anonymous;
mod bells;
mod deaths;
mod debris;
mod directory;
mod doorbell;
mod fork;
pub mod handover;
mod inspect;
mod list;
mod liveness;
mod open;
mod segment;
mod shm;
mod sleep;
mod spot;
mod sys;
pub mod wait;

pub use bells::sweep;
pub use debris::remove_debris;
pub use doorbell::Bell;
pub use fork::KeptFromChildren;
pub use inspect::{Inspection, inspect};
pub use list::list;
pub use ringway_os_common::{
    BorrowedSystemHandle, Disposition, Listed, MIN_LEN, Name, NameError, OpenError, Origin,
    Ownership, Place, Problem, Request, SystemHandle, User,
};
pub use segment::Segment;
pub use sys::BellQueue;
