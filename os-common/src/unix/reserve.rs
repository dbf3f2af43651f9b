//! Giving a new file its size, all at once.

use rustix::fs::ftruncate;
use rustix::io::{Errno, Result, pwrite, retry_on_intr};
use std::os::fd::BorrowedFd;

/// What a file system says that cannot reserve. Two of them are one on some systems.
const UNSUPPORTED: [Errno; 3] = [Errno::OPNOTSUPP, Errno::NOTSUP, Errno::NOSYS];

static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// Reserves `len` bytes for an empty `file` by `allocate`, which leaves its size alone, and then
/// makes that its size.
///
/// The size changes last and in one step: a file that is not empty has all its memory, whenever its
/// creator may have been killed. Without reserving, a full file system would be found out by a
/// `SIGBUS` at some later store.
///
/// Where the file system cannot reserve, zeros are written instead, and a creator that is killed
/// meanwhile leaves a file that is too short.
///
/// # Errors
///
/// Those of `allocate`, `ftruncate` and `pwrite`; there is no room, for one.
pub fn reserve(
    file: BorrowedFd<'_>,
    len: u64,
    allocate: impl Fn(BorrowedFd<'_>, u64) -> Result<()>,
) -> Result<()> {
    match retry_on_intr(|| allocate(file, len)) {
        Ok(()) => ftruncate(file, len),
        Err(error) if UNSUPPORTED.contains(&error) => write_zeros(file, len),
        Err(error) => Err(error),
    }
}

#[cold]
fn write_zeros(file: BorrowedFd<'_>, len: u64) -> Result<()> {
    let mut done = 0;
    while done < len {
        let left = usize::try_from(len - done).unwrap_or(usize::MAX);
        let chunk = &ZEROS[..left.min(ZEROS.len())];
        let written = retry_on_intr(|| pwrite(file, chunk, done))?;
        done += written as u64;
    }
    Ok(())
}
