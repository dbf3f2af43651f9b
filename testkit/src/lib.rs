//! What ringway's tests share: a test program that plays several processes, and what to do to them.
//!
//! A test starts its own program again as a *role*: a function of the same test file, named in
//! [`roles!`]. The two talk by lines on standard output ([`report`]) and by an empty standard
//! input that ends when the test does.
//!
//! ```no_run
//! use ringway_testkit::{Actor, arg, report, roles};
//!
//! roles! { counts_to }
//!
//! fn counts_to() {
//!     for n in 0..arg::<u32>(0) {
//!         report(n);
//!     }
//! }
//!
//! #[test]
//! fn a_process_counts() {
//!     let mut actor = Actor::start("counts_to", &["3"]);
//!     assert_eq!(actor.heard::<u32>(), 0);
//! }
//! # fn main() {}
//! ```
#![deny(unsafe_code)]

mod actor;
mod allocations;
pub mod asleep;
mod file_at;
pub mod kill;
mod name;
pub mod process;
mod random;
#[cfg(target_os = "linux")]
pub mod sandbox;
pub mod scenario;
#[cfg(unix)]
pub mod signals;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub mod step;
#[cfg(target_os = "linux")]
pub mod trace;
pub mod vyukov;
mod words;

pub use actor::{Actor, arg, args, play, report};
pub use allocations::{CountingAllocator, allocations};
pub use file_at::FileAt;
#[cfg(target_os = "linux")]
pub use name::directory;
pub use name::{TempDir, UniqueName, place};
pub use random::Random;
pub use words::SharedWords;

/// The adapter of this system.
pub mod os {
    /// Where a test may put what it likes in a segment: behind the header and the wait slots
    /// (`docs/abi.md`), which there are without a header, too. A multiple of every alignment.
    pub const BEHIND_SLOTS: usize = 4480;

    #[cfg(all(target_os = "linux", not(ringway_macos)))]
    pub use ringway_os_linux::{Disposition, Origin, Request, Segment};
    #[cfg(any(target_os = "macos", all(target_os = "linux", ringway_macos)))]
    pub use ringway_os_macos::{Disposition, Origin, Request, Segment};
    #[cfg(windows)]
    pub use ringway_os_windows::{Disposition, Origin, Request, Segment};
}
