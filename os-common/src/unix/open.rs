//! Create or open: however many processes race, they end with one segment.
//!
//! [`site`](crate::site) says how; here is what it needs of a [`Spot`].

use super::held::{Held, try_init_lock};
use super::liveness::{Attachment, Whereabouts};
use super::memory::{ForkMark, UnforkedMapping};
use super::problem::{check_regular, from_errno, on, on_io, user};
use super::spot::{Bytes, Spot};
use crate::error::Problem;
use crate::request::{MIN_LEN, Origin, Request};
use crate::site::{Site, settle};
use rustix::fs::{Mode, OFlags, Stat, fstat};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};

/// The byte whose lock its builder and its remover hold. Names of attachments are never 0.
pub const INIT_LOCK: u32 = 0;

const DEFAULT_MODE: u32 = 0o600;

/// A segment of which this process holds the initialisation lock.
#[derive(Debug)]
pub struct Opened {
    /// The object with the locks, opened by this process alone.
    pub description: OwnedFd,
    /// Where its bytes are.
    pub bytes: Bytes,
    /// What others need to open a segment without a name.
    pub handle: Option<OwnedFd>,
    /// Whether it is new.
    pub origin: Origin,
}

/// Finds or makes what `request` asks for at `spot`.
///
/// # Errors
///
/// A [`Problem`] for everything that can be in the way.
pub fn open_spot(spot: &impl Spot, request: &Request<'_>) -> Result<Opened, Problem> {
    let settled = settle(&At(spot), request)?;
    Ok(Opened {
        description: settled.object,
        bytes: settled.bytes,
        handle: None,
        origin: settled.origin,
    })
}

/// A spot as a place where segments are.
struct At<'a, S>(&'a S);

impl<S: Spot> Site for At<'_, S> {
    type Object = OwnedFd;
    /// Held until the description is closed.
    type Lock = ();
    type Bytes = Bytes;

    fn find(&self) -> Result<Option<OwnedFd>, Problem> {
        self.0.find()
    }

    fn create(&self, request: &Request<'_>) -> Result<Option<OwnedFd>, Problem> {
        self.0.create(mode(request))
    }

    fn check(&self, object: &OwnedFd, request: &Request<'_>) -> Result<(), Problem> {
        check_trusted(&fstat(object).map_err(on("fstat"))?, request)
    }

    fn bytes(&self, object: &OwnedFd) -> Result<Option<Bytes>, Problem> {
        self.0.bytes(object.as_fd(), OFlags::RDWR)
    }

    fn check_bytes(&self, bytes: &Bytes) -> Result<(), Problem> {
        check_size(bytes.len).map(drop)
    }

    fn try_lock(&self, object: &OwnedFd) -> Result<Option<()>, Problem> {
        Ok(try_init_lock(object.as_fd())?.then_some(()))
    }

    fn refers_to(&self, object: &OwnedFd) -> Result<bool, Problem> {
        self.0.refers_to(object.as_fd()).map_err(on("stat"))
    }

    fn build(&self, object: &OwnedFd, len: u64, request: &Request<'_>) -> Result<Bytes, Problem> {
        self.0.build(object.as_fd(), len, mode(request))
    }

    fn remove(&self, object: &OwnedFd) -> Result<(), Problem> {
        self.0.remove(object.as_fd())
    }
}

/// Maps what was opened, and gives this attachment its name.
///
/// # Errors
///
/// Those of the system. A new segment at `spot` does not stay then.
pub fn attach<M: ForkMark>(
    opened: Opened,
    spot: Option<&impl Spot>,
    request: &Request<'_>,
    here: Whereabouts,
) -> Result<(Held<M>, Origin), Problem> {
    let place = request.place.try_clone().map_err(on_io("dup"))?;
    let mapping = map(&opened).inspect_err(|_| {
        if let (Origin::Created, Some(spot)) = (opened.origin, spot) {
            let _ = spot.remove(opened.description.as_fd());
        }
    })?;
    let attachment = Attachment::new(opened.description, here)?;
    let timeout = request.lock_timeout;
    let held = Held::new(mapping, attachment, opened.handle, place, timeout);
    Ok((held, opened.origin))
}

fn map<M: ForkMark>(opened: &Opened) -> Result<UnforkedMapping<M>, Problem> {
    let len = usize::try_from(opened.bytes.len).map_err(|_| from_errno("mmap", Errno::NOMEM))?;
    let file = opened.bytes.file(opened.description.as_fd());
    UnforkedMapping::shared(file, len).map_err(on_io("mmap"))
}

/// Whether `stat` describes an object that this process may believe to be a segment.
///
/// # Errors
///
/// What it is instead, or whose.
pub fn check_trusted(stat: &Stat, request: &Request<'_>) -> Result<(), Problem> {
    check_regular(stat)?;
    let is_shared = mode(request).intersects(Mode::RWXG | Mode::RWXO);
    if !is_shared && stat.st_uid != user() && stat.st_uid != 0 {
        return Err(Problem::ForeignOwner {
            found: stat.st_uid.into(),
            expected: user().into(),
        });
    }
    #[allow(clippy::useless_conversion)] // its width depends on the architecture
    let links = u64::from(stat.st_nlink);
    if links > 1 {
        return Err(Problem::LinkedElsewhere { links });
    }
    Ok(())
}

/// Whether `found` bytes are enough for a segment.
///
/// # Errors
///
/// [`Problem::TooSmall`].
pub fn check_size(found: u64) -> Result<u64, Problem> {
    if found < MIN_LEN {
        return Err(Problem::TooSmall {
            found,
            expected: MIN_LEN,
        });
    }
    Ok(found)
}

/// A kind of place that came after this adapter was written.
#[must_use]
pub fn unknown_place() -> Problem {
    from_errno("opening this kind of place", Errno::NOTSUP)
}

/// The permission bits that `request` asks for.
#[must_use]
pub fn mode(request: &Request<'_>) -> Mode {
    let bits = request.mode.unwrap_or(DEFAULT_MODE) & 0o777;
    // At most nine bits, which fit where a mode has 16, as on macOS.
    Mode::from_raw_mode(bits as _)
}
