//! The name under which the file system knows a segment.

use crate::problem::{check_regular, denied, from_errno, on, size, user};
use ringway_os_common::{Name, Place, Problem, shm};
use rustix::fs::{Mode, OFlags, Stat, fstat, lstat, open, unlink};
use rustix::io::{Errno, Result as IoResult};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Where Linux shows POSIX shared-memory objects.
pub(crate) const SHM_DIRECTORY: &str = "/dev/shm";

/// A name in the file system. It may refer to another object at any time, except that nobody who
/// keeps the rules removes an object without holding its initialisation lock.
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

    pub(crate) fn path(&self) -> PathBuf {
        match self {
            Spot::Shm(name) => Path::new(SHM_DIRECTORY).join(name.file_name()),
            Spot::File(path) => path.to_path_buf(),
        }
    }

    /// The directory that holds the name.
    pub(crate) fn directory(&self) -> PathBuf {
        let path = self.path();
        match path.parent() {
            Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
            Some(parent) => parent.to_path_buf(),
            None => path,
        }
    }

    /// Opens what is there. `None` if nothing is, or not yet: a creator that wants other users in
    /// opens them the door only after it made the object, which is empty until then.
    pub(crate) fn find(&self) -> Result<Option<OwnedFd>, Problem> {
        match self.open(OFlags::empty(), Mode::empty()) {
            Ok(file) => Ok(Some(file)),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::ACCESS) if self.is_in_the_making() => Ok(None),
            Err(errno) => Err(self.explain("open", errno)),
        }
    }

    /// Makes an empty object. `None` if there is one.
    pub(crate) fn create(&self, mode: Mode) -> Result<Option<OwnedFd>, Problem> {
        match self.open(OFlags::CREATE | OFlags::EXCL, mode) {
            Ok(file) => Ok(Some(file)),
            Err(Errno::EXIST) => Ok(None),
            Err(Errno::NOENT) => Err(Problem::NoDirectory {
                directory: self.directory(),
            }),
            Err(Errno::NOSPC | Errno::DQUOT) => Err(self.no_space(0)),
            Err(errno) => Err(from_errno("create", errno)),
        }
    }

    /// Takes the name away if it refers to `file`; whatever else it refers to stays.
    ///
    /// To be called with the initialisation lock of `file` held.
    pub(crate) fn remove(&self, file: BorrowedFd<'_>) -> Result<(), Problem> {
        if !self.refers_to(file).map_err(on("stat"))? {
            return Ok(());
        }
        let result = match self {
            Spot::Shm(name) => shm::unlink(name),
            Spot::File(path) => unlink(*path),
        };
        match result {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(Errno::ACCESS | Errno::PERM) => Err(denied("remove", self.stat().ok().as_ref())),
            Err(errno) => Err(from_errno("unlink", errno)),
        }
    }

    /// Whether the name refers to `file` and to nothing else.
    pub(crate) fn refers_to(&self, file: BorrowedFd<'_>) -> IoResult<bool> {
        let file = fstat(file)?;
        match self.stat() {
            Ok(named) => Ok((named.st_dev, named.st_ino) == (file.st_dev, file.st_ino)),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn no_space(&self, asked: u64) -> Problem {
        Problem::NoSpace {
            asked,
            directory: Some(self.directory()),
        }
    }

    fn open(&self, flags: OFlags, mode: Mode) -> IoResult<OwnedFd> {
        let flags = flags | OFlags::NOFOLLOW;
        match self {
            Spot::Shm(name) => shm::open(name, flags, mode),
            Spot::File(path) => open(*path, flags | OFlags::RDWR | OFlags::CLOEXEC, mode),
        }
    }

    /// Describes the name itself, also if it is a symbolic link.
    fn stat(&self) -> IoResult<Stat> {
        lstat(self.path())
    }

    /// Whether there is an empty object of another user, who has yet to set its permissions.
    fn is_in_the_making(&self) -> bool {
        self.stat()
            .is_ok_and(|found| size(&found) == 0 && found.st_uid != user())
    }

    /// Why opening what is there failed with `errno`.
    #[cold]
    pub(crate) fn explain(&self, operation: &'static str, errno: Errno) -> Problem {
        let Ok(found) = self.stat() else {
            return from_errno(operation, errno);
        };
        if let Err(other_kind) = check_regular(&found) {
            return other_kind;
        }
        match errno {
            Errno::ACCESS | Errno::PERM => denied(operation, Some(&found)),
            _ => from_errno(operation, errno),
        }
    }
}
