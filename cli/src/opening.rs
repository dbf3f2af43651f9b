//! Opening an end, and what is wrong if the two sides do not say the same.

use crate::exit::{Exit, Failure};
use ringway::{AttachError, Kind, OpenError, Problem, Unfit};

/// An end that was opened, or why not: in the terms of this command, if one side says `--raw` and the
/// other does not.
pub(crate) fn opened<E>(result: Result<E, OpenError>) -> Result<E, Failure> {
    result.map_err(|error| match mismatch(&error.problem) {
        Some(advice) => Failure::new(Exit::Unfit, format_args!("{}: {advice}", error.segment)),
        None => error.into(),
    })
}

fn mismatch(problem: &Problem) -> Option<&'static str> {
    let Problem::Attach(error) = problem else {
        return None;
    };
    let AttachError::Unfit(Unfit::Kind { found, expected }) = &**error else {
        return None;
    };
    match (Kind::from_number(*found)?, expected) {
        (Kind::Pipe, Kind::SpscBytes) => Some(
            "it is a pipe, a stream of bytes, and without --raw this command expects an spsc channel \
             of bytes, with messages in it; say --raw on both sides or on neither",
        ),
        (Kind::SpscBytes, Kind::Pipe) => Some(
            "it is an spsc channel of bytes, with messages in it, and with --raw this command expects \
             a pipe, a stream of bytes; say --raw on both sides or on neither",
        ),
        _ => None,
    }
}
