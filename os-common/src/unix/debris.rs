//! Objects that never became a segment.

use super::held::take_lock;
use super::problem::{check_regular, on};
use super::spot::Spot;
use crate::error::Problem;
use crate::patience::Patience;
use crate::request::MIN_LEN;
use rustix::fs::{OFlags, fstat};
use std::os::fd::AsFd;
use std::time::Duration;

/// Removes the object at `spot` if there are no bytes behind it, as a creator left it that died
/// before it built them, or, with `force`, also fewer than [`MIN_LEN`], or if it is none of
/// ringway's. Says whether it did.
///
/// # Errors
///
/// There is nothing there, it is not a regular file, it may not be removed, or another process
/// holds its initialisation lock for longer than `lock_timeout`.
pub fn remove_debris(
    spot: &impl Spot,
    force: bool,
    lock_timeout: Duration,
) -> Result<bool, Problem> {
    let object = spot.find()?.ok_or(Problem::NotFound)?;
    take_lock(object.as_fd(), &mut Patience::new(lock_timeout))?;
    check_regular(&fstat(&object).map_err(on("fstat"))?)?;
    // It is looked at under the lock: whoever creates it holds that until it is whole.
    let is_debris = match spot.bytes(object.as_fd(), OFlags::RDWR) {
        Ok(bytes) => bytes.is_none_or(|bytes| force && bytes.len < MIN_LEN),
        Err(Problem::BadRecord) => force,
        Err(other) => return Err(other),
    };
    if is_debris {
        spot.remove(object.as_fd())?;
    }
    Ok(is_debris)
}
