//! Bytes of a file at an offset, on every system.

use std::fs::File;
use std::io;

/// Reading and writing somewhere in a file. On Windows that moves the file's position as well.
pub trait FileAt {
    /// Reads up to so many bytes from `offset` on, and says how many there were.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn bytes_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes up to so many bytes from `offset` on, and says how many.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn put_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;

    /// Reads so many bytes from `offset` on.
    ///
    /// # Errors
    ///
    /// Those of the system, or the file is shorter.
    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        match self.bytes_at(bytes, offset)? {
            count if count == bytes.len() => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Writes so many bytes from `offset` on.
    ///
    /// # Errors
    ///
    /// Those of the system, or there is no room.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        match self.put_at(bytes, offset)? {
            count if count == bytes.len() => Ok(()),
            _ => Err(io::ErrorKind::WriteZero.into()),
        }
    }
}

#[cfg(unix)]
impl FileAt for File {
    fn bytes_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, bytes, offset)
    }
    fn put_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::write_at(self, bytes, offset)
    }
}

#[cfg(windows)]
impl FileAt for File {
    fn bytes_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, bytes, offset)
    }
    fn put_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_write(self, bytes, offset)
    }
}
