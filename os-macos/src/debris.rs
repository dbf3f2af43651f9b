//! Objects that never became a segment.

use crate::spot::Spot;
use ringway_os_common::{OpenError, Place, Problem, unix};
use std::time::Duration;

/// Removes what is at `place` if it leads to no memory: the lock file of a creator that died, or
/// of a segment from before the machine was started anew; with `force`, also one that leads to fewer
/// than [`MIN_LEN`](crate::MIN_LEN) bytes or is none of ringway's. Says whether it did.
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
        .and_then(|spot| spot.ok_or(Problem::NotFound))
        .and_then(|spot| unix::remove_debris(&spot, force, lock_timeout))
        .map_err(|problem| OpenError::new(place, problem))
}
