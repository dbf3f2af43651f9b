//! Standard output.

use crate::exit::Failure;
use std::fs::File;
use std::io::{self, Write};
#[cfg(unix)]
use std::os::fd::AsFd;
#[cfg(windows)]
use std::os::windows::io::AsHandle;

/// Bytes that go to the output in one call while more is there.
const BUFFER: usize = 64 << 10;

/// Standard output, in large pieces.
pub(super) struct Output {
    file: File,
    buffer: Vec<u8>,
}

impl Output {
    pub(super) fn open() -> Result<Self, Failure> {
        // Not `Stdout`: it would look for lines in what may be no text.
        #[cfg(unix)]
        let file = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        #[cfg(windows)]
        let file = io::stdout()
            .as_handle()
            .try_clone_to_owned()
            .map(File::from);
        let file = file.map_err(|error| Failure::io("opening standard output", &error))?;
        Ok(Output {
            file,
            buffer: Vec::with_capacity(BUFFER),
        })
    }

    /// Takes `bytes`, and writes what is there if that is enough; whether it did.
    #[inline]
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<bool, Failure> {
        if bytes.len() < BUFFER - self.buffer.len() {
            self.buffer.extend_from_slice(bytes);
            return Ok(false);
        }
        self.flush()?;
        if bytes.len() < BUFFER {
            self.buffer.extend_from_slice(bytes);
        } else {
            let written = self.file.write_all(bytes);
            written.map_err(|error| Failure::output(&error))?;
        }
        Ok(true)
    }

    /// Writes what is there.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        let written = self.file.write_all(&self.buffer);
        // Also what could not be written: it is not tried again.
        self.buffer.clear();
        written.map_err(|error| Failure::output(&error))
    }

    /// Writes some of `bytes` at once: how many. They lie in shared memory, and are not copied.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> Result<usize, Failure> {
        loop {
            match self.file.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) => return Err(Failure::output(&io::ErrorKind::WriteZero.into())),
                written => return written.map_err(|error| Failure::output(&error)),
            }
        }
    }
}
