//! Two ends over a ring: what the core's `Sender` and `Receiver` do, on modelled words.
//!
//! The core's own ends stand on mapped bytes, which loom's words cannot lie over. These make the
//! same calls in the same order.

use crate::frames::{FrameReader, FrameWriter, Frames};
use crate::kernel::Process;
use crate::ring::{Fate, Reader, Ring, Shape, Writer};
use ringway_core::channel::Link;
use ringway_core::layout::{Participant, Peer, Role};
use ringway_core::ring::spsc::{Control, Look};
use ringway_core::wait::{Company, Gate, Interrupted, Spin, Wait, WaitStrategy, Waiting};
use std::sync::Arc;

/// A ring with one end of each role, over which numbers are sent.
pub trait Line {
    /// The writing end. Dropping it is a death.
    type Writer;
    /// The reading end. Dropping it is a death.
    type Reader;

    /// The words that both ends share.
    fn control(&self) -> &Control;

    /// A writing end that continues where the last one stopped.
    fn writer(self: &Arc<Self>) -> Self::Writer;

    /// A reading end that continues where the last one stopped.
    fn reader(self: &Arc<Self>, last: Fate) -> Self::Reader;

    /// Writes and publishes `value`, if there is room.
    fn try_send(writer: &mut Self::Writer, value: u32) -> bool;

    /// Reads the next value, if there is one, and has done with it.
    fn try_receive(reader: &mut Self::Reader) -> Option<u32>;

    /// Whether there is none.
    fn is_empty(reader: &mut Self::Reader) -> bool;

    /// Leaves in good order.
    fn leave(reader: Self::Reader);
}

impl Line for Ring {
    type Writer = Writer;
    type Reader = Reader;

    fn control(&self) -> &Control {
        &self.control
    }
    fn writer(self: &Arc<Self>) -> Writer {
        self.writer_looking(Look::Cursor)
    }
    fn reader(self: &Arc<Self>, last: Fate) -> Reader {
        self.reader_after(last, false)
    }
    fn try_send(writer: &mut Writer, value: u32) -> bool {
        writer.try_send(value)
    }
    fn try_receive(reader: &mut Reader) -> Option<u32> {
        reader.try_receive().map(|received| received.value)
    }
    fn is_empty(reader: &mut Reader) -> bool {
        reader.try_peek().is_none()
    }
    fn leave(reader: Reader) {
        reader.leave();
    }
}

/// The bytes of every message over [`Frames`].
const LEN: u32 = 16;

impl Line for Frames {
    type Writer = FrameWriter;
    type Reader = FrameReader;

    fn control(&self) -> &Control {
        &self.control
    }
    fn writer(self: &Arc<Self>) -> FrameWriter {
        self.writer_looking(Look::Cursor)
    }
    fn reader(self: &Arc<Self>, last: Fate) -> FrameReader {
        self.reader_after(last)
    }
    fn try_send(writer: &mut FrameWriter, value: u32) -> bool {
        writer.try_send(value, LEN)
    }
    fn try_receive(reader: &mut FrameReader) -> Option<u32> {
        reader.try_receive(LEN).map(|received| received.value)
    }
    fn is_empty(reader: &mut FrameReader) -> bool {
        reader.try_peek().is_none()
    }
    fn leave(reader: FrameReader) {
        reader.leave();
    }
}

/// The words of a channel.
#[derive(Debug)]
pub struct Channel<L = Ring> {
    ring: Arc<L>,
    entries: [Participant; 2],
}

impl Channel {
    /// A channel that nobody has used.
    #[must_use]
    pub fn new(shape: Shape) -> Arc<Self> {
        Self::over(Ring::wrapping_after(shape, 1))
    }
}

impl Channel<Frames> {
    /// A channel of records that nobody has used, with room for two: the second reaches to the end of
    /// the ring, where the 32-bit words wrap, or lies at the start behind a skip.
    #[must_use]
    pub fn of_records(skips: bool) -> Arc<Self> {
        let units = if skips { 4 } else { 6 };
        Self::over(Frames::starting_at(8, (1 << 32) - units))
    }
}

impl<L: Line> Channel<L> {
    fn over(ring: Arc<L>) -> Arc<Self> {
        Arc::new(Channel {
            ring,
            entries: [Participant::new(), Participant::new()],
        })
    }

    /// Attaches the sending end.
    ///
    /// # Panics
    ///
    /// It is held by a living process.
    #[must_use]
    pub fn sender(self: &Arc<Self>, process: Process) -> Sender<L> {
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
    pub fn receiver(self: &Arc<Self>, process: Process) -> Receiver<L> {
        let before = self.entry(Role::Receiver).claim(&process).unwrap();
        let fate = match before {
            Peer::Died(_) => Fate::Died,
            _ => Fate::Left,
        };
        let mut reader = self.ring.reader(fate);
        let is_empty = || L::is_empty(&mut reader);
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
        self.ring.control()
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
struct End<L> {
    channel: Arc<Channel<L>>,
    role: Role,
    link: Link,
    spin: Spin,
    process: Process,
}

impl<L: Line> End<L> {
    fn new(channel: Arc<Channel<L>>, role: Role, process: Process) -> Self {
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
        let offset = Channel::<L>::gate_offset(peer);
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
            at: Channel::<L>::gate_offset(self.role),
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
pub struct Sender<L: Line = Ring> {
    end: End<L>,
    writer: L::Writer,
}

impl<L: Line> Sender<L> {
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
            L::try_send(writer, value).then_some(Ok(()))
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
        assert!(L::try_send(&mut self.writer, value));
        self.end.process.die();
    }
}

/// The reading end.
#[derive(Debug)]
pub struct Receiver<L: Line = Ring> {
    end: End<L>,
    reader: L::Reader,
}

impl<L: Line> Receiver<L> {
    /// Receives the next value, and waits while there is none.
    ///
    /// # Errors
    ///
    /// The sender is gone, and everything it sent is received.
    pub fn receive(&mut self) -> Result<u32, Interrupted> {
        let Receiver { end, reader } = self;
        let received = end.wait(|| L::try_receive(reader))?;
        end.notify_peer();
        Ok(received)
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
        L::leave(self.reader);
        self.end.leave();
    }

    /// Dies between two calls.
    pub fn die(self) {
        self.end.process.die();
    }
}
