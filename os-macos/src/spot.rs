//! The names under which the file system knows segments.

use crate::directory::directory;
use crate::shm::{self, Id};
use crate::sys;
use ringway_os_common::unix::problem::{from_errno, on};
use ringway_os_common::unix::{self, Bytes, reserve, size_file};
use ringway_os_common::{Name, Place, Problem};
use rustix::fs::{Mode, OFlags, fchmod, open, unlink};
use rustix::io::{Errno, Result as IoResult};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// The path of a lock file, or of a file that holds the bytes itself.
#[derive(Debug)]
pub(crate) enum Spot {
    /// A lock file whose record names the memory.
    Named(PathBuf),
    /// The lock file of memory that has no name.
    Anonymous(PathBuf),
    /// A file that holds the bytes.
    File(PathBuf),
}

impl Spot {
    /// The name of `place`, if it has one.
    pub(crate) fn of(place: &Place) -> Result<Option<Self>, Problem> {
        Ok(match place {
            Place::Named(name) => Some(Spot::Named(directory()?.join(name.file_name()))),
            Place::File(path) => Some(Spot::File(path.clone())),
            _ => None,
        })
    }

    /// The lock file of the anonymous segment `id`.
    pub(crate) fn anonymous(id: Id) -> Result<Self, Problem> {
        let name = format!("{ANONYMOUS}{id}");
        Ok(Spot::Anonymous(directory()?.join(name)))
    }

    fn of_name(directory: &Path, name: &Name) -> Self {
        Spot::Named(directory.join(name.file_name()))
    }

    fn as_path(&self) -> &Path {
        match self {
            Spot::Named(path) | Spot::Anonymous(path) | Spot::File(path) => path,
        }
    }
}

/// What the names of lock files of anonymous segments begin with.
pub(crate) const ANONYMOUS: &str = "anonymous.";

impl unix::Spot for Spot {
    fn path(&self) -> PathBuf {
        self.as_path().to_path_buf()
    }

    fn open(&self, flags: OFlags, mode: Mode) -> IoResult<OwnedFd> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::RDWR | OFlags::CLOEXEC;
        open(self.as_path(), flags, mode)
    }

    /// The memory goes first: a record that leads nowhere is a segment that nobody built.
    fn unlink(&self, object: BorrowedFd<'_>) -> IoResult<()> {
        if let (Spot::Named(_), Ok(Some(id))) = (self, shm::read_record(object)) {
            shm::remove(id)?;
        }
        unlink(self.as_path())
    }

    fn bytes(&self, object: BorrowedFd<'_>, access: OFlags) -> Result<Option<Bytes>, Problem> {
        match self {
            Spot::Named(_) => recorded(object, access),
            // Only the handle leads to them.
            Spot::Anonymous(_) => Ok(None),
            Spot::File(_) => Bytes::within(object),
        }
    }

    fn build(&self, object: BorrowedFd<'_>, len: u64, mode: Mode) -> Result<Bytes, Problem> {
        match self {
            Spot::Named(_) => build_apart(object, len, mode),
            Spot::Anonymous(_) => Err(from_errno("building an anonymous segment", Errno::NOTSUP)),
            Spot::File(_) => size_file(self, object, len, mode, |file, len| {
                reserve(file, len, sys::allocate)
            }),
        }
    }
}

/// The memory that the record in `lock_file` leads to. One that never got its size, or is gone since
/// the machine was started anew, is none.
fn recorded(lock_file: BorrowedFd<'_>, access: OFlags) -> Result<Option<Bytes>, Problem> {
    let Some(id) = shm::read_record(lock_file)? else {
        return Ok(None);
    };
    let found = shm::open(id, access)?.filter(|(_, len)| *len > 0);
    Ok(found.map(|(object, len)| Bytes {
        apart: Some(object),
        len,
    }))
}

/// The record is written before the memory is made: so whoever is killed between leaves no memory
/// that nobody can find.
fn build_apart(lock_file: BorrowedFd<'_>, len: u64, mode: Mode) -> Result<Bytes, Problem> {
    if let Some(left_over) = shm::read_record(lock_file)? {
        shm::remove(left_over).map_err(on("shm_unlink"))?;
    }
    fchmod(lock_file, mode).map_err(on("fchmod"))?;
    let id = Id::random()?;
    shm::write_record(lock_file, id).map_err(on("writing its record"))?;
    let (object, len) = shm::create(id, len, mode)?;
    Ok(Bytes {
        apart: Some(object),
        len,
    })
}

/// How many bytes there are behind `name` in `directory`; 0 if that cannot be found out.
pub(crate) fn len_of(directory: &Path, name: &Name) -> u64 {
    use unix::Spot as _;
    let spot = Spot::of_name(directory, name);
    let found = spot
        .look()
        .and_then(|file| recorded(file.as_fd(), OFlags::RDONLY));
    found.ok().flatten().map_or(0, |bytes| bytes.len)
}
