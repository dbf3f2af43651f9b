//! Looking at a segment without taking part.
#![allow(unsafe_code)]

use crate::anonymous::reopen;
use crate::liveness::{is_alive, pid_namespace, random_token};
use crate::memory::UnforkedMapping;
use crate::open::{check_size, unknown_place};
use crate::problem::{check_regular, from_errno, on, on_io, size};
use crate::spot::Spot;
use core::ptr::NonNull;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::region::Memory;
use ringway_os_common::{OpenError, Place, Problem};
use rustix::fs::{Mode, OFlags, fstat, open};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};

/// A segment to look at. It shows what the attached processes write, at the moment they do.
///
/// It is no attachment: nobody sees it, it holds no lock, and keeps nobody from removing the
/// segment. It needs permission to read only, and what is written to its memory reaches nobody.
#[derive(Debug)]
pub struct Inspection {
    mapping: UnforkedMapping,
    description: OwnedFd,
    me: PeerId,
}

/// Opens a segment to look at it. It may belong to anybody, and may be in the making.
///
/// # Errors
///
/// A [`Problem`]: there is none, it may not be read, or it is not a regular file of at least
/// [`MIN_LEN`](crate::MIN_LEN) bytes.
pub fn inspect(place: &Place) -> Result<Inspection, OpenError> {
    Inspection::open(place).map_err(|problem| OpenError::new(place, problem))
}

impl Inspection {
    fn open(place: &Place) -> Result<Self, Problem> {
        let description = match place {
            Place::Named(name) => open_spot(&Spot::Shm(name))?,
            Place::File(path) => open_spot(&Spot::File(path))?,
            Place::Anonymous => return Err(Problem::NotFound),
            Place::Handle(handle) => reopen(handle.as_fd(), OFlags::RDONLY)?,
            _ => return Err(unknown_place()),
        };
        let stat = fstat(&description).map_err(on("fstat"))?;
        check_regular(&stat)?;
        let len = check_size(size(&stat))?;
        let len = usize::try_from(len).map_err(|_| from_errno("mmap", Errno::NOMEM))?;
        let mapping = UnforkedMapping::copy_on_write(description.as_fd(), len);
        Ok(Inspection {
            mapping: mapping.map_err(on_io("mmap"))?,
            description,
            me: PeerId {
                token: random_token()?,
                process: 0,
                domain: pid_namespace(),
            },
        })
    }
}

fn open_spot(spot: &Spot<'_>) -> Result<OwnedFd, Problem> {
    // A FIFO would wait for its other end without `NONBLOCK`; for files that means nothing.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    match open(spot.path(), flags, Mode::empty()) {
        Ok(file) => Ok(file),
        Err(Errno::NOENT) => Err(Problem::NotFound),
        Err(errno) => Err(spot.explain("read", errno)),
    }
}

// SAFETY: all of it is `UnforkedMapping`'s, which keeps the promise and lives as long as `self`.
unsafe impl Memory for Inspection {
    fn base(&self) -> NonNull<u8> {
        self.mapping.base()
    }

    fn len(&self) -> usize {
        self.mapping.len()
    }
}

// SAFETY: as for `Segment`. It never holds an end.
#[allow(unsafe_code)]
unsafe impl Liveness for Inspection {
    /// A name that stands in no table and counts as dead.
    fn me(&self) -> PeerId {
        self.me
    }

    fn is_alive(&self, peer: PeerId) -> bool {
        is_alive(self.description.as_fd(), peer, self.me.domain)
    }
}
