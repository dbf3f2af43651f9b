//! Handing a descriptor to another process: `SCM_RIGHTS` over a Unix socket.
//!
//! The calls take the flags that an adapter's system has for them.

use rustix::io::{Errno, FdFlags, fcntl_setfd, retry_on_intr};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::fmt;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// Room for one descriptor; the kernel closes what a sender attaches beyond that.
const SPACE: usize = rustix::cmsg_space!(ScmRights(1));

/// Handles travel with data, and this is the data: one byte.
const GREETING: [u8; 1] = *b"R";

/// Why a handle was not handed over.
#[derive(Debug)]
#[non_exhaustive]
pub enum HandoverError {
    /// The other side closed the socket.
    HungUp,
    /// The other side sent something else.
    NoHandle,
    /// Another error of the system.
    System(std::io::Error),
}

impl fmt::Display for HandoverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HandoverError::HungUp => {
                f.write_str("the other process closed the socket before the handle was handed over")
            }
            HandoverError::NoHandle => f.write_str(
                "found data without a handle, expected a segment's handle; is the other process \
                 calling send_handle?",
            ),
            HandoverError::System(error) => write!(f, "handing over a handle failed: {error}"),
        }
    }
}

impl std::error::Error for HandoverError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            HandoverError::System(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Errno> for HandoverError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::PIPE | Errno::CONNRESET => HandoverError::HungUp,
            other => HandoverError::System(other.into()),
        }
    }
}

/// Sends a second descriptor for what `handle` refers to, with one byte of data. The one here stays
/// open. `flags` keep a `SIGPIPE` away, where the system has one for that.
///
/// # Errors
///
/// [`HandoverError::HungUp`] if the other side closed the socket, else what `sendmsg` reports.
pub fn send_handle(
    socket: &UnixStream,
    handle: BorrowedFd<'_>,
    flags: SendFlags,
) -> Result<(), HandoverError> {
    let handles = [handle];
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&handles));
    let data = [IoSlice::new(&GREETING)];
    retry_on_intr(|| sendmsg(socket, &data, &mut control, flags))?;
    Ok(())
}

/// Waits for what [`send_handle`] sends. The descriptor is closed on `exec`: at once by `flags`,
/// where the system has one for that, else a moment later.
///
/// # Errors
///
/// [`HandoverError::HungUp`] if the socket was closed first, [`HandoverError::NoHandle`] if one
/// byte came without a handle (it is consumed), else what `recvmsg` reports.
pub fn receive_handle(socket: &UnixStream, flags: RecvFlags) -> Result<OwnedFd, HandoverError> {
    let mut data = [0];
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = retry_on_intr(|| {
        let mut slices = [IoSliceMut::new(&mut data)];
        recvmsg(socket, &mut slices, &mut control, flags)
    })?;
    let handle = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut handles) => handles.next(),
        _ => None,
    });
    match handle {
        Some(handle) => {
            fcntl_setfd(&handle, FdFlags::CLOEXEC)?;
            Ok(handle)
        }
        None if received.bytes == 0 => Err(HandoverError::HungUp),
        None => Err(HandoverError::NoHandle),
    }
}
