//! From error codes to problems a person can act on.

use crate::sys::security;
use ringway_os_common::{Problem, User};
use std::io;
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_COMMITMENT_LIMIT, ERROR_NO_SYSTEM_RESOURCES,
    ERROR_NOT_ENOUGH_MEMORY, ERROR_NOT_ENOUGH_QUOTA, ERROR_PRIVILEGE_NOT_HELD,
    ERROR_SHARING_VIOLATION, ERROR_TOO_MANY_OPEN_FILES, ERROR_USER_MAPPED_FILE,
};

/// What `error` from `operation` means where nothing more is known.
pub(crate) fn from_io(operation: &'static str, source: io::Error) -> Problem {
    match code(&source) {
        ERROR_ACCESS_DENIED | ERROR_PRIVILEGE_NOT_HELD => Problem::PermissionDenied {
            operation,
            user: user(),
            found: None,
        },
        ERROR_TOO_MANY_OPEN_FILES => Problem::TooManyDescriptors { machine: false },
        ERROR_USER_MAPPED_FILE => Problem::StillMapped { operation },
        ERROR_SHARING_VIOLATION => Problem::NotShared { operation },
        _ => Problem::System { operation, source },
    }
}

/// As [`from_io`], for a `map_err`.
pub(crate) fn on(operation: &'static str) -> impl Fn(io::Error) -> Problem {
    move |source| from_io(operation, source)
}

/// The number of a system's error; 0 of any other.
pub(crate) fn code(error: &io::Error) -> u32 {
    error.raw_os_error().unwrap_or(0).cast_unsigned()
}

/// Whether there is too little memory for what was asked.
pub(crate) fn lacks_memory(error: &io::Error) -> bool {
    matches!(
        code(error),
        ERROR_COMMITMENT_LIMIT
            | ERROR_NOT_ENOUGH_MEMORY
            | ERROR_NOT_ENOUGH_QUOTA
            | ERROR_NO_SYSTEM_RESOURCES
    )
}

/// The user as whom this process acts.
pub(crate) fn user() -> User {
    User::Sid(security::user().unwrap_or("of unknown name").to_owned())
}

const SYSTEM: &str = "S-1-5-18";
const ADMINISTRATORS: &str = "S-1-5-32-544";

/// Whether this process may believe in what belongs to `owner`: its own user, or who can do anything
/// here anyway.
pub(crate) fn check_owner(owner: io::Result<Option<String>>) -> Result<(), Problem> {
    let Some(found) = owner.map_err(on("asking for the owner"))? else {
        return Ok(());
    };
    let is_me = security::user().is_ok_and(|me| me == found);
    if is_me || found == SYSTEM || found == ADMINISTRATORS {
        return Ok(());
    }
    Err(Problem::ForeignOwner {
        found: User::Sid(found),
        expected: user(),
    })
}
