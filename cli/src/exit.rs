//! What went wrong, for a person and for a script.

use ringway::{AttachError, OpenError, Problem, Unfit};
use std::fmt::{self, Display};
use std::io;
use std::process::ExitCode;

/// Exit codes; the table in `--help` says the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// None of the others.
    Other = 1,
    /// The command line, or a name, is not right. The number that clap uses.
    Usage = 2,
    /// There is no such channel or file.
    NotFound = 3,
    /// In use, the end is taken, or it exists already.
    InUse = 4,
    /// The other side died or left before everything was moved.
    PeerGone = 5,
    /// The time was up.
    Timeout = 6,
    /// No permission.
    Permission = 7,
    /// Not the channel that was expected.
    Unfit = 8,
    /// Nobody reads the output any more: 128 and SIGPIPE, as shells have it.
    OutputClosed = 141,
}

/// Why a command ends without having done what it should.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Display) -> Self {
        Failure {
            exit,
            message: message.to_string(),
        }
    }

    /// `error` met while doing `what`.
    pub(crate) fn io(what: impl Display, error: &io::Error) -> Self {
        let exit = match error.kind() {
            io::ErrorKind::NotFound => Exit::NotFound,
            io::ErrorKind::PermissionDenied => Exit::Permission,
            _ => Exit::Other,
        };
        Failure::new(exit, format_args!("{what}: {error}"))
    }

    /// Standard output could not be written to.
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::new(Exit::OutputClosed, "");
        }
        Failure::io("writing to standard output", error)
    }

    /// Says it on standard error, except that nobody reads the output: whoever closed it knows.
    pub(crate) fn report(&self) -> ExitCode {
        if self.exit != Exit::OutputClosed {
            eprintln!("ringway: {self}");
        }
        ExitCode::from(self.exit as u8)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let exit = exit_of(&error.problem);
        match error.problem {
            Problem::NotFound => Failure::new(
                exit,
                format_args!(
                    "{}: it does not exist; `ringway ls` lists what there is by name",
                    error.segment
                ),
            ),
            _ => Failure::new(exit, error),
        }
    }
}

fn exit_of(problem: &Problem) -> Exit {
    match problem {
        Problem::BadName(_) => Exit::Usage,
        Problem::NotFound | Problem::NoDirectory { .. } => Exit::NotFound,
        Problem::AlreadyExists => Exit::InUse,
        Problem::PermissionDenied { .. } | Problem::ForeignOwner { .. } => Exit::Permission,
        Problem::SymbolicLink
        | Problem::NotRegular { .. }
        | Problem::LinkedElsewhere { .. }
        | Problem::TooSmall { .. }
        | Problem::NotSealed { .. } => Exit::Unfit,
        Problem::LockTimeout { .. } => Exit::Timeout,
        Problem::Attach(error) => match &**error {
            AttachError::Occupied { .. } | AttachError::Crowded { .. } => Exit::InUse,
            AttachError::Busy => Exit::Timeout,
            AttachError::Unfit(Unfit::Capacity { .. }) => Exit::Usage,
            AttachError::Unfit(Unfit::Unfinished) => Exit::Timeout,
            _ => Exit::Unfit,
        },
        _ => Exit::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_trouble_have_their_codes() {
        let code = |problem| Failure::from(OpenError::new("x", problem)).exit;
        assert_eq!(code(Problem::NotFound), Exit::NotFound);
        assert_eq!(code(Problem::AlreadyExists), Exit::InUse);
        assert_eq!(code(Problem::SymbolicLink), Exit::Unfit);
        let attach = |unfit| code(Problem::Attach(Box::new(AttachError::Unfit(unfit))));
        assert_eq!(attach(Unfit::Capacity { asked: 0 }), Exit::Usage);
        assert_eq!(attach(Unfit::Corrupt), Exit::Unfit);
    }
}
