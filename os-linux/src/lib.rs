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
//!
//! Locks are *open file description* locks: they belong to one open of the file, not to the
//! process as older record locks do, so closing another descriptor of the same file costs none.
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
mod debris;
pub mod handover;
mod inspect;
mod list;
mod liveness;
mod memory;
mod ofd;
mod open;
mod patience;
mod problem;
mod request;
mod reserve;
mod segment;
mod spot;
mod wait;

pub use debris::remove_debris;
pub use inspect::{Inspection, inspect};
pub use list::{Listed, list};
pub use memory::UnforkedMapping;
pub use request::{Disposition, MIN_LEN, Origin, Request};
pub use ringway_os_common::{Name, NameError, OpenError, Ownership, Place, Problem};
pub use segment::Segment;
