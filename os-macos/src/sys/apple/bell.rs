//! A kqueue over a FIFO and a timer.

use super::os_sync::now;
use super::queue::Queue;
use ringway_core::wait::Nanos;
use ringway_os_common::Problem;
use ringway_os_common::unix;
use ringway_os_common::unix::problem::on;
use rustix::event::kqueue::{EventFilter, EventFlags};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Duration;

const NANOS_PER_MILLI: u64 = 1_000_000;

/// `EVFILT_READ` and `EVFILT_TIMER` in one queue. A forked child does not get it.
#[derive(Debug)]
pub struct BellQueue(Queue);

impl unix::Queue for BellQueue {
    fn over(fifo: BorrowedFd<'_>) -> Result<Self, Problem> {
        let queue = Queue::new().map_err(on("kqueue"))?;
        // Closing the FIFO takes it out.
        let readable = EventFilter::Read(fifo.as_raw_fd());
        let added = queue.change(readable, EventFlags::ADD);
        added.map_err(on("kevent(EVFILT_READ)"))?;
        Ok(BellQueue(queue))
    }

    fn set_timer(&self, until: Nanos) -> Result<(), Problem> {
        // In whole milliseconds: rustix would cut off what is left of a second.
        let millis = until.0.saturating_sub(now().0).div_ceil(NANOS_PER_MILLI);
        let timer = timer(Some(Duration::from_millis(millis)));
        let set = self.0.change(timer, EventFlags::ADD | EventFlags::ONESHOT);
        set.map_err(on("kevent(EVFILT_TIMER)"))
    }

    fn clear(&self) {
        // Fails if it is not set.
        let _ = self.0.change(timer(None), EventFlags::DELETE);
        // What was ready once counts as ready until the queue is looked into.
        self.0.take::<2>();
    }
}

impl AsFd for BellQueue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn timer(after: Option<Duration>) -> EventFilter {
    EventFilter::Timer {
        ident: 0,
        timer: after,
    }
}
