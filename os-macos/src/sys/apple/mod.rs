//! macOS itself. Not run by the tests, which no Mac has run yet: it only makes calls.

mod bell;
mod files;
mod os_sync;
mod process;
mod queue;
#[cfg(feature = "ulock")]
mod ulock;

pub use bell::BellQueue;
pub(crate) use files::*;
pub(crate) use os_sync::{calls, now};
pub(crate) use process::*;
