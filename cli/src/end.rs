//! What both ends have in common: what was moved, how long to be patient, and how to give up.

use crate::args::EndArgs;
use crate::exit::{Exit, Failure};
use crate::format::{bytes, count};
use ringway::{Peer, Place};
use std::fmt;
use std::time::{Duration, Instant};

/// The longest time to wait in one go: then it is looked whether there is anything else to do.
pub(crate) const SLICE: Duration = Duration::from_millis(100);

/// How much has gone in or come out so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moved {
    pub(crate) bytes: u64,
    /// `None` of a stream, which has none.
    pub(crate) messages: Option<u64>,
}

impl Moved {
    pub(crate) fn messages() -> Self {
        Moved {
            bytes: 0,
            messages: Some(0),
        }
    }

    pub(crate) fn stream() -> Self {
        Self::default()
    }

    /// One more message, or piece of a stream.
    #[inline(always)]
    pub(crate) fn add(&mut self, len: usize) {
        self.bytes += len as u64;
        if let Some(messages) = &mut self.messages {
            *messages += 1;
        }
    }

    /// Neither bytes nor messages.
    pub(crate) fn is_nothing(&self) -> bool {
        self.bytes == 0 && self.messages.unwrap_or(0) == 0
    }
}

/// As an error says it: `12 messages (345 bytes)`.
impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes;
        match self.messages {
            Some(1) => write!(f, "1 message ({bytes} bytes)"),
            Some(messages) => write!(f, "{messages} messages ({bytes} bytes)"),
            None => write!(f, "{bytes} bytes"),
        }
    }
}

impl Moved {
    /// As a display shows it: `12.3 MiB, 1,234 messages`.
    pub(crate) fn in_short(&self) -> String {
        let size = bytes(self.bytes as f64);
        match self.messages {
            Some(messages) => format!("{size}, {} messages", count(messages)),
            None => size,
        }
    }
}

/// How long the other side has done nothing.
pub(crate) struct Idle {
    limit: Option<Duration>,
    since: Option<Instant>,
}

impl Idle {
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        Idle { limit, since: None }
    }

    /// It has done something.
    #[inline(always)]
    pub(crate) fn over(&mut self) {
        self.since = None;
    }

    /// How long to wait for it now; `None` when the time is up.
    pub(crate) fn slice(&mut self) -> Option<Duration> {
        match (self.limit, self.since) {
            (limit, None) => {
                self.since = Some(Instant::now());
                Some(limit.unwrap_or(SLICE).min(SLICE))
            }
            (None, _) => Some(SLICE),
            (Some(limit), Some(since)) => {
                let left = limit.saturating_sub(since.elapsed());
                (!left.is_zero()).then(|| left.min(SLICE))
            }
        }
    }
}

/// An eye on the receiver: while there is room, a send does not look for one that died, and a slow
/// input may take for ever to fill the channel.
pub(crate) struct Watch {
    /// Receivers may come and go.
    is_persistent: bool,
    asked: Instant,
}

impl Watch {
    /// How often to ask; it takes a few system calls.
    const EVERY: Duration = SLICE;

    pub(crate) fn new(is_persistent: bool) -> Self {
        Watch {
            is_persistent,
            asked: Instant::now(),
        }
    }

    /// Whether the receiver is gone; `ask` says who it is.
    #[inline]
    pub(crate) fn finds_it_gone(&mut self, ask: impl FnOnce() -> Peer) -> bool {
        if self.is_persistent || self.asked.elapsed() < Self::EVERY {
            return false;
        }
        self.asked = Instant::now();
        is_gone(ask())
    }
}

/// Whether somebody was there and is no more.
pub(crate) fn is_gone(peer: Peer) -> bool {
    matches!(peer, Peer::Died(_) | Peer::Left)
}

/// Whether the channel outlives its users. Whoever opens one may do so without knowing.
pub(crate) fn is_persistent(place: &Place) -> bool {
    let seen = ringway::look(place).ok().and_then(|(_, seen)| seen);
    seen.is_some_and(|seen| seen.contents.geometry.persistent)
}

/// Ends a sending end that has not sent everything.
///
/// A receiver that is there, or may yet come, must not take what it gets for all there was: the end is
/// kept until the process is gone, and so it counts as one that died. Where a receiver was and is gone
/// it is left in good order, which removes the channel.
pub(crate) fn give_up<E>(end: E, receiver: Peer, is_persistent: bool) {
    if is_persistent || !is_gone(receiver) {
        std::mem::forget(end);
    }
}

/// The failure of a sender whose receiver is gone.
pub(crate) fn receiver_gone(receiver: Peer, sent: &Moved) -> Failure {
    let what = match receiver {
        Peer::Died(_) => "died",
        _ => "left",
    };
    let message = format_args!(
        "the receiver {what} before it had received everything; {sent} had been put into the channel"
    );
    Failure::new(Exit::PeerGone, message)
}

/// The failure of a receiver whose sender died.
pub(crate) fn sender_died(received: &Moved) -> Failure {
    let message = format_args!(
        "the sender died, or failed, before it had sent everything; {received} had come, the rest is \
         missing"
    );
    Failure::new(Exit::PeerGone, message)
}

/// The failure of a sender for which there was no room for longer than `--timeout`.
pub(crate) fn full_for_too_long(end: &EndArgs) -> Failure {
    end.timed_out("the channel is full and nobody has received anything")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_with_the_limit() {
        let mut idle = Idle::new(Some(Duration::from_millis(20)));
        let mut waited = 0;
        while let Some(slice) = idle.slice() {
            assert!(slice <= Duration::from_millis(20));
            std::thread::sleep(slice);
            waited += 1;
        }
        assert!(waited > 0);
        idle.over();
        assert!(idle.slice().is_some());
    }

    #[test]
    fn without_a_limit_it_never_ends() {
        let mut idle = Idle::new(None);
        assert_eq!((idle.slice(), idle.slice()), (Some(SLICE), Some(SLICE)));
    }
}
