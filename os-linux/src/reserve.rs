//! Giving a new object its size, all at once.

use ringway_os_common::unix;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Result;
use std::os::fd::BorrowedFd;

/// Reserves `len` bytes for an empty `file` and then makes that its size.
pub(crate) fn reserve(file: BorrowedFd<'_>, len: u64) -> Result<()> {
    unix::reserve(file, len, |file, len| {
        fallocate(file, FallocateFlags::KEEP_SIZE, 0, len)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{MemfdFlags, fstat, memfd_create};
    use rustix::io::Errno;
    use std::os::fd::AsFd;

    #[test]
    fn both_ways_reserve_every_block() {
        const LEN: u64 = 200_000;
        let written =
            |file: BorrowedFd<'_>, len| unix::reserve(file, len, |_, _| Err(Errno::OPNOTSUPP));
        type Way<'a> = &'a dyn Fn(BorrowedFd<'_>, u64) -> Result<()>;
        let ways: [Way<'_>; 2] = [&reserve, &written];
        for way in ways {
            let file = memfd_create("reserve", MemfdFlags::CLOEXEC).unwrap();
            way(file.as_fd(), LEN).unwrap();
            let stat = fstat(&file).unwrap();
            assert_eq!(stat.st_size, LEN as i64);
            assert!(stat.st_blocks * 512 >= LEN as i64, "{}", stat.st_blocks);
        }
    }
}
