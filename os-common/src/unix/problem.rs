//! From error numbers to problems a person can act on.

use crate::error::{Ownership, Problem};
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;

/// What `errno` from `operation` means where nothing more is known.
#[must_use]
pub fn from_errno(operation: &'static str, errno: Errno) -> Problem {
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
pub fn on(operation: &'static str) -> impl Fn(Errno) -> Problem {
    move |errno| from_errno(operation, errno)
}

/// As [`on`], for errors of the standard library.
pub fn on_io(operation: &'static str) -> impl Fn(std::io::Error) -> Problem {
    move |source| match Errno::from_io_error(&source) {
        Some(errno) => from_errno(operation, errno),
        None => Problem::System { operation, source },
    }
}

/// The system does not let this user do `operation` to the object that `stat` describes.
#[must_use]
pub fn denied(operation: &'static str, stat: Option<&Stat>) -> Problem {
    Problem::PermissionDenied {
        operation,
        user: user().into(),
        found: stat.map(|stat| {
            Box::new(Ownership {
                owner: stat.st_uid.into(),
                mode: permissions(stat),
            })
        }),
    }
}

/// Whether `stat` describes a regular file.
///
/// # Errors
///
/// What it describes instead.
pub fn check_regular(stat: &Stat) -> Result<(), Problem> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(()),
        FileType::Symlink => Err(Problem::SymbolicLink),
        _ => Err(Problem::NotRegular {
            found: kind_of(stat),
        }),
    }
}

/// What `stat` describes, with its article.
#[must_use]
pub fn kind_of(stat: &Stat) -> &'static str {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => "a regular file",
        FileType::Symlink => "a symbolic link",
        FileType::Directory => "a directory",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice => "a character device",
        FileType::BlockDevice => "a block device",
        _ => "a file of unknown type",
    }
}

/// The permission bits of an object.
#[must_use]
#[allow(clippy::useless_conversion)] // its width depends on the system
pub fn permissions(stat: &Stat) -> u32 {
    u32::from(stat.st_mode) & 0o7777
}

/// The user as whom this process acts.
#[must_use]
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The size of an object. The kernel never reports a negative one.
#[must_use]
pub fn size(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

/// As an error of the standard library, for calls that have no segment to name.
#[must_use]
pub fn into_io(problem: Problem) -> std::io::Error {
    match problem {
        Problem::System { source, .. } => source,
        other => std::io::Error::other(other.to_string()),
    }
}
