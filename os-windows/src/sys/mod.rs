//! The system calls, each as a safe function that says what went wrong.
#![allow(unsafe_code)]

pub(crate) mod directory;
pub(crate) mod file;
pub(crate) mod object;
pub(crate) mod pipe;
pub(crate) mod pool;
pub(crate) mod port;
pub(crate) mod process;
pub(crate) mod section;
pub(crate) mod security;

use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};
use windows_sys::Win32::Foundation::HANDLE;

/// `text` as the system takes it.
pub(crate) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// The error of a call that answered `false`.
pub(crate) fn check(is_done: i32) -> io::Result<()> {
    match is_done {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Takes charge of what a call gave, which is null if it failed.
///
/// # Safety
///
/// `handle` is null or open, and nobody else closes it.
pub(crate) unsafe fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the caller's promise, and it is not null.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}
