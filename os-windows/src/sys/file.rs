//! Files: opening, what the system knows of one, locks on ranges, removal.

use super::check;
use super::security::with_only_me;
use std::fmt;
use std::fs::File;
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle};
use std::path::Path;
use std::ptr::{null, null_mut};
use windows_sys::Win32::Foundation::{
    ERROR_IO_PENDING, ERROR_LOCK_VIOLATION, GENERIC_READ, GENERIC_WRITE, INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, CREATE_NEW, CreateFileW, DELETE, FILE_ATTRIBUTE_DIRECTORY,
    FILE_ATTRIBUTE_REPARSE_POINT, FILE_DISPOSITION_INFO, FILE_FLAG_BACKUP_SEMANTICS,
    FILE_FLAG_OPEN_REPARSE_POINT, FILE_ID_INFO, FILE_RENAME_INFO, FILE_SHARE_DELETE,
    FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_TYPE_DISK, FileDispositionInfo, FileIdInfo,
    FileRenameInfo, GetFileInformationByHandle, GetFileInformationByHandleEx, GetFileType,
    LOCKFILE_EXCLUSIVE_LOCK, LOCKFILE_FAIL_IMMEDIATELY, LockFileEx, OPEN_EXISTING, READ_CONTROL,
    SetFileInformationByHandle, UnlockFileEx,
};
use windows_sys::Win32::System::IO::OVERLAPPED;

/// For what a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// To read it.
    Read,
    /// To read and write it.
    Write,
    /// To read, write, rename and remove it.
    Remove,
}

/// Opens what is at `path`, or the link itself if it is one; others may do with it what they like.
pub(crate) fn open(path: &Path, access: Access) -> io::Result<File> {
    let rights = match access {
        Access::Read => GENERIC_READ,
        Access::Write => GENERIC_READ | GENERIC_WRITE,
        Access::Remove => GENERIC_READ | GENERIC_WRITE | DELETE,
    };
    call(path, rights | READ_CONTROL, OPEN_EXISTING)
}

/// Makes an empty file that is this user's alone; an error if there is something.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let rights = GENERIC_READ | GENERIC_WRITE | DELETE | READ_CONTROL;
    call(path, rights, CREATE_NEW)
}

fn call(path: &Path, rights: u32, disposition: u32) -> io::Result<File> {
    let path = wide_path(path)?;
    with_only_me(|security| {
        // SAFETY: `path` ends with a zero, `security` lives for the call, there is no template.
        let file = unsafe {
            CreateFileW(
                path.as_ptr(),
                rights,
                FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                if disposition == CREATE_NEW {
                    security
                } else {
                    null()
                },
                disposition,
                // Directories are opened, too, and so can be told from what may not be.
                FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS,
                null_mut(),
            )
        };
        if file == INVALID_HANDLE_VALUE {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call made it, for us.
        Ok(unsafe { File::from_raw_handle(file) })
    })
}

fn wide_path(path: &Path) -> io::Result<Vec<u16>> {
    let mut path: Vec<u16> = path.as_os_str().encode_wide().collect();
    if path.contains(&0) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    path.push(0);
    Ok(path)
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file, with so many names.
    Regular { links: u32 },
    /// A directory.
    Directory,
    /// A symbolic link, or what else leads elsewhere.
    Link,
    /// A device, a console, a pipe.
    Other,
}

/// What `file` is.
pub(crate) fn kind(file: &File) -> io::Result<Kind> {
    // SAFETY: the handle is open while it is borrowed.
    if unsafe { GetFileType(file.as_raw_handle()) } != FILE_TYPE_DISK {
        return Ok(Kind::Other);
    }
    let mut found = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: as above; `found` is written.
    check(unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut found) })?;
    Ok(match found.dwFileAttributes {
        bits if bits & FILE_ATTRIBUTE_REPARSE_POINT != 0 => Kind::Link,
        bits if bits & FILE_ATTRIBUTE_DIRECTORY != 0 => Kind::Directory,
        _ => Kind::Regular {
            links: found.nNumberOfLinks,
        },
    })
}

/// Which file it is: its volume, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    volume: u64,
    number: [u8; 16],
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:016x}{:032x}",
            self.volume,
            u128::from_le_bytes(self.number)
        )
    }
}

/// Which file `file` is.
pub(crate) fn identity(file: &File) -> io::Result<Identity> {
    let mut found = FILE_ID_INFO::default();
    // SAFETY: the handle is open while it is borrowed; `found` is what this class writes, and has
    // the size that the call is told.
    check(unsafe {
        GetFileInformationByHandleEx(
            file.as_raw_handle(),
            FileIdInfo,
            (&raw mut found).cast(),
            size_of_val(&found) as u32,
        )
    })?;
    Ok(Identity {
        volume: found.VolumeSerialNumber,
        number: found.FileId.Identifier,
    })
}

/// How a range is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Against everybody else.
    Exclusive,
    /// Against who wants it exclusively.
    Shared,
}

/// Locks the byte at `offset`, which need not exist, for this handle; `false` if another has it. The
/// system takes it back when the handle is closed, and so at the latest when the process has ended.
pub(crate) fn try_lock(file: &File, offset: u64, lock: Lock) -> io::Result<bool> {
    let mut at = place(offset);
    let flags = match lock {
        Lock::Exclusive => LOCKFILE_FAIL_IMMEDIATELY | LOCKFILE_EXCLUSIVE_LOCK,
        Lock::Shared => LOCKFILE_FAIL_IMMEDIATELY,
    };
    // SAFETY: the handle is open while it is borrowed, and was opened for calls that wait, so that
    // `at` is not used after the call.
    match check(unsafe { LockFileEx(file.as_raw_handle(), flags, 0, 1, 0, &raw mut at) }) {
        Ok(()) => Ok(true),
        Err(error) if is_taken(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_taken(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(i32::cast_unsigned);
    matches!(code, Some(ERROR_LOCK_VIOLATION | ERROR_IO_PENDING))
}

/// Gives the lock on the byte at `offset` back.
pub(crate) fn unlock(file: &File, offset: u64) -> io::Result<()> {
    let mut at = place(offset);
    // SAFETY: as in `try_lock`.
    check(unsafe { UnlockFileEx(file.as_raw_handle(), 0, 1, 0, &raw mut at) })
}

fn place(offset: u64) -> OVERLAPPED {
    let mut at = OVERLAPPED::default();
    at.Anonymous.Anonymous.Offset = offset as u32;
    at.Anonymous.Anonymous.OffsetHigh = (offset >> 32) as u32;
    at
}

/// Gives `file` the name `to`, also while it is mapped. There must be nothing of that name.
pub(crate) fn rename(file: &File, to: &Path) -> io::Result<()> {
    let mut name = wide_path(to)?;
    name.pop();
    let room = size_of::<FILE_RENAME_INFO>() + name.len() * 2;
    // Of `u64`, so that it is aligned for the structure.
    let mut buffer = vec![0_u64; room.div_ceil(8)];
    let info: *mut FILE_RENAME_INFO = buffer.as_mut_ptr().cast();
    // SAFETY: `buffer` is aligned, large enough for the structure and the name behind it, and zeros
    // are a valid one, which neither replaces anything nor has a root. The handle is open while it
    // is borrowed.
    check(unsafe {
        (*info).FileNameLength = (name.len() * 2) as u32;
        let words = (&raw mut (*info).FileName).cast::<u16>();
        words.copy_from_nonoverlapping(name.as_ptr(), name.len());
        SetFileInformationByHandle(
            file.as_raw_handle(),
            FileRenameInfo,
            info.cast(),
            room as u32,
        )
    })
}

/// Removes `file`, opened for [`Access::Remove`], which nobody may have mapped: as soon as its last
/// handle is closed.
pub(crate) fn remove(file: &File) -> io::Result<()> {
    let info = FILE_DISPOSITION_INFO { DeleteFile: true };
    // SAFETY: the handle is open while it is borrowed; `info` is what this class reads, and has the
    // size that the call is told.
    check(unsafe {
        SetFileInformationByHandle(
            file.as_raw_handle(),
            FileDispositionInfo,
            (&raw const info).cast(),
            size_of_val(&info) as u32,
        )
    })
}
