//! Sections, which Windows also calls file mapping objects, and views of them.

use super::object::{Named, named};
use super::security::with_only_me;
use super::{check, owned};
use crate::names::KernelName;
use core::ptr::NonNull;
use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, OwnedHandle};
use std::ptr::null;
use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::Storage::FileSystem::READ_CONTROL;
use windows_sys::Win32::System::Memory::{
    CreateFileMappingW, FILE_MAP_COPY, FILE_MAP_READ, FILE_MAP_WRITE, MEM_COMMIT, MEM_MAPPED,
    MEMORY_BASIC_INFORMATION, MEMORY_MAPPED_VIEW_ADDRESS, MapViewOfFile, OpenFileMappingW,
    PAGE_READONLY, PAGE_READWRITE, UnmapViewOfFile, VirtualQuery,
};

/// What a view is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// What is written is seen by all.
    Shared,
    /// What is written goes to private copies of the pages.
    CopyOnWrite,
}

/// Makes a section of `len` zeros, or opens the one of that name, whatever its size.
pub(crate) fn create(name: Option<&KernelName>, len: u64) -> io::Result<Named> {
    let name = name.map_or(null(), KernelName::as_ptr);
    let (high, low) = ((len >> 32) as u32, len as u32);
    with_only_me(|security| {
        // SAFETY: `security` lives for the call, `name` is null or ends with a zero, and the call
        // gives null or a new handle. No file is given.
        unsafe {
            named(|| {
                CreateFileMappingW(
                    INVALID_HANDLE_VALUE,
                    security,
                    PAGE_READWRITE,
                    high,
                    low,
                    name,
                )
            })
        }
    })
}

/// Opens the section `name`; `None` if there is none.
pub(crate) fn open(name: &KernelName, access: Access) -> io::Result<Option<OwnedHandle>> {
    let rights = READ_CONTROL
        | match access {
            Access::Shared => FILE_MAP_READ | FILE_MAP_WRITE,
            Access::CopyOnWrite => FILE_MAP_READ,
        };
    // SAFETY: `name` ends with a zero, and the call gives null or a new handle.
    match unsafe { owned(OpenFileMappingW(rights, 0, name.as_ptr())) } {
        Ok(section) => Ok(Some(section)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A section over all of `file`, which is not empty.
pub(crate) fn of_file(file: BorrowedHandle<'_>, access: Access) -> io::Result<OwnedHandle> {
    let protection = match access {
        Access::Shared => PAGE_READWRITE,
        Access::CopyOnWrite => PAGE_READONLY,
    };
    with_only_me(|security| {
        // SAFETY: the file is open while it is borrowed, `security` lives for the call, and the call
        // gives null or a new handle.
        unsafe {
            let file = file.as_raw_handle();
            owned(CreateFileMappingW(file, security, protection, 0, 0, null()))
        }
    })
}

/// All bytes of a section, mapped.
#[derive(Debug)]
pub(crate) struct Mapped {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: it is an address and a length; what lies there is shared by design, and reached only by
// who makes pointers into it.
unsafe impl Send for Mapped {}
// SAFETY: as above.
unsafe impl Sync for Mapped {}

impl Mapped {
    /// Maps all of `section`.
    pub(crate) fn new(section: BorrowedHandle<'_>, access: Access) -> io::Result<Self> {
        let access = match access {
            Access::Shared => FILE_MAP_READ | FILE_MAP_WRITE,
            Access::CopyOnWrite => FILE_MAP_COPY,
        };
        // SAFETY: the handle is open while it is borrowed. Of another kind of handle it fails.
        let view = unsafe { MapViewOfFile(section.as_raw_handle(), access, 0, 0, 0) };
        let base = NonNull::new(view.Value.cast()).ok_or_else(io::Error::last_os_error)?;
        // Before anything is done to its pages, so that all of them are alike.
        let mut mapped = Mapped { base, len: 0 };
        mapped.len = mapped.ask_len()?;
        Ok(mapped)
    }

    fn ask_len(&self) -> io::Result<usize> {
        let mut found = MEMORY_BASIC_INFORMATION::default();
        let base = self.base.as_ptr().cast();
        // SAFETY: `found` has the size that the call is told.
        let written = unsafe { VirtualQuery(base, &raw mut found, size_of_val(&found)) };
        check(i32::from(written != 0))?;
        if found.Type != MEM_MAPPED || found.AllocationBase != base {
            return Err(io::Error::other("the system mapped something else"));
        }
        // Pages that are only reserved are no memory: to read one would end this process.
        if found.State != MEM_COMMIT {
            return Err(io::Error::other(
                "found a section whose memory is only reserved, expected all of it to be there",
            ));
        }
        Ok(found.RegionSize)
    }

    /// The first byte.
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// How many bytes there are: whole pages.
    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        let view = MEMORY_MAPPED_VIEW_ADDRESS {
            Value: self.base.as_ptr().cast(),
        };
        // SAFETY: `new` mapped it, and this is the drop of the only value that says so.
        unsafe { UnmapViewOfFile(view) };
    }
}
