//! Goal: each thing that can be in the way has an error of its own, which says what to do.
#![cfg(windows)]

mod common;

use common::*;
use ringway_os_windows::{Disposition, Place, Problem, Request, Segment, inspect, remove_debris};
use std::fs;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::ptr::null;
use windows_sys::Win32::Foundation::{DuplicateHandle, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Memory::{CreateFileMappingW, FILE_MAP_READ, PAGE_READWRITE};
use windows_sys::Win32::System::Threading::{CreateEventW, GetCurrentProcess};

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn kernel_name(place: &Place) -> String {
    let Place::Named(name) = place else {
        panic!("{place}");
    };
    format!(r"Local\{}", name.file_name())
}

fn event(name: &str) -> OwnedHandle {
    // SAFETY: the name ends with a zero; the call gives a new handle.
    unsafe { OwnedHandle::from_raw_handle(CreateEventW(null(), 0, 0, wide(name).as_ptr())) }
}

/// A section of another program.
fn section(name: &str, len: u32) -> OwnedHandle {
    let name = wide(name);
    // SAFETY: as above.
    unsafe {
        OwnedHandle::from_raw_handle(CreateFileMappingW(
            INVALID_HANDLE_VALUE,
            null(),
            PAGE_READWRITE,
            0,
            len,
            name.as_ptr(),
        ))
    }
}

fn problem(place: &Place) -> Problem {
    let error = open(place, Disposition::CreateOrOpen).unwrap_err();
    assert!(error.to_string().starts_with("segment") || error.to_string().starts_with("anonymous"));
    error.problem
}

#[test]
fn name_with_a_backslash() {
    let error = Place::try_from(r"a\b").unwrap_err();
    assert_eq!(
        error.to_string(),
        r"'\\' at position 1 is not allowed in a name: only A-Z a-z 0-9 . _ - are"
    );
}

#[test]
fn name_of_something_else() {
    let place = place("squatted");
    let name = kernel_name(&place);
    let _event = event(&name);
    let taken = problem(&place);
    let Problem::NameTaken { name: found } = &taken else {
        panic!("{taken}");
    };
    assert_eq!(*found, name);
    assert!(taken.to_string().contains("choose another name"));
    for error in [
        open(&place, Disposition::OpenExisting).unwrap_err(),
        inspect(&place).unwrap_err(),
    ] {
        assert!(
            matches!(error.problem, Problem::NameTaken { .. }),
            "{error}"
        );
    }
}

/// Somebody has the name of the lock, or of the queue before it.
#[test]
fn name_of_a_lock() {
    let place = place("lock");
    let Place::Named(name) = &place else { panic!() };
    let squatted = section(&format!(r"Local\ringway-lock.{name}"), 4096);
    assert!(matches!(problem(&place), Problem::NameTaken { .. }));
    drop(squatted);
    let _squatted = event(&format!(r"Local\ringway-queue.{name}"));
    assert!(matches!(problem(&place), Problem::NameTaken { .. }));
}

#[test]
fn section_of_another_size() {
    let place = place("small");
    let _section = section(&kernel_name(&place), 4096);
    let Problem::TooSmall { found, expected } = problem(&place) else {
        panic!();
    };
    assert_eq!((found, expected), (4096, 8192));
    let looked = inspect(&place).unwrap_err();
    assert!(
        matches!(looked.problem, Problem::TooSmall { .. }),
        "{looked}"
    );
    assert!(!remove_debris(&place, true, LONG).unwrap());
}

#[test]
fn section_of_another_program() {
    let place = place("foreign");
    let section = section(&kernel_name(&place), 16384);
    // SAFETY: the whole section is mapped, and nobody else has it.
    unsafe {
        use windows_sys::Win32::System::Memory::{FILE_MAP_WRITE, MapViewOfFile};
        let view = MapViewOfFile(section.as_raw_handle(), FILE_MAP_WRITE, 0, 0, 0);
        view.Value.cast::<u8>().add(12288).write_bytes(0x55, 4096);
    }
    let foreign = problem(&place);
    assert!(matches!(foreign, Problem::NotASegment { .. }), "{foreign}");
}

#[test]
fn handle_without_rights_and_handle_of_something_else() {
    let segment = attach(&Place::Anonymous);
    let mut restricted = std::ptr::null_mut();
    // SAFETY: both handles are open; the call writes a new one.
    let restricted = unsafe {
        let this = GetCurrentProcess();
        let handle = segment.handle().unwrap().as_raw_handle();
        let done = DuplicateHandle(this, handle, this, &raw mut restricted, FILE_MAP_READ, 0, 0);
        assert_ne!(done, 0);
        OwnedHandle::from_raw_handle(restricted)
    };
    let place = Place::Handle(restricted);
    let lacks = problem(&place);
    assert!(matches!(lacks, Problem::HandleRights { .. }), "{lacks}");
    assert!(lacks.to_string().contains("all rights"));
    // It does for looking.
    inspect(&place).unwrap();
    let place = Place::Handle(event(r"Local\ringway-test-no-section"));
    let other = problem(&place);
    assert!(matches!(other, Problem::NotASegment { .. }), "{other}");
    let foreign = Place::Handle(section(r"Local\ringway-test-a-section", 16384));
    let other = problem(&foreign);
    assert!(matches!(other, Problem::NotASegment { .. }), "{other}");
}

#[test]
fn permission_bits_and_persistence() {
    let place = place("bits");
    let asks = |mode, persistent| {
        let request = Request {
            mode,
            persistent,
            ..request(&place, Disposition::CreateOrOpen)
        };
        Segment::open(&request).map(drop)
    };
    asks(Some(0o600), false).unwrap();
    let bits = asks(Some(0o660), false).unwrap_err();
    assert!(bits.to_string().contains("mode 0660"), "{bits}");
    let kept = asks(None, true).unwrap_err();
    assert!(kept.to_string().contains("put it in a file"), "{kept}");
}

#[test]
fn more_than_there_is_memory() {
    for len in [1 << 46, u64::MAX] {
        let place = place("huge");
        let request = Request {
            len,
            ..request(&place, Disposition::CreateOrOpen)
        };
        let error = Segment::open(&request).unwrap_err();
        assert!(matches!(error.problem, Problem::NoSpace { .. }), "{error}");
        assert!(open(&place, Disposition::OpenExisting).is_err());
    }
}

#[test]
fn directory_small_file_hard_link_and_no_directory() {
    let scratch = Scratch::new("directory");
    fs::create_dir(&scratch.path).unwrap();
    let found = problem(&scratch.place);
    assert!(
        matches!(
            found,
            Problem::NotRegular {
                found: "a directory"
            }
        ),
        "{found}"
    );

    let scratch = Scratch::new("small");
    fs::write(&scratch.path, [1; 100]).unwrap();
    let small = problem(&scratch.place);
    assert!(
        matches!(small, Problem::TooSmall { found: 100, .. }),
        "{small}"
    );
    assert!(!remove_debris(&scratch.place, false, LONG).unwrap());
    assert!(remove_debris(&scratch.place, true, LONG).unwrap());
    assert_eq!(scratch.files(), 0);

    let (scratch, link) = (Scratch::new("linked"), Scratch::new("link"));
    drop(attach(&scratch.place));
    fs::hard_link(&scratch.path, &link.path).unwrap();
    let linked = problem(&scratch.place);
    assert!(
        matches!(linked, Problem::LinkedElsewhere { links: 2 }),
        "{linked}"
    );

    let nowhere = std::env::temp_dir().join("ringway-no-such-directory");
    let Problem::NoDirectory { directory } = problem(&Place::File(nowhere.join("x"))) else {
        panic!();
    };
    assert_eq!(directory, nowhere);
}

#[test]
fn missing_and_present() {
    for place in [place("missing"), Place::from(Path::new("no-such-segment"))] {
        let missing = open(&place, Disposition::OpenExisting).unwrap_err();
        assert!(matches!(missing.problem, Problem::NotFound), "{missing}");
        let looked = inspect(&place).unwrap_err();
        assert!(matches!(looked.problem, Problem::NotFound), "{looked}");
    }
    let place = place("present");
    let _segment = attach(&place);
    let present = open(&place, Disposition::CreateNew).unwrap_err();
    assert!(
        matches!(present.problem, Problem::AlreadyExists),
        "{present}"
    );
}

#[test]
fn another_program_has_the_file_for_itself() {
    use std::os::windows::fs::OpenOptionsExt;
    let scratch = Scratch::new("exclusive");
    drop(attach(&scratch.place));
    let _alone = fs::OpenOptions::new()
        .read(true)
        .share_mode(0)
        .open(&scratch.path)
        .unwrap();
    let denied = problem(&scratch.place);
    assert!(matches!(denied, Problem::NotShared { .. }), "{denied}");
}
