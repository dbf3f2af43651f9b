//! Goal: what is no segment, or is not trusted, is refused by its own error, and left alone: whether
//! it has the name of a file or that of a lock file.
#![cfg(any(target_os = "macos", target_os = "linux"))]

// The helpers of the other Unix adapter's tests, for this one.
extern crate ringway_os_macos as ringway_os_linux;
#[path = "../../os-linux/tests/common/mod.rs"]
mod common;

use common::*;
use ringway_os_macos::{
    Disposition, Name, NameError, Place, Problem, User, inspect, list, remove_debris,
};
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where this user's lock files are.
fn directory() -> PathBuf {
    #[cfg(target_os = "linux")]
    let cache = std::env::temp_dir().join(format!(
        "ringway-double-{}",
        rustix::process::geteuid().as_raw()
    ));
    #[cfg(target_os = "macos")]
    let cache = {
        let mut text = [0u8; 1024];
        let name = libc::_CS_DARWIN_USER_CACHE_DIR;
        // SAFETY: it writes at most as many bytes as it is told there are.
        let len = unsafe { libc::confstr(name, text.as_mut_ptr().cast(), text.len()) };
        PathBuf::from(str::from_utf8(&text[..len - 1]).unwrap())
    };
    cache.join("ringway")
}

/// A place that only this test uses, and the file that it is known by.
struct Spot {
    place: Place,
    path: PathBuf,
}

impl Spot {
    fn named(label: &str) -> Self {
        // So that there is a directory.
        drop(attach(&Place::Anonymous));
        let name = Name::new(&format!("refused-{}-{label}", std::process::id())).unwrap();
        Spot {
            path: directory().join(name.file_name()),
            place: Place::Named(name),
        }
    }

    fn file(label: &str) -> Self {
        let name = format!("ringway-refused-{}-{label}", std::process::id());
        let path = std::env::temp_dir().join(name);
        Spot {
            place: Place::from(path.as_path()),
            path,
        }
    }

    fn both(label: &str) -> [Self; 2] {
        [Spot::named(label), Spot::file(label)]
    }

    /// The problem of everybody who opens it.
    fn problem(&self) -> Problem {
        let error = open(&self.place, Disposition::CreateOrOpen).unwrap_err();
        assert!(error.to_string().starts_with(&self.place.to_string()));
        error.problem
    }

    /// That of everybody who looks at it.
    fn look(&self) -> Problem {
        inspect(&self.place).unwrap_err().problem
    }
}

impl Drop for Spot {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path).or_else(|_| fs::remove_dir(&self.path));
    }
}

/// Nothing is created where the link leads to.
#[test]
fn symbolic_link() {
    let target = Spot::file("target");
    for exists in [false, true] {
        if exists {
            drop(attach(&target.place));
        }
        for spot in Spot::both("symlink") {
            symlink(&target.path, &spot.path).unwrap();
            for problem in [spot.problem(), spot.look()] {
                assert!(matches!(problem, Problem::SymbolicLink), "{problem}");
            }
            assert_eq!(target.path.exists(), exists);
        }
    }
}

#[test]
fn directory_and_fifo() {
    for (program, kind) in [("mkdir", "a directory"), ("mkfifo", "a FIFO")] {
        for spot in Spot::both(program) {
            let made = Command::new(program).arg(&spot.path).status().unwrap();
            assert!(made.success());
            for problem in [spot.problem(), spot.look()] {
                let Problem::NotRegular { found } = problem else {
                    panic!("{problem}");
                };
                assert_eq!(found, kind);
            }
        }
    }
}

#[test]
fn second_name() {
    for (spot, other) in Spot::both("linked").iter().zip(Spot::both("linked-too")) {
        let (segment, _) = open(&spot.place, Disposition::CreateNew).unwrap();
        fs::hard_link(&spot.path, &other.path).unwrap();
        let linked = spot.problem();
        assert!(matches!(linked, Problem::LinkedElsewhere { links: 2 }));
        segment.unlink().unwrap();
    }
}

/// Needs root, who may give files away.
#[test]
fn foreign_owner() {
    const SOMEBODY: u32 = 12345;
    if lacks_root("foreign_owner") {
        return;
    }
    for spot in Spot::both("foreign") {
        let (segment, _) = open(&spot.place, Disposition::CreateNew).unwrap();
        segment.unlock();
        chown(&spot.path, Some(SOMEBODY), None).unwrap();
        let foreign = spot.problem();
        let Problem::ForeignOwner { found, expected } = foreign else {
            panic!("{foreign}");
        };
        assert_eq!((found, expected), (User::Id(SOMEBODY), User::Id(0)));
        segment.unlink().unwrap();
    }
}

/// The object that the lock file at `path` leads to, where the double keeps it.
#[cfg(target_os = "linux")]
fn object(path: &Path) -> PathBuf {
    let record = fs::read_to_string(path).unwrap();
    Path::new("/dev/shm").join(record.trim_end().trim_start_matches('/'))
}

/// Needs root. The lock file is ours, and what it leads to was replaced.
#[test]
#[cfg(target_os = "linux")]
fn memory_of_a_foreign_owner() {
    if lacks_root("memory_of_a_foreign_owner") {
        return;
    }
    let spot = Spot::named("foreign-memory");
    let segment = attach(&spot.place);
    chown(object(&spot.path), Some(12345), None).unwrap();
    let foreign = spot.problem();
    assert!(matches!(foreign, Problem::ForeignOwner { .. }), "{foreign}");
    segment.unlink().unwrap();
}

/// What another program may have left there: too little of it, or more than was asked for.
#[test]
#[cfg(target_os = "linux")]
fn memory_of_another_size() {
    let spot = Spot::named("size");
    let segment = attach(&spot.place);
    let resize = |len| {
        let file = fs::File::options().write(true).open(object(&spot.path));
        file.unwrap().set_len(len).unwrap();
    };
    resize(100);
    for problem in [spot.problem(), spot.look()] {
        let Problem::TooSmall { found, expected } = problem else {
            panic!("{problem}");
        };
        assert_eq!((found, expected), (100, 4096));
    }
    // The size that it has is the one that counts.
    resize(1 << 20);
    let larger = attach(&spot.place);
    let memory = ringway_core::platform::Platform::memory(&larger);
    assert_eq!(ringway_core::region::Memory::len(memory), 1 << 20);
    segment.unlink().unwrap();
}

#[test]
fn what_is_no_record_is_refused_and_kept_unless_removed_by_force() {
    let spot = Spot::named("note");
    for note in ["a note", "/somebody.elses\n", "/ringway.0123\n"] {
        fs::write(&spot.path, note).unwrap();
        for problem in [spot.problem(), spot.look()] {
            assert!(matches!(problem, Problem::BadRecord), "{problem}");
        }
        let all = list().unwrap();
        let listed = all
            .iter()
            .find(|found| spot.path.ends_with(found.name.file_name()));
        assert_eq!(listed.unwrap().len, 0);
        assert!(!remove_debris(&spot.place, false, LONG).unwrap());
        assert_eq!(fs::read_to_string(&spot.path).unwrap(), note);
    }
    assert!(remove_debris(&spot.place, true, LONG).unwrap());
    assert!(!spot.path.exists());
}

#[test]
fn small_file_is_refused_and_kept() {
    let spot = Spot::file("small");
    fs::write(&spot.path, "a note").unwrap();
    for problem in [spot.problem(), spot.look()] {
        let Problem::TooSmall { found, expected } = problem else {
            panic!("{problem}");
        };
        assert_eq!((found, expected), (6, 4096));
    }
    assert_eq!(fs::read(&spot.path).unwrap(), b"a note");
}

#[test]
fn missing_directory() {
    let place = Place::from(Path::new("/nonexistent/ticks"));
    let missing = open(&place, Disposition::CreateOrOpen).unwrap_err().problem;
    let Problem::NoDirectory { directory } = missing else {
        panic!("{missing}");
    };
    assert_eq!(directory, Path::new("/nonexistent"));
}

#[test]
fn names_that_are_no_file_names() {
    for name in ["a/b", "a\\b", "/a", "..\\a", "a\0b"] {
        let refused = Place::try_from(name).unwrap_err();
        let found = name.chars().find(|c| "/\\\0".contains(*c));
        match refused {
            NameError::BadCharacter { found: bad, .. } => assert_eq!(Some(bad), found),
            NameError::LeadingDot => assert!(name.starts_with('.')),
            other => panic!("{other}"),
        }
    }
    // Those of the system have 31 bytes; ours may be longer.
    let spot = Spot::named(&"x".repeat(100));
    let segment = attach(&spot.place);
    assert!(fs::metadata(&spot.path).unwrap().size() <= 31);
    segment.unlink().unwrap();
}

/// A file has a size, too, and an object that ends with something else is another program's.
#[test]
fn handles_of_other_things() {
    let file = Spot::file("handle");
    fs::write(&file.path, vec![0; 1 << 16]).unwrap();
    let file = OwnedFd::from(fs::File::open(&file.path).unwrap());
    let (socket, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    let memory = |len| {
        use rustix::shm;
        let name = format!("/refused.{}", std::process::id());
        let flags = shm::OFlags::CREATE | shm::OFlags::RDWR | shm::OFlags::EXCL;
        let object = shm::open(&*name, flags, rustix::fs::Mode::RWXU).unwrap();
        shm::unlink(&*name).unwrap();
        rustix::fs::ftruncate(&object, len).unwrap();
        object
    };
    let (small, large) = (memory(16 << 10), memory(64 << 10));
    for (handle, what) in [
        (file, "a handle of another kind"),
        (socket.into(), "a handle of another kind"),
        (small, "shared memory of another size"),
        (large, "shared memory of something else"),
    ] {
        let place = Place::Handle(handle);
        let opened = open(&place, Disposition::CreateOrOpen).unwrap_err().problem;
        for problem in [opened, inspect(&place).unwrap_err().problem] {
            let Problem::NotASegment { found } = problem else {
                panic!("{what}: {problem}");
            };
            assert_eq!(found, what);
        }
    }
}
