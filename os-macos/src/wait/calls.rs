//! The calls to sleep on an address, as macOS has them since 14.4.

use crate::wait::Timebase;
use rustix::io::Errno;
use std::sync::atomic::AtomicU32;

/// `OS_SYNC_WAIT_ON_ADDRESS_SHARED` and `OS_SYNC_WAKE_BY_ADDRESS_SHARED`: between processes.
pub const SHARED: u32 = 1;

/// `OS_CLOCK_MACH_ABSOLUTE_TIME`, the one clock that deadlines may be of.
pub const MACH_ABSOLUTE_TIME: u32 = 32;

/// The size of a word, in bytes.
pub const WORD: usize = size_of::<AtomicU32>();

/// The calls, one for one: parameters, results and errors are theirs.
///
/// | error of a wait | means |
/// |---|---|
/// | `EINTR`, `ENOMEM` | nothing: look again |
/// | `EFAULT` | the page of the word is not resident, which reading it cures |
/// | `ETIMEDOUT` | the deadline passed |
/// | `EINVAL`, `EDOM` | wrong size, flags, clock, or a deadline of 0 |
///
/// A wake that finds nobody is `ENOENT`.
pub trait Calls: Send + Sync {
    /// `os_sync_wait_on_address`: sleeps while the word, zero-extended, is `value`. All 64 bits are
    /// compared, though the header says otherwise. Returns how many sleep there still; also if the
    /// word held another value.
    ///
    /// # Errors
    ///
    /// As above.
    fn wait(&self, word: &AtomicU32, value: u64, size: usize, flags: u32) -> Result<u32, Errno>;

    /// `os_sync_wait_on_address_with_deadline`, in [`ticks`](Calls::ticks).
    ///
    /// # Errors
    ///
    /// As above.
    fn wait_with_deadline(
        &self,
        word: &AtomicU32,
        value: u64,
        size: usize,
        flags: u32,
        clock: u32,
        deadline: u64,
    ) -> Result<u32, Errno>;

    /// `os_sync_wake_by_address_any`: wakes one.
    ///
    /// # Errors
    ///
    /// `ENOENT`, `EINVAL`.
    fn wake_any(&self, word: &AtomicU32, size: usize, flags: u32) -> Result<(), Errno>;

    /// `os_sync_wake_by_address_all`.
    ///
    /// # Errors
    ///
    /// `ENOENT`, `EINVAL`.
    fn wake_all(&self, word: &AtomicU32, size: usize, flags: u32) -> Result<(), Errno>;

    /// `mach_absolute_time`.
    fn ticks(&self) -> u64;

    /// `mach_timebase_info`.
    fn timebase(&self) -> Timebase;
}
