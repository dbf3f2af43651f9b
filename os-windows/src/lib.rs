//! The Windows adapter of ringway: where segments live, sleeping and waking, and who is alive.
//!
//! ```text
//!  Request ─▶ Segment::open ──┬── view        the bytes                               memory.rs
//!              open.rs        ├── base        section (section.rs) or file            file.rs
//!                             ├── claims      locks that the system takes back:       claims.rs
//!                             │     initialisation, while it is built or removed
//!                             │     attachment, as long as it lives                 liveness.rs
//!                             ├── watch       processes of peers, to be told of their end
//!                             └── events      the bells of the wait slots                 wait.rs
//!                                               for event loops                       doorbell.rs
//! ```
//!
//! | trait of the core | here |
//! |---|---|
//! | `Memory` | a view of a section: a named one, an unnamed one, or one over a file |
//! | `Wait` | an auto-reset event for each wait slot (`ringway_core::wait::parking`) |
//! | `HasBells` | the same event, waited for by the system's pool of threads |
//! | `Liveness` | a named event, or a locked range of the file, that only its maker holds; and process handles |
//!
//! Named objects are of one login session (`Local\`), and this user's alone. A named segment ends with
//! the last process that has it open.
//!
//! Windows 10 or newer. On other systems this crate is empty.
#![cfg(windows)]
#![deny(unsafe_code)]

mod claims;
mod debris;
mod doorbell;
mod file;
pub mod handover;
mod inspect;
mod list;
mod liveness;
mod memory;
mod names;
mod open;
mod problem;
mod section;
mod segment;
mod sys;
mod wait;
mod watch;

pub use debris::remove_debris;
pub use doorbell::Bell;
pub use inspect::{Inspection, inspect};
pub use list::list;
pub use memory::View;
pub use ringway_os_common::{
    BorrowedSystemHandle, Disposition, Listed, MIN_LEN, Name, NameError, OpenError, Origin,
    Ownership, Place, Problem, Request, SystemHandle, User,
};
pub use segment::Segment;
