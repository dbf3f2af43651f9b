//! A value that one at a time writes and many read.

use super::play::{A_WHILE, Scenario, Worker};
use crate::kill::{Finding, PATIENCE};
use ringway::Shared;
use ringway_core::handle::{Latest, LatestCell, WaitNewerError};
use std::time::Instant;

type Value = [u64; 8];

ringway::shared! {
    /// The value.
    pub struct Sign {
        value: LatestCell<Value>,
    }
}

/// Readers see whole values, and none goes back.
#[derive(Clone, Copy, Debug)]
pub struct Newest;

/// Of so many workers, how many write in turn.
const WRITERS: usize = 2;
/// Values that one writes in its turn.
const TURN: usize = 20;

impl Scenario for Newest {
    const NAME: &'static str = "newest";
    const WORKERS: usize = 4;
    const ROUNDS: u64 = 300;
    type Hall = Sign;

    fn work(sign: &Shared<Sign>, me: &Worker<'_>) -> Result<(), Finding> {
        let latest = sign.bind(|sign| &sign.value);
        let (mut version, mut number) = (0, 0);
        while me.goes_on() {
            if me.index < WRITERS {
                take_turn(&latest, me)?;
            } else {
                follow(&latest, &mut version, &mut number, me)?;
            }
        }
        Ok(())
    }
}

fn take_turn(latest: &Latest<Value, Shared<Sign>>, me: &Worker<'_>) -> Result<(), Finding> {
    let start = Instant::now();
    let mut writer = loop {
        if let Ok(writer) = latest.writer() {
            break writer;
        }
        if !me.goes_on() {
            return Ok(());
        }
        if start.elapsed() > PATIENCE {
            return Err(Finding::Wedged("nobody else can write".to_owned()));
        }
        std::thread::yield_now();
    };
    for _ in 0..TURN {
        let number = writer.last()[0] + 1;
        writer.write(&[number; 8]);
        me.linger();
        me.got_on();
    }
    drop(writer);
    std::thread::yield_now();
    Ok(())
}

fn follow(
    latest: &Latest<Value, Shared<Sign>>,
    version: &mut u64,
    number: &mut u64,
    me: &Worker<'_>,
) -> Result<(), Finding> {
    let next = match latest.wait_newer_timeout(*version, A_WHILE) {
        Ok(next) => next,
        Err(WaitNewerError::Timeout | WaitNewerError::Overrun) => return Ok(()),
        Err(other) => return Err(Finding::Wedged(format!("wait_newer: {other:?}"))),
    };
    let is_whole = next.value.iter().all(|&word| word == next.value[0]);
    if !is_whole || next.value[0] < *number || next.version <= *version {
        let told = format!("{next:?} after {number} of version {version}");
        return Err(Finding::Broken(told));
    }
    (*version, *number) = (next.version, next.value[0]);
    me.got_on();
    Ok(())
}
