//! Handing an anonymous segment to another process: `SCM_RIGHTS` over a Unix socket.
//!
//! ```no_run
//! use ringway_os_macos::{Place, Segment, handover};
//! use std::os::unix::net::UnixStream;
//!
//! # fn give(segment: &Segment, socket: &UnixStream) -> Result<(), Box<dyn std::error::Error>> {
//! let handle = segment.handle().ok_or("only anonymous segments have one")?;
//! handover::send_handle(socket, handle)?;
//! # Ok(())
//! # }
//! # fn take(socket: &UnixStream) -> Result<(), Box<dyn std::error::Error>> {
//! let place = Place::Handle(handover::receive_handle(socket)?);
//! # Ok(())
//! # }
//! ```

use crate::sys;
use ringway_os_common::unix::handover;
use rustix::net::{RecvFlags, SendFlags};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

pub use ringway_os_common::unix::handover::HandoverError;

/// Sends a second descriptor for what `handle` refers to, with one byte of data. The one here stays
/// open.
///
/// # Errors
///
/// [`HandoverError::HungUp`] if the other side closed the socket, else what `sendmsg` reports.
pub fn send_handle(socket: &UnixStream, handle: BorrowedFd<'_>) -> Result<(), HandoverError> {
    sys::silence(socket)?;
    handover::send_handle(socket, handle, SendFlags::empty())
}

/// Waits for what [`send_handle`] sends. The descriptor is closed on `exec`, unless another thread
/// calls that before this returns.
///
/// # Errors
///
/// [`HandoverError::HungUp`] if the socket was closed first, [`HandoverError::NoHandle`] if one
/// byte came without a handle (it is consumed), else what `recvmsg` reports.
pub fn receive_handle(socket: &UnixStream) -> Result<OwnedFd, HandoverError> {
    handover::receive_handle(socket, RecvFlags::empty())
}
