//! What stands in for macOS on Linux, for tests.
//!
//! It does the same by what Linux has, refuses what macOS is documented to refuse, and fails now and
//! then as macOS may fail. `docs/platforms.md` says where its rules come from.

mod files;
mod os_sync;
mod process;

pub(crate) use files::*;
pub(crate) use os_sync::{calls, now};
pub(crate) use process::*;
pub use ringway_os_linux::Queue as BellQueue;
pub(crate) use ringway_os_linux::has_ended;
