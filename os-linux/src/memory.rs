//! A mapping that stays with the process that made it.
#![allow(unsafe_code)]

use memmap2::MmapMut;
use ringway_os_common::Mapping;
use ringway_os_common::file::Advice;
use ringway_os_common::unix::ForkMark;
use rustix::mm::madvise;
use std::io;

/// Shared bytes that a forked child does not inherit.
pub type UnforkedMapping = ringway_os_common::unix::UnforkedMapping<WipedOnFork>;

/// A page of its own that holds 1, and reads as 0 after a fork.
#[derive(Debug)]
pub struct WipedOnFork(MmapMut);

// SAFETY: the kernel wipes the page in a child, and nothing else writes to it.
unsafe impl ForkMark for WipedOnFork {
    fn keep(mapping: &Mapping) -> io::Result<Self> {
        const FOR_FORK: rustix::mm::Advice = rustix::mm::Advice::LinuxWipeOnFork;
        mapping.advise(Advice::DontFork)?;
        let mut mark = MmapMut::map_anon(1)?;
        mark[0] = 1;
        // SAFETY: the range is that of `mark`, which stays mapped for as long as the advice is of
        // use. In a process that does not fork the advice changes nothing.
        unsafe { madvise(mark.as_mut_ptr().cast(), mark.len(), FOR_FORK)? };
        Ok(WipedOnFork(mark))
    }

    fn is_here(&self) -> bool {
        self.0[0] != 0
    }
}
