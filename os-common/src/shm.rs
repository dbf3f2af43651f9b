//! POSIX shared-memory objects: `shm_open` and `shm_unlink`.
//!
//! These are the calls as they are. They do not hide what differs between systems: whether the
//! umask takes bits off `mode` (it does on Linux, so the creator has to `fchmod`), and whether a
//! symbolic link is followed (see [`open`]).

use crate::name::Name;
use rustix::fs::{Mode, OFlags};
use rustix::io::Result;
use rustix::shm;
use std::os::fd::OwnedFd;

/// `shm_open("/ringway.<name>", O_RDWR | flags, mode)`. The descriptor is closed on `exec`.
///
/// `flags` are those of `open`: `CREATE` and `EXCL` everywhere, and where the system takes it
/// `NOFOLLOW`, without which Linux follows a symbolic link that somebody put in the way.
///
/// # Errors
///
/// Those of `shm_open`.
pub fn open(name: &Name, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    let flags = shm::OFlags::from_bits_retain((flags | OFlags::RDWR).bits());
    shm::open(posix_name(name), flags, mode)
}

/// `shm_unlink("/ringway.<name>")`: takes the name away; mappings and descriptors stay.
///
/// # Errors
///
/// Those of `shm_unlink`.
pub fn unlink(name: &Name) -> Result<()> {
    shm::unlink(posix_name(name))
}

fn posix_name(name: &Name) -> String {
    format!("/{}", name.file_name())
}
