//! Create or open: however many processes race, they end with one segment.
//!
//! A name appears with an empty object behind it. Whoever then holds the lock on its byte 0 decides
//! what becomes of it:
//!
//! ```text
//!   find or create ─▶ lock byte 0 ─▶ does the name still refer to it? ──no──▶ start over
//!                                          │yes
//!                            size 0 ───────┴─────── size > 0
//!                      build it: Created            Existing
//! ```
//!
//! So it does not matter who made the name. A creator that dies leaves an empty object and no lock,
//! and the next one to come builds it.

use crate::anonymous;
use crate::liveness::Attachment;
use crate::memory::UnforkedMapping;
use crate::patience::Patience;
use crate::problem::{check_regular, from_errno, on, on_io, permissions, size, user};
use crate::request::{Disposition, MIN_LEN, Origin, Request};
use crate::reserve::reserve;
use crate::segment::{Segment, take_lock, try_init_lock};
use crate::spot::Spot;
use ringway_os_common::{OpenError, Place, Problem};
use rustix::fs::{Mode, OFlags, Stat, fchmod, fstat, ftruncate};
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The byte whose lock its builder and its remover hold. Names of attachments are never 0.
pub(crate) const INIT_LOCK: u32 = 0;

const DEFAULT_MODE: u32 = 0o600;

/// An object of which this process holds the initialisation lock.
struct Locked {
    description: OwnedFd,
    handle: Option<OwnedFd>,
    len: u64,
    origin: Origin,
}

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
        let locked = match request.place {
            Place::Named(name) => open_spot(&Spot::Shm(name), request),
            Place::File(path) => open_spot(&Spot::File(path), request),
            Place::Anonymous => create_anonymous(request),
            Place::Handle(handle) => open_handle(handle.as_fd(), request),
            _ => Err(unknown_place()),
        };
        locked
            .and_then(|locked| attach(locked, request))
            .map_err(|problem| OpenError::new(request.place, problem))
    }
}

fn open_spot(spot: &Spot<'_>, request: &Request<'_>) -> Result<Locked, Problem> {
    let mut patience = Patience::new(request.lock_timeout);
    loop {
        let found = match spot.find()? {
            Some(file) => Some(file),
            None if request.disposition == Disposition::OpenExisting => {
                return Err(Problem::NotFound);
            }
            None => spot.create(mode(request))?,
        };
        if let Some(description) = found {
            let stat = fstat(&description).map_err(on("fstat"))?;
            check_trusted(&stat, request)?;
            if request.disposition == Disposition::CreateNew && size(&stat) > 0 {
                return Err(Problem::AlreadyExists);
            }
            if try_init_lock(description.as_fd())?
                && spot.refers_to(description.as_fd()).map_err(on("stat"))?
            {
                return settle(spot, description, request);
            }
        }
        // Somebody else builds it, or removed it after it was found, or made it after it was not.
        patience.pause()?;
    }
}

/// What becomes of the object, now that nobody else can build or remove it.
fn settle(spot: &Spot<'_>, description: OwnedFd, request: &Request<'_>) -> Result<Locked, Problem> {
    let found = size(&fstat(&description).map_err(on("fstat"))?);
    let (len, origin) = match (found, request.disposition) {
        (0, Disposition::OpenExisting) => return Err(Problem::NotFound),
        (0, _) => (build(spot, description.as_fd(), request)?, Origin::Created),
        (_, Disposition::CreateNew) => return Err(Problem::AlreadyExists),
        (_, _) => (check_size(found)?, Origin::Existing),
    };
    Ok(Locked {
        description,
        handle: None,
        len,
        origin,
    })
}

/// Gives an empty object its permissions and its size, or removes it.
fn build(spot: &Spot<'_>, file: BorrowedFd<'_>, request: &Request<'_>) -> Result<u64, Problem> {
    let len = request.len.max(MIN_LEN);
    let built = permit(file, mode(request)).and_then(|()| {
        reserve(file, len).map_err(|errno| match errno {
            Errno::NOSPC | Errno::DQUOT | Errno::NOMEM => spot.no_space(len),
            other => from_errno("fallocate", other),
        })
    });
    if built.is_err() {
        // Those who wait for the lock find the name gone and start over. What failed already is
        // the better thing to report.
        let _ = ftruncate(file, 0);
        let _ = spot.remove(file);
    }
    built.map(|()| len)
}

/// Sets the permission bits, from which creation took those of the umask.
fn permit(file: BorrowedFd<'_>, mode: Mode) -> Result<(), Problem> {
    let stat = fstat(file).map_err(on("fstat"))?;
    if permissions(&stat) == mode.as_raw_mode() {
        return Ok(());
    }
    fchmod(file, mode).map_err(on("fchmod"))
}

fn create_anonymous(request: &Request<'_>) -> Result<Locked, Problem> {
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
    Ok(Locked {
        description,
        handle: Some(handle),
        len,
        origin: Origin::Created,
    })
}

fn open_handle(handle: BorrowedFd<'_>, request: &Request<'_>) -> Result<Locked, Problem> {
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
    Ok(Locked {
        description,
        handle: Some(handle),
        len,
        origin: Origin::Existing,
    })
}

/// Maps the object and gives this attachment its name.
fn attach(locked: Locked, request: &Request<'_>) -> Result<(Segment, Origin), Problem> {
    let origin = locked.origin;
    let place = request.place.try_clone().map_err(on_io("dup"))?;
    let mapping = map(locked.description.as_fd(), locked.len).inspect_err(|_| {
        if let (Origin::Created, Some(spot)) = (origin, Spot::of(request.place)) {
            let _ = spot.remove(locked.description.as_fd());
        }
    })?;
    let attachment = Attachment::new(locked.description)?;
    let timeout = request.lock_timeout;
    let segment = Segment::new(mapping, attachment, locked.handle, place, timeout);
    Ok((segment, origin))
}

fn map(file: BorrowedFd<'_>, len: u64) -> Result<UnforkedMapping, Problem> {
    let len = usize::try_from(len).map_err(|_| from_errno("mmap", Errno::NOMEM))?;
    UnforkedMapping::shared(file, len).map_err(on_io("mmap"))
}

/// Whether `stat` describes an object that this process may believe to be a segment.
fn check_trusted(stat: &Stat, request: &Request<'_>) -> Result<(), Problem> {
    check_regular(stat)?;
    let is_shared = mode(request).intersects(Mode::RWXG | Mode::RWXO);
    if !is_shared && stat.st_uid != user() && stat.st_uid != 0 {
        return Err(Problem::ForeignOwner {
            found: stat.st_uid,
            expected: user(),
        });
    }
    #[allow(clippy::useless_conversion)] // its width depends on the architecture
    let links = u64::from(stat.st_nlink);
    if links > 1 {
        return Err(Problem::LinkedElsewhere { links });
    }
    Ok(())
}

pub(crate) fn check_size(found: u64) -> Result<u64, Problem> {
    if found < MIN_LEN {
        return Err(Problem::TooSmall {
            found,
            expected: MIN_LEN,
        });
    }
    Ok(found)
}

/// A kind of place that came after this adapter was written.
pub(crate) fn unknown_place() -> Problem {
    from_errno("opening this kind of place", Errno::NOTSUP)
}

fn mode(request: &Request<'_>) -> Mode {
    Mode::from_raw_mode(request.mode.unwrap_or(DEFAULT_MODE) & 0o777)
}
