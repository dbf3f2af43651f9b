//! How many small messages go one way, one by one.

use super::peer::Peer;
use super::screen::Screen;
use super::serve::{Gone, Task};
use crate::exit::{Exit, Failure};
use crate::format::{count, duration, rate};
use ringway::{FromBytes, Immutable, IntoBytes, Receiver, Sender, WaitStrategy};
use std::time::Instant;

/// Numbers to send.
const NUMBERS: u64 = 10_000_000;

/// Numbers between two looks at the progress bar.
const BLOCK: u64 = 1 << 16;

/// What the second process found.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
pub(crate) struct Counted {
    received: u64,
    /// How many were not the one that was due.
    wrong: u64,
}

pub(crate) fn show(screen: &Screen, peer: &mut Peer) -> Result<(), Failure> {
    screen.heading("Small messages: 8 bytes each, one by one, one way")?;
    let (channel, mut answer) = peer.begin::<_, Counted>(Task::Count, WaitStrategy::Adaptive)?;
    let began = Instant::now();
    send(screen, channel);
    let counted: Counted = match answer.recv() {
        Ok(counted) => *counted,
        Err(_) => return Err(peer.lost()),
    };
    let took = began.elapsed();
    if (counted.received, counted.wrong) != (NUMBERS, 0) {
        return Err(Failure::new(
            Exit::Other,
            format_args!(
                "{} numbers arrived, {} of them wrong; expected {NUMBERS} and none",
                counted.received, counted.wrong
            ),
        ));
    }
    screen.line(format_args!(
        "  {} messages, each one checked, in {}: {} messages/s",
        count(counted.received),
        duration(took),
        rate(counted.received, took)
    ))
}

/// If the second process goes away, its answer will be missing too.
fn send(screen: &Screen, mut channel: Sender<u64>) {
    let progress = screen.progress(NUMBERS);
    for block in 0..NUMBERS.div_ceil(BLOCK) {
        let first = block * BLOCK;
        for number in first..(first + BLOCK).min(NUMBERS) {
            if channel.send(number).is_err() {
                return;
            }
        }
        progress.at(first);
    }
}

/// The second process: the numbers come from zero up, until the channel is closed.
pub(crate) fn serve(mut channel: Receiver<u64>, mut answer: Sender<Counted>) -> Result<(), Gone> {
    let mut counted = Counted {
        received: 0,
        wrong: 0,
    };
    while let Ok(number) = channel.recv() {
        counted.wrong += u64::from(*number != counted.received);
        counted.received += 1;
    }
    answer.send(counted).map_err(|_| Gone)
}
