//! The handles go over a socket, which is the second process's standard input.

use super::second;
use crate::exit::{Exit, Failure};
use ringway::{Attachment, Place, handover};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::Child;

/// Starts the second process.
pub(crate) fn spawn() -> io::Result<(Child, Second)> {
    let (here, there) = UnixStream::pair()?;
    let process = second()?.stdin(OwnedFd::from(there)).spawn()?;
    Ok((process, Second { socket: here }))
}

/// The way to the second process.
pub(crate) struct Second {
    socket: UnixStream,
}

impl Second {
    /// Hands over a channel; an error if nobody takes it.
    pub(crate) fn hand_over(&mut self, channel: &Attachment) -> Result<(), ()> {
        let handle = channel.segment().handle();
        let handle = handle.expect("what has no name has a handle");
        handover::send_handle(&self.socket, handle).map_err(drop)
    }
}

/// The way to the first process.
pub(crate) struct First {
    socket: UnixStream,
}

impl First {
    pub(crate) fn open() -> Result<Self, Failure> {
        let socket = io::stdin().as_fd().try_clone_to_owned();
        let socket = socket.map_err(|error| Failure::io("opening the socket", &error))?;
        Ok(First {
            socket: socket.into(),
        })
    }

    /// Where the next channel is.
    pub(crate) fn place(&self) -> Result<Place, Failure> {
        match handover::receive_handle(&self.socket) {
            Ok(handle) => Ok(Place::Handle(handle)),
            Err(error) => Err(Failure::new(
                Exit::Other,
                format_args!("{error} (`demo-peer` is started by `ringway demo`)"),
            )),
        }
    }
}
