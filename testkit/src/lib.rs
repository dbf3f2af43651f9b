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
#[cfg(target_arch = "x86_64")]
pub mod kill;
mod name;
mod random;
pub mod sandbox;
pub mod scenario;
pub mod signals;
#[cfg(target_arch = "x86_64")]
pub mod step;
pub mod trace;
pub mod vyukov;
mod words;

pub use actor::{Actor, arg, args, play, report};
pub use allocations::{CountingAllocator, allocations};
pub use name::{TempDir, UniqueName};
pub use random::Random;
pub use words::SharedWords;
