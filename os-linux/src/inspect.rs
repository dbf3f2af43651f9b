//! Looking at a segment without taking part.

use crate::anonymous::reopen;
use crate::liveness::{has_ended, here};
use crate::memory::UnforkedMapping;
use crate::spot::Spot;
use ringway_os_common::unix::problem::{check_regular, from_errno, on, on_io, size};
use ringway_os_common::unix::{self, Spot as _, check_size, unknown_place};
use ringway_os_common::{OpenError, Place, Problem};
use rustix::fs::{OFlags, fstat};
use rustix::io::Errno;
use std::os::fd::AsFd;

/// A segment to look at. It shows what the attached processes write, at the moment they do.
pub type Inspection = unix::Inspection<UnforkedMapping>;

/// Opens a segment to look at it. It may belong to anybody, and may be in the making.
///
/// # Errors
///
/// A [`Problem`]: there is none, it may not be read, or it is not a regular file of at least
/// [`MIN_LEN`](crate::MIN_LEN) bytes.
pub fn inspect(place: &Place) -> Result<Inspection, OpenError> {
    open(place).map_err(|problem| OpenError::new(place, problem))
}

fn open(place: &Place) -> Result<Inspection, Problem> {
    let description = match place {
        Place::Named(name) => Spot::Shm(name).look()?,
        Place::File(path) => Spot::File(path).look()?,
        Place::Anonymous => return Err(Problem::NotFound),
        Place::Handle(handle) => reopen(handle.as_fd(), OFlags::RDONLY)?,
        _ => return Err(unknown_place()),
    };
    let stat = fstat(&description).map_err(on("fstat"))?;
    check_regular(&stat)?;
    let len = check_size(size(&stat))?;
    let len = usize::try_from(len).map_err(|_| from_errno("mmap", Errno::NOMEM))?;
    let mapping = UnforkedMapping::copy_on_write(description.as_fd(), len);
    let mapping = mapping.map_err(on_io("mmap"))?;
    unix::Inspection::new(mapping, description, here(), has_ended)
}
