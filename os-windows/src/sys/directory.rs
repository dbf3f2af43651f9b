//! The names in this session's directory of kernel objects.
//!
//! `NtOpenDirectoryObject` and `NtQueryDirectoryObject` are documented, but not in the libraries that
//! programs link; they are looked up when they are needed.

use super::wide;
use super::{owned, process};
use std::collections::BTreeSet;
use std::ffi::{CStr, c_void};
use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::ptr::{null, null_mut};
use windows_sys::Win32::Foundation::{HANDLE, NTSTATUS, RtlNtStatusToDosError, UNICODE_STRING};
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};

const DIRECTORY_QUERY: u32 = 1;
const STATUS_NO_MORE_ENTRIES: NTSTATUS = 0x8000_001A_u32.cast_signed();
const STATUS_MORE_ENTRIES: NTSTATUS = 0x105;

#[repr(C)]
struct ObjectAttributes {
    length: u32,
    root: HANDLE,
    name: *const UNICODE_STRING,
    attributes: u32,
    security: *const c_void,
    quality: *const c_void,
}

#[repr(C)]
struct Entry {
    name: UNICODE_STRING,
    kind: UNICODE_STRING,
}

type Open = unsafe extern "system" fn(*mut HANDLE, u32, *const ObjectAttributes) -> NTSTATUS;
type Query =
    unsafe extern "system" fn(HANDLE, *mut c_void, u32, u8, u8, *mut u32, *mut u32) -> NTSTATUS;

/// How often the directory is read at most.
const PASSES: u32 = 8;

/// Names of the sections in the directory behind `Local\`.
pub(crate) fn sections() -> io::Result<BTreeSet<String>> {
    // SAFETY: the two have had these types since Windows NT.
    let (open, query) = unsafe {
        (
            std::mem::transmute::<*const c_void, Open>(find(c"NtOpenDirectoryObject")?),
            std::mem::transmute::<*const c_void, Query>(find(c"NtQueryDirectoryObject")?),
        )
    };
    let path = wide(&match process::session()? {
        0 => r"\BaseNamedObjects".to_owned(),
        session => format!(r"\Sessions\{session}\BaseNamedObjects"),
    });
    let len = ((path.len() - 1) * 2) as u16;
    let name = UNICODE_STRING {
        Length: len,
        MaximumLength: len,
        Buffer: path.as_ptr().cast_mut(),
    };
    let attributes = ObjectAttributes {
        length: size_of::<ObjectAttributes>() as u32,
        root: null_mut(),
        name: &raw const name,
        attributes: 0,
        security: null(),
        quality: null(),
    };
    let mut directory = null_mut();
    // SAFETY: the call reads `attributes`, `name` and `path`, which live until it is done, and
    // writes `directory`.
    done(unsafe { open(&raw mut directory, DIRECTORY_QUERY, &raw const attributes) })?;
    // SAFETY: the call made it, for us.
    let directory = unsafe { owned(directory)? };
    // Entries are counted off: one that goes meanwhile hides the one that takes its number. So it is
    // read until it has nothing new.
    let mut found = BTreeSet::new();
    for _ in 0..PASSES {
        let before = found.len();
        for_each_section(&directory, query, |name| {
            found.insert(name);
        })?;
        if found.len() == before {
            break;
        }
    }
    Ok(found)
}

/// Goes once through what is in `directory`.
fn for_each_section(
    directory: &OwnedHandle,
    query: Query,
    mut with: impl FnMut(String),
) -> io::Result<()> {
    let mut context = 0;
    // One entry at a time; names have at most 32,767 words.
    let mut room = vec![0_u64; 16 * 1024];
    loop {
        let mut len = 0;
        // SAFETY: `room` has as many bytes as the call is told, the two numbers are written, and
        // the directory is open.
        let status = unsafe {
            query(
                directory.as_raw_handle(),
                room.as_mut_ptr().cast(),
                (room.len() * 8) as u32,
                1,
                0,
                &raw mut context,
                &raw mut len,
            )
        };
        match status {
            STATUS_NO_MORE_ENTRIES => return Ok(()),
            0 | STATUS_MORE_ENTRIES => {}
            error => done(error)?,
        }
        // SAFETY: the call wrote an entry, for which `room` is aligned, and its texts behind it.
        let (name, kind) = unsafe {
            let entry = &*room.as_ptr().cast::<Entry>();
            (text(&entry.name), text(&entry.kind))
        };
        if kind == "Section" {
            with(name);
        }
    }
}

fn find(function: &CStr) -> io::Result<*const c_void> {
    let library = wide("ntdll.dll");
    // SAFETY: both names end with a zero; every process has this library, and keeps it.
    let found = unsafe {
        let library = GetModuleHandleW(library.as_ptr());
        GetProcAddress(library, function.as_ptr().cast())
    };
    found
        .map(|found| found as *const c_void)
        .ok_or_else(io::Error::last_os_error)
}

fn done(status: NTSTATUS) -> io::Result<()> {
    if status >= 0 {
        return Ok(());
    }
    // SAFETY: it translates a number.
    let error = unsafe { RtlNtStatusToDosError(status) };
    Err(io::Error::from_raw_os_error(error.cast_signed()))
}

/// # Safety
///
/// `Length` bytes at `Buffer` are a text that nobody changes.
unsafe fn text(text: &UNICODE_STRING) -> String {
    let len = usize::from(text.Length) / 2;
    if text.Buffer.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise; the system aligns its texts.
    String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(text.Buffer, len) })
}
