//! Names that no other test uses, and that are gone afterwards.

use ringway::{Place, Problem};
use std::fmt;
#[cfg(target_os = "linux")]
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The number of a process alone may have been that of one that was killed and left something.
fn unique(hint: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    static RUN: LazyLock<u16> = LazyLock::new(|| RandomState::new().hash_one(0) as u16);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("test-{hint}-{}-{:x}-{count}", std::process::id(), *RUN)
}

/// The name of a channel that only this test uses. Dropping it checks nothing and removes whatever
/// the test left behind.
#[derive(Debug)]
pub struct UniqueName(String);

impl UniqueName {
    /// A name that contains `hint`.
    #[must_use]
    pub fn new(hint: &str) -> Self {
        UniqueName(unique(hint))
    }

    /// A name for a segment that outlasts all who use it, or whose bytes others look at. Where that
    /// cannot be under a name, its [`place`] is a file: on Windows a named segment ends with its
    /// last user, and on macOS there is no file behind it.
    #[must_use]
    pub fn lasting(hint: &str) -> Self {
        UniqueName(unique(&format!("lasting-{hint}")))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file that a named segment of this name is known by: that of its bytes or, where the double
    /// of macOS plays, its lock file.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn shm_file(&self) -> PathBuf {
        shm_file(&self.0)
    }

    /// The file of a [lasting](UniqueName::lasting) segment.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        file(&self.0)
    }

    /// Where the segment is.
    #[must_use]
    pub fn place(&self) -> Place {
        place(&self.0)
    }

    /// Whether a segment of this name exists.
    #[must_use]
    pub fn exists(&self) -> bool {
        if matches!(self.place(), Place::File(_)) || NAMES_ARE_FILES {
            return self.file().exists();
        }
        let seen = ringway::look(&self.place()).map(drop);
        !matches!(seen, Err(error) if matches!(error.problem, Problem::NotFound))
    }
}

/// Whether a named segment is a file that can be looked at.
const NAMES_ARE_FILES: bool = cfg!(all(target_os = "linux", not(ringway_macos)));

/// What names begin with of segments that last; see [`UniqueName::lasting`].
const LASTING: &str = "test-lasting-";

/// Where the segment of this name is: under its name, unless it is a
/// [lasting](UniqueName::lasting) one that needs a file.
///
/// # Panics
///
/// It is no name.
#[must_use]
pub fn place(name: &str) -> Place {
    if name.starts_with(LASTING) && !NAMES_ARE_FILES {
        Place::File(file(name))
    } else {
        Place::try_from(name).expect("tests use good names")
    }
}

pub(crate) fn file(name: &str) -> PathBuf {
    let file = format!("ringway.{name}");
    if NAMES_ARE_FILES {
        Path::new("/dev/shm").join(file)
    } else {
        std::env::temp_dir().join(file)
    }
}

/// As [`UniqueName::shm_file`].
#[cfg(target_os = "linux")]
pub(crate) fn shm_file(name: &str) -> PathBuf {
    directory().join(format!("ringway.{name}"))
}

/// The directory that a named segment is known by a file of, and where the bells are of wait slots.
#[cfg(target_os = "linux")]
#[must_use]
pub fn directory() -> PathBuf {
    if NAMES_ARE_FILES {
        return PathBuf::from("/dev/shm");
    }
    // SAFETY: it takes nothing and never fails.
    #[allow(unsafe_code)]
    let user = unsafe { libc::geteuid() };
    std::env::temp_dir().join(format!("ringway-double-{user}/ringway"))
}

/// The bytes of the segment that is known by a [`shm_file`], if there are any yet.
#[cfg(target_os = "linux")]
pub(crate) fn bytes_behind(file: &Path) -> Option<File> {
    if NAMES_ARE_FILES {
        return File::open(file).ok();
    }
    let record = std::fs::read_to_string(file).ok()?;
    let object = record.trim_end().strip_prefix('/')?;
    File::open(Path::new("/dev/shm").join(object)).ok()
}

impl fmt::Display for UniqueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Drop for UniqueName {
    fn drop(&mut self) {
        let file = self.file();
        let _ = std::fs::remove_file(&file).or_else(|_| std::fs::remove_dir(&file));
    }
}

/// A directory that is removed with all that is in it.
#[derive(Debug)]
pub struct TempDir(PathBuf);

impl TempDir {
    /// A new directory.
    ///
    /// # Panics
    ///
    /// It cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(unique("dir"));
        std::fs::create_dir(&path).expect("a directory can be made");
        TempDir(path)
    }

    /// A path in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Default for TempDir {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
