//! A mapping that stays with the process that made it.
#![allow(unsafe_code)]

use core::ptr::NonNull;
use memmap2::MmapMut;
use ringway_core::region::Memory;
use ringway_os_common::Mapping;
use ringway_os_common::file::Advice;
use rustix::mm::madvise;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Shared bytes that a forked child does not inherit.
///
/// So the end of a process is the end of its attachment, even if a child of it lives on: whoever
/// could still touch the bytes is the process whose number the attachment carries.
///
/// In a forked child the value exists but its bytes do not:
/// [`is_mapped_here`](UnforkedMapping::is_mapped_here) tells, and nothing else may be called there.
#[derive(Debug)]
pub struct UnforkedMapping {
    mapping: ManuallyDrop<Mapping>,
    /// A page of its own that holds 1, and reads as 0 after a fork.
    mark: MmapMut,
}

impl UnforkedMapping {
    /// Maps `len` bytes of `file`, shared with every process that maps it.
    pub(crate) fn shared(file: BorrowedFd<'_>, len: usize) -> io::Result<Self> {
        UnforkedMapping::keep(Mapping::shared(file.as_raw_fd(), len)?)
    }

    /// Maps `len` bytes of `file` to look at; what is written to them reaches nobody.
    pub(crate) fn copy_on_write(file: BorrowedFd<'_>, len: usize) -> io::Result<Self> {
        UnforkedMapping::keep(Mapping::copy_on_write(file.as_raw_fd(), len)?)
    }

    fn keep(mapping: Mapping) -> io::Result<Self> {
        const FOR_FORK: rustix::mm::Advice = rustix::mm::Advice::LinuxWipeOnFork;
        mapping.advise(Advice::DontFork)?;
        let mut mark = MmapMut::map_anon(1)?;
        mark[0] = 1;
        // SAFETY: the range is that of `mark`, which stays mapped for as long as the advice is of
        // use. In a process that does not fork the advice changes nothing.
        unsafe { madvise(mark.as_mut_ptr().cast(), mark.len(), FOR_FORK)? };
        Ok(UnforkedMapping {
            mapping: ManuallyDrop::new(mapping),
            mark,
        })
    }

    /// Whether this process made the mapping; `false` in a forked child of it. Costs one load.
    #[must_use]
    pub fn is_mapped_here(&self) -> bool {
        self.mark[0] != 0
    }
}

impl Drop for UnforkedMapping {
    fn drop(&mut self) {
        // In a forked child these addresses are free, or by now something else's: leave them.
        if self.is_mapped_here() {
            // SAFETY: this is the drop of the only value that holds it, so it is the first and
            // last use after which `mapping` is not touched again.
            unsafe { ManuallyDrop::drop(&mut self.mapping) }
        }
    }
}

// SAFETY: `Mapping` keeps the promise in the process that made it, and is dropped with `self`. In
// a forked child there are no such bytes; what the core drops there asks `is_mapped_here` first, save
// the guard of a mutex, and nothing else may be called there.
unsafe impl Memory for UnforkedMapping {
    fn base(&self) -> NonNull<u8> {
        self.mapping.base()
    }

    fn len(&self) -> usize {
        self.mapping.len()
    }
}
