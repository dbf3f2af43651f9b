//! Why a segment could not be opened.

use crate::name::NameError;
use ringway_core::attach::AttachError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
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

/// A user, as the system names one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum User {
    /// By a number: on Unix.
    Id(u32),
    /// By a security identifier, such as `S-1-5-21-1-2-3-1000`: on Windows.
    Sid(String),
}

impl From<u32> for User {
    fn from(id: u32) -> Self {
        User::Id(id)
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            User::Id(id) => id.fmt(f),
            User::Sid(sid) => f.write_str(sid),
        }
    }
}

/// Who owns an object, and what its permission bits let others do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// The owner.
    pub owner: User,
    /// Permission bits, such as `0o600`.
    pub mode: u32,
}

/// What has a name that something of ours should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupant {
    /// What it is, with its article: "a directory".
    pub kind: &'static str,
    /// Its owner.
    pub owner: User,
    /// How many names it has.
    pub links: u64,
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
        /// The user as whom this process acts.
        user: User,
        /// Whose object it is, where that could be found out.
        found: Option<Box<Ownership>>,
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
        /// Its owner.
        found: User,
        /// The user as whom this process acts.
        expected: User,
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
    /// Something of another kind has the name: on Windows, segments, events, mutexes and others share
    /// one set of names.
    NameTaken {
        /// The name as the system knows it.
        name: String,
    },
    /// The handle does not let this process do what a segment needs.
    HandleRights {
        /// What it lacks.
        lacks: &'static str,
    },
    /// What is there, or what the handle belongs to, is no segment.
    NotASegment {
        /// What was found.
        found: &'static str,
    },
    /// The segment is that of another login session, whose named objects this process does not see.
    OtherSession {
        /// Its session.
        found: u32,
        /// That of this process.
        expected: u32,
    },
    /// A segment with a name cannot outlive its processes here.
    NotKept,
    /// The permission bits admit others, which this system cannot express.
    NoPermissionBits {
        /// The bits that were asked for.
        asked: u32,
    },
    /// Another program has the file open and does not share it.
    NotShared {
        /// What was tried.
        operation: &'static str,
    },
    /// The file cannot be changed while processes have it mapped.
    StillMapped {
        /// What was tried.
        operation: &'static str,
    },
    /// The file does not say where its memory is: ringway did not write it.
    BadRecord,
    /// The processes of the segment sleep by calls that are private to macOS, and this program was
    /// built without them.
    PrivateCalls,
    /// Others could replace what is in the directory that holds it.
    ExposedDirectory {
        /// That directory.
        directory: PathBuf,
        /// Its permission bits.
        mode: u32,
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
    /// Something else has the name of a FIFO by which sleepers are woken.
    NotABell {
        /// Where it is.
        path: PathBuf,
        /// What is there.
        found: Box<Occupant>,
        /// The user as whom this process acts.
        expected: User,
    },
    /// Another program has the pipe by which an event loop would be told of a ring.
    PipeTaken {
        /// Its name.
        name: String,
        /// What the other one did: "made", "opened".
        how: &'static str,
    },
    /// The handle is not that of a completion port.
    NotAPort,
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
            } => denied(f, operation, user, found.as_deref()),
            Problem::SymbolicLink => f.write_str(
                "found a symbolic link, expected a regular file; remove the link, or give the \
                 path it leads to",
            ),
            Problem::NotRegular { found } => write!(
                f,
                "found {found}, expected a regular file; choose another name or move it away"
            ),
            Problem::ForeignOwner { found, expected } => foreign(f, found, expected),
            Problem::LinkedElsewhere { links } => write!(
                f,
                "the file has {links} names, expected 1; remove the other hard links"
            ),
            Problem::TooSmall { found, expected } => write!(
                f,
                "it has {found} bytes, expected at least {expected}; it was cut off or is not a \
                 segment: remove it or choose another name"
            ),
            Problem::NameTaken { name } => write!(
                f,
                "something that is no segment has the name {name}, such as an event or a mutex of \
                 another program; choose another name"
            ),
            Problem::HandleRights { lacks } => write!(
                f,
                "the handle lacks {lacks}; hand over one with all rights of the original, as \
                 `handover` does"
            ),
            Problem::NotASegment { found } => write!(
                f,
                "found {found}, expected a segment; choose another name, or hand over what `handle` \
                 of its creator gives"
            ),
            Problem::OtherSession { found, expected } => write!(
                f,
                "it belongs to login session {found}, expected session {expected} of this process; \
                 put the segment in a file, which all sessions can use"
            ),
            Problem::NotKept => f.write_str(
                "a named segment ends with the last process that uses it and cannot be persistent \
                 on Windows; put it in a file",
            ),
            Problem::NoPermissionBits { asked } => write!(
                f,
                "mode {asked:04o} admits other users, expected 0600: Windows has no permission bits; \
                 leave the mode out, and for a file that others use set its access list"
            ),
            Problem::NotShared { operation } => write!(
                f,
                "another program has it open for itself, so this process cannot {operation} it; close \
                 it there, or choose another file"
            ),
            Problem::StillMapped { operation } => write!(
                f,
                "a process has it mapped, so this system does not {operation} it; end that process"
            ),
            Problem::BadRecord => f.write_str(
                "found a file that does not say where its memory is, expected one that ringway \
                 wrote; remove it or choose another name",
            ),
            Problem::PrivateCalls => f.write_str(
                "its processes sleep by calls that are private to macOS, which this program was built \
                 without; build both with the feature `ulock`, or both without, or use macOS 14.4",
            ),
            Problem::ExposedDirectory { directory, mode } => write!(
                f,
                "its directory {0} has mode {mode:04o}, expected 0700, so others may replace what \
                 is in it; run `chmod 700 {0}`",
                directory.display()
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
            Problem::NotABell {
                path,
                found,
                expected,
            } => not_a_bell(f, path, found, expected),
            Problem::PipeTaken { name, how } => write!(
                f,
                "another program {how} the pipe {name}, expected to be alone with it; end that \
                 program, or wait for the doorbell by its handle or a completion port"
            ),
            Problem::NotAPort => f.write_str(
                "the handle is not that of a completion port; give what CreateIoCompletionPort made",
            ),
            Problem::Attach(error) => error.fmt(f),
            Problem::System { operation, source } => write!(f, "{operation} failed: {source}"),
        }
    }
}

fn denied(
    f: &mut fmt::Formatter<'_>,
    operation: &str,
    user: &User,
    found: Option<&Ownership>,
) -> fmt::Result {
    write!(f, "user {user} may not {operation} it")?;
    match found {
        Some(Ownership { owner, mode }) => write!(
            f,
            ": it belongs to user {owner} and has mode {mode:04o}; run as that user, or let its \
             creator give it a wider mode"
        ),
        None if matches!(user, User::Sid(_)) => {
            f.write_str("; run as the user whose it is, or change its access list")
        }
        None => f.write_str("; check the permissions of its directory"),
    }
}

fn foreign(f: &mut fmt::Formatter<'_>, found: &User, expected: &User) -> fmt::Result {
    write!(
        f,
        "it belongs to user {found}, expected user {expected} or "
    )?;
    f.write_str(match expected {
        User::Id(_) => {
            "root; choose another name, or share it on purpose with a mode that admits other users"
        }
        User::Sid(_) => "an administrator; choose another name",
    })
}

fn unsealed(f: &mut fmt::Formatter<'_>, found: Option<u32>, expected: u32) -> fmt::Result {
    match found {
        Some(found) => write!(f, "it has the seals {found:#x}, expected {expected:#x}")?,
        None => write!(f, "it cannot be sealed, expected the seals {expected:#x}")?,
    }
    f.write_str("; hand over the handle of an anonymous segment")
}

fn not_a_bell(
    f: &mut fmt::Formatter<'_>,
    path: &Path,
    found: &Occupant,
    expected: &User,
) -> fmt::Result {
    let Occupant { kind, owner, links } = found;
    write!(f, "found {kind} of user {owner}")?;
    if *links > 1 {
        write!(f, " with {links} names")?;
    }
    write!(
        f,
        " at {}, expected a FIFO of user {expected} with one name; remove it",
        path.display()
    )
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
