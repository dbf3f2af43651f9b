//! Processes that are killed in the middle of what they do, and what the survivors must find.
//!
//! ```text
//!   scene: prepare ─▶ fork a victim ─▶ lead it k instructions into its call ─▶ SIGKILL
//!                                                                                │
//!     everybody leaves ◀─ laps of further messages ◀─ every message accounted ◀──┘
//! ```

/// Calls `$function` for the subject of this [name](Subject::name). It is instantiated in this
/// crate, which the workspace's profiles build optimised.
macro_rules! for_subject {
    ($name:expr, $function:ident) => {
        for_subject!($name, $function;
            $crate::kill::Channel<ringway::Spsc, $crate::kill::Numbered<1>>,
            $crate::kill::Channel<ringway::Spsc, $crate::kill::Numbered<5>>,
            $crate::kill::Channel<ringway::Spsc, $crate::kill::Numbered<8>>,
            $crate::kill::Channel<ringway::Mpmc, $crate::kill::Numbered<5>>,
            $crate::kill::Channel<ringway::Mpsc, $crate::kill::Numbered<5>>,
            $crate::kill::Channel<ringway::Spmc, $crate::kill::Numbered<5>>,
            $crate::kill::Channel<ringway::Spsc, [u8]>,
            $crate::kill::Channel<ringway::Mpsc, [u8]>,
            $crate::kill::Channel<ringway::Spmc, [u8]>,
            $crate::kill::Channel<ringway::Mpmc, [u8]>,
            $crate::kill::VyukovQueue)
    };
    ($name:expr, $function:ident; $($subject:ty),+) => {
        match $name {
            $(name if name == <$subject as $crate::kill::Subject>::name() => $function::<$subject>(),)+
            other => panic!("no subject {other:?}"),
        }
    };
}

mod board;
mod bytes;
mod case;
mod channel;
mod contents;
mod flow;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod hunt;
mod items;
mod ledger;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod points;
pub mod random;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod scene;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod stream;
pub mod streams;
mod subject;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub mod sync;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod trial;
mod vyukov;

pub use case::{Call, Case, Company, Fill};
pub use channel::{Channel, Kind};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use hunt::{Bag, Hunt, play_hunt};
pub use items::Numbered;
pub use ledger::{Due, Finding, Ledger};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use points::{Found, Lead, Place, Points, Take, Tally, Trial, Until, kill_at};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use scene::{Outcome, Script};
pub use subject::{PATIENCE, Received, Refused, Size, Subject, Trace, place};
pub use vyukov::VyukovQueue;
