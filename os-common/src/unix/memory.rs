//! A mapping that stays with the process that made it.
#![allow(unsafe_code)]

use crate::file::Mapping;
use core::ptr::NonNull;
use ringway_core::region::Memory;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, BorrowedFd};

/// How a system keeps a mapping from a forked child, and tells such a child from its parent.
///
/// # Safety
///
/// [`is_here`](ForkMark::is_here) says `false` in a forked child of the process that made it, and
/// in that process `true`.
pub unsafe trait ForkMark: Sized {
    /// Keeps `mapping` from the children of this process.
    ///
    /// # Errors
    ///
    /// Those of the system's calls.
    fn keep(mapping: &Mapping) -> io::Result<Self>;

    /// Whether this process made it. Costs a load or two.
    fn is_here(&self) -> bool;
}

/// Shared bytes that a forked child does not inherit.
///
/// So the end of a process is the end of its attachment, even if a child of it lives on: whoever
/// could still touch the bytes is the process whose number the attachment carries.
///
/// In a forked child the value exists but its bytes do not:
/// [`is_mapped_here`](UnforkedMapping::is_mapped_here) tells, and nothing else may be called there.
#[derive(Debug)]
pub struct UnforkedMapping<M: ForkMark> {
    mapping: ManuallyDrop<Mapping>,
    mark: M,
}

impl<M: ForkMark> UnforkedMapping<M> {
    /// Maps `len` bytes of `file`, shared with every process that maps it.
    ///
    /// # Errors
    ///
    /// Those of [`Mapping::shared`], and of [`ForkMark::keep`].
    pub fn shared(file: BorrowedFd<'_>, len: usize) -> io::Result<Self> {
        UnforkedMapping::keep(Mapping::shared(file.as_raw_fd(), len)?)
    }

    /// Maps `len` bytes of `file` to look at; what is written to them reaches nobody.
    ///
    /// # Errors
    ///
    /// Those of [`Mapping::copy_on_write`], and of [`ForkMark::keep`].
    pub fn copy_on_write(file: BorrowedFd<'_>, len: usize) -> io::Result<Self> {
        UnforkedMapping::keep(Mapping::copy_on_write(file.as_raw_fd(), len)?)
    }

    fn keep(mapping: Mapping) -> io::Result<Self> {
        let mark = M::keep(&mapping)?;
        Ok(UnforkedMapping {
            mapping: ManuallyDrop::new(mapping),
            mark,
        })
    }

    /// Whether this process made the mapping; `false` in a forked child of it.
    #[must_use]
    pub fn is_mapped_here(&self) -> bool {
        self.mark.is_here()
    }
}

impl<M: ForkMark> Drop for UnforkedMapping<M> {
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
unsafe impl<M: ForkMark> Memory for UnforkedMapping<M> {
    fn base(&self) -> NonNull<u8> {
        self.mapping.base()
    }

    fn len(&self) -> usize {
        self.mapping.len()
    }
}
