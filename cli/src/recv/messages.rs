//! Messages: each a line, or a frame, of the output.

use super::output::Output;
use crate::args::EndArgs;
use crate::end::{self, Idle, Moved, sender_died};
use crate::exit::{Exit, Failure};
use crate::meter::Meter;
use crate::opening::opened;
use ringway::{Peer, RecvTimeoutError};
use std::io;
use std::time::Duration;

type Receiver = ringway::Receiver<[u8]>;

/// How a message looks in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// With a newline behind it.
    Line,
    /// With its length before it, a `u32` in little-endian order.
    Frame,
}

pub(super) fn run(end: &EndArgs, written: Written) -> Result<(), Failure> {
    let mut channel = end.messages()?;
    if written == Written::Frame {
        channel = channel.limit(end.limit().min(u32::MAX as usize));
    }
    let mut inlet = Inlet {
        channel: opened(channel.receiver())?,
        end,
        output: Output::open()?,
        written,
        idle: Idle::new(end.timeout),
        meter: Meter::new(end.wanted(), &io::stdout(), Moved::messages()),
        received: Moved::messages(),
        dropped: 0,
        is_persistent: end::is_persistent(&end.place()?),
    };
    let outcome = inlet.pump();
    // Also after a failure: what has come is not lost.
    let flushed = inlet.output.flush();
    inlet.meter.finish(&inlet.received);
    outcome.and(flushed)
}

/// The channel, and how it gets on.
struct Inlet<'a> {
    channel: Receiver,
    end: &'a EndArgs,
    output: Output,
    written: Written,
    idle: Idle,
    meter: Meter,
    received: Moved,
    /// Messages that were longer than the limit.
    dropped: u64,
    is_persistent: bool,
}

impl Inlet<'_> {
    /// Writes what comes until the sender has left.
    fn pump(&mut self) -> Result<(), Failure> {
        let mut patience = Duration::ZERO;
        loop {
            let reason = match self.channel.recv_timeout(patience) {
                Ok(message) => {
                    let wrote = write(&mut self.output, self.written, &message)?;
                    self.received.add(message.len());
                    drop(message);
                    patience = Duration::ZERO;
                    if wrote {
                        self.meter.at(&self.received);
                    }
                    continue;
                }
                Err(reason) => reason,
            };
            match reason {
                RecvTimeoutError::Timeout => patience = self.wait(patience)?,
                RecvTimeoutError::Closed if self.is_over()? => return self.dropped_none(),
                RecvTimeoutError::Closed => {}
                RecvTimeoutError::TooLong { .. } => {
                    self.dropped += 1;
                    self.meter.say(&format!("ringway: {reason} (--limit)"));
                }
                _ => return Err(Failure::new(Exit::Unfit, reason)),
            }
        }
    }

    /// Nothing is there: how long to wait for the next message.
    fn wait(&mut self, waited: Duration) -> Result<Duration, Failure> {
        if waited.is_zero() {
            // Nobody shall wait for what is here already.
            self.output.flush()?;
            self.idle.over();
        }
        self.meter.at(&self.received);
        self.idle.slice().ok_or_else(|| self.nothing_has_come())
    }

    /// Whether this was all, with the channel closed: not if another sender has come meanwhile.
    fn is_over(&mut self) -> Result<bool, Failure> {
        match self.channel.sender() {
            Peer::Alive(_) => Ok(false),
            _ if self.is_persistent && self.received.is_nothing() => {
                // Whoever was there has had its receiver.
                self.wait_for_another_sender()?;
                Ok(false)
            }
            Peer::Died(_) => Err(sender_died(&self.received)),
            _ => Ok(true),
        }
    }

    fn wait_for_another_sender(&mut self) -> Result<(), Failure> {
        self.idle.over();
        loop {
            let Some(slice) = self.idle.slice() else {
                return Err(self.nothing_has_come());
            };
            if self.channel.wait_for_sender(Some(slice)) {
                return Ok(());
            }
            self.meter.at(&self.received);
        }
    }

    fn nothing_has_come(&self) -> Failure {
        self.end.timed_out("nothing has come")
    }

    fn dropped_none(&self) -> Result<(), Failure> {
        match self.dropped {
            0 => Ok(()),
            dropped => Err(Failure::new(
                Exit::Other,
                format_args!(
                    "{} had come; dropped beside them, as longer than --limit: {dropped}",
                    self.received
                ),
            )),
        }
    }
}

/// Whether it wrote anything.
#[inline]
fn write(output: &mut Output, written: Written, message: &[u8]) -> Result<bool, Failure> {
    match written {
        Written::Line => Ok(output.put(message)? | output.put(b"\n")?),
        Written::Frame => {
            let len = u32::try_from(message.len()).expect("the limit is no more");
            Ok(output.put(&len.to_le_bytes())? | output.put(message)?)
        }
    }
}
