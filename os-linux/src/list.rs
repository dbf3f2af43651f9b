//! Which named segments there are.

use crate::spot::SHM_DIRECTORY;
use ringway_os_common::Name;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::time::SystemTime;

/// A named segment, as the file system knows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listed {
    /// Its name.
    pub name: Name,
    /// Its size in bytes; 0 while it is being made.
    pub len: u64,
    /// User id of its owner.
    pub owner: u32,
    /// Its permission bits.
    pub mode: u32,
    /// When it was last resized or written to by a call; stores to mapped memory do not count.
    pub modified: SystemTime,
}

/// Lists the named segments of all users in the order of their names, live and stale ones.
///
/// # Errors
///
/// Those of reading `/dev/shm`.
pub fn list() -> io::Result<Vec<Listed>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(SHM_DIRECTORY)? {
        found.extend(listed(&entry?)?);
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// `None` if `entry` is no segment, or is none any more.
fn listed(entry: &fs::DirEntry) -> io::Result<Option<Listed>> {
    let file_name = entry.file_name();
    let Some(name) = file_name.to_str().and_then(Name::from_file_name) else {
        return Ok(None);
    };
    let metadata = match entry.metadata() {
        Ok(metadata) if metadata.is_file() => metadata,
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(Listed {
        name,
        len: metadata.len(),
        owner: metadata.uid(),
        mode: metadata.mode() & 0o7777,
        modified: metadata.modified()?,
    }))
}
