//! Goal: what is no segment, or is not trusted, is refused by its own error, and left alone.
#![cfg(target_os = "linux")]

mod common;

use common::*;
use ringway_os_linux::{Disposition, Ownership, Place, Problem, Request, Segment, User, inspect};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

/// The problem that everybody has who opens `place`.
fn problem(place: &Place) -> Problem {
    let error = open(place, Disposition::CreateOrOpen).unwrap_err();
    assert!(error.to_string().starts_with(&place.to_string()));
    error.problem
}

#[test]
fn symbolic_link() {
    let scratch = Scratch::new("symlink");
    let target = Scratch::new("target");
    drop(attach(&target.place));
    symlink(&target.path, &scratch.path).unwrap();
    assert!(matches!(problem(&scratch.place), Problem::SymbolicLink));
    let looked = inspect(&scratch.place).unwrap_err();
    assert!(matches!(looked.problem, Problem::SymbolicLink), "{looked}");
    let by_path = Place::from(scratch.path.as_path());
    assert!(matches!(problem(&by_path), Problem::SymbolicLink));
    assert!(target.path.exists());
}

/// Nothing is created where the link leads to.
#[test]
fn dangling_symbolic_link() {
    let scratch = Scratch::new("dangling");
    let target = Scratch::new("nowhere");
    symlink(&target.path, &scratch.path).unwrap();
    assert!(matches!(problem(&scratch.place), Problem::SymbolicLink));
    assert!(!target.path.exists());
}

#[test]
fn directory_and_fifo() {
    let directory = Scratch::new("directory");
    fs::create_dir(&directory.path).unwrap();
    let fifo = Scratch::new("fifo");
    let made = Command::new("mkfifo").arg(&fifo.path).status().unwrap();
    assert!(made.success());
    for (scratch, kind) in [(directory, "a directory"), (fifo, "a FIFO")] {
        let looked = inspect(&scratch.place).unwrap_err().problem;
        for problem in [problem(&scratch.place), looked] {
            let Problem::NotRegular { found } = problem else {
                panic!("{problem}");
            };
            assert_eq!(found, kind);
        }
    }
}

#[test]
fn second_name() {
    let scratch = Scratch::new("linked");
    let other = Scratch::new("linked-too");
    drop(attach(&scratch.place));
    fs::hard_link(&scratch.path, &other.path).unwrap();
    let linked = problem(&scratch.place);
    assert!(matches!(linked, Problem::LinkedElsewhere { links: 2 }));
}

#[test]
fn small_file_is_refused_and_kept() {
    let scratch = Scratch::new("small");
    fs::write(&scratch.path, "a note").unwrap();
    let small = problem(&scratch.place);
    let Problem::TooSmall { found, expected } = small else {
        panic!("{small}");
    };
    assert_eq!((found, expected), (6, 4096));
    assert_eq!(fs::read(&scratch.path).unwrap(), b"a note");
}

#[test]
fn missing_and_present() {
    let scratch = Scratch::new("missing");
    let missing = open(&scratch.place, Disposition::OpenExisting).unwrap_err();
    assert!(matches!(missing.problem, Problem::NotFound), "{missing}");
    let looked = inspect(&scratch.place).unwrap_err();
    assert!(matches!(looked.problem, Problem::NotFound), "{looked}");
    drop(attach(&scratch.place));
    let present = open(&scratch.place, Disposition::CreateNew).unwrap_err();
    assert!(
        matches!(present.problem, Problem::AlreadyExists),
        "{present}"
    );
}

#[test]
fn missing_directory() {
    let place = Place::from(Path::new("/nonexistent/ticks"));
    let missing = problem(&place);
    let Problem::NoDirectory { directory } = missing else {
        panic!("{missing}");
    };
    assert_eq!(directory, Path::new("/nonexistent"));
}

/// Needs root, who may give files away.
#[test]
fn foreign_owner_unless_others_are_admitted() {
    const SOMEBODY: u32 = 12345;
    if lacks_root("foreign_owner_unless_others_are_admitted") {
        return;
    }
    let scratch = Scratch::new("foreign");
    drop(attach(&scratch.place));
    chown(&scratch.path, Some(SOMEBODY), None).unwrap();
    let foreign = problem(&scratch.place);
    let Problem::ForeignOwner { found, expected } = foreign else {
        panic!("{foreign}");
    };
    assert_eq!((found, expected), (User::Id(SOMEBODY), User::Id(0)));
    let shared = Request {
        mode: Some(0o660),
        ..request(&scratch.place, Disposition::OpenExisting)
    };
    Segment::open(&shared).unwrap();
}

/// Needs root, so that there is another user to become.
#[test]
fn permission_denied() {
    let scratch = Scratch::new("denied");
    if role().is_some() {
        become_nobody();
        let place = place_from_test();
        let denied = problem(&place);
        let Problem::PermissionDenied {
            operation,
            user,
            found,
        } = denied
        else {
            panic!("{denied}");
        };
        let expected = Ownership {
            owner: User::Id(0),
            mode: 0o640,
        };
        assert_eq!(
            (operation, user, found),
            ("open", User::Id(65534), Some(Box::new(expected)))
        );
        let looked = inspect(&place).unwrap_err().problem;
        assert!(matches!(
            looked,
            Problem::PermissionDenied {
                operation: "read",
                ..
            }
        ));
        return;
    }
    if lacks_root("permission_denied") {
        return;
    }
    drop(attach(&scratch.place));
    fs::set_permissions(&scratch.path, Permissions::from_mode(0o640)).unwrap();
    Helper::start("permission_denied", "nobody", &scratch.place).succeeds();
}

/// Needs root. A segment of root that admits everybody is used by another user, who cannot remove it.
#[test]
fn shared_segment_is_open_to_others_and_removed_by_its_owner_only() {
    let scratch = Scratch::new("shared");
    let test = "shared_segment_is_open_to_others_and_removed_by_its_owner_only";
    if role().is_some() {
        become_nobody();
        let segment = attach(&place_from_test());
        let error = segment.unlink().unwrap_err();
        let denied = matches!(
            error.problem,
            Problem::PermissionDenied {
                operation: "remove",
                found: Some(_),
                ..
            }
        );
        assert!(denied, "{error}");
        return;
    }
    if lacks_root(test) {
        return;
    }
    let shared = Request {
        mode: Some(0o666),
        ..request(&scratch.place, Disposition::CreateNew)
    };
    Segment::open(&shared).unwrap();
    Helper::start(test, "nobody", &scratch.place).succeeds();
}

/// Method: the helper runs in a mount namespace of its own, in which `/dev/shm` has 1 MiB.
#[test]
fn full_file_system_leaves_nothing_behind() {
    const MIB: u64 = 1 << 20;
    if role().is_some() {
        let place = Place::try_from("big").unwrap();
        let files = || fs::read_dir("/dev/shm").unwrap().count();
        let mut request = request(&place, Disposition::CreateOrOpen);
        for asked in [4 * MIB, MIB + 1] {
            request.len = asked;
            let error = Segment::open(&request).unwrap_err();
            assert!(matches!(error.problem, Problem::NoSpace { asked: a, .. } if a == asked));
            assert!(error.to_string().contains("df /dev/shm"), "{error}");
            assert_eq!(files(), 0);
        }
        request.len = MIB;
        let (segment, _) = Segment::open(&request).unwrap();
        for offset in (0..1 << 20).step_by(4096) {
            let memory = ringway_core::platform::Platform::memory(&segment);
            word(memory, offset)
                .atomic
                .store(1, std::sync::atomic::Ordering::Relaxed);
        }
        return;
    }
    let script = "mount -t tmpfs -o size=1m tmpfs /dev/shm && exec \"$0\" \"$@\"";
    let mut unshare = Command::new("unshare");
    if !is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.args(["--mount", "sh", "-c", script]);
    unshare.arg(std::env::current_exe().unwrap());
    let test = "full_file_system_leaves_nothing_behind";
    Helper::start_by(unshare, test, "full", &Place::Anonymous).succeeds();
}
