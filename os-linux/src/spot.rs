//! The name under which the file system knows a segment.

use crate::reserve::reserve;
use ringway_os_common::unix::{self, Bytes, size_file};
use ringway_os_common::{Name, Place, Problem, shm};
use rustix::fs::{Mode, OFlags, open, unlink};
use rustix::io::Result as IoResult;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Where Linux shows POSIX shared-memory objects.
pub(crate) const SHM_DIRECTORY: &str = "/dev/shm";

/// A name in the file system, for an object that holds the bytes itself.
pub(crate) enum Spot<'a> {
    Shm(&'a Name),
    File(&'a Path),
}

impl<'a> Spot<'a> {
    /// The name of `place`, if it has one.
    pub(crate) fn of(place: &'a Place) -> Option<Self> {
        match place {
            Place::Named(name) => Some(Spot::Shm(name)),
            Place::File(path) => Some(Spot::File(path)),
            _ => None,
        }
    }
}

impl unix::Spot for Spot<'_> {
    fn path(&self) -> PathBuf {
        match self {
            Spot::Shm(name) => Path::new(SHM_DIRECTORY).join(name.file_name()),
            Spot::File(path) => path.to_path_buf(),
        }
    }

    fn open(&self, flags: OFlags, mode: Mode) -> IoResult<OwnedFd> {
        let flags = flags | OFlags::NOFOLLOW;
        match self {
            Spot::Shm(name) => shm::open(name, flags, mode),
            Spot::File(path) => open(*path, flags | OFlags::RDWR | OFlags::CLOEXEC, mode),
        }
    }

    fn unlink(&self, _object: BorrowedFd<'_>) -> IoResult<()> {
        match self {
            Spot::Shm(name) => shm::unlink(name),
            Spot::File(path) => unlink(*path),
        }
    }

    fn bytes(&self, object: BorrowedFd<'_>, _access: OFlags) -> Result<Option<Bytes>, Problem> {
        Bytes::within(object)
    }

    fn build(&self, object: BorrowedFd<'_>, len: u64, mode: Mode) -> Result<Bytes, Problem> {
        size_file(self, object, len, mode, reserve)
    }
}
