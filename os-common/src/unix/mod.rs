//! What the adapters of Unix systems share.
//!
//! ```text
//!   Request ─▶ open.rs ──▶ Opened ──▶ Held ──┬── UnforkedMapping   the bytes              memory.rs
//!                 │                          └── Attachment        an open file, with    liveness.rs
//!               Spot: what the system                               two locks:
//!               knows a segment by                                   byte 0      initialisation
//!                            spot.rs                                 byte token  as long as it lives
//! ```
//!
//! Locks are *open file description* locks ([`ofd`]): they belong to one open of the file, not to
//! the process as older record locks do, so closing another descriptor of the same file costs none.

mod bell;
mod debris;
pub mod handover;
mod held;
mod inspection;
mod list;
mod liveness;
mod memory;
pub mod ofd;
mod open;
pub mod problem;
mod random;
mod reserve;
pub mod slots;
mod spot;

pub use bell::{Bell, Queue};
pub use debris::remove_debris;
pub use held::{Held, take_lock};
pub use inspection::Inspection;
pub use list::list;
pub use liveness::{Attachment, Whereabouts, is_alive};
pub use memory::{ForkMark, UnforkedMapping};
pub use open::{
    INIT_LOCK, Opened, attach, check_size, check_trusted, mode, open_spot, unknown_place,
};
pub use random::{fill, random_token};
pub use reserve::reserve;
pub use spot::{Bytes, Spot, size_file};
