//! The Linux adapter of ringway: where segments live, sleeping and waking, and who is alive.
//!
//! ```text
//!  Request ─▶ Segment::open ──┬── mapping      the bytes                    memory.rs
//!              open.rs        ├── description  its own open file, with two locks:
//!                             │     byte 0      initialisation, while it is built or removed
//!                             │     byte token  held as long as this attachment lives  liveness.rs
//!                             └── handle       of an anonymous one, to hand over       handover.rs
//! ```
//!
//! | trait of the core | here |
//! |---|---|
//! | `Memory` | `mmap` of a POSIX shared-memory object, a file, or a sealed `memfd` |
//! | `Wait` | `futex`, always the shared kind, with absolute deadlines |
//! | `Liveness` | a lock that the kernel takes back when its holder dies |
//! | `Bells`, `HasBells` | a FIFO for each wait slot, and for an event loop an `epoll` over it and a timer |
//!
//! Locks, attachments, and how a segment is created or opened are those of all Unix systems:
//! [`ringway_os_common::unix`].
//!
//! Linux 5.3 or newer. On other systems this crate is empty.
#![cfg(target_os = "linux")]
#![deny(unsafe_code)]

#[cfg(not(target_has_atomic = "64"))]
compile_error!(
    "ringway between processes needs 64-bit atomics, which this processor lacks: what a killed \
     process held could not be told; `ringway-core` alone works without them, within one program"
);

mod anonymous;
mod bells;
mod debris;
mod doorbell;
#[cfg(not(ringway_parked))]
mod futex;
pub mod handover;
mod inspect;
mod list;
mod liveness;
mod memory;
mod open;
mod reserve;
mod segment;
mod spot;
mod wait;

pub use bells::sweep;
pub use debris::remove_debris;
pub use doorbell::{Bell, Queue};
pub use inspect::{Inspection, inspect};
pub use list::list;
pub use liveness::has_ended;
pub use memory::{UnforkedMapping, WipedOnFork};
pub use ringway_os_common::{
    BorrowedSystemHandle, Disposition, Listed, MIN_LEN, Name, NameError, OpenError, Origin,
    Ownership, Place, Problem, Request, SystemHandle, User,
};
pub use segment::Segment;
