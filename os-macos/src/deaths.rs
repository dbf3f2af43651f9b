//! Being told of the deaths of peers, while asleep in a wait slot.

use crate::sys;
use std::os::fd::{AsFd, BorrowedFd};

/// The processes of the peers that one attachment was asked about.
#[derive(Debug)]
pub(crate) struct Deaths {
    /// `None` where nobody can be told, or no descriptor is left: then deaths are found out by asking.
    queue: Option<sys::Deaths>,
}

impl Deaths {
    /// Of an attachment whose sleepers can be told. It allocates nothing later.
    pub(crate) fn told() -> Self {
        Deaths {
            queue: sys::Deaths::new().ok(),
        }
    }

    /// Of one whose sleepers cannot.
    pub(crate) fn untold() -> Self {
        Deaths { queue: None }
    }

    /// From now on sleepers are told when `process` ends. Whether it is found to have ended already.
    pub(crate) fn watch(&self, process: u32) -> bool {
        let queue = self.queue.as_ref();
        queue.is_some_and(|queue| queue.watch(process))
    }

    /// What is readable when one of them has ended.
    pub(crate) fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.queue.as_ref().map(AsFd::as_fd)
    }

    /// Whether one has ended; each is reported once.
    pub(crate) fn report(&self) -> bool {
        self.queue.as_ref().is_some_and(sys::Deaths::take)
    }
}
