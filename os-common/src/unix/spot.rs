//! The name under which the file system knows a segment.

use super::problem::{check_regular, denied, from_errno, on, size, user};
use crate::error::Problem;
use rustix::fs::{Mode, OFlags, Stat, fchmod, fstat, ftruncate, lstat, open};
use rustix::io::{Errno, Result as IoResult};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

/// A name in the file system. It may refer to another object at any time, except that nobody who
/// keeps the rules removes an object without holding its initialisation lock.
///
/// An adapter says how the object is opened and removed, and where the bytes of the segment are: in
/// that object, or in another one that it leads to.
pub trait Spot {
    /// Its path.
    fn path(&self) -> PathBuf;

    /// Opens the object for reading and writing, not following a symbolic link; with `CREATE` and
    /// `EXCL` among `flags`, makes an empty one.
    ///
    /// # Errors
    ///
    /// Those of `open`.
    fn open(&self, flags: OFlags, mode: Mode) -> IoResult<OwnedFd>;

    /// Takes the name away, and what only leads on from `object`, to which it refers.
    ///
    /// # Errors
    ///
    /// Those of `unlink`.
    fn unlink(&self, object: BorrowedFd<'_>) -> IoResult<()>;

    /// The bytes behind `object`, opened for `access`; `None` as long as nobody built them.
    ///
    /// # Errors
    ///
    /// What keeps this process from getting at them.
    fn bytes(&self, object: BorrowedFd<'_>, access: OFlags) -> Result<Option<Bytes>, Problem>;

    /// Makes `len` bytes behind the empty `object`: all of them or none, also if this process is
    /// killed meanwhile. Its initialisation lock is held.
    ///
    /// # Errors
    ///
    /// There is not enough room, for one.
    fn build(&self, object: BorrowedFd<'_>, len: u64, mode: Mode) -> Result<Bytes, Problem>;

    /// The directory that holds the name.
    fn directory(&self) -> PathBuf {
        let path = self.path();
        match path.parent() {
            Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
            Some(parent) => parent.to_path_buf(),
            None => path,
        }
    }

    /// Opens what is there. `None` if nothing is, or not yet: a creator that wants other users in
    /// opens them the door only after it made the object, which is empty until then.
    ///
    /// # Errors
    ///
    /// What is in the way.
    fn find(&self) -> Result<Option<OwnedFd>, Problem> {
        match self.open(OFlags::empty(), Mode::empty()) {
            Ok(object) => Ok(Some(object)),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::ACCESS) if self.is_in_the_making() => Ok(None),
            Err(errno) => Err(self.explain("open", errno)),
        }
    }

    /// Makes an empty object. `None` if there is one.
    ///
    /// # Errors
    ///
    /// What is in the way.
    fn create(&self, mode: Mode) -> Result<Option<OwnedFd>, Problem> {
        match self.open(OFlags::CREATE | OFlags::EXCL, mode) {
            Ok(object) => Ok(Some(object)),
            Err(Errno::EXIST) => Ok(None),
            Err(Errno::NOENT) => Err(Problem::NoDirectory {
                directory: self.directory(),
            }),
            Err(Errno::NOSPC | Errno::DQUOT) => Err(self.no_space(0)),
            Err(errno) => Err(from_errno("create", errno)),
        }
    }

    /// Opens what is there to look at it.
    ///
    /// # Errors
    ///
    /// [`Problem::NotFound`], or what is in the way.
    fn look(&self) -> Result<OwnedFd, Problem> {
        // A FIFO would wait for its other end without `NONBLOCK`; for files that means nothing.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match open(self.path(), flags, Mode::empty()) {
            Ok(object) => Ok(object),
            Err(Errno::NOENT) => Err(Problem::NotFound),
            Err(errno) => Err(self.explain("read", errno)),
        }
    }

    /// Takes the name away if it refers to `object`; whatever else it refers to stays.
    ///
    /// To be called with the initialisation lock of `object` held.
    ///
    /// # Errors
    ///
    /// [`Problem::PermissionDenied`] if this user may not.
    fn remove(&self, object: BorrowedFd<'_>) -> Result<(), Problem> {
        if !self.refers_to(object).map_err(on("stat"))? {
            return Ok(());
        }
        match self.unlink(object) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(Errno::ACCESS | Errno::PERM) => Err(denied("remove", self.stat().ok().as_ref())),
            Err(errno) => Err(from_errno("unlink", errno)),
        }
    }

    /// Whether the name refers to `object` and to nothing else.
    ///
    /// # Errors
    ///
    /// Those of `stat`.
    fn refers_to(&self, object: BorrowedFd<'_>) -> IoResult<bool> {
        let object = fstat(object)?;
        match self.stat() {
            Ok(named) => Ok((named.st_dev, named.st_ino) == (object.st_dev, object.st_ino)),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// There is no room for `asked` bytes.
    fn no_space(&self, asked: u64) -> Problem {
        Problem::NoSpace {
            asked,
            directory: Some(self.directory()),
        }
    }

    /// Describes the name itself, also if it is a symbolic link.
    ///
    /// # Errors
    ///
    /// Those of `lstat`.
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
    fn explain(&self, operation: &'static str, errno: Errno) -> Problem {
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

/// Where the bytes of a segment are.
#[derive(Debug)]
pub struct Bytes {
    /// The object that holds them; `None`: the one that the name refers to.
    pub apart: Option<OwnedFd>,
    /// How many there are.
    pub len: u64,
}

impl Bytes {
    /// The bytes in `object` itself, if there are any.
    ///
    /// # Errors
    ///
    /// Those of `fstat`.
    pub fn within(object: BorrowedFd<'_>) -> Result<Option<Bytes>, Problem> {
        let len = size(&fstat(object).map_err(on("fstat"))?);
        Ok((len > 0).then_some(Bytes { apart: None, len }))
    }

    /// What to map of a segment whose name refers to `object`.
    pub fn file<'a>(&'a self, object: BorrowedFd<'a>) -> BorrowedFd<'a> {
        self.apart.as_ref().map_or(object, AsFd::as_fd)
    }
}

/// Gives the empty `file` at `spot` its permissions, and its size by `reserve`, or leaves it empty.
///
/// # Errors
///
/// There is no room.
pub fn size_file(
    spot: &impl Spot,
    file: BorrowedFd<'_>,
    len: u64,
    mode: Mode,
    reserve: impl FnOnce(BorrowedFd<'_>, u64) -> IoResult<()>,
) -> Result<Bytes, Problem> {
    let built = permit(file, mode).and_then(|()| {
        reserve(file, len).map_err(|errno| match errno {
            Errno::NOSPC | Errno::DQUOT | Errno::NOMEM => spot.no_space(len),
            other => from_errno("reserving its memory", other),
        })
    });
    if built.is_err() {
        // What failed already is the better thing to report.
        let _ = ftruncate(file, 0);
    }
    built.map(|()| Bytes { apart: None, len })
}

/// Sets the permission bits, from which creation took those of the umask.
fn permit(file: BorrowedFd<'_>, mode: Mode) -> Result<(), Problem> {
    let stat = fstat(file).map_err(on("fstat"))?;
    if stat.st_mode & 0o7777 == mode.as_raw_mode() {
        return Ok(());
    }
    fchmod(file, mode).map_err(on("fchmod"))
}
