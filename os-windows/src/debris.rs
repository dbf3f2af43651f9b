//! Objects that never became a segment.

use crate::claims::Claims;
use crate::file::{FileSite, check_regular, find};
use crate::problem::on;
use crate::sys::file::Access;
use ringway_os_common::{MIN_LEN, OpenError, Patience, Place, Problem};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Removes the file at `place` if it is too small to be a segment: an empty one, which a creator
/// left that died before it gave it a size, or, with `force`, one of any size below
/// [`MIN_LEN`]. Says whether it did. A section has its size from the beginning, and ends by itself.
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
    match place {
        Place::File(path) => remove(path, force, lock_timeout),
        _ => Ok(false),
    }
    .map_err(|problem| OpenError::new(place, problem))
}

fn remove(path: &Path, force: bool, lock_timeout: Duration) -> Result<bool, Problem> {
    let file = Arc::new(find(path, Access::Remove)?.ok_or(Problem::NotFound)?);
    let claims = Claims::Ranges(Arc::clone(&file));
    let _lock = claims.take_init_lock(&mut Patience::new(lock_timeout))?;
    // Its size is read under the lock: whoever creates it holds that until it is whole.
    check_regular(&file)?;
    let len = file.metadata().map_err(on("asking for the size"))?.len();
    let is_debris = len == 0 || (force && len < MIN_LEN);
    if is_debris {
        FileSite::new(path).remove(&file)?;
    }
    Ok(is_debris)
}
