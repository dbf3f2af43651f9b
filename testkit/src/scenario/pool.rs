//! A few places that many want, and a semaphore that says how many are free.

use super::Board;
use super::play::{A_WHILE, Scenario, Worker};
use crate::kill::{Finding, PATIENCE};
use ringway::Shared;
use ringway_core::handle::AcquireTimeoutError;
use ringway_core::sync::SemaphoreCell;
use std::sync::atomic::Ordering;
use std::time::Instant;

const PLACES: u32 = 3;

ringway::shared! {
    /// The semaphore.
    pub struct Gate {
        places: SemaphoreCell,
    }
}

/// Whoever has a permit finds a place that nobody alive is in.
#[derive(Clone, Copy, Debug)]
pub struct Pool;

impl Scenario for Pool {
    const NAME: &'static str = "pool";
    const WORKERS: usize = 5;
    const ROUNDS: u64 = 2000;
    type Hall = Gate;

    fn prepare(gate: &Shared<Gate>) {
        gate.places.initialise(PLACES, None);
    }

    fn work(gate: &Shared<Gate>, me: &Worker<'_>) -> Result<(), Finding> {
        let semaphore = gate.bind(|gate| &gate.places);
        let mut round = 0;
        while me.goes_on() {
            round += 1;
            let count = 1 + u32::from(round % 5 == 0);
            let permit = match semaphore.acquire_many_timeout(count, A_WHILE) {
                Ok(permit) => permit,
                Err(AcquireTimeoutError::Timeout) => {
                    continue;
                }
                Err(other) => return Err(Finding::Wedged(format!("acquire: {other:?}"))),
            };
            let visits: Vec<u64> = (0..u64::from(count)).map(|nth| 2 * round + nth).collect();
            let places = visits.iter().map(|&visit| take_place(me, visit));
            let places = places.collect::<Result<Vec<_>, _>>()?;
            me.linger();
            for (place, &visit) in places.into_iter().zip(&visits) {
                // Unless somebody who knew that this one is to be killed has taken it.
                let _ = me.board.words()[place].compare_exchange(
                    name(me, visit),
                    0,
                    Ordering::SeqCst,
                    Ordering::SeqCst,
                );
            }
            drop(permit);
            me.got_on();
        }
        Ok(())
    }

    fn check(gate: &Shared<Gate>, _: &Board, _: u64) -> Result<(), Finding> {
        let semaphore = gate.bind(|gate| &gate.places);
        let all = semaphore.try_acquire_many(PLACES).map(drop);
        let available = semaphore.available();
        if all.is_ok() && available == PLACES {
            return Ok(());
        }
        let told = format!("{available} permits of {PLACES} in the end: {all:?}");
        Err(Finding::Broken(told))
    }
}

/// What stands in a place during a visit.
fn name(me: &Worker<'_>, visit: u64) -> u64 {
    (me.life + 1) << 40 | visit
}

/// Goes to a place where nobody is, or nobody who lives.
fn take_place(me: &Worker<'_>, visit: u64) -> Result<usize, Finding> {
    let places = &me.board.words()[..PLACES as usize];
    let mine = name(me, visit);
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let look = || -> Vec<u64> {
            places
                .iter()
                .map(|place| place.load(Ordering::SeqCst))
                .collect()
        };
        let before = look();
        for (index, &who) in before.iter().enumerate() {
            let is_free = who == 0 || me.board.is_doomed((who >> 40) - 1);
            let take =
                || places[index].compare_exchange(who, mine, Ordering::SeqCst, Ordering::SeqCst);
            if is_free && take().is_ok() {
                return Ok(index);
            }
        }
        // The same at two looks is so at a moment in between: no visit comes twice.
        let is_full = before.iter().all(|&who| who != 0) && look() == before;
        let are_alive = || {
            before
                .iter()
                .all(|&who| !me.board.is_doomed((who >> 40) - 1))
        };
        if is_full && are_alive() {
            let told = format!("a permit without a place: {before:x?}");
            return Err(Finding::Broken(told));
        }
    }
    Err(Finding::Broken("a permit without a place".to_owned()))
}
