//! From error numbers to problems a person can act on.

use ringway_os_common::{Ownership, Problem};
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;

/// What `errno` from `operation` means where nothing more is known.
pub(crate) fn from_errno(operation: &'static str, errno: Errno) -> Problem {
    match errno {
        Errno::ACCESS | Errno::PERM => denied(operation, None),
        Errno::MFILE => Problem::TooManyDescriptors { machine: false },
        Errno::NFILE => Problem::TooManyDescriptors { machine: true },
        _ => Problem::System {
            operation,
            source: errno.into(),
        },
    }
}

/// As [`from_errno`], for a `map_err`.
pub(crate) fn on(operation: &'static str) -> impl Fn(Errno) -> Problem {
    move |errno| from_errno(operation, errno)
}

/// As [`on`], for errors of the standard library.
pub(crate) fn on_io(operation: &'static str) -> impl Fn(std::io::Error) -> Problem {
    move |source| match Errno::from_io_error(&source) {
        Some(errno) => from_errno(operation, errno),
        None => Problem::System { operation, source },
    }
}

/// The system does not let this user do `operation` to the object that `stat` describes.
pub(crate) fn denied(operation: &'static str, stat: Option<&Stat>) -> Problem {
    Problem::PermissionDenied {
        operation,
        user: user(),
        found: stat.map(|stat| Ownership {
            owner: stat.st_uid,
            mode: permissions(stat),
        }),
    }
}

/// Whether `stat` describes a regular file.
pub(crate) fn check_regular(stat: &Stat) -> Result<(), Problem> {
    let found = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => return Ok(()),
        FileType::Symlink => return Err(Problem::SymbolicLink),
        FileType::Directory => "a directory",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice => "a character device",
        FileType::BlockDevice => "a block device",
        _ => "a file of unknown type",
    };
    Err(Problem::NotRegular { found })
}

/// The permission bits of an object.
pub(crate) fn permissions(stat: &Stat) -> u32 {
    stat.st_mode & 0o7777
}

/// The user as whom this process acts.
pub(crate) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The size of an object. The kernel never reports a negative one.
pub(crate) fn size(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}
