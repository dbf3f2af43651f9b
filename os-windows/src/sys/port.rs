//! Completion ports of others.

use super::check;
use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};
use std::ptr::null;
use windows_sys::Win32::System::IO::PostQueuedCompletionStatus;

/// Puts a packet with `key`, of zero bytes and without an `OVERLAPPED`, into `port`.
pub(crate) fn post(port: BorrowedHandle<'_>, key: usize) -> io::Result<()> {
    // SAFETY: the handle is open while it is borrowed; one that is no port is an error.
    check(unsafe { PostQueuedCompletionStatus(port.as_raw_handle(), 0, key, null()) })
}
