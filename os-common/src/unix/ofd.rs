//! Open-file-description locks on single bytes: `fcntl` with `F_OFD_SETLK` and `F_OFD_GETLK`.
//!
//! Such a lock is given back when the last descriptor of its description is closed, and so at the
//! latest when the processes that hold one are dead. The byte need not exist in the file.
#![allow(unsafe_code)]

use ringway_core::liveness::PeerId;
use rustix::io::{Errno, Result};
use std::ffi::{c_int, c_short};
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};

/// As `flock` has them; the headers of Linux give them as longer numbers.
const F_WRLCK: c_short = libc::F_WRLCK as c_short;
const F_UNLCK: c_short = libc::F_UNLCK as c_short;

/// Takes the lock on `byte` for `description`, or returns `false` if another one has it.
///
/// # Errors
///
/// Those of `fcntl`.
pub fn try_lock(description: BorrowedFd<'_>, byte: u32) -> Result<bool> {
    let mut lock = lock_on(byte, F_WRLCK)?;
    match call(description, libc::F_OFD_SETLK, &mut lock) {
        Ok(()) => Ok(true),
        Err(Errno::AGAIN | Errno::ACCESS) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Gives the lock on `byte` back; no error if it was not held.
///
/// # Errors
///
/// As [`try_lock`].
pub fn unlock(description: BorrowedFd<'_>, byte: u32) -> Result<()> {
    let mut lock = lock_on(byte, F_UNLCK)?;
    call(description, libc::F_OFD_SETLK, &mut lock)
}

/// Whether a description other than `description` holds the lock on `byte`. It may be open for
/// reading only.
///
/// # Errors
///
/// As [`try_lock`].
pub fn is_locked_elsewhere(description: BorrowedFd<'_>, byte: u32) -> Result<bool> {
    let mut lock = lock_on(byte, F_WRLCK)?;
    call(description, libc::F_OFD_GETLK, &mut lock)?;
    Ok(lock.l_type != F_UNLCK)
}

/// Whether a description other than `description` holds any lock.
///
/// # Errors
///
/// As [`try_lock`].
pub fn is_any_locked_elsewhere(description: BorrowedFd<'_>) -> Result<bool> {
    let mut lock = lock_on(0, F_WRLCK)?;
    lock.l_len = 0; // to the end, however far that is
    call(description, libc::F_OFD_GETLK, &mut lock)?;
    Ok(lock.l_type != F_UNLCK)
}

fn lock_on(byte: u32, kind: c_short) -> Result<libc::flock> {
    // Byte numbers fit into the signed 32 bits that `off_t` has on some targets.
    debug_assert!(byte <= PeerId::MAX_TOKEN);
    // SAFETY: `flock` is made of integers, for which zeros are valid. Some targets have padding
    // fields with names of their own, so it cannot be written out here. `l_pid` must be zero.
    let mut lock: libc::flock = unsafe { mem::zeroed() };
    lock.l_type = kind;
    lock.l_whence = c_short::try_from(libc::SEEK_SET).map_err(|_| Errno::INVAL)?;
    lock.l_start = byte as libc::off_t;
    lock.l_len = 1;
    Ok(lock)
}

fn call(description: BorrowedFd<'_>, command: c_int, lock: &mut libc::flock) -> Result<()> {
    // SAFETY: the descriptor is open while it is borrowed, both commands take a pointer to a
    // `flock`, and `lock` is one that is borrowed exclusively for the call.
    let result = unsafe { libc::fcntl(description.as_raw_fd(), command, lock) };
    if result == 0 {
        return Ok(());
    }
    let error = std::io::Error::last_os_error();
    Err(Errno::from_io_error(&error).unwrap_or(Errno::IO))
}
