//! Files and shared-memory objects, by those of Linux.

use super::super::ShmStat;
use crate::shm::PAGE;
use rustix::fs::{FallocateFlags, Mode, OFlags, fallocate, fchmod, fstat, ftruncate};
use rustix::io::{Errno, Result as IoResult};
use rustix::shm;
use std::fs::DirBuilder;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

/// With the zero at its end.
const NAME_MAX: usize = 31;

/// More than any Mac has.
const MEMORY: u64 = 1 << 45;

/// A directory that is this user's alone.
pub(crate) fn cache_directory() -> io::Result<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let path = std::env::temp_dir().join(format!("ringway-double-{user}"));
    match DirBuilder::new().mode(0o700).create(&path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(path),
    }
}

/// Refuses long names and flags that macOS does not know, and applies no umask.
pub(crate) fn shm_open(name: &str, flags: OFlags, mode: Mode) -> IoResult<OwnedFd> {
    if name.len() + 1 > NAME_MAX {
        return Err(Errno::NAMETOOLONG);
    }
    let known = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::TRUNC;
    if !known.contains(flags) {
        return Err(Errno::INVAL);
    }
    let object = shm::open(name, shm::OFlags::from_bits_retain(flags.bits()), mode)?;
    if flags.contains(OFlags::CREATE | OFlags::EXCL) {
        fchmod(&object, mode)?;
    }
    Ok(object)
}

pub(crate) fn shm_unlink(name: &str) -> IoResult<()> {
    shm::unlink(name)
}

/// An object gets its size once, in whole pages.
pub(crate) fn shm_set_size(object: BorrowedFd<'_>, len: u64) -> IoResult<()> {
    if fstat(object)?.st_size != 0 {
        return Err(Errno::INVAL);
    }
    if len > MEMORY {
        return Err(Errno::NOMEM);
    }
    ftruncate(object, len.next_multiple_of(PAGE))
}

pub(crate) fn shm_stat(object: BorrowedFd<'_>) -> IoResult<ShmStat> {
    let stat = fstat(object)?;
    Ok(ShmStat {
        owner: stat.st_uid,
        len: u64::try_from(stat.st_size).unwrap_or(0),
    })
}

pub(crate) fn is_shm(handle: BorrowedFd<'_>) -> bool {
    let link = format!("/proc/self/fd/{}", handle.as_raw_fd());
    std::fs::read_link(link).is_ok_and(|path| path.starts_with("/dev/shm"))
}

pub(crate) fn allocate(file: BorrowedFd<'_>, len: u64) -> IoResult<()> {
    fallocate(file, FallocateFlags::KEEP_SIZE, 0, len)
}
