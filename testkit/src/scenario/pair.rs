//! A pair of numbers that many look at and some change.

use super::play::{A_WHILE, Scenario, Worker};
use super::{Board, write};
use crate::kill::Finding;
use ringway::Shared;
use ringway_core::handle::{
    LockTimeoutError, ReadTimeoutError, RwLock, RwLockCell, RwLockRecovery,
};
use std::time::Duration;

ringway::shared! {
    /// The lock.
    pub struct Wall {
        pair: RwLockCell<[u64; 2]>,
    }
}

/// Readers never see half of a change.
#[derive(Clone, Copy, Debug)]
pub struct Pair;

/// Of so many workers, how many write.
const WRITERS: usize = 2;

type Lock = RwLock<[u64; 2], Shared<Wall>>;

impl Scenario for Pair {
    const NAME: &'static str = "pair";
    const WORKERS: usize = 5;
    const ROUNDS: u64 = 1000;
    type Hall = Wall;

    fn work(hall: &Shared<Wall>, me: &Worker<'_>) -> Result<(), Finding> {
        let lock = hall.bind(|hall| &hall.pair);
        let mut last = 0;
        while me.goes_on() {
            let has_got_on = if me.index < WRITERS {
                change(&lock, me)?
            } else {
                look(&lock, me, &mut last)?
            };
            if has_got_on {
                me.got_on();
            }
        }
        Ok(())
    }

    fn check(hall: &Shared<Wall>, board: &Board, deaths: u64) -> Result<(), Finding> {
        let lock = hall.bind(|hall| &hall.pair);
        let read = lock.try_read();
        match read {
            Ok(pair) => is_whole(*pair),
            Err(ringway_core::handle::TryReadError::OwnerDied(_)) if deaths > 0 => {
                board.note_death();
                Ok(())
            }
            Err(other) => Err(Finding::Wedged(format!("in the end: {other:?}"))),
        }
    }
}

fn is_whole(pair: [u64; 2]) -> Result<(), Finding> {
    if pair[0] == pair[1] {
        return Ok(());
    }
    Err(Finding::Broken(format!("half a change: {pair:?}")))
}

fn change(lock: &Lock, me: &Worker<'_>) -> Result<bool, Finding> {
    let mut pair = match lock.write_timeout(A_WHILE) {
        Ok(pair) => pair,
        Err(LockTimeoutError::Timeout) => return Ok(false),
        Err(LockTimeoutError::OwnerDied(recovery)) => {
            repair(recovery, me);
            return Ok(true);
        }
        Err(other) => return Err(Finding::Wedged(format!("write: {other:?}"))),
    };
    is_whole(*pair)?;
    let next = pair[0] + 1;
    me.inside(|| {
        write(&mut pair[0], next);
        if next.is_multiple_of(8) {
            // Long enough to be killed now and then.
            std::thread::sleep(Duration::from_micros(200));
        }
        write(&mut pair[1], next);
    });
    Ok(true)
}

fn look(lock: &Lock, me: &Worker<'_>, last: &mut u64) -> Result<bool, Finding> {
    let pair = match lock.read_timeout(A_WHILE) {
        Ok(pair) => pair,
        Err(ReadTimeoutError::Timeout) => return Ok(false),
        Err(ReadTimeoutError::OwnerDied(recovery)) => {
            repair(recovery, me);
            return Ok(true);
        }
        Err(other) => return Err(Finding::Wedged(format!("read: {other:?}"))),
    };
    is_whole(*pair)?;
    me.linger();
    // Nobody writes meanwhile, and nothing goes back.
    is_whole(*pair)?;
    if pair[0] < *last {
        return Err(Finding::Broken(format!("{} after {last}", pair[0])));
    }
    *last = pair[0];
    Ok(true)
}

fn repair<const N: usize>(
    mut recovery: RwLockRecovery<'_, [u64; 2], Shared<Wall>, N>,
    me: &Worker<'_>,
) {
    me.board.note_death();
    // The first of them is written first.
    let newest = recovery[0];
    write(&mut recovery[1], newest);
    drop(recovery.mark_consistent());
}
