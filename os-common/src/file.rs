//! A mapped file, the one kind of memory that every adapter hands to the core.
#![allow(unsafe_code)]

use core::ptr::NonNull;
#[cfg(unix)]
pub use memmap2::Advice;
use memmap2::{MmapAsRawDesc, MmapOptions, MmapRaw};
use ringway_core::region::{ALIGN, Memory};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a regular file, a shared-memory object or an anonymous one, mapped from its start.
///
/// It keeps no descriptor: the mapping lives on when the descriptor is closed and the name removed.
///
/// A file that another process shortens loses its pages: touching them raises `SIGBUS`, which ends
/// the process. An adapter that cannot forbid that (a sealed anonymous object can) relies on the
/// permissions of the file.
#[derive(Debug)]
pub struct Mapping {
    map: MmapRaw,
}

impl Mapping {
    /// Maps `len` bytes of `file`, shared: what one process writes, all see.
    ///
    /// `len` must not exceed the size of the file, which the caller asks the system for and never
    /// takes from the file's contents.
    ///
    /// # Errors
    ///
    /// Those of `mmap`: among others `file` is not open for reading and writing, or there is no
    /// room in the address space.
    pub fn shared<F: MmapAsRawDesc>(file: F, len: usize) -> io::Result<Self> {
        let map = MmapOptions::new().len(len).map_raw(file)?;
        Mapping::checked(map)
    }

    /// Maps `len` bytes of `file` to look at: what others write is seen, what is written here goes
    /// to private copies of the pages and reaches nobody. `file` needs to be readable only.
    ///
    /// # Errors
    ///
    /// As for [`shared`](Mapping::shared).
    pub fn copy_on_write<F: MmapAsRawDesc>(file: F, len: usize) -> io::Result<Self> {
        let mut options = MmapOptions::new();
        options.len(len).no_reserve_swap();
        // SAFETY: memmap2 asks that nobody changes the file, since its result dereferences to a
        // slice. That slice is never made: the map is turned into a raw one at once.
        let map = unsafe { options.map_copy(file)? };
        Mapping::checked(MmapRaw::from(map))
    }

    /// Copies `len` bytes of `file`, for objects that cannot be mapped in private. `file` needs to be
    /// readable only.
    ///
    /// # Errors
    ///
    /// As for [`shared`](Mapping::shared).
    pub fn snapshot<F: MmapAsRawDesc>(file: F, len: usize) -> io::Result<Self> {
        let source = Mapping::checked(MmapOptions::new().len(len).map_raw_read_only(file)?)?;
        let copy = Mapping::checked(MmapOptions::new().len(len).map_anon()?.into())?;
        for at in (0..len).step_by(8) {
            // SAFETY: both mappings begin at a multiple of 8 and have whole pages, so that eight
            // bytes from `at` on are mapped. Others may write to the source at any time, so it is
            // read as atomics, of a size that every processor loads from memory it may not write.
            // Nobody else knows the copy yet.
            unsafe {
                let from = AtomicU64::from_ptr(source.base().as_ptr().add(at).cast());
                let to = copy.base().as_ptr().add(at).cast::<u64>();
                to.write(from.load(Ordering::Relaxed));
            }
        }
        Ok(copy)
    }

    /// Tells the system how the mapping will be used.
    ///
    /// # Errors
    ///
    /// Those of `madvise`: the system does not know this advice.
    #[cfg(unix)]
    pub fn advise(&self, advice: Advice) -> io::Result<()> {
        self.map.advise(advice)
    }

    /// Writes what changed back to the file and waits until it is there.
    ///
    /// # Errors
    ///
    /// Those of `msync`, such as a device that fails.
    pub fn flush(&self) -> io::Result<()> {
        self.map.flush()
    }

    fn checked(map: MmapRaw) -> io::Result<Self> {
        let aligned = map.as_ptr().addr().is_multiple_of(ALIGN);
        if !aligned || map.as_ptr().is_null() {
            return Err(io::Error::other(
                "the system mapped to an unaligned address",
            ));
        }
        Ok(Mapping { map })
    }
}

// SAFETY: `MmapRaw` keeps address and length from `mmap` to `munmap` in its drop and is not
// remapped (no code here does), both ways of making it ask for reading and writing, and `checked`
// made sure of the alignment. `MmapRaw` gives out no reference, and `map` is private.
unsafe impl Memory for Mapping {
    fn base(&self) -> NonNull<u8> {
        // SAFETY: `checked` refused null.
        unsafe { NonNull::new_unchecked(self.map.as_mut_ptr()) }
    }

    fn len(&self) -> usize {
        self.map.len()
    }
}
