//! The system is asked whether there is anything.

use crate::end::SLICE;
use crate::exit::Failure;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;

/// Standard input without a buffer: it is read to where it belongs.
pub(crate) struct Input {
    file: File,
}

impl Input {
    pub(crate) fn open() -> Result<Self, Failure> {
        // Not `Stdin`: its buffer would be one more copy.
        let file = io::stdin().as_fd().try_clone_to_owned().map(File::from);
        let file = file.map_err(|error| Failure::io("opening standard input", &error))?;
        Ok(Input { file })
    }

    /// Whether a read would not wait, asked for up to a [`SLICE`].
    pub(crate) fn is_ready(&mut self) -> bool {
        let time = Timespec::try_from(SLICE).expect("it is short");
        let mut asked = [PollFd::new(&self.file, PollFlags::IN)];
        // If it cannot be asked the read tells why.
        !matches!(
            poll(&mut asked, Some(&time)),
            Ok(0) | Err(rustix::io::Errno::INTR)
        )
    }

    /// One read: how many bytes; `None` at the end.
    pub(crate) fn read(&mut self, bytes: &mut [u8]) -> Result<Option<usize>, Failure> {
        match self.file.read(bytes) {
            Ok(0) => Ok(None),
            Ok(len) => Ok(Some(len)),
            // Somebody else set it to not wait, or was quicker.
            Err(error)
                if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) =>
            {
                Ok(Some(0))
            }
            Err(error) => Err(Failure::io("reading standard input", &error)),
        }
    }
}
