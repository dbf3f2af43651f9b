//! Segments without a name: sealed `memfd`s.

use crate::reserve::reserve;
use ringway_os_common::Problem;
use ringway_os_common::unix::problem::{from_errno, on};
use rustix::fs::{
    MemfdFlags, Mode, OFlags, SealFlags, fchmod, fcntl_add_seals, fcntl_get_seals, memfd_create,
};
use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// What makes the size of the object final: nobody can cut it off under those who mapped it.
const SEALS: SealFlags = SealFlags::SHRINK
    .union(SealFlags::GROW)
    .union(SealFlags::SEAL);

/// A new object of `len` bytes.
///
/// A `memfd` starts with mode 0777, and whoever holds a descriptor of it may open it anew as far as
/// the mode admits, so that is narrowed first.
pub(crate) fn create(len: u64, mode: Mode) -> Result<OwnedFd, Problem> {
    let file = create_empty().map_err(on("memfd_create"))?;
    fchmod(&file, mode).map_err(on("fchmod"))?;
    reserve(file.as_fd(), len).map_err(|errno| match errno {
        Errno::NOSPC | Errno::NOMEM => Problem::NoSpace {
            asked: len,
            directory: None,
        },
        other => from_errno("fallocate", other),
    })?;
    fcntl_add_seals(&file, SEALS).map_err(on("fcntl(F_ADD_SEALS)"))?;
    Ok(file)
}

fn create_empty() -> rustix::io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // NOEXEC_SEAL came with Linux 6.3.
    match memfd_create("ringway", flags | MemfdFlags::NOEXEC_SEAL) {
        Err(Errno::INVAL) => memfd_create("ringway", flags),
        result => result,
    }
}

/// Whether `handle` belongs to an object whose size is final. Further seals do no harm.
pub(crate) fn check_sealed(handle: BorrowedFd<'_>) -> Result<(), Problem> {
    let found = match fcntl_get_seals(handle) {
        Ok(seals) => Some(seals),
        Err(Errno::INVAL) => None,
        Err(other) => return Err(from_errno("fcntl(F_GET_SEALS)", other)),
    };
    if found.is_some_and(|seals| seals.contains(SEALS)) {
        return Ok(());
    }
    Err(Problem::NotSealed {
        found: found.map(|seals| seals.bits()),
        expected: SEALS.bits(),
    })
}

/// Opens the object behind `handle` anew.
///
/// A handle that was handed over shares its open file description, and with it every lock, with
/// the process that sent it. An attachment needs a description that dies with it.
pub(crate) fn reopen(handle: BorrowedFd<'_>, access: OFlags) -> Result<OwnedFd, Problem> {
    let path = format!("/proc/self/fd/{}", handle.as_raw_fd());
    rustix::fs::open(path, access | OFlags::CLOEXEC, Mode::empty())
        .map_err(on("reopen through /proc/self/fd"))
}
