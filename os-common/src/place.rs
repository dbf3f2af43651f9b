//! Where a segment is.

use crate::name::{Name, NameError};
use std::fmt;
#[cfg(unix)]
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
#[cfg(windows)]
use std::os::windows::io::{AsRawHandle, BorrowedHandle, OwnedHandle};
use std::path::{Path, PathBuf};

/// What refers to an anonymous segment: a descriptor on Unix.
#[cfg(unix)]
pub type SystemHandle = OwnedFd;
/// What refers to an anonymous segment: a handle on Windows.
#[cfg(windows)]
pub type SystemHandle = OwnedHandle;

/// A [`SystemHandle`] of somebody else.
#[cfg(unix)]
pub type BorrowedSystemHandle<'a> = BorrowedFd<'a>;
/// A [`SystemHandle`] of somebody else.
#[cfg(windows)]
pub type BorrowedSystemHandle<'a> = BorrowedHandle<'a>;

/// Where a segment is, or shall be.
#[derive(Debug)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "a process has a few, and rarely moves them"
)]
pub enum Place {
    /// Under a name that the processes of this machine agree on. Its memory does not survive a
    /// restart of the machine.
    Named(Name),
    /// In a file, which keeps it over restarts. The directory must exist.
    File(PathBuf),
    /// Nowhere: a new segment that others reach only by the handle they are handed.
    Anonymous,
    /// Behind a handle that another process handed over.
    Handle(SystemHandle),
}

impl Place {
    /// A second value for the same place; a handle is duplicated.
    ///
    /// # Errors
    ///
    /// Those of duplicating a handle, such as too many open ones. No other place can fail.
    pub fn try_clone(&self) -> std::io::Result<Self> {
        Ok(match self {
            Place::Named(name) => Place::Named(name.clone()),
            Place::File(path) => Place::File(path.clone()),
            Place::Anonymous => Place::Anonymous,
            Place::Handle(handle) => Place::Handle(handle.try_clone()?),
        })
    }
}

/// Reads as the subject of a sentence: `segment "ticks"`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Named(name) => write!(f, "segment \"{name}\""),
            Place::File(path) => write!(f, "segment file {}", path.display()),
            Place::Anonymous => f.write_str("anonymous segment"),
            #[cfg(unix)]
            Place::Handle(handle) => {
                write!(f, "segment behind descriptor {}", handle.as_raw_fd())
            }
            #[cfg(windows)]
            Place::Handle(handle) => {
                write!(
                    f,
                    "segment behind handle {:#x}",
                    handle.as_raw_handle().addr()
                )
            }
        }
    }
}

impl From<Name> for Place {
    fn from(name: Name) -> Self {
        Place::Named(name)
    }
}

/// A plain name, never a path: `"ticks"` is [`Place::Named`], and `"./ticks"` is an error.
impl TryFrom<&str> for Place {
    type Error = NameError;
    fn try_from(name: &str) -> Result<Self, NameError> {
        Name::new(name).map(Place::Named)
    }
}

impl From<PathBuf> for Place {
    fn from(path: PathBuf) -> Self {
        Place::File(path)
    }
}

impl From<&Path> for Place {
    fn from(path: &Path) -> Self {
        Place::File(path.to_owned())
    }
}

impl From<SystemHandle> for Place {
    fn from(handle: SystemHandle) -> Self {
        Place::Handle(handle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_a_name_and_a_path_is_a_file() {
        let named = Place::try_from("ticks").unwrap();
        assert_eq!(named.to_string(), "segment \"ticks\"");
        let file = Place::from(Path::new("/srv/ticks"));
        assert_eq!(file.to_string(), "segment file /srv/ticks");
        assert!(Place::try_from("/srv/ticks").is_err());
    }
}
