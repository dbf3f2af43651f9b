//! Processes, the clock and the session.

use super::{check, owned};
use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, OwnedHandle, RawHandle};
use std::ptr::null_mut;
use std::sync::OnceLock;
use windows_sys::Win32::Foundation::{
    CloseHandle, DUPLICATE_SAME_ACCESS, DuplicateHandle, FILETIME,
};
use windows_sys::Win32::System::Performance::{QueryPerformanceCounter, QueryPerformanceFrequency};
use windows_sys::Win32::System::RemoteDesktop::ProcessIdToSessionId;
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetProcessTimes, OpenProcess, PROCESS_DUP_HANDLE,
    PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE,
};

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// Nanoseconds since the machine started, the same for all processes.
pub(crate) fn monotonic_nanos() -> u64 {
    static FREQUENCY: OnceLock<i64> = OnceLock::new();
    let frequency = *FREQUENCY.get_or_init(|| {
        let mut frequency = 0;
        // SAFETY: it writes the number. It does not fail since Windows XP.
        unsafe { QueryPerformanceFrequency(&raw mut frequency) };
        frequency.max(1)
    });
    let mut ticks = 0;
    // SAFETY: as above.
    unsafe { QueryPerformanceCounter(&raw mut ticks) };
    let nanos = u128::from(ticks.max(0).cast_unsigned()) * NANOS_PER_SECOND
        / u128::from(frequency.cast_unsigned());
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

/// The login session of this process, to which its `Local\` names belong.
pub(crate) fn session() -> io::Result<u32> {
    let mut session = 0;
    // SAFETY: it writes the number.
    check(unsafe { ProcessIdToSessionId(std::process::id(), &raw mut session) })?;
    Ok(session)
}

/// A handle that becomes signalled when the process ends, or with which handles can be put into it.
pub(crate) fn open(process: u32, purpose: Purpose) -> io::Result<OwnedHandle> {
    let rights = match purpose {
        Purpose::Watch => PROCESS_SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION,
        Purpose::Duplicate => PROCESS_DUP_HANDLE,
    };
    // SAFETY: it gives null or a new handle.
    unsafe { owned(OpenProcess(rights, 0, process)) }
}

/// For what a process is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// To learn of its end.
    Watch,
    /// To give it handles, or to take some of it.
    Duplicate,
}

/// When a process was created; of this one if `None`. With its number that names it for good.
pub(crate) fn creation_time(process: Option<BorrowedHandle<'_>>) -> io::Result<u64> {
    let zero = FILETIME {
        dwLowDateTime: 0,
        dwHighDateTime: 0,
    };
    let [mut created, mut exited, mut kernel, mut user] = [zero; 4];
    // SAFETY: the handle is open while it is borrowed, or stands for this process; all four are
    // written.
    check(unsafe {
        GetProcessTimes(
            process.map_or_else(|| GetCurrentProcess(), |process| process.as_raw_handle()),
            &raw mut created,
            &raw mut exited,
            &raw mut kernel,
            &raw mut user,
        )
    })?;
    Ok(u64::from(created.dwHighDateTime) << 32 | u64::from(created.dwLowDateTime))
}

/// A second handle, in the process `to`, for what `handle` refers to; the number that it has there.
pub(crate) fn duplicate_into(
    to: BorrowedHandle<'_>,
    handle: BorrowedHandle<'_>,
) -> io::Result<u64> {
    let mut there: RawHandle = null_mut();
    // SAFETY: both handles are open while they are borrowed; `there` is written. It is a number of
    // the other process, and is closed by nobody here.
    check(unsafe {
        DuplicateHandle(
            GetCurrentProcess(),
            handle.as_raw_handle(),
            to.as_raw_handle(),
            &raw mut there,
            0,
            0,
            DUPLICATE_SAME_ACCESS,
        )
    })?;
    Ok(there.addr() as u64)
}

/// A second handle here for what the handle with the number `there` of the process `from` refers to.
pub(crate) fn duplicate_from(from: BorrowedHandle<'_>, there: u64) -> io::Result<OwnedHandle> {
    let there = usize::try_from(there).map_err(io::Error::other)?;
    let mut here: RawHandle = null_mut();
    // SAFETY: `from` is open while it is borrowed; a number that is no handle there is an error;
    // `here` is written.
    check(unsafe {
        DuplicateHandle(
            from.as_raw_handle(),
            std::ptr::without_provenance_mut(there),
            GetCurrentProcess(),
            &raw mut here,
            0,
            0,
            DUPLICATE_SAME_ACCESS,
        )
    })?;
    // SAFETY: the call made it, for us.
    unsafe { owned(here) }
}

/// The handle with this number of this process, of which the caller takes charge. What it gives is
/// another handle, so that it is known to be one, and is not inherited.
///
/// # Safety
///
/// Nobody else is in charge of the handle.
pub(crate) unsafe fn own_from_number(number: u64) -> io::Result<OwnedHandle> {
    // SAFETY: the handle stands for this process, and is never closed.
    let here = unsafe { BorrowedHandle::borrow_raw(GetCurrentProcess()) };
    let handle = duplicate_from(here, number)?;
    let number = usize::try_from(number).map_err(io::Error::other)?;
    // SAFETY: it was a handle a moment ago; the caller says that it is in charge of it.
    unsafe { CloseHandle(std::ptr::without_provenance_mut(number)) };
    Ok(handle)
}

/// A second handle that child processes inherit.
pub(crate) fn duplicate_inheritable(handle: BorrowedHandle<'_>) -> io::Result<OwnedHandle> {
    let mut here: RawHandle = null_mut();
    // SAFETY: as in `duplicate_into`, from and to this process.
    check(unsafe {
        DuplicateHandle(
            GetCurrentProcess(),
            handle.as_raw_handle(),
            GetCurrentProcess(),
            &raw mut here,
            0,
            1,
            DUPLICATE_SAME_ACCESS,
        )
    })?;
    // SAFETY: the call made it, for us.
    unsafe { owned(here) }
}
