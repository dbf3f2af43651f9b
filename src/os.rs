//! The only place that asks which operating system this is.
//!
//! Built with `--cfg ringway_macos`, Linux has the adapter of macOS, with a double of that system
//! under it: so what both have in common, and all that stands on it, is run by the tests.

#[cfg(all(target_os = "linux", not(ringway_macos)))]
use ringway_os_linux as adapter;
#[cfg(any(target_os = "macos", all(target_os = "linux", ringway_macos)))]
use ringway_os_macos as adapter;
#[cfg(target_os = "windows")]
use ringway_os_windows as adapter;

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
compile_error!(
    "ringway has adapters for Linux, macOS and Windows only so far; `ringway-core` builds everywhere \
     and takes an adapter of your own (`ringway_core::platform::Platform`)"
);

#[cfg(any(target_os = "linux", target_os = "macos"))]
pub(crate) use adapter::sweep;
#[cfg(any(target_os = "linux", target_os = "macos", target_os = "windows"))]
pub(crate) use adapter::{
    Bell, Disposition, Listed, Origin, Request, inspect, list, remove_debris,
};
#[cfg(any(target_os = "linux", target_os = "macos", target_os = "windows"))]
pub use adapter::{
    BorrowedSystemHandle, Name, NameError, OpenError, Ownership, Place, Problem, Segment,
    SystemHandle, User, handover,
};

/// Nothing that a dead process leaves beside segments stays there.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(crate) fn sweep(_dry_run: bool) -> std::io::Result<u64> {
    Ok(0)
}
