//! A pipe of which this process has both ends.

use super::security::with_only_me;
use super::{check, owned};
use crate::names::KernelName;
use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, OwnedHandle};
use std::ptr::{null, null_mut};
use windows_sys::Win32::Foundation::{GENERIC_WRITE, HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED, OPEN_EXISTING,
    PIPE_ACCESS_INBOUND, SECURITY_IDENTIFICATION, SECURITY_SQOS_PRESENT, WriteFile,
};
use windows_sys::Win32::System::Pipes::{
    CreateNamedPipeW, GetNamedPipeClientProcessId, PIPE_NOWAIT, PIPE_READMODE_BYTE,
    PIPE_REJECT_REMOTE_CLIENTS, PIPE_TYPE_BYTE, SetNamedPipeHandleState,
};

/// More than are ever unread where somebody reads; who writes into a full one writes nothing.
const BUFFER: u32 = 64;

/// Makes the pipe `name` and gives the end that is read, for overlapped calls. An error if there is a
/// pipe of that name.
pub(crate) fn create(name: &KernelName) -> io::Result<OwnedHandle> {
    with_only_me(|security| {
        // SAFETY: `name` ends with a zero and `security` lives for the call.
        let end = unsafe {
            CreateNamedPipeW(
                name.as_ptr(),
                PIPE_ACCESS_INBOUND | FILE_FLAG_FIRST_PIPE_INSTANCE | FILE_FLAG_OVERLAPPED,
                PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
                1,
                0,
                BUFFER,
                0,
                security,
            )
        };
        // SAFETY: the call gives a new handle, or what `valid` says.
        unsafe { owned(valid(end)) }
    })
}

/// Opens the end of the pipe `name` that is written. Writing never waits.
pub(crate) fn open(name: &KernelName) -> io::Result<OwnedHandle> {
    // SAFETY: `name` ends with a zero, there is no descriptor and no template.
    let end = unsafe {
        CreateFileW(
            name.as_ptr(),
            GENERIC_WRITE,
            0,
            null(),
            OPEN_EXISTING,
            // Whoever has the other end cannot act as this user.
            SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION,
            null_mut(),
        )
    };
    // SAFETY: as in `create`.
    let end = unsafe { owned(valid(end))? };
    let mode = PIPE_READMODE_BYTE | PIPE_NOWAIT;
    // SAFETY: the handle is ours; the mode is read, and nothing else is set.
    check(unsafe {
        SetNamedPipeHandleState(end.as_raw_handle(), &raw const mode, null(), null())
    })?;
    Ok(end)
}

/// Which process opened the other end of what [`create`] gave.
pub(crate) fn opener(end: BorrowedHandle<'_>) -> io::Result<u32> {
    let mut process = 0;
    // SAFETY: the handle is open while it is borrowed; it writes the number.
    check(unsafe { GetNamedPipeClientProcessId(end.as_raw_handle(), &raw mut process) })?;
    Ok(process)
}

/// Writes one byte, if there is room.
pub(crate) fn write_one(end: BorrowedHandle<'_>) -> io::Result<()> {
    let (byte, mut written) = ([1_u8], 0);
    // SAFETY: the handle is open while it is borrowed; one byte is read, the number is written.
    check(unsafe {
        WriteFile(
            end.as_raw_handle(),
            byte.as_ptr(),
            1,
            &raw mut written,
            null_mut(),
        )
    })
}

/// Null instead of the value by which these calls say that they failed.
fn valid(handle: HANDLE) -> HANDLE {
    match handle {
        INVALID_HANDLE_VALUE => null_mut(),
        other => other,
    }
}
