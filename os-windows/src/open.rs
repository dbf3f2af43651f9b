//! Create or open: however many processes race, they end with one segment.

use crate::file::open_file;
use crate::problem::{from_io, on};
use crate::section::{create_anonymous, open_handle, open_named};
use crate::segment::Segment;
use ringway_os_common::{OpenError, Origin, Place, Problem, Request};
use std::io;
use std::os::windows::io::AsHandle;

impl Segment {
    /// Opens or creates the object and maps all of it, and keeps holding its initialisation lock:
    /// until [`unlock`](Segment::unlock) no other process gets past this call, replaces the
    /// segment or removes it. The lock dies with its holder.
    ///
    /// All memory of a new segment is reserved. If it cannot be, nothing is left behind.
    ///
    /// # Errors
    ///
    /// A [`Problem`] for everything that can be in the way, together with the segment's name. The
    /// object is never opened if it is a symbolic link, is not a regular file, has a second
    /// name, or belongs to a user who is neither this one nor an administrator.
    pub fn open(request: &Request<'_>) -> Result<(Segment, Origin), OpenError> {
        open(request).map_err(|problem| OpenError::new(request.place, problem))
    }
}

fn open(request: &Request<'_>) -> Result<(Segment, Origin), Problem> {
    check_mode(request)?;
    let (locked, origin) = match request.place {
        Place::Named(_) if request.persistent => return Err(Problem::NotKept),
        Place::Named(name) => open_named(name, request),
        Place::File(path) => open_file(path, request),
        Place::Anonymous => create_anonymous(request),
        Place::Handle(handle) => open_handle(handle.as_handle(), request),
        _ => Err(unknown_place()),
    }?;
    let place = request.place.try_clone().map_err(on("DuplicateHandle"))?;
    Ok((
        Segment::attach(locked, place, request.lock_timeout)?,
        origin,
    ))
}

/// There is nothing here that bits for group or others could be.
fn check_mode(request: &Request<'_>) -> Result<(), Problem> {
    match request.mode {
        Some(asked) if asked & 0o077 != 0 => Err(Problem::NoPermissionBits { asked }),
        _ => Ok(()),
    }
}

/// A kind of place that came after this adapter was written.
pub(crate) fn unknown_place() -> Problem {
    from_io(
        "opening this kind of place",
        io::ErrorKind::Unsupported.into(),
    )
}
