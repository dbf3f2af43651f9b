//! Which named segments there are.

use crate::directory::directory;
use crate::spot::len_of;
use ringway_os_common::{Listed, unix};
use std::io;

/// Lists the named segments of this user in the order of their names, live and stale ones.
///
/// # Errors
///
/// Those of the directory that holds their lock files.
pub fn list() -> io::Result<Vec<Listed>> {
    let directory = directory().map_err(unix::problem::into_io)?;
    unix::list(&directory, |name, _| len_of(&directory, name))
}
