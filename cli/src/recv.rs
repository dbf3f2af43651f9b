//! `ringway recv`: a channel to standard output.

use crate::args::EndArgs;
use crate::chunk::{Chunk, Content};
use crate::exit::{Exit, Failure};
use ringway::{Peer, Receiver, RecvTimeoutError, TryRecvError};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;

/// Bytes that go to the output in one call while more is there.
const OUTPUT_BUFFER: usize = 16 * Chunk::ROOM;

pub(crate) fn run(end: &EndArgs) -> Result<(), Failure> {
    let mut channel = end.channel()?.receiver()?;
    // Not `Stdout`: it would look for lines in what may be no text.
    let output = io::stdout()
        .as_fd()
        .try_clone_to_owned()
        .map_err(|error| Failure::io("opening standard output", &error))?;
    let mut output = BufWriter::with_capacity(OUTPUT_BUFFER, File::from(output));
    let outcome = pump(&mut channel, &mut output, end);
    // Also after a failure: what has come is not lost.
    let flushed = output.flush().map_err(|error| Failure::output(&error));
    outcome.and(flushed)
}

/// Writes what comes until the sender says that this was all.
fn pump(
    channel: &mut Receiver<Chunk>,
    output: &mut impl Write,
    end: &EndArgs,
) -> Result<(), Failure> {
    let mut received: u64 = 0;
    // Copied out of the channel before it is looked at: the sender may be anybody.
    let mut chunk = Chunk::empty();
    loop {
        let came = match channel.try_recv_into(&mut chunk) {
            Err(TryRecvError::Empty) => {
                // Nobody shall wait for what is here already.
                output.flush().map_err(|error| Failure::output(&error))?;
                wait(channel, &mut chunk, end)
            }
            // The call that waits finds the same.
            Err(_) => wait(channel, &mut chunk, end),
            Ok(()) => Ok(()),
        };
        came.map_err(|reason| explain(reason, channel.sender(), received, end))?;
        match chunk.content() {
            Content::Bytes(bytes) => {
                output
                    .write_all(bytes)
                    .map_err(|error| Failure::output(&error))?;
                received += bytes.len() as u64;
            }
            Content::End => return Ok(()),
            Content::Nonsense => return Err(nonsense(received)),
        }
    }
}

fn wait(
    channel: &mut Receiver<Chunk>,
    chunk: &mut Chunk,
    end: &EndArgs,
) -> Result<(), RecvTimeoutError> {
    match end.timeout {
        Some(timeout) => channel.recv_into_timeout(chunk, timeout),
        None => channel.recv_into(chunk).map_err(RecvTimeoutError::from),
    }
}

fn explain(reason: RecvTimeoutError, sender: Peer, received: u64, end: &EndArgs) -> Failure {
    match reason {
        RecvTimeoutError::Timeout => end.timed_out("nothing has come"),
        RecvTimeoutError::Closed => {
            let what = match sender {
                Peer::Died(_) => "died",
                _ => "left",
            };
            let message = format_args!(
                "the sender {what} before it had said that this was all; {received} bytes had \
                 come, the rest is missing"
            );
            Failure::new(Exit::PeerGone, message)
        }
        _ => Failure::new(Exit::Unfit, reason),
    }
}

fn nonsense(received: u64) -> Failure {
    let message = format_args!(
        "after {received} bytes came a message that `ringway send` never sends; is the sender \
         another program with a type of the same name?"
    );
    Failure::new(Exit::Unfit, message)
}
