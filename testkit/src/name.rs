//! Names that no other test uses, and that are gone afterwards.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

fn unique(hint: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("test-{hint}-{}-{count}", std::process::id())
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

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file behind a named segment of this name.
    #[must_use]
    pub fn shm_file(&self) -> PathBuf {
        Path::new("/dev/shm").join(format!("ringway.{}", self.0))
    }

    /// Whether a segment of this name exists.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.shm_file().exists()
    }
}

impl fmt::Display for UniqueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Drop for UniqueName {
    fn drop(&mut self) {
        let file = self.shm_file();
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
