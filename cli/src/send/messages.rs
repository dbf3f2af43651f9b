//! Messages: lines or frames, each sent as soon as it has been read.

use super::cut::Cut;
use crate::args::EndArgs;
use crate::end::{self, Idle, Moved, Watch, full_for_too_long, receiver_gone};
use crate::exit::{Exit, Failure};
use crate::input::Input;
use crate::meter::Meter;
use crate::opening::opened;
use ringway::{SendTimeoutError, TrySendError};
use std::io;

type Sender = ringway::Sender<[u8]>;

/// Bytes that are read at a time, at most.
const BLOCK: usize = 256 << 10;

pub(super) fn run(end: &EndArgs, cut: Cut) -> Result<(), Failure> {
    let channel = opened(end.messages()?.sender())?;
    let is_persistent = end::is_persistent(&end.place()?);
    let mut outlet = Outlet {
        channel,
        end,
        watch: Watch::new(is_persistent),
        idle: Idle::new(end.timeout),
        meter: Meter::new(end.wanted(), &io::stdin(), Moved::messages()),
        sent: Moved::messages(),
        is_persistent,
    };
    let outcome = match Input::open().and_then(|input| outlet.pump(input, cut)) {
        Ok(()) => outlet.settle(),
        Err(failure) => return Err(outlet.give_up(failure)),
    };
    outlet.meter.finish(&outlet.sent);
    outcome
}

/// The channel, and how it gets on.
struct Outlet<'a> {
    channel: Sender,
    end: &'a EndArgs,
    watch: Watch,
    idle: Idle,
    meter: Meter,
    sent: Moved,
    is_persistent: bool,
}

impl Outlet<'_> {
    /// Sends the whole input.
    fn pump(&mut self, mut input: Input, mut cut: Cut) -> Result<(), Failure> {
        let mut buffer = vec![0; BLOCK];
        // What was read and not sent: the beginning of a message.
        let mut kept = 0;
        loop {
            self.look()?;
            if !input.is_ready() {
                continue;
            }
            if kept == buffer.len() {
                buffer.resize(2 * kept, 0);
            }
            let Some(len) = input.read(&mut buffer[kept..])? else {
                break;
            };
            let read = &buffer[..kept + len];
            let mut start = 0;
            while let Some((place, used)) = cut.next(&read[start..])? {
                self.send(&read[start..][place])?;
                start += used;
            }
            kept = read.len() - start;
            let end = start + kept;
            buffer.copy_within(start..end, 0);
        }
        match cut.last(&buffer[..kept])? {
            Some(message) => self.send(message),
            None => Ok(()),
        }
    }

    /// Between reads.
    fn look(&mut self) -> Result<(), Failure> {
        self.meter.at(&self.sent);
        if self.watch.finds_it_gone(|| self.channel.receiver()) {
            return Err(self.gone());
        }
        Ok(())
    }

    #[inline]
    fn send(&mut self, message: &[u8]) -> Result<(), Failure> {
        match self.channel.try_send(message) {
            Ok(()) => {}
            Err(TrySendError::TooLong { .. }) => self.send_in_parts(message)?,
            // If it is not full, the call that waits finds the same.
            Err(_) => self.wait_and_send(message)?,
        }
        self.sent.add(message.len());
        Ok(())
    }

    #[cold]
    fn wait_and_send(&mut self, message: &[u8]) -> Result<(), Failure> {
        self.idle.over();
        loop {
            let Some(slice) = self.idle.slice() else {
                return Err(full_for_too_long(self.end));
            };
            match self.channel.send_timeout(message, slice) {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Timeout(())) => self.meter.at(&self.sent),
                Err(reason) => return Err(self.explain(reason)),
            }
        }
    }

    /// Sends what is longer than a record. In one go: half of it would have to be sent again.
    #[cold]
    fn send_in_parts(&mut self, message: &[u8]) -> Result<(), Failure> {
        let sent = match self.end.timeout {
            Some(timeout) => self.channel.send_timeout(message, timeout),
            None => self.channel.send(message).map_err(SendTimeoutError::from),
        };
        self.meter.at(&self.sent);
        sent.map_err(|reason| self.explain(reason))
    }

    /// Everything is sent. If that was nothing, somebody must be there to be told: an empty channel
    /// that its sender has left is none.
    fn settle(&mut self) -> Result<(), Failure> {
        self.idle.over();
        while self.sent.is_nothing() && !self.is_persistent {
            let Some(slice) = self.idle.slice() else {
                return Err(self
                    .end
                    .timed_out("nothing was sent and nobody has come to receive"));
            };
            if self.channel.wait_for_receiver(Some(slice)) {
                break;
            }
            self.meter.at(&self.sent);
        }
        Ok(())
    }

    fn give_up(self, failure: Failure) -> Failure {
        self.meter.finish(&self.sent);
        let receiver = self.channel.receiver();
        end::give_up(self.channel, receiver, self.is_persistent);
        failure
    }

    #[cold]
    fn explain(&self, reason: SendTimeoutError<()>) -> Failure {
        match reason {
            SendTimeoutError::Timeout(()) => full_for_too_long(self.end),
            SendTimeoutError::Closed(()) => self.gone(),
            _ => Failure::new(Exit::Unfit, reason),
        }
    }

    fn gone(&self) -> Failure {
        receiver_gone(self.channel.receiver(), &self.sent)
    }
}
