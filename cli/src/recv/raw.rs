//! Bytes as they are: written straight from shared memory.

use super::output::Output;
use crate::args::EndArgs;
use crate::end::{self, Idle, Moved, sender_died};
use crate::exit::{Exit, Failure};
use crate::meter::Meter;
use crate::opening::opened;
use ringway::Peer;
use ringway::pipe::Reader;
use std::io::{self, BufRead as _, ErrorKind};

/// Bytes that are written at a time, at most: so few that the sender has room while others are
/// written.
const BLOCK: usize = 64 << 10;

pub(super) fn run(end: &EndArgs) -> Result<(), Failure> {
    let mut channel = opened(end.stream()?.reader())?;
    let is_persistent = end::is_persistent(&end.place()?);
    let mut meter = Meter::new(end.wanted(), &io::stdout(), Moved::stream());
    let mut received = Moved::stream();
    let outcome = pump(&mut channel, end, is_persistent, &mut meter, &mut received);
    meter.finish(&received);
    outcome
}

/// Writes what comes until the sender has left.
fn pump(
    channel: &mut Reader,
    end: &EndArgs,
    is_persistent: bool,
    meter: &mut Meter,
    received: &mut Moved,
) -> Result<(), Failure> {
    let mut output = Output::open()?;
    let mut idle = Idle::new(end.timeout);
    loop {
        meter.at(received);
        let Some(slice) = idle.slice() else {
            return Err(end.timed_out("nothing has come"));
        };
        channel.set_time_limit(Some(slice));
        let bytes = match channel.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::TimedOut => continue,
            Err(error) => return Err(Failure::new(Exit::Unfit, error)),
        };
        if !bytes.is_empty() {
            let len = output.pass(&bytes[..bytes.len().min(BLOCK)])?;
            channel.consume(len);
            received.add(len);
            idle.over();
            continue;
        }
        match channel.writer() {
            // Another one has come meanwhile.
            Peer::Alive(_) => {}
            _ if is_persistent && received.is_nothing() => {
                // Whoever was there has had its receiver.
                channel.wait_for_writer(Some(slice));
            }
            Peer::Died(_) => return Err(sender_died(received)),
            _ => return Ok(()),
        }
    }
}
