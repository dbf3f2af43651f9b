//! Two ends over a ring: what the core's `Sender` and `Receiver` do, on modelled words.
//!
//! The core's own ends stand on mapped bytes, which loom's words cannot lie over. These make the
//! same calls in the same order.

use crate::kernel::Process;
use crate::ring::{Fate, Reader, Ring, Shape, Writer};
use ringway_core::channel::Link;
use ringway_core::layout::{Participant, Peer, Role};
use ringway_core::ring::spsc::Control;
use ringway_core::wait::{Company, Gate, Interrupted, Spin, Wait, WaitStrategy, Waiting};
use std::sync::Arc;

/// The words of a channel.
#[derive(Debug)]
pub struct Channel {
    ring: Arc<Ring>,
    entries: [Participant; 2],
}

impl Channel {
    /// A channel that nobody has used.
    #[must_use]
    pub fn new(shape: Shape) -> Arc<Self> {
        Arc::new(Channel {
            ring: Ring::wrapping_after(shape, 1),
            entries: [Participant::new(), Participant::new()],
        })
    }

    /// Attaches the sending end.
    ///
    /// # Panics
    ///
    /// It is held by a living process.
    #[must_use]
    pub fn sender(self: &Arc<Self>, process: Process) -> Sender {
        self.entry(Role::Sender).claim(&process).unwrap();
        let writer = self.ring.writer();
        Sender {
            end: End::new(self.clone(), Role::Sender, process),
            writer,
        }
    }

    /// Attaches the receiving end.
    ///
    /// # Panics
    ///
    /// It is held by a living process.
    #[must_use]
    pub fn receiver(self: &Arc<Self>, process: Process) -> Receiver {
        let before = self.entry(Role::Receiver).claim(&process).unwrap();
        let fate = match before {
            Peer::Died(_) => Fate::Died,
            _ => Fate::Left,
        };
        let mut reader = self.ring.reader_after(fate, false);
        let is_empty = || reader.try_peek().is_none();
        Link::forget_past(self.entry(Role::Sender), &process, is_empty);
        Receiver {
            end: End::new(self.clone(), Role::Receiver, process),
            reader,
        }
    }

    fn entry(&self, role: Role) -> &Participant {
        &self.entries[role as usize]
    }

    fn control(&self) -> &Control {
        &self.ring.control
    }

    /// Where `role` sleeps.
    fn gate(&self, role: Role) -> &Gate {
        match role {
            Role::Sender => &self.control().space,
            Role::Receiver => &self.control().items,
        }
    }

    fn gate_offset(role: Role) -> usize {
        1 + role as usize
    }
}

/// One end, without its half of the ring.
#[derive(Debug)]
struct End {
    channel: Arc<Channel>,
    role: Role,
    link: Link,
    spin: Spin,
    process: Process,
}

impl End {
    fn new(channel: Arc<Channel>, role: Role, process: Process) -> Self {
        let end = End {
            channel,
            role,
            link: Link::new(role, false),
            spin: Spin::new(WaitStrategy::Park),
            process,
        };
        end.channel
            .gate(role)
            .reset(&end.process, WaitStrategy::Adaptive);
        end.notify_peer();
        end
    }

    fn notify_peer(&self) {
        let peer = self.role.peer();
        let reached = self.process.is_reached_by_barriers();
        let offset = Channel::gate_offset(peer);
        self.channel
            .gate(peer)
            .notify(offset, &self.process, reached);
    }

    fn wait<R>(&mut self, mut poll: impl FnMut() -> Option<R>) -> Result<R, Interrupted> {
        if let Some(found) = poll() {
            return Ok(found);
        }
        let waiting = Waiting {
            gate: self.channel.gate(self.role),
            at: Channel::gate_offset(self.role),
            wait: &self.process,
            deadline: None,
            company: Company::None,
        };
        let peer = self.channel.entry(self.role.peer());
        let gone = |probe| self.link.is_over(peer, &self.process, probe);
        waiting.until(&mut self.spin, |_| poll(), gone)
    }

    fn leave(&self) {
        self.channel.gate(self.role).leave();
        self.channel.entry(self.role).leave();
        self.notify_peer();
    }
}

/// The writing end.
#[derive(Debug)]
pub struct Sender {
    end: End,
    writer: Writer,
}

impl Sender {
    /// Sends `value`, and waits while the ring is full.
    ///
    /// # Errors
    ///
    /// The receiver is gone.
    pub fn send(&mut self, value: u32) -> Result<(), Interrupted> {
        let Sender { end, writer } = self;
        let channel = end.channel.clone();
        end.wait(|| {
            if channel.gate(Role::Receiver).is_gone() {
                return Some(Err(Interrupted::PeerGone));
            }
            writer.try_send(value).then_some(Ok(()))
        })??;
        end.notify_peer();
        Ok(())
    }

    /// Closes the channel.
    pub fn leave(self) {
        self.end.leave();
    }

    /// Dies between two calls.
    pub fn die(self) {
        self.end.process.die();
    }

    /// Publishes `value` and dies before it wakes anybody.
    ///
    /// # Panics
    ///
    /// The ring is full.
    pub fn die_sending(mut self, value: u32) {
        assert!(self.writer.try_send(value));
        self.end.process.die();
    }
}

/// The reading end.
#[derive(Debug)]
pub struct Receiver {
    end: End,
    reader: Reader,
}

impl Receiver {
    /// Receives the next value, and waits while there is none.
    ///
    /// # Errors
    ///
    /// The sender is gone, and everything it sent is received.
    pub fn receive(&mut self) -> Result<u32, Interrupted> {
        let Receiver { end, reader } = self;
        let received = end.wait(|| reader.try_receive())?;
        end.notify_peer();
        Ok(received.value)
    }

    /// Receives until the sender is gone; what there was.
    ///
    /// # Panics
    ///
    /// The wait ends for another reason.
    pub fn receive_all(&mut self) -> Vec<u32> {
        let mut values = Vec::new();
        loop {
            match self.receive() {
                Ok(value) => values.push(value),
                Err(why) => {
                    assert_eq!(why, Interrupted::PeerGone);
                    return values;
                }
            }
        }
    }

    /// Closes the channel.
    pub fn leave(self) {
        self.reader.leave();
        self.end.leave();
    }

    /// Dies between two calls.
    pub fn die(self) {
        self.end.process.die();
    }
}
