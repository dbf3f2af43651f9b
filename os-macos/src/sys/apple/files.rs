//! Files and shared-memory objects.

use super::super::ShmStat;
use rustix::fs::{Mode, OFlags, fstat, ftruncate};
use rustix::io::{Errno, Result as IoResult};
use rustix::shm;
use std::ffi::{CStr, OsStr, c_char};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

const PATH_MAX: usize = 1024;

/// The cache directory of this user, which the system made.
pub(crate) fn cache_directory() -> io::Result<PathBuf> {
    let mut text = [0u8; PATH_MAX];
    // SAFETY: it writes at most as many bytes as it is told there are.
    let len = unsafe {
        libc::confstr(
            libc::_CS_DARWIN_USER_CACHE_DIR,
            text.as_mut_ptr().cast(),
            text.len(),
        )
    };
    if len == 0 {
        return Err(io::Error::last_os_error());
    }
    // It is cut off, without a zero at its end, if it is too long.
    let path = CStr::from_bytes_until_nul(&text).map_err(|_| Errno::NAMETOOLONG)?;
    Ok(PathBuf::from(OsStr::from_bytes(path.to_bytes())))
}

/// `shm_open`, with no flags but those of access, `CREATE` and `EXCL`: newer systems refuse others,
/// also `CLOEXEC`, which is set without being asked for. No umask applies to `mode`.
pub(crate) fn shm_open(name: &str, flags: OFlags, mode: Mode) -> IoResult<OwnedFd> {
    shm::open(name, shm::OFlags::from_bits_retain(flags.bits()), mode)
}

/// `shm_unlink`.
pub(crate) fn shm_unlink(name: &str) -> IoResult<()> {
    shm::unlink(name)
}

/// `ftruncate`, which an object takes once.
pub(crate) fn shm_set_size(object: BorrowedFd<'_>, len: u64) -> IoResult<()> {
    ftruncate(object, len)
}

/// `fstat`. It says nothing of the kind of the object.
pub(crate) fn shm_stat(object: BorrowedFd<'_>) -> IoResult<ShmStat> {
    let stat = fstat(object)?;
    Ok(ShmStat {
        owner: stat.st_uid,
        len: u64::try_from(stat.st_size).unwrap_or(0),
    })
}

/// Whether `handle` belongs to a shared-memory object: neither a file, which has a path, nor one of
/// the kinds that `fstat` knows.
pub(crate) fn is_shm(handle: BorrowedFd<'_>) -> bool {
    let mut path: [c_char; PATH_MAX] = [0; PATH_MAX];
    // SAFETY: it writes at most `PATH_MAX` bytes.
    let result = unsafe { libc::fcntl(handle.as_raw_fd(), libc::F_GETPATH, path.as_mut_ptr()) };
    let kind = fstat(handle).map(|stat| stat.st_mode & libc::S_IFMT);
    result != 0 && kind.is_ok_and(|kind| kind == 0 || kind == libc::S_IFREG)
}

/// Reserves `len` bytes for an empty `file`, whose size stays 0.
pub(crate) fn allocate(file: BorrowedFd<'_>, len: u64) -> IoResult<()> {
    let length = libc::off_t::try_from(len).map_err(|_| Errno::NOSPC)?;
    let mut store = libc::fstore_t {
        fst_flags: libc::F_ALLOCATEALL,
        fst_posmode: libc::F_PEOFPOSMODE,
        fst_offset: 0,
        fst_length: length,
        fst_bytesalloc: 0,
    };
    // SAFETY: the command takes a pointer to such a record, which is borrowed exclusively.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_PREALLOCATE, &raw mut store) };
    if result == -1 {
        Err(last_errno())
    } else {
        Ok(())
    }
}

/// The error of the call that failed just now.
pub(super) fn last_errno() -> Errno {
    Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO)
}
