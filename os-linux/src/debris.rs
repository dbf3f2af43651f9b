//! Objects that never became a segment.

use crate::spot::Spot;
use ringway_os_common::{OpenError, Place, Problem, unix};
use std::time::Duration;

/// Removes the object at `place` if it is too small to be a segment: an empty one, which a creator
/// left that died before it gave it a size, or, with `force`, one of any size below
/// [`MIN_LEN`](crate::MIN_LEN). Says whether it did.
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
    Spot::of(place)
        .ok_or(Problem::NotFound)
        .and_then(|spot| unix::remove_debris(&spot, force, lock_timeout))
        .map_err(|problem| OpenError::new(place, problem))
}
