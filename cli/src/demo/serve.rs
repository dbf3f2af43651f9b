//! The second process itself: takes orders until there are no more.

use super::link;
use super::{file, rate, trip};
use crate::exit::Failure;
use ringway::pipe::Reader;
use ringway::{FromBytes, Immutable, IntoBytes, Place, Plain, Receiver, Sender, WaitStrategy};

/// What there is to do.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Task {
    /// Receive a file and digest it.
    File = 1,
    /// Receive numbers and check them.
    Count = 2,
    /// Send every number back.
    Echo = 3,
}

/// A [`Task`], and how to wait while doing it.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
pub(crate) struct Order {
    task: u32,
    wait: u32,
}

impl Order {
    const ADAPTIVE: u32 = 0;
    const SPIN: u32 = 1;
    const PARK: u32 = 2;

    pub(crate) fn new(task: Task, wait: WaitStrategy) -> Self {
        Order {
            task: task as u32,
            wait: match wait {
                WaitStrategy::Spin => Self::SPIN,
                WaitStrategy::Park => Self::PARK,
                _ => Self::ADAPTIVE,
            },
        }
    }

    fn wait(self) -> WaitStrategy {
        match self.wait {
            Self::SPIN => WaitStrategy::Spin,
            Self::PARK => WaitStrategy::Park,
            _ => WaitStrategy::Adaptive,
        }
    }
}

/// The first process is gone, or does not keep to what both agreed on. It is the one to say why.
pub(crate) struct Gone;

/// Plays the second process.
pub(crate) fn play_peer() -> Result<(), Failure> {
    let first = First {
        link: link::First::open()?,
    };
    let mut orders = first.receiver::<Order>(WaitStrategy::Park)?;
    while let Ok(order) = orders.recv().map(|order| *order) {
        let wait = order.wait();
        let done = match order.task {
            task if task == Task::File as u32 => first.serve_stream(wait, file::serve)?,
            task if task == Task::Count as u32 => first.serve(wait, rate::serve)?,
            task if task == Task::Echo as u32 => first.serve(wait, trip::serve)?,
            _ => Err(Gone),
        };
        if done.is_err() {
            break;
        }
    }
    Ok(())
}

/// The first process, as the second one sees it.
struct First {
    link: link::First,
}

impl First {
    /// Opens the two channels of a task and does it.
    fn serve<There: Plain, Back: Plain>(
        &self,
        wait: WaitStrategy,
        task: fn(Receiver<There>, Sender<Back>) -> Result<(), Gone>,
    ) -> Result<Result<(), Gone>, Failure> {
        let receiver = self.receiver(wait)?;
        let sender = ringway::spsc(self.place()?).wait(wait).sender()?;
        Ok(task(receiver, sender))
    }

    /// As [`serve`](First::serve), of a task whose bytes come through a pipe.
    fn serve_stream<Back: Plain>(
        &self,
        wait: WaitStrategy,
        task: fn(Reader, Sender<Back>) -> Result<(), Gone>,
    ) -> Result<Result<(), Gone>, Failure> {
        let reader = ringway::pipe(self.place()?).wait(wait).reader()?;
        let sender = ringway::spsc(self.place()?).wait(wait).sender()?;
        Ok(task(reader, sender))
    }

    fn receiver<T: Plain>(&self, wait: WaitStrategy) -> Result<Receiver<T>, Failure> {
        Ok(ringway::spsc(self.place()?).wait(wait).receiver()?)
    }

    /// Where the next channel is.
    fn place(&self) -> Result<Place, Failure> {
        self.link.place()
    }
}
