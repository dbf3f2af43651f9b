//! Looking at channels and objects from outside, and removing what nobody uses.

use crate::attachment::remove;
use crate::os::{
    self, Disposition, OpenError, Place, Problem, Request, Segment, User, remove_debris,
};
use ringway_core::inspect::condition;
use ringway_core::platform::Platform;
use std::io;
use std::time::{Duration, SystemTime};

pub use ringway_core::inspect::{Condition, Inspection};

/// A named segment, with a channel or an object in it, that exists on this machine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// Its name.
    pub name: os::Name,
    /// Its size in bytes.
    pub len: u64,
    /// Its owner, where the system says.
    pub owner: Option<User>,
    /// Its permission bits, where the system has such.
    pub mode: Option<u32>,
    /// When it was created or last resized, where the system says.
    pub modified: Option<SystemTime>,
}

/// Lists the named segments of this machine, of all users, in the order of their names.
///
/// # Errors
///
/// Those of reading the directory that holds them.
pub fn list() -> io::Result<Vec<Entry>> {
    let entry = |found: os::Listed| Entry {
        name: found.name,
        len: found.len,
        owner: found.owner,
        mode: found.mode,
        modified: found.modified,
    };
    Ok(os::list()?.into_iter().map(entry).collect())
}

/// Looks at a channel or an object without disturbing it: what has become of it, and, if it is built, all that
/// can be seen of it. Needs permission to read only.
///
/// # Errors
///
/// There is nothing there, or it may not be read.
pub fn look(place: &Place) -> Result<(Condition, Option<Inspection>), OpenError> {
    let seen = match os::inspect(place) {
        Ok(seen) => seen,
        Err(error) if matches!(error.problem, Problem::TooSmall { found: 0, .. }) => {
            // In the making, or left by a creator that died before it gave it a size.
            return Ok((Condition::Unbuilt, None));
        }
        Err(error) => return Err(error),
    };
    let inspection = ringway_core::inspect::inspect(&seen, &seen).ok();
    Ok((condition(&seen, &seen), inspection))
}

/// Removes what dead processes left beside all segments, and nobody uses: the FIFOs of their wait
/// slots, where those are FIFOs. With `dry_run` only counts it. Says how much there was.
///
/// # Errors
///
/// Those of reading the directory that holds it.
pub fn sweep(dry_run: bool) -> io::Result<u64> {
    os::sweep(dry_run)
}

/// Removes the channel or object at `place` if nobody is attached to it and nobody is expected: what dead
/// processes left. With `force`, removes it in any case, also from under those who are attached
/// (they keep what they have mapped) and also if it is none at all. Says what it found and
/// whether that is removed now.
///
/// # Errors
///
/// There is nothing there, or it may not be removed.
pub fn remove_stale(place: &Place, force: bool) -> Result<(Condition, bool), OpenError> {
    let request = Request {
        place,
        disposition: Disposition::OpenExisting,
        len: 0,
        persistent: false,
        mode: None,
        lock_timeout: Duration::from_secs(1),
    };
    let segment = match Segment::open(&request) {
        Ok((segment, _)) => segment,
        Err(error) => {
            let may_be_debris = matches!(
                error.problem,
                Problem::NotFound | Problem::TooSmall { .. } | Problem::BadRecord
            );
            return match may_be_debris && remove_debris(place, force, request.lock_timeout)? {
                true => Ok((Condition::Unbuilt, true)),
                false => Err(error),
            };
        }
    };
    let found = condition(segment.memory(), &segment);
    let stale = matches!(found, Condition::Abandoned | Condition::Unbuilt);
    if stale {
        remove(&segment)?;
    } else if force {
        segment.unlink()?;
    }
    segment.unlock();
    let removed = !segment.is_linked();
    Ok((found, removed))
}
