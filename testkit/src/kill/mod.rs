//! Processes that are killed in the middle of what they do, and what the survivors must find.
//!
//! ```text
//!   scene: prepare ─▶ fork a victim ─▶ lead it k instructions into its call ─▶ SIGKILL
//!                                                                                │
//!     everybody leaves ◀─ laps of further messages ◀─ every message accounted ◀──┘
//! ```

/// Calls `$function` for the subject of this [name](Subject::NAME). It is instantiated in this
/// crate, which the workspace's profiles build optimised.
macro_rules! for_subject {
    ($name:expr, $function:ident) => {
        for_subject!($name, $function;
            $crate::kill::SpscChannel<1>,
            $crate::kill::SpscChannel<5>,
            $crate::kill::SpscChannel<8>,
            $crate::kill::MpmcChannel,
            $crate::kill::MpscChannel,
            $crate::kill::SpmcChannel,
            $crate::kill::VyukovQueue)
    };
    ($name:expr, $function:ident; $($subject:ty),+) => {
        match $name {
            $(name if name == <$subject as $crate::kill::Subject>::NAME => $function::<$subject>(),)+
            other => panic!("no subject {other:?}"),
        }
    };
}

mod board;
mod case;
mod hunt;
mod ledger;
mod many;
mod points;
pub mod random;
mod scene;
mod spsc;
mod subject;
pub mod sync;
mod trial;
mod vyukov;

pub use case::{Call, Case, Company, Fill};
pub use hunt::{Bag, Hunt, play_hunt};
pub use ledger::{Due, Finding, Ledger};
pub use many::{MpmcChannel, MpscChannel, SpmcChannel};
pub use points::{Found, Lead, Place, Points, Take, Tally, Trial, Until, kill_at};
pub use scene::{Outcome, Script};
pub use spsc::{Numbered, SpscChannel};
pub use subject::{PATIENCE, Received, Refused, Subject};
pub use vyukov::VyukovQueue;
