//! Bytes as they are: read straight into shared memory.

use crate::args::EndArgs;
use crate::end::{self, Idle, Moved, Watch, full_for_too_long, receiver_gone};
use crate::exit::{Exit, Failure};
use crate::input::Input;
use crate::meter::Meter;
use crate::opening::opened;
use ringway::pipe::Writer;
use std::io::{self, ErrorKind};

/// Bytes that are read at a time, at most: so few that the receiver has some while others are read.
const BLOCK: usize = 64 << 10;

pub(super) fn run(end: &EndArgs) -> Result<(), Failure> {
    let mut channel = opened(end.stream()?.writer())?;
    let is_persistent = end::is_persistent(&end.place()?);
    let mut meter = Meter::new(end.wanted(), &io::stdin(), Moved::stream());
    let mut sent = Moved::stream();
    let mut watch = Watch::new(is_persistent);
    let outcome = Input::open()
        .and_then(|input| pump(&mut channel, input, end, &mut watch, &mut meter, &mut sent));
    let outcome = match outcome {
        Ok(()) => settle(&mut channel, end, is_persistent, &sent),
        Err(failure) => {
            let reader = channel.reader();
            end::give_up(channel, reader, is_persistent);
            Err(failure)
        }
    };
    meter.finish(&sent);
    outcome
}

fn pump(
    channel: &mut Writer,
    mut input: Input,
    end: &EndArgs,
    watch: &mut Watch,
    meter: &mut Meter,
    sent: &mut Moved,
) -> Result<(), Failure> {
    let mut idle = Idle::new(end.timeout);
    loop {
        meter.at(sent);
        if watch.finds_it_gone(|| channel.reader()) {
            return Err(receiver_gone(channel.reader(), sent));
        }
        if !input.is_ready() {
            continue;
        }
        let Some(slice) = idle.slice() else {
            return Err(full_for_too_long(end));
        };
        channel.set_time_limit(Some(slice));
        let mut room = match channel.reserve(BLOCK) {
            Ok(room) => room,
            Err(error) if error.kind() == ErrorKind::TimedOut => continue,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                return Err(receiver_gone(channel.reader(), sent));
            }
            Err(error) => return Err(Failure::new(Exit::Unfit, error)),
        };
        idle.over();
        let Some(len) = input.read(&mut room)? else {
            return Ok(());
        };
        room.commit(len);
        sent.add(len);
    }
}

/// Everything is sent. If that was nothing, somebody must be there to be told: an empty channel that
/// its sender has left is none.
fn settle(
    channel: &mut Writer,
    end: &EndArgs,
    is_persistent: bool,
    sent: &Moved,
) -> Result<(), Failure> {
    if !sent.is_nothing() || is_persistent || channel.wait_for_reader(end.timeout) {
        return Ok(());
    }
    Err(end.timed_out("nothing was sent and nobody has come to receive"))
}
