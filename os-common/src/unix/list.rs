//! Which named segments there are: the files of a directory.

use crate::listed::Listed;
use crate::name::Name;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Lists the named segments of `directory` in the order of their names, live and stale ones; `len`
/// says how many bytes there are behind a name.
///
/// # Errors
///
/// Those of reading `directory`.
pub fn list(directory: &Path, len: impl Fn(&Name, &Metadata) -> u64) -> io::Result<Vec<Listed>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        found.extend(listed(&entry?, &len)?);
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// `None` if `entry` is no segment, or is none any more.
fn listed(
    entry: &fs::DirEntry,
    len: impl Fn(&Name, &Metadata) -> u64,
) -> io::Result<Option<Listed>> {
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
    let len = len(&name, &metadata);
    let mut listed = Listed::new(name, len);
    listed.owner = Some(metadata.uid().into());
    listed.mode = Some(metadata.mode() & 0o7777);
    listed.modified = Some(metadata.modified()?);
    Ok(Some(listed))
}
