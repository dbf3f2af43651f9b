//! Giving a new object its size, all at once.

use rustix::fs::{FallocateFlags, fallocate, ftruncate};
use rustix::io::{Errno, Result, pwrite, retry_on_intr};
use std::os::fd::BorrowedFd;

static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// Reserves `len` bytes for an empty `file` and then makes that its size.
///
/// The size changes last and in one step: a file that is not empty has all its memory, whenever its
/// creator may have been killed. Without reserving, a full file system would be found out by a
/// `SIGBUS` at some later store.
///
/// Where the file system cannot reserve, zeros are written instead, and a creator that is killed
/// meanwhile leaves a file that is too short.
pub(crate) fn reserve(file: BorrowedFd<'_>, len: u64) -> Result<()> {
    match retry_on_intr(|| fallocate(file, FallocateFlags::KEEP_SIZE, 0, len)) {
        Ok(()) => ftruncate(file, len),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => write_zeros(file, len),
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

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{MemfdFlags, fstat, memfd_create};
    use std::os::fd::AsFd;

    #[test]
    fn both_ways_reserve_every_block() {
        const LEN: u64 = 200_000;
        for way in [reserve, write_zeros] {
            let file = memfd_create("reserve", MemfdFlags::CLOEXEC).unwrap();
            way(file.as_fd(), LEN).unwrap();
            let stat = fstat(&file).unwrap();
            assert_eq!(stat.st_size, LEN as i64);
            assert!(stat.st_blocks * 512 >= LEN as i64, "{}", stat.st_blocks);
        }
    }
}
