//! Create or open, as [`unix`](ringway_os_common::unix) does it; segments without a name besides.

use crate::anonymous;
use crate::liveness::here;
use crate::segment::Segment;
use crate::spot::Spot;
use ringway_os_common::unix::problem::{on, on_io, size};
use ringway_os_common::unix::{
    Bytes, Opened, attach, check_size, mode, open_spot, take_lock, unknown_place,
};
use ringway_os_common::{
    Disposition, MIN_LEN, OpenError, Origin, Patience, Place, Problem, Request,
};
use rustix::fs::{OFlags, fstat};
use std::os::fd::{AsFd, BorrowedFd};

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
    /// name, or belongs to a user who is neither this one nor root (but see [`Request::mode`]).
    pub fn open(request: &Request<'_>) -> Result<(Segment, Origin), OpenError> {
        let spot = Spot::of(request.place);
        let opened = match (&spot, request.place) {
            (Some(spot), _) => open_spot(spot, request),
            (None, Place::Anonymous) => create_anonymous(request),
            (None, Place::Handle(handle)) => open_handle(handle.as_fd(), request),
            _ => Err(unknown_place()),
        };
        opened
            .and_then(|opened| attach(opened, spot.as_ref(), request, here()))
            .map(|(held, origin)| (Segment::new(held), origin))
            .map_err(|problem| OpenError::new(request.place, problem))
    }
}

fn create_anonymous(request: &Request<'_>) -> Result<Opened, Problem> {
    if request.disposition == Disposition::OpenExisting {
        return Err(Problem::NotFound);
    }
    let len = request.len.max(MIN_LEN);
    let handle = anonymous::create(len, mode(request))?;
    let description = anonymous::reopen(handle.as_fd(), OFlags::RDWR)?;
    take_lock(
        description.as_fd(),
        &mut Patience::new(request.lock_timeout),
    )?;
    Ok(Opened {
        description,
        bytes: Bytes { apart: None, len },
        handle: Some(handle),
        origin: Origin::Created,
    })
}

fn open_handle(handle: BorrowedFd<'_>, request: &Request<'_>) -> Result<Opened, Problem> {
    if request.disposition == Disposition::CreateNew {
        return Err(Problem::AlreadyExists);
    }
    anonymous::check_sealed(handle)?;
    let description = anonymous::reopen(handle, OFlags::RDWR)?;
    let len = check_size(size(&fstat(&description).map_err(on("fstat"))?))?;
    take_lock(
        description.as_fd(),
        &mut Patience::new(request.lock_timeout),
    )?;
    let handle = handle
        .try_clone_to_owned()
        .map_err(on_io("duplicating the handle"))?;
    Ok(Opened {
        description,
        bytes: Bytes { apart: None, len },
        handle: Some(handle),
        origin: Origin::Existing,
    })
}
