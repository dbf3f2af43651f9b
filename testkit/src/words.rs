//! Words in a file that several processes have mapped.
#![allow(unsafe_code)]

use memmap2::{MmapOptions, MmapRaw};
use std::fs::{File, OpenOptions};
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::AtomicU64;

/// Words that every process that opens the same file sees. What a killed process wrote stays.
#[derive(Debug)]
pub struct SharedWords {
    map: MmapRaw,
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
        let map = MmapOptions::new()
            .len(len * size_of::<AtomicU64>())
            .map_raw(file)
            .unwrap_or_else(|error| panic!("the file cannot be mapped: {error}"));
        SharedWords { map, len }
    }
}

impl Deref for SharedWords {
    type Target = [AtomicU64];
    fn deref(&self) -> &[AtomicU64] {
        // SAFETY: so many words are mapped while `self` is there, whole pages are aligned, and any
        // bytes are an atomic. The file keeps its size: only these tests know its name.
        unsafe { std::slice::from_raw_parts(self.map.as_ptr().cast(), self.len) }
    }
}
