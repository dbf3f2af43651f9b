//! Events and mutexes, and waiting for them.

use super::security::with_only_me;
use super::{check, owned};
use crate::names::KernelName;
use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, OwnedHandle};
use std::ptr::null;
use std::time::Duration;
use windows_sys::Win32::Foundation::{
    ERROR_ALREADY_EXISTS, GetLastError, HANDLE, SetLastError, WAIT_ABANDONED_0, WAIT_FAILED,
    WAIT_OBJECT_0, WAIT_TIMEOUT,
};
use windows_sys::Win32::System::Threading::{
    CreateEventW, CreateMutexW, INFINITE, OpenEventW, ReleaseMutex, ResetEvent,
    SYNCHRONIZATION_SYNCHRONIZE, SetEvent, WaitForMultipleObjects, WaitForSingleObject,
};

/// As many as the system waits for at a time.
pub(crate) const MOST: usize = 64;

/// What a call gave that makes a named object or opens the one that is there.
pub(crate) struct Named {
    pub(crate) handle: OwnedHandle,
    /// Whether it was there.
    pub(crate) existed: bool,
}

/// Calls what makes a named object, and asks whether it was there.
///
/// # Safety
///
/// `call` gives null, or an open handle that is nobody else's.
pub(super) unsafe fn named(call: impl FnOnce() -> HANDLE) -> io::Result<Named> {
    // SAFETY: it sets a number of this thread.
    unsafe { SetLastError(0) };
    let handle = call();
    // SAFETY: as above. To be asked before any other call.
    let existed = unsafe { GetLastError() } == ERROR_ALREADY_EXISTS;
    // SAFETY: the caller's promise.
    let handle = unsafe { owned(handle)? };
    Ok(Named { handle, existed })
}

/// Makes the auto-reset event `name`, or opens the one that is there.
pub(crate) fn create_event(name: &KernelName) -> io::Result<Named> {
    with_only_me(|security| {
        // SAFETY: `security` lives for the call, `name` ends with a zero, and the call gives null or
        // a new handle.
        unsafe { named(|| CreateEventW(security, 0, 0, name.as_ptr())) }
    })
}

/// Opens the event `name`; `None` if there is none.
pub(crate) fn open_event(name: &KernelName) -> io::Result<Option<OwnedHandle>> {
    // SAFETY: `name` ends with a zero, and the call gives null or a new handle.
    let found = unsafe { owned(OpenEventW(SYNCHRONIZATION_SYNCHRONIZE, 0, name.as_ptr())) };
    match found {
        Ok(event) => Ok(Some(event)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes an event without a name that stays set until it is reset.
pub(crate) fn create_flag() -> io::Result<OwnedHandle> {
    with_only_me(|security| {
        // SAFETY: as above, without a name.
        unsafe { owned(CreateEventW(security, 1, 0, null())) }
    })
}

/// Rings it: one that waits for it, or the next one to do so, passes.
pub(crate) fn set_event(event: BorrowedHandle<'_>) -> io::Result<()> {
    // SAFETY: the handle is open while it is borrowed.
    check(unsafe { SetEvent(event.as_raw_handle()) })
}

/// It is not set any more.
pub(crate) fn reset_event(event: BorrowedHandle<'_>) -> io::Result<()> {
    // SAFETY: the handle is open while it is borrowed.
    check(unsafe { ResetEvent(event.as_raw_handle()) })
}

/// Makes the mutex `name`, which nobody holds, or opens the one that is there.
pub(crate) fn create_mutex(name: &KernelName) -> io::Result<OwnedHandle> {
    with_only_me(|security| {
        // SAFETY: as in `create_event`.
        unsafe { named(|| CreateMutexW(security, 0, name.as_ptr())) }
    })
    .map(|mutex| mutex.handle)
}

/// Gives a mutex back that this thread holds.
pub(crate) fn release_mutex(mutex: BorrowedHandle<'_>) {
    // SAFETY: the handle is open while it is borrowed. It fails for one that this thread does not
    // hold, and then there is nothing to give back.
    unsafe { ReleaseMutex(mutex.as_raw_handle()) };
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    /// The object at this index was signalled; it is the first of them if several were.
    Signalled(usize),
    /// It is a mutex whose holder died. It is this thread's now.
    Abandoned,
    /// Not in time.
    TimedOut,
}

/// Waits for `object`; at most `limit`, for ever if `None`. The system counts in milliseconds, and
/// may come back a little early.
pub(crate) fn wait_for(object: BorrowedHandle<'_>, limit: Option<Duration>) -> io::Result<Waited> {
    // SAFETY: the handle is open while it is borrowed.
    let result = unsafe { WaitForSingleObject(object.as_raw_handle(), millis(limit)) };
    waited(result, 1)
}

/// As [`wait_for`], for the first of up to [`MOST`] objects, none of which is a mutex.
pub(crate) fn wait_for_any(
    objects: &[BorrowedHandle<'_>],
    limit: Option<Duration>,
) -> io::Result<Waited> {
    let count = objects.len().min(MOST);
    // SAFETY: `BorrowedHandle` is a `HANDLE` in all but name (`repr(transparent)`), there are at
    // least `count` of them, and they are open while they are borrowed.
    let result =
        unsafe { WaitForMultipleObjects(count as u32, objects.as_ptr().cast(), 0, millis(limit)) };
    waited(result, count)
}

fn waited(result: u32, count: usize) -> io::Result<Waited> {
    match result {
        WAIT_TIMEOUT => Ok(Waited::TimedOut),
        WAIT_FAILED => Err(io::Error::last_os_error()),
        WAIT_ABANDONED_0 => Ok(Waited::Abandoned),
        found => Ok(Waited::Signalled(
            (found.wrapping_sub(WAIT_OBJECT_0) as usize).min(count.saturating_sub(1)),
        )),
    }
}

/// Milliseconds, rounded up: who asks for less than one must not spin.
pub(super) fn millis(limit: Option<Duration>) -> u32 {
    let Some(limit) = limit else { return INFINITE };
    let millis = limit.as_nanos().div_ceil(1_000_000);
    u32::try_from(millis).unwrap_or(INFINITE).min(INFINITE - 1)
}
