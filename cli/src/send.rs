//! `ringway send`: standard input into a channel.

use crate::args::EndArgs;
use crate::chunk::Chunk;
use crate::exit::{Exit, Failure};
use ringway::{Peer, Place, SendTimeoutError, Sender, WriteGrant};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

pub(crate) fn run(end: &EndArgs) -> Result<(), Failure> {
    let mut channel = end.channel()?.sender()?;
    let mut watch = Watch::new(is_persistent(&end.place()?));
    // Not `Stdin`: its buffer would be one more copy.
    let mut input = io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .map(File::from)
        .map_err(|error| Failure::io("opening standard input", &error))?;
    let mut sent: u64 = 0;
    loop {
        if watch.finds_it_dead(&channel) {
            return Err(receiver_gone(channel.receiver(), sent));
        }
        match send_some(&mut channel, &mut input, end)? {
            Ok(0) => return Ok(()),
            Ok(len) => sent += len as u64,
            Err(reason) => return Err(explain(reason, channel.receiver(), sent, end)),
        }
    }
}

/// Reads some bytes straight into the channel: how many, or why there is no slot for them.
fn send_some(
    channel: &mut Sender<Chunk>,
    input: &mut File,
    end: &EndArgs,
) -> Result<Result<usize, SendTimeoutError<()>>, Failure> {
    let mut slot = match reserve(channel, end) {
        Ok(slot) => slot,
        Err(reason) => return Ok(Err(reason)),
    };
    // A slot that is not committed sends nothing: after an error here the receiver finds that the
    // end is missing.
    let len = slot
        .fill(input)
        .map_err(|error| Failure::io("reading standard input", &error))?;
    slot.commit();
    Ok(Ok(len))
}

/// An eye on the receiver: while there is room, a send does not look for one that died, and a slow
/// input may take for ever to fill the channel.
struct Watch {
    /// Receivers may come and go.
    is_persistent: bool,
    asked: Instant,
}

impl Watch {
    /// How often to ask; it takes a few system calls.
    const EVERY: Duration = Duration::from_millis(100);

    fn new(is_persistent: bool) -> Self {
        Watch {
            is_persistent,
            asked: Instant::now(),
        }
    }

    fn finds_it_dead(&mut self, channel: &Sender<Chunk>) -> bool {
        if self.is_persistent || self.asked.elapsed() < Self::EVERY {
            return false;
        }
        self.asked = Instant::now();
        matches!(channel.receiver(), Peer::Died(_))
    }
}

/// Whether receivers may come and go. Whoever opens a channel may do so without knowing.
fn is_persistent(place: &Place) -> bool {
    let seen = ringway::look(place).ok().and_then(|(_, seen)| seen);
    seen.is_some_and(|seen| seen.contents.geometry.persistent)
}

fn reserve<'a>(
    channel: &'a mut Sender<Chunk>,
    end: &EndArgs,
) -> Result<WriteGrant<'a, Chunk>, SendTimeoutError<()>> {
    match end.timeout {
        Some(timeout) => channel.reserve_timeout(timeout),
        None => channel.reserve().map_err(SendTimeoutError::from),
    }
}

fn explain(reason: SendTimeoutError<()>, peer: Peer, sent: u64, end: &EndArgs) -> Failure {
    match reason {
        SendTimeoutError::Timeout(()) => {
            end.timed_out("the channel is full and nobody has received anything")
        }
        SendTimeoutError::Closed(()) => receiver_gone(peer, sent),
        _ => Failure::new(Exit::Unfit, reason),
    }
}

fn receiver_gone(peer: Peer, sent: u64) -> Failure {
    let what = match peer {
        Peer::Died(_) => "died",
        _ => "left",
    };
    Failure::new(
        Exit::PeerGone,
        format_args!(
            "the receiver {what} before it had received everything; {sent} bytes had been put \
             into the channel"
        ),
    )
}
