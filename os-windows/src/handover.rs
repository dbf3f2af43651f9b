//! Handing an anonymous segment to another process.
//!
//! A handle is a number that means something in one process only. There are four ways to have one
//! for the same segment in another:
//!
//! - over a connection that both have, such as a pipe to a child or a socket: [`send_handle`] and
//!   [`receive_handle`];
//! - out of a process whose number is known: [`fetch`], with the [number](number_of) that the handle has
//!   there;
//! - into a process whose number is known: [`give`], which says the number that the handle has there,
//!   and [`take`] in that process;
//! - by inheritance: [`inheritable`], whose number goes to the child as an argument, and [`take`] there.
//!
//! ```no_run
//! use ringway_os_windows::{Place, Segment, handover};
//! use std::net::TcpStream;
//!
//! # fn give(segment: &Segment, mut stream: &TcpStream) -> Result<(), Box<dyn std::error::Error>> {
//! let handle = segment.handle().ok_or("only anonymous segments have one")?;
//! handover::send_handle(&mut stream, handle)?;
//! # Ok(())
//! # }
//! # fn take(mut stream: &TcpStream) -> Result<(), Box<dyn std::error::Error>> {
//! let place = Place::Handle(handover::receive_handle(&mut stream)?);
//! # Ok(())
//! # }
//! ```
#![allow(unsafe_code)]

use crate::sys::process::{self, Purpose};
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, OwnedHandle};

/// What the receiver says first.
const GREETING: [u8; 4] = *b"RWHO";

/// What the sender answers: these four bytes, the number of its process, and that of the handle there.
const OFFER: [u8; 4] = *b"RWHA";

/// What the receiver says when it has the handle, or knows that it will not get it.
const DONE: u8 = 1;

/// Why a handle was not handed over.
#[derive(Debug)]
#[non_exhaustive]
pub enum HandoverError {
    /// The other side closed the connection.
    HungUp,
    /// The other side sent something else.
    NoHandle,
    /// This user may not put a handle into that process.
    Denied {
        /// The number of the process.
        process: u32,
    },
    /// Another error of the system.
    System(io::Error),
}

impl fmt::Display for HandoverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HandoverError::HungUp => f.write_str(
                "the other process closed the connection before the handle was handed over",
            ),
            HandoverError::NoHandle => f.write_str(
                "found other data, expected a segment's handle; is the other process calling \
                 send_handle or receive_handle?",
            ),
            HandoverError::Denied { process } => write!(
                f,
                "this user may not put a handle into process {process}; run both as the same user"
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

impl From<io::Error> for HandoverError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
                HandoverError::HungUp
            }
            _ => HandoverError::System(error),
        }
    }
}

/// Lets the process at the other end of `stream`, which calls [`receive_handle`], fetch a second handle
/// for what `handle` refers to. The one here stays open.
///
/// # Errors
///
/// [`HandoverError::HungUp`] if the other side closed the connection, also because it could not fetch it;
/// [`HandoverError::NoHandle`] if it said something else, else what the system reports.
pub fn send_handle(
    stream: &mut (impl Read + Write + ?Sized),
    handle: BorrowedHandle<'_>,
) -> Result<(), HandoverError> {
    let mut said = [0; 4];
    stream.read_exact(&mut said)?;
    if said != GREETING {
        return Err(HandoverError::NoHandle);
    }
    stream.write_all(&OFFER)?;
    stream.write_all(&std::process::id().to_le_bytes())?;
    stream.write_all(&number_of(handle).0.to_le_bytes())?;
    stream.flush()?;
    // Until then the handle is to stay open.
    let mut done = [0];
    stream.read_exact(&mut done)?;
    Ok(())
}

/// Fetches what [`send_handle`] offers.
///
/// The other process says its number itself, and that of its handle; a liar can offer what is in a third
/// process of this user. It is no section of ringway then, or one that this user has.
///
/// # Errors
///
/// [`HandoverError::HungUp`] if the connection was closed first, [`HandoverError::NoHandle`] if
/// what came is no handle of that process, [`HandoverError::Denied`] if this user may not look into it,
/// else what the system reports.
pub fn receive_handle(
    stream: &mut (impl Read + Write + ?Sized),
) -> Result<OwnedHandle, HandoverError> {
    stream.write_all(&GREETING)?;
    stream.flush()?;
    let (mut offer, mut process, mut number) = ([0; 4], [0; 4], [0; 8]);
    stream.read_exact(&mut offer)?;
    if offer != OFFER {
        return Err(HandoverError::NoHandle);
    }
    stream.read_exact(&mut process)?;
    stream.read_exact(&mut number)?;
    let number = HandleNumber(u64::from_le_bytes(number));
    let handle = fetch(u32::from_le_bytes(process), number)?;
    stream.write_all(&[DONE])?;
    stream.flush()?;
    Ok(handle)
}

fn denied(process: u32, error: io::Error) -> HandoverError {
    match error.kind() {
        ErrorKind::PermissionDenied => HandoverError::Denied { process },
        _ => HandoverError::System(error),
    }
}

/// The number of `handle` in this process, from which another can [`fetch`] it as long as it is open.
#[must_use]
pub fn number_of(handle: BorrowedHandle<'_>) -> HandleNumber {
    HandleNumber(handle.as_raw_handle().addr() as u64)
}

/// A second handle for what the handle of that number in `process` refers to. Needs the right to do so
/// (`PROCESS_DUP_HANDLE`), which a user has for its own processes.
///
/// # Errors
///
/// [`HandoverError::NoHandle`] if that process has no handle of this number, [`HandoverError::Denied`],
/// or what the system reports.
pub fn fetch(process: u32, number: HandleNumber) -> Result<OwnedHandle, HandoverError> {
    let from =
        process::open(process, Purpose::Duplicate).map_err(|error| denied(process, error))?;
    let handle = process::duplicate_from(from.as_handle(), number.0);
    handle.map_err(|_| HandoverError::NoHandle)
}

/// The number that a handle has in the process that it was put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandleNumber(u64);

/// As text, for a command line or an environment variable.
impl fmt::Display for HandleNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for HandleNumber {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(HandleNumber)
    }
}

/// Puts a second handle for what `handle` refers to into `process`, and says the number that it has
/// there. Needs the right to do so (`PROCESS_DUP_HANDLE`), which a user has for its own processes.
///
/// # Errors
///
/// [`HandoverError::Denied`], or what the system reports.
pub fn give(process: u32, handle: BorrowedHandle<'_>) -> Result<HandleNumber, HandoverError> {
    let denied = |error| denied(process, error);
    let to = process::open(process, Purpose::Duplicate).map_err(denied)?;
    let there = process::duplicate_into(to.as_handle(), handle).map_err(denied)?;
    Ok(HandleNumber(there))
}

/// A second handle that every child inherits which is started while it is open, and its number, which
/// is the same in the child.
///
/// # Errors
///
/// What the system reports.
pub fn inheritable(
    handle: BorrowedHandle<'_>,
) -> Result<(OwnedHandle, HandleNumber), HandoverError> {
    let handle = process::duplicate_inheritable(handle).map_err(HandoverError::System)?;
    let number = number_of(handle.as_handle());
    Ok((handle, number))
}

/// Takes charge of a handle that was put into this process, or inherited, under this number.
///
/// It is not inherited by children of this process.
///
/// # Errors
///
/// [`HandoverError::NoHandle`] if there is no handle of this number.
///
/// # Safety
///
/// The handle of this number, if there is one, is nobody else's: it was put into this process by
/// [`give`], or inherited from [`inheritable`], and was not taken before. It is closed here.
pub unsafe fn take(number: HandleNumber) -> Result<OwnedHandle, HandoverError> {
    // SAFETY: the caller's promise.
    let handle = unsafe { process::own_from_number(number.0) };
    handle.map_err(|_| HandoverError::NoHandle)
}
