//! Segments in files.

use crate::claims::{Claim, Claims, try_init_range};
use crate::memory::View;
use crate::problem::{check_owner, code, from_io, on, user};
use crate::segment::{Base, Locked};
use crate::sys::file::{self, Access, Identity, Kind};
use crate::sys::section::{self, Mapped};
use crate::sys::security;
use ringway_os_common::site::{self, Site};
use ringway_os_common::{MIN_LEN, Origin, Problem, Request};
use std::fs::File;
use std::os::windows::io::AsHandle;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_DISK_FULL, ERROR_FILE_EXISTS, ERROR_FILE_NOT_FOUND,
    ERROR_HANDLE_DISK_FULL, ERROR_INVALID_NAME, ERROR_PATH_NOT_FOUND,
};

/// What the name of a file ends with, before what identifies it, that was removed while it was mapped.
const REMOVED: &str = ".ringway-removed-";

/// Opens the segment in the file at `path`, or makes it.
pub(crate) fn open_file(path: &Path, request: &Request<'_>) -> Result<(Locked, Origin), Problem> {
    let settled = site::settle(&FileSite::new(path), request)?;
    let file = settled.object;
    let end = FileEnd::new(Arc::clone(&file), path)?;
    let id = end.identity.to_string();
    let view = map_file(&file, section::Access::Shared)?;
    let locked = Locked {
        view,
        base: Base::File(end),
        claims: Claims::Ranges(file),
        id,
        init_lock: settled.lock,
    };
    Ok((locked, settled.origin))
}

/// The path of a segment's file.
pub(crate) struct FileSite<'a> {
    path: &'a Path,
}

impl<'a> FileSite<'a> {
    pub(crate) fn new(path: &'a Path) -> Self {
        FileSite { path }
    }

    /// Takes the name away if it refers to `file`, and removes that as soon as nobody has it mapped.
    pub(crate) fn remove(&self, file: &Arc<File>) -> Result<(), Problem> {
        let end = FileEnd::new(Arc::clone(file), self.path)?;
        if end.is_at(self.path)? {
            end.rename_away()?;
        }
        Ok(())
    }

    fn directory(&self) -> PathBuf {
        match self.path.parent() {
            Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
            Some(parent) => parent.to_path_buf(),
            None => self.path.to_path_buf(),
        }
    }
}

impl Site for FileSite<'_> {
    type Object = Arc<File>;
    type Lock = Claim;
    /// How many there are.
    type Bytes = u64;

    fn find(&self) -> Result<Option<Arc<File>>, Problem> {
        match find(self.path, Access::Remove) {
            // It may be one that this user may write to, but not remove.
            Err(Problem::PermissionDenied { .. }) => find(self.path, Access::Write),
            result => result,
        }
        .map(|file| file.map(Arc::new))
    }

    fn create(&self, _: &Request<'_>) -> Result<Option<Arc<File>>, Problem> {
        match file::create(self.path) {
            Ok(file) => Ok(Some(Arc::new(file))),
            Err(error) => match code(&error) {
                ERROR_FILE_EXISTS => Ok(None),
                ERROR_PATH_NOT_FOUND => Err(Problem::NoDirectory {
                    directory: self.directory(),
                }),
                // A device, or a directory, or a file that is about to go.
                ERROR_ACCESS_DENIED if self.path.is_dir() => Err(Problem::NotRegular {
                    found: "a directory",
                }),
                _ => Err(from_io("create", error)),
            },
        }
    }

    fn check(&self, file: &Arc<File>, _: &Request<'_>) -> Result<(), Problem> {
        check_regular(file)?;
        check_owner(security::owner_of_file(file.as_handle()))
    }

    fn bytes(&self, file: &Arc<File>) -> Result<Option<u64>, Problem> {
        Ok(Some(len(file)?).filter(|len| *len > 0))
    }

    fn check_bytes(&self, found: &u64) -> Result<(), Problem> {
        check_len(*found)
    }

    fn try_lock(&self, file: &Arc<File>) -> Result<Option<Claim>, Problem> {
        try_init_range(file)
    }

    fn refers_to(&self, file: &Arc<File>) -> Result<bool, Problem> {
        FileEnd::new(Arc::clone(file), self.path)?.is_at(self.path)
    }

    /// The size changes in one step, and the system finds room for all of it or fails.
    fn build(&self, file: &Arc<File>, len: u64, _: &Request<'_>) -> Result<u64, Problem> {
        file.set_len(len)
            .map(|()| len)
            .map_err(|error| match code(&error) {
                ERROR_DISK_FULL | ERROR_HANDLE_DISK_FULL => Problem::NoSpace {
                    asked: len,
                    directory: Some(self.directory()),
                },
                _ => from_io("giving the file its size", error),
            })
    }

    fn remove(&self, file: &Arc<File>) -> Result<(), Problem> {
        FileSite::remove(self, file)
    }
}

/// Opens what is at `path`; `None` if nothing is.
pub(crate) fn find(path: &Path, access: Access) -> Result<Option<File>, Problem> {
    let operation = match access {
        Access::Read => "read",
        Access::Write | Access::Remove => "open",
    };
    match file::open(path, access) {
        Ok(file) => Ok(Some(file)),
        Err(error) => match code(&error) {
            ERROR_FILE_NOT_FOUND | ERROR_PATH_NOT_FOUND | ERROR_INVALID_NAME => Ok(None),
            _ => Err(from_io(operation, error)),
        },
    }
}

/// Whether `file` is a regular file with one name.
pub(crate) fn check_regular(file: &File) -> Result<(), Problem> {
    match file::kind(file).map_err(on("asking what kind of file it is"))? {
        Kind::Regular { links: 0 | 1 } => Ok(()),
        Kind::Regular { links } => Err(Problem::LinkedElsewhere {
            links: u64::from(links),
        }),
        Kind::Directory => Err(Problem::NotRegular {
            found: "a directory",
        }),
        Kind::Link => Err(Problem::SymbolicLink),
        Kind::Other => Err(Problem::NotRegular {
            found: "a device or a pipe",
        }),
    }
}

/// Maps all of `file`.
pub(crate) fn map_file(file: &File, access: section::Access) -> Result<View, Problem> {
    let found = len(file)?;
    check_len(found)?;
    let section = section::of_file(file.as_handle(), access).map_err(on("CreateFileMapping"))?;
    let mapped = Mapped::new(section.as_handle(), access).map_err(on("MapViewOfFile"))?;
    let len = usize::try_from(found).unwrap_or(usize::MAX);
    Ok(View::of_file(mapped, len))
}

fn identity(file: &File) -> Result<Identity, Problem> {
    file::identity(file).map_err(on("asking which file it is"))
}

fn check_len(found: u64) -> Result<(), Problem> {
    if found < MIN_LEN {
        return Err(Problem::TooSmall {
            found,
            expected: MIN_LEN,
        });
    }
    Ok(())
}

fn len(file: &File) -> Result<u64, Problem> {
    Ok(file.metadata().map_err(on("asking for the size"))?.len())
}

/// The file of a segment, which goes with the last who has it mapped, if it was removed.
#[derive(Debug)]
pub(crate) struct FileEnd {
    file: Arc<File>,
    /// Which file it is. Asked once: on Wine the answer depends on the name under which it was opened.
    identity: Identity,
    /// What it is called when it was removed while it was mapped.
    removed: PathBuf,
}

impl FileEnd {
    fn new(file: Arc<File>, path: &Path) -> Result<Self, Problem> {
        let mut removed = std::path::absolute(path)
            .map_err(on("finding the directory"))?
            .into_os_string();
        let identity = identity(&file)?;
        removed.push(format!("{REMOVED}{identity}"));
        Ok(FileEnd {
            file,
            identity,
            removed: removed.into(),
        })
    }

    /// Whether there is this file at `path`, and nothing else.
    pub(crate) fn is_at(&self, path: &Path) -> Result<bool, Problem> {
        match find(path, Access::Read)? {
            Some(there) => Ok(identity(&there)? == self.identity),
            None => Ok(false),
        }
    }

    /// Gives the file a name of its own, by which it is known for one that shall go, and removes it if
    /// nobody has it mapped.
    pub(crate) fn rename_away(&self) -> Result<(), Problem> {
        file::rename(&self.file, &self.removed).map_err(|error| match code(&error) {
            ERROR_ACCESS_DENIED => Problem::PermissionDenied {
                operation: "remove",
                user: user(),
                found: None,
            },
            _ => from_io("remove", error),
        })?;
        self.remove_if_unmapped();
        Ok(())
    }

    /// Removes what [`rename_away`](FileEnd::rename_away) left, whoever called that. Where it fails
    /// somebody else has it mapped, and is the next to try.
    fn remove_if_unmapped(&self) {
        // Through a handle of its own: on Wine others go on to refer to the old name.
        if let Ok(found) = file::open(&self.removed, Access::Remove)
            && identity(&found).is_ok_and(|found| found == self.identity)
        {
            let _ = file::remove(&found);
        }
    }
}

impl Drop for FileEnd {
    fn drop(&mut self) {
        self.remove_if_unmapped();
    }
}
