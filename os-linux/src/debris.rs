//! Objects that never became a segment.

use crate::patience::Patience;
use crate::problem::{check_regular, on, size};
use crate::request::MIN_LEN;
use crate::segment::take_lock;
use crate::spot::Spot;
use ringway_os_common::{OpenError, Place, Problem};
use rustix::fs::fstat;
use std::os::fd::AsFd;
use std::time::Duration;

/// Removes the object at `place` if it is too small to be a segment: an empty one, which a creator
/// left that died before it gave it a size, or, with `force`, one of any size below
/// [`MIN_LEN`]. Says whether it did.
///
/// # Errors
///
/// There is nothing there, it is not a regular file, it may not be removed, or another process
/// holds its initialisation lock for longer than `lock_timeout`.
pub fn remove_debris(
    place: &Place,
    force: bool,
    lock_timeout: Duration,
) -> Result<bool, OpenError> {
    remove(place, force, lock_timeout).map_err(|problem| OpenError::new(place, problem))
}

fn remove(place: &Place, force: bool, lock_timeout: Duration) -> Result<bool, Problem> {
    let spot = Spot::of(place).ok_or(Problem::NotFound)?;
    let file = spot.find()?.ok_or(Problem::NotFound)?;
    take_lock(file.as_fd(), &mut Patience::new(lock_timeout))?;
    // Its size is read under the lock: whoever creates it holds that until it is whole.
    let stat = fstat(&file).map_err(on("fstat"))?;
    check_regular(&stat)?;
    let is_debris = size(&stat) == 0 || (force && size(&stat) < MIN_LEN);
    if is_debris {
        spot.remove(file.as_fd())?;
    }
    Ok(is_debris)
}
