//! Which named segments there are.

use crate::spot::SHM_DIRECTORY;
use ringway_os_common::{Listed, unix};
use std::io;
use std::path::Path;

/// Lists the named segments of all users in the order of their names, live and stale ones.
///
/// # Errors
///
/// Those of reading `/dev/shm`.
pub fn list() -> io::Result<Vec<Listed>> {
    unix::list(Path::new(SHM_DIRECTORY), |_, metadata| metadata.len())
}
