//! What an event loop waits for, by `epoll` over the FIFO of a wait slot and a `timerfd`.

use crate::segment::Segment;
use ringway_core::platform::Platform;
use ringway_core::wait::Nanos;
use ringway_core::wait::doorbell::{HasBells, NoBell};
use ringway_os_common::unix;
use ringway_os_common::unix::problem::on;
use ringway_os_common::{OpenError, Problem};
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// An `epoll` descriptor.
#[derive(Debug)]
pub struct Queue {
    poll: OwnedFd,
    timer: OwnedFd,
}

impl Queue {
    /// Zero: never.
    fn set(&self, until: Nanos) -> Result<(), Problem> {
        let alarm = Itimerspec {
            it_interval: Timespec::default(),
            // Both fit: u64::MAX nanoseconds are 585 years.
            it_value: Timespec {
                tv_sec: (until.0 / NANOS_PER_SECOND) as _,
                tv_nsec: (until.0 % NANOS_PER_SECOND) as _,
            },
        };
        let set = timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &alarm);
        set.map(drop).map_err(on("timerfd_settime"))
    }
}

impl unix::Queue for Queue {
    fn over(fifo: BorrowedFd<'_>) -> Result<Self, Problem> {
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(on("epoll_create"))?;
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags);
        let timer = timer.map_err(on("timerfd_create"))?;
        for (number, source) in [(0, fifo), (1, timer.as_fd())] {
            let data = EventData::new_u64(number);
            epoll::add(&poll, source, data, EventFlags::IN).map_err(on("epoll_ctl"))?;
        }
        Ok(Queue { poll, timer })
    }

    fn set_timer(&self, until: Nanos) -> Result<(), Problem> {
        self.set(until)
    }

    fn clear(&self) {
        // Fails for a bad descriptor or a malformed time only, and it is neither.
        let _ = self.set(Nanos(0));
    }
}

impl AsFd for Queue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.poll.as_fd()
    }
}

/// A bell as its owner holds it.
pub type Bell = unix::Bell<Queue>;

impl HasBells for Segment {
    type Bell = Bell;

    fn bell(&self, slot: u32) -> Result<Bell, NoBell<OpenError>> {
        Bell::open(self.place(), &self.bells, self.memory(), slot)
    }
}
