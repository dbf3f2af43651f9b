//! Processes, and what they leave to each other.

use super::queue::Queue;
use rustix::event::kqueue::{EventFilter, EventFlags, ProcessEvents};
use rustix::io::{Errno, Result as IoResult};
use rustix::net::sockopt::set_socket_nosigpipe;
use rustix::process::Pid;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::ptr::NonNull;

/// Keeps `len` bytes from `base` on from the children that are forked from now on.
pub(crate) fn keep_from_children(base: NonNull<u8>, len: usize) -> io::Result<()> {
    // SAFETY: changes nothing in this process, and children are told by `ForkMark`.
    let result = unsafe { libc::minherit(base.as_ptr().cast(), len, libc::VM_INHERIT_NONE) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Whether the process with this number is known to have ended: nobody can be told any more when it
/// does. One that has not been waited for yet has ended, too.
pub(crate) fn has_ended(process: u32) -> bool {
    Deaths::new().is_ok_and(|deaths| deaths.watch(process))
}

/// A queue of the deaths of processes: `EVFILT_PROC`, which need not be children.
#[derive(Debug)]
pub(crate) struct Deaths(Queue);

impl Deaths {
    pub(crate) fn new() -> IoResult<Self> {
        Queue::new().map(Deaths)
    }

    /// From now on the end of `process` is readable. Whether it has ended, so that it never will be.
    pub(crate) fn watch(&self, process: u32) -> bool {
        let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else {
            return false;
        };
        let exit = EventFilter::Proc {
            pid,
            flags: ProcessEvents::EXIT,
        };
        self.0.change(exit, EventFlags::ADD) == Err(Errno::SRCH)
    }

    /// Takes one death out. Whether there was any.
    pub(crate) fn take(&self) -> bool {
        self.0.take::<1>()
    }
}

impl AsFd for Deaths {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Keeps `SIGPIPE` away from who writes to `socket`.
pub(crate) fn silence(socket: &UnixStream) -> rustix::io::Result<()> {
    set_socket_nosigpipe(socket, true)
}
