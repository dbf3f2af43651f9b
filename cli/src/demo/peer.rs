//! The second process, as the first one sees it.
//!
//! The channels between the two are [handed over](super::link). Whatever happens to either, nothing
//! is left behind.

use super::link::{Second, spawn};
use super::serve::{Order, Task};
use crate::exit::{Exit, Failure};
use ringway::pipe::Writer;
use ringway::{Place, Plain, Receiver, Sender, WaitStrategy};
use std::io;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

/// How often to look for a process that does not come.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// How long a process may take to end once it has nothing left to do.
const END_TIMEOUT: Duration = Duration::from_secs(2);

/// The second process. It is ended with this value.
pub(crate) struct Peer {
    process: Child,
    link: Second,
    /// Closed to send the second process home.
    orders: Option<Sender<Order>>,
}

impl Peer {
    pub(crate) fn start() -> Result<Self, Failure> {
        let (process, link) =
            spawn().map_err(|error| Failure::io("starting a second process", &error))?;
        let mut peer = Peer {
            process,
            link,
            orders: None,
        };
        peer.orders = Some(peer.sender(WaitStrategy::Park)?);
        Ok(peer)
    }

    /// Its process number.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Gives it something to do, and opens a channel there and one back.
    pub(crate) fn begin<There: Plain, Back: Plain>(
        &mut self,
        task: Task,
        wait: WaitStrategy,
    ) -> Result<(Sender<There>, Receiver<Back>), Failure> {
        self.order(task, wait)?;
        let mut there = self.sender(wait)?;
        let mut back = self.receiver(wait)?;
        // Who dies before it has opened a channel is never missed there.
        self.until(|| there.wait_for_receiver(Some(ASK_EVERY)))?;
        self.until(|| back.wait_for_sender(Some(ASK_EVERY)))?;
        Ok((there, back))
    }

    /// As [`begin`](Peer::begin), with a pipe there.
    pub(crate) fn begin_stream<Back: Plain>(
        &mut self,
        task: Task,
        wait: WaitStrategy,
    ) -> Result<(Writer, Receiver<Back>), Failure> {
        self.order(task, wait)?;
        let mut there = ringway::pipe(Place::Anonymous).wait(wait).writer()?;
        self.hand_over(there.platform())?;
        let mut back = self.receiver(wait)?;
        self.until(|| there.wait_for_reader(Some(ASK_EVERY)))?;
        self.until(|| back.wait_for_sender(Some(ASK_EVERY)))?;
        Ok((there, back))
    }

    fn order(&mut self, task: Task, wait: WaitStrategy) -> Result<(), Failure> {
        let order = Order::new(task, wait);
        let orders = self.orders.as_mut().expect("it is here until `finish`");
        match orders.send(order) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.lost()),
        }
    }

    /// Calls `is_there` until it is so, or the second process has ended.
    fn until(&mut self, mut is_there: impl FnMut() -> bool) -> Result<(), Failure> {
        while !is_there() {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return Err(self.lost());
            }
        }
        Ok(())
    }

    fn sender<T: Plain>(&mut self, wait: WaitStrategy) -> Result<Sender<T>, Failure> {
        let sender = ringway::spsc::<T>(Place::Anonymous).wait(wait).sender()?;
        self.hand_over(sender.platform())?;
        Ok(sender)
    }

    fn receiver<T: Plain>(&mut self, wait: WaitStrategy) -> Result<Receiver<T>, Failure> {
        let receiver = ringway::spsc::<T>(Place::Anonymous).wait(wait).receiver()?;
        self.hand_over(receiver.platform())?;
        Ok(receiver)
    }

    fn hand_over(&mut self, attachment: &ringway::Attachment) -> Result<(), Failure> {
        self.link.hand_over(attachment).map_err(|()| self.lost())
    }

    /// It does not answer as it should: what has become of it.
    #[cold]
    pub(crate) fn lost(&mut self) -> Failure {
        let id = self.id();
        let fate = match self.end() {
            Ok(Some(status)) => format!("ended too early ({status})"),
            Ok(None) => "does not answer any more".into(),
            Err(error) => format!("cannot be asked ({error})"),
        };
        Failure::new(
            Exit::PeerGone,
            format_args!("the second process ({id}) {fate}; the demonstration is incomplete"),
        )
    }

    /// Sends it home and sees it off.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.orders = None;
        match self.end() {
            Ok(Some(status)) if status.success() => Ok(()),
            _ => Err(self.lost()),
        }
    }

    /// Waits until it ends, but not for ever.
    fn end(&mut self) -> io::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + END_TIMEOUT;
        loop {
            let status = self.process.try_wait()?;
            if status.is_some() || Instant::now() > deadline {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Does nothing to one that has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
