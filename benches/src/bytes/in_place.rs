//! A stream that nobody copies: written where it lies in the ring, and read there, every byte.

use super::{Side, Which, Wire};
use crate::stage::Stage;
use crate::turns::Turns;
use ringway::pipe::{Reader, Writer};
use std::io::BufRead;
use std::ops::Range;
use std::time::{Duration, Instant};

const STAYS: &str = "the other side stays for the whole sample";

/// The lead: a message is so many times the same byte.
pub fn lead<W: Wire<Tx = Writer>, const LEN: usize>(stage: &Stage, turns: Turns) -> Duration {
    let mut tx = W::outlet(stage, Side::Lead, Which::There, LEN);
    stage.meet();
    feed(&mut tx, LEN, turns.warm_up());
    let start = Instant::now();
    feed(&mut tx, LEN, turns.timed());
    stage.wait_until_finished();
    start.elapsed()
}

/// The follower.
pub fn follow<W: Wire<Rx = Reader>, const LEN: usize>(stage: &Stage, turns: Turns) {
    let mut rx = W::inlet(stage, Side::Follower, Which::There, LEN);
    stage.meet();
    drain(&mut rx, LEN, turns.all());
    stage.finish();
}

#[inline(never)]
fn feed(tx: &mut Writer, len: usize, numbers: Range<u64>) {
    for number in numbers {
        let mut rest = len;
        while rest > 0 {
            let mut grant = tx.reserve(rest).expect(STAYS);
            grant.fill(number as u8);
            let written = grant.len();
            grant.commit(written);
            rest -= written;
        }
    }
}

#[inline(never)]
fn drain(rx: &mut Reader, len: usize, numbers: Range<u64>) {
    for number in numbers {
        let mut rest = len;
        while rest > 0 {
            let bytes = rx.fill_buf().expect(STAYS);
            let here = bytes.len().min(rest);
            check(&bytes[..here], number);
            rx.consume(here);
            rest -= here;
        }
    }
}

/// Sees that all of `bytes` are of message `number`, and ends the process if not: the other side
/// would wait for ever.
#[inline(always)]
fn check(bytes: &[u8], number: u64) {
    let byte = number as u8;
    let word = u64::from_ne_bytes([byte; 8]);
    let (words, rest) = bytes.as_chunks();
    let differing = words.iter().fold(0, |differing, &bytes| {
        differing | (u64::from_ne_bytes(bytes) ^ word)
    });
    if differing != 0 || rest.iter().any(|&other| other != byte) {
        eprintln!("message {number} was expected, and another came");
        std::process::exit(1);
    }
}
