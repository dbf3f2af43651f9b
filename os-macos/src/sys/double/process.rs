//! Processes, and what they leave to each other, by what Linux knows of them.

use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::{Errno, Result as IoResult};
use rustix::mm::{Advice, madvise};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

pub(crate) fn keep_from_children(base: NonNull<u8>, len: usize) -> io::Result<()> {
    // SAFETY: changes nothing in this process, and children are told by `ForkMark`.
    let result = unsafe { madvise(base.as_ptr().cast(), len, Advice::LinuxDontFork) };
    result.map_err(io::Error::from)
}

/// More than any test has.
const MOST_WATCHED: usize = 64;

/// A queue of the deaths of processes, by a descriptor for each.
#[derive(Debug)]
pub(crate) struct Deaths {
    queue: OwnedFd,
    watched: Mutex<Vec<(u32, OwnedFd)>>,
}

impl Deaths {
    pub(crate) fn new() -> IoResult<Self> {
        Ok(Deaths {
            queue: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            watched: Mutex::new(Vec::with_capacity(MOST_WATCHED)),
        })
    }

    pub(crate) fn watch(&self, process: u32) -> bool {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else {
            return false;
        };
        let is_known = watched.iter().any(|(known, _)| *known == process);
        if is_known || watched.len() == MOST_WATCHED {
            return false;
        }
        match pidfd_open(pid, PidfdFlags::empty()) {
            Err(errno) => errno == Errno::SRCH,
            Ok(one) => {
                let data = EventData::new_u64(process.into());
                if epoll::add(&self.queue, &one, data, EventFlags::IN).is_ok() {
                    watched.push((process, one));
                }
                false
            }
        }
    }

    pub(crate) fn take(&self) -> bool {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let mut events = [epoll::Event {
            flags: EventFlags::empty(),
            data: EventData::new_u64(0),
        }];
        let taken = epoll::wait(&self.queue, &mut events[..], Some(&Timespec::default()));
        let has_any = taken.is_ok_and(|count| count > 0);
        if has_any {
            let ended = events[0].data.u64();
            watched.retain(|(process, _)| u64::from(*process) != ended);
        }
        has_any
    }
}

impl AsFd for Deaths {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}

/// Linux has a flag for each call, and Rust's programs ignore the signal anyway.
#[expect(clippy::unnecessary_wraps, reason = "on macOS it may fail")]
pub(crate) fn silence(_socket: &UnixStream) -> rustix::io::Result<()> {
    Ok(())
}
