//! A mapping that stays with the process that made it.
//!
//! macOS can keep a mapping from forked children (`VM_INHERIT_NONE`), and has no page that reads as
//! zero there. So a handler that `fork` calls in the child counts: what was mapped under another
//! count is not mapped here. (A process number would do as well, until a grandchild gets that of its
//! dead grandparent.)
#![allow(unsafe_code)]

use crate::sys;
use ringway_core::region::Memory;
use ringway_os_common::Mapping;
use ringway_os_common::unix::ForkMark;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many forks lie between the first process that used ringway and this one.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Which process of a line of forks this is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generation(u32);

impl Generation {
    /// That of this process.
    pub(crate) fn now() -> io::Result<Self> {
        match watch_forks() {
            0 => Ok(Generation(GENERATION.load(Ordering::Relaxed))),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }

    /// Whether it is that of this process.
    pub(crate) fn is_here(self) -> bool {
        self.0 == GENERATION.load(Ordering::Relaxed)
    }
}

/// In which generation a mapping was made.
#[derive(Debug)]
pub struct KeptFromChildren {
    generation: Generation,
}

extern "C" fn count() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// Sees to it that forks are counted. An error number if that cannot be.
fn watch_forks() -> i32 {
    static REGISTERED: OnceLock<i32> = OnceLock::new();
    *REGISTERED.get_or_init(|| {
        // SAFETY: the handler makes one atomic addition, which a child of a process with threads
        // may do, and it is never unloaded: a Rust library is not.
        unsafe { libc::pthread_atfork(None, None, Some(count)) }
    })
}

// SAFETY: `fork` runs the handler in the child before it returns there, so the count differs from
// that under which the mapping was made, and in the process that made it nothing changes it.
unsafe impl ForkMark for KeptFromChildren {
    fn keep(mapping: &Mapping) -> io::Result<Self> {
        let generation = Generation::now()?;
        sys::keep_from_children(mapping.base(), mapping.len())?;
        Ok(KeptFromChildren { generation })
    }

    fn is_here(&self) -> bool {
        self.generation.is_here()
    }
}
