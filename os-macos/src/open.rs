//! Create or open, as [`unix`](ringway_os_common::unix) does it; segments without a name besides.

use crate::anonymous;
use crate::liveness::here;
use crate::segment::Segment;
use crate::spot::Spot;
use ringway_os_common::unix::{Opened, attach, mode, open_spot, unknown_place};
use ringway_os_common::{Disposition, OpenError, Origin, Place, Problem, Request};
use std::os::fd::AsFd;

impl Segment {
    /// Opens or creates the object and maps all of it, and keeps holding its initialisation lock:
    /// until [`unlock`](Segment::unlock) no other process gets past this call, replaces the
    /// segment or removes it. The lock dies with its holder.
    ///
    /// Its size is rounded up to whole pages of 16 KiB, save in a file, whose size is exact and whose
    /// memory is reserved. If it cannot be had, nothing is left behind.
    ///
    /// # Errors
    ///
    /// A [`Problem`] for everything that can be in the way, together with the segment's name. The
    /// object is never opened if it is a symbolic link, is not a regular file, has a second
    /// name, or belongs to a user who is neither this one nor root (but see [`Request::mode`]).
    pub fn open(request: &Request<'_>) -> Result<(Segment, Origin), OpenError> {
        open(request).map_err(|problem| OpenError::new(request.place, problem))
    }
}

fn open(request: &Request<'_>) -> Result<(Segment, Origin), Problem> {
    let (spot, opened) = match Spot::of(request.place)? {
        Some(spot) => {
            let opened = open_spot(&spot, request)?;
            (spot, opened)
        }
        None => open_nameless(request)?,
    };
    let (held, origin) = attach(opened, Some(&spot), request, here())?;
    Ok((Segment::new(held, spot, origin)?, origin))
}

fn open_nameless(request: &Request<'_>) -> Result<(Spot, Opened), Problem> {
    match (request.place, request.disposition) {
        (Place::Anonymous, Disposition::OpenExisting) => Err(Problem::NotFound),
        (Place::Anonymous, _) => anonymous::create(request, mode(request)),
        (Place::Handle(_), Disposition::CreateNew) => Err(Problem::AlreadyExists),
        (Place::Handle(handle), _) => anonymous::open(handle.as_fd(), request),
        _ => Err(unknown_place()),
    }
}
