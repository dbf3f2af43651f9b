//! Looking at a segment without taking part.

use crate::anonymous;
use crate::liveness::here;
use crate::spot::Spot;
use crate::sys;
use ringway_os_common::unix::problem::{check_regular, from_errno, on, on_io};
use ringway_os_common::unix::{self, Bytes, Spot as _, check_size, unknown_place};
use ringway_os_common::{MIN_LEN, Mapping, OpenError, Place, Problem};
use rustix::fs::{OFlags, fstat};
use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// A segment to look at: of a file, what the attached processes write, at the moment they do; of
/// other segments, what they had written when it was opened, since macOS maps shared memory in no
/// other way than for all to write.
pub type Inspection = unix::Inspection<Mapping>;

/// Opens a segment to look at it. It may be in the making.
///
/// # Errors
///
/// A [`Problem`]: there is none, it may not be read, or it has fewer than
/// [`MIN_LEN`](crate::MIN_LEN) bytes.
pub fn inspect(place: &Place) -> Result<Inspection, OpenError> {
    open(place).map_err(|problem| OpenError::new(place, problem))
}

fn open(place: &Place) -> Result<Inspection, Problem> {
    let (description, bytes) = match (Spot::of(place)?, place) {
        (Some(spot), _) => look(&spot)?,
        (None, Place::Handle(handle)) => {
            let (spot, bytes) = anonymous::find(handle.as_fd())?;
            (spot.look()?, bytes)
        }
        (None, Place::Anonymous) => return Err(Problem::NotFound),
        _ => return Err(unknown_place()),
    };
    check_size(bytes.len)?;
    let mapping = map(&description, &bytes)?;
    unix::Inspection::new(mapping, description, here(), sys::has_ended)
}

fn look(spot: &Spot) -> Result<(OwnedFd, Bytes), Problem> {
    let description = spot.look()?;
    check_regular(&fstat(&description).map_err(on("fstat"))?)?;
    let unbuilt = Problem::TooSmall {
        found: 0,
        expected: MIN_LEN,
    };
    let bytes = spot
        .bytes(description.as_fd(), OFlags::RDONLY)?
        .ok_or(unbuilt)?;
    Ok((description, bytes))
}

fn map(description: &OwnedFd, bytes: &Bytes) -> Result<Mapping, Problem> {
    let len = usize::try_from(bytes.len).map_err(|_| from_errno("mmap", Errno::NOMEM))?;
    let mapping = match &bytes.apart {
        Some(object) => Mapping::snapshot(object.as_raw_fd(), len),
        None => Mapping::copy_on_write(description.as_raw_fd(), len),
    };
    mapping.map_err(on_io("mmap"))
}
