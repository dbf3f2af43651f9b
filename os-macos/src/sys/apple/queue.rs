//! A kqueue, which is readable when something is in it.

use crate::fork::Generation;
use rustix::event::kqueue::{Event, EventFilter, EventFlags, kevent, kqueue};
use rustix::io::{Errno, Result as IoResult};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr;
use std::time::Duration;

/// A kqueue of this process. A forked child does not get it: what has its number there is something
/// else.
#[derive(Debug)]
pub(super) struct Queue {
    queue: ManuallyDrop<OwnedFd>,
    generation: Generation,
}

impl Queue {
    /// It is closed on `exec`.
    pub(super) fn new() -> IoResult<Self> {
        let generation = Generation::now();
        let generation =
            generation.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::NOMEM))?;
        Ok(Queue {
            queue: ManuallyDrop::new(kqueue()?),
            generation,
        })
    }

    /// Makes one change to what it waits for. A descriptor that `filter` names must be open as long as
    /// this is.
    pub(super) fn change(&self, filter: EventFilter, flags: EventFlags) -> IoResult<()> {
        let change = [Event::new(filter, flags, ptr::null_mut())];
        let mut none: [Event; 0] = [];
        loop {
            // SAFETY: the descriptor is open, as the caller saw to.
            match unsafe { kevent(&*self.queue, &change, &mut none[..], None) } {
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Takes up to `MOST` events out, and what is none any more of as many. Whether there was any.
    pub(super) fn take<const MOST: usize>(&self) -> bool {
        let mut event = [const { MaybeUninit::<Event>::uninit() }; MOST];
        let at_once = Some(Duration::ZERO);
        // SAFETY: there is no change that could name a descriptor.
        let taken = unsafe { kevent(&*self.queue, &[], &mut event[..], at_once) };
        taken.is_ok_and(|(events, _)| !events.is_empty())
    }
}

impl AsFd for Queue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if self.generation.is_here() {
            // SAFETY: it is dropped here only, and nobody uses it afterwards.
            unsafe { ManuallyDrop::drop(&mut self.queue) };
        }
    }
}
