//! Words in a file that several processes have mapped.
#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Deref;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicU64;

/// Words that every process that opens the same file sees. What a killed process wrote stays.
#[derive(Debug)]
pub struct SharedWords {
    first: NonNull<AtomicU64>,
    len: usize,
}

impl SharedWords {
    /// Makes the file, with `len` words of zero.
    ///
    /// # Panics
    ///
    /// It cannot be made or mapped, or is there already.
    #[must_use]
    pub fn create(path: &Path, len: usize) -> Self {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        file.set_len((len * size_of::<AtomicU64>()) as u64)
            .expect("the file can grow");
        Self::map(&file, len)
    }

    /// Opens what another process made.
    ///
    /// # Panics
    ///
    /// It is not there, or cannot be mapped.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let bytes = file.metadata().expect("an open file has a size").len();
        Self::map(&file, bytes as usize / size_of::<AtomicU64>())
    }

    fn map(file: &File, len: usize) -> Self {
        // SAFETY: the call makes a mapping and touches none that is there.
        let first = unsafe {
            libc::mmap(
                ptr::null_mut(),
                len * size_of::<AtomicU64>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        assert_ne!(first, libc::MAP_FAILED, "{}", io::Error::last_os_error());
        SharedWords {
            first: NonNull::new(first.cast()).expect("no mapping is at 0"),
            len,
        }
    }
}

impl Deref for SharedWords {
    type Target = [AtomicU64];
    fn deref(&self) -> &[AtomicU64] {
        // SAFETY: so many words are mapped while `self` is there, whole pages are aligned, and any
        // bytes are an atomic. The file keeps its size: only these tests know its name.
        unsafe { std::slice::from_raw_parts(self.first.as_ptr(), self.len) }
    }
}

// SAFETY: it is a place in shared memory that holds atomics only.
unsafe impl Send for SharedWords {}
// SAFETY: as above.
unsafe impl Sync for SharedWords {}

impl Drop for SharedWords {
    fn drop(&mut self) {
        // SAFETY: the mapping was made in `map`, and nothing borrows from it any more.
        unsafe {
            libc::munmap(
                self.first.as_ptr().cast(),
                self.len * size_of::<AtomicU64>(),
            )
        };
    }
}
