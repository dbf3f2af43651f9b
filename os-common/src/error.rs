//! Why a segment could not be opened.

use crate::name::NameError;
use ringway_core::attach::AttachError;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a segment could not be opened, created, locked or removed.
///
/// Its text names the segment, what was found, what was expected, and what to do about it:
///
/// ```text
/// segment "ticks": it belongs to user 1001, expected user 1000 or root; choose another name, or …
/// ```
#[derive(Debug)]
pub struct OpenError {
    /// Which segment, as a person would name it.
    pub segment: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl OpenError {
    /// `problem` met with `segment`, which is usually a [`Place`](crate::Place).
    pub fn new(segment: impl fmt::Display, problem: Problem) -> Self {
        OpenError {
            segment: segment.to_string(),
            problem,
        }
    }
}

/// Who owns an object, and what its permission bits let others do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// User id of the owner.
    pub owner: u32,
    /// Permission bits, such as `0o600`.
    pub mode: u32,
}

/// What is wrong with a segment.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// The name breaks a rule for names.
    BadName(NameError),
    /// There is no segment there, and it was not to be created.
    NotFound,
    /// There is a segment already, and a new one was wanted.
    AlreadyExists,
    /// The directory that should hold the file does not exist.
    NoDirectory {
        /// That directory.
        directory: PathBuf,
    },
    /// The system does not let this user do it.
    PermissionDenied {
        /// What was tried: "open", "create", ...
        operation: &'static str,
        /// User id of this process.
        user: u32,
        /// Whose object it is, where that could be found out.
        found: Option<Ownership>,
    },
    /// Somebody put a symbolic link where the segment should be.
    SymbolicLink,
    /// Something other than a regular file is in the way.
    NotRegular {
        /// What it is, with its article: "a directory".
        found: &'static str,
    },
    /// The object belongs to a user who is not trusted here.
    ForeignOwner {
        /// User id of its owner.
        found: u32,
        /// User id of this process.
        expected: u32,
    },
    /// The file has further names, through which others may reach it.
    LinkedElsewhere {
        /// How many names it has.
        links: u64,
    },
    /// The object is smaller than any segment: it was cut off, or is something else.
    TooSmall {
        /// Its size in bytes.
        found: u64,
        /// The size of the smallest segment.
        expected: u64,
    },
    /// The handle does not belong to an anonymous segment whose size is fixed for good.
    NotSealed {
        /// The seals it has; `None` if it is of a kind that cannot be sealed.
        found: Option<u32>,
        /// The seals it needs.
        expected: u32,
    },
    /// There is not enough memory, or room on the device, for a new segment.
    NoSpace {
        /// How many bytes were asked for.
        asked: u64,
        /// The directory whose file system is full; `None` if it is memory itself.
        directory: Option<PathBuf>,
    },
    /// There are too many open descriptors.
    TooManyDescriptors {
        /// Whether it is the limit of the whole machine, and not that of this process.
        machine: bool,
    },
    /// Another process holds the initialisation lock and does not give it back.
    LockTimeout {
        /// How long this process waited for it.
        waited: Duration,
    },
    /// What it holds is not what was asked for, or the end that was asked for is taken.
    Attach(Box<AttachError>),
    /// Another error of the system.
    System {
        /// The call that failed, or what it was for.
        operation: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.segment, self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::BadName(error) => error.fmt(f),
            Problem::NotFound => f.write_str(
                "it does not exist; start the process that creates it first, or open it with \
                 create-or-open",
            ),
            Problem::AlreadyExists => f.write_str(
                "it exists already and a new one was asked for; choose another name, remove it, \
                 or open it with create-or-open",
            ),
            Problem::NoDirectory { directory } => write!(
                f,
                "its directory {} does not exist; create that first",
                directory.display()
            ),
            Problem::PermissionDenied {
                operation,
                user,
                found,
            } => denied(f, operation, *user, *found),
            Problem::SymbolicLink => f.write_str(
                "found a symbolic link, expected a regular file; remove the link, or give the \
                 path it leads to",
            ),
            Problem::NotRegular { found } => write!(
                f,
                "found {found}, expected a regular file; choose another name or move it away"
            ),
            Problem::ForeignOwner { found, expected } => write!(
                f,
                "it belongs to user {found}, expected user {expected} or root; choose another \
                 name, or share it on purpose with a mode that admits other users"
            ),
            Problem::LinkedElsewhere { links } => write!(
                f,
                "the file has {links} names, expected 1; remove the other hard links"
            ),
            Problem::TooSmall { found, expected } => write!(
                f,
                "it has {found} bytes, expected at least {expected}; it was cut off or is not a \
                 segment: remove it or choose another name"
            ),
            Problem::NotSealed { found, expected } => unsealed(f, *found, *expected),
            Problem::NoSpace { asked, directory } => no_space(f, *asked, directory.as_ref()),
            Problem::TooManyDescriptors { machine: false } => f.write_str(
                "this process has as many open descriptors as it may; close some or raise \
                 `ulimit -n`",
            ),
            Problem::TooManyDescriptors { machine: true } => f.write_str(
                "the machine has as many open files as it may; close some or raise fs.file-max",
            ),
            Problem::LockTimeout { waited } => write!(
                f,
                "another process has held its initialisation lock for {waited:?}; look for one \
                 that is stopped in the middle of opening it"
            ),
            Problem::Attach(error) => error.fmt(f),
            Problem::System { operation, source } => write!(f, "{operation} failed: {source}"),
        }
    }
}

fn denied(
    f: &mut fmt::Formatter<'_>,
    operation: &str,
    user: u32,
    found: Option<Ownership>,
) -> fmt::Result {
    write!(f, "user {user} may not {operation} it")?;
    match found {
        Some(Ownership { owner, mode }) => write!(
            f,
            ": it belongs to user {owner} and has mode {mode:04o}; run as that user, or let its \
             creator give it a wider mode"
        ),
        None => f.write_str("; check the permissions of its directory"),
    }
}

fn unsealed(f: &mut fmt::Formatter<'_>, found: Option<u32>, expected: u32) -> fmt::Result {
    match found {
        Some(found) => write!(f, "it has the seals {found:#x}, expected {expected:#x}")?,
        None => write!(f, "it cannot be sealed, expected the seals {expected:#x}")?,
    }
    f.write_str("; hand over the handle of an anonymous segment")
}

fn no_space(f: &mut fmt::Formatter<'_>, asked: u64, directory: Option<&PathBuf>) -> fmt::Result {
    write!(
        f,
        "no room for {asked} bytes; ask for a smaller capacity, or "
    )?;
    let Some(directory) = directory else {
        return f.write_str("give this process more memory");
    };
    write!(
        f,
        "make room in {0} (`df {0}` shows what is left)",
        directory.display()
    )?;
    if directory.as_os_str() == "/dev/shm" {
        f.write_str("; Docker gives it 64 MiB unless started with --shm-size")?;
    }
    Ok(())
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::System { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_names_segment_found_expected_and_remedy() {
        let problem = Problem::NoSpace {
            asked: 1 << 20,
            directory: Some("/dev/shm".into()),
        };
        let text = OpenError::new("segment \"ticks\"", problem).to_string();
        for part in ["\"ticks\"", "1048576", "df /dev/shm", "--shm-size"] {
            assert!(text.contains(part), "{part} is missing in: {text}");
        }
    }

    #[test]
    fn system_error_is_the_source() {
        use std::error::Error;
        let error = |problem| OpenError::new("x", problem);
        let source = io::Error::other("boom");
        let system = Problem::System {
            operation: "mmap",
            source,
        };
        assert!(error(system).source().is_some());
        assert!(error(Problem::NotFound).source().is_none());
    }
}
