//! A condition variable at which some wait for goods.

use super::set::{Killed, Living, SOON, Set};
use super::{Case, case, demand, slow};
use crate::kill::Finding;
use crate::os::Segment;
use crate::scenario::Hall;
use ringway_core::handle::{
    Condvar as AnyCondvar, LockError, Mutex as AnyMutex, MutexCell, MutexGuard, WaitError,
};
use ringway_core::sync::CondvarCell;
use std::time::{Duration, Instant};

const SEATS: usize = 3;

type Goods<'a, 'b> = MutexGuard<'a, u64, &'b Segment>;
type Mutex<'a> = AnyMutex<u64, &'a Segment>;
type Condvar<'a> = AnyCondvar<&'a Segment, SEATS>;

ringway_core::shared! {
    /// How many goods there are, and where their arrival is told.
    pub struct Store {
        goods: MutexCell<u64>,
        arrival: CondvarCell<SEATS>,
    }
}

pub(super) const CASES: &[Case] = &[
    case("notify_one, nobody waits", |set| {
        alone(set, |_, arrival| arrival.notify_one())
    }),
    case("notify_all, nobody waits", |set| {
        alone(set, |_, arrival| arrival.notify_all())
    }),
    case("wait in vain", |set| alone(set, wait_in_vain)),
    slow("wait", |set| awaited(set, false)),
    slow("wait, all are notified", |set| awaited(set, true)),
    slow("wait before one who waits too", |set| {
        beside_another(set, true)
    }),
    slow("wait behind one who waits too", |set| {
        beside_another(set, false)
    }),
    slow("notify_one before one who waits", |set| {
        before_others(set, 1, 1, bring_one)
    }),
    slow("notify_one before two who wait", |set| {
        before_others(set, 2, 1, bring_one)
    }),
    slow("notify_all before two who wait", |set| {
        before_others(set, 2, 2, bring_two)
    }),
    slow("notify_one under the mutex before one who waits", |set| {
        before_others(set, 1, 1, bring_one_holding)
    }),
];

type Part = for<'a> fn(&Mutex<'a>, &Condvar<'a>);

/// Who gets the mutex from a dead one tells those who wait, as it cannot know who was to.
fn lock<'a, 'b>(goods: &'a Mutex<'b>, arrival: &Condvar<'_>) -> Goods<'a, 'b> {
    match goods.lock() {
        Ok(held) => held,
        Err(LockError::OwnerDied(recovery)) => {
            let held = recovery.mark_consistent();
            arrival.notify_all();
            held
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn bind<'a>(hall: &'a Hall<Store>) -> (Mutex<'a>, Condvar<'a>) {
    (
        hall.bind(|store| &store.goods),
        hall.bind(|store| &store.arrival),
    )
}

/// Waits for goods, and takes one.
fn take<'a>(goods: &Mutex<'a>, arrival: &Condvar<'a>) {
    let held = lock(goods, arrival);
    take_held(held, arrival);
}

fn take_held<'a>(mut held: Goods<'_, 'a>, arrival: &Condvar<'a>) {
    while *held == 0 {
        held = match arrival.wait(held) {
            Ok(held) => held,
            Err(WaitError::OwnerDied(recovery)) => {
                let held = recovery.mark_consistent();
                arrival.notify_all();
                held
            }
            Err(other) => panic!("{other:?}"),
        };
    }
    *held -= 1;
}

fn wait_in_vain<'a>(goods: &Mutex<'a>, arrival: &Condvar<'a>) {
    let held = lock(goods, arrival);
    let (_held, outcome) = arrival
        .wait_timeout(held, Duration::from_millis(1))
        .unwrap();
    assert!(outcome.timed_out());
}

fn bring_one(goods: &Mutex<'_>, arrival: &Condvar<'_>) {
    *lock(goods, arrival) += 1;
    arrival.notify_one();
}

fn bring_one_holding(goods: &Mutex<'_>, arrival: &Condvar<'_>) {
    let mut held = lock(goods, arrival);
    *held += 1;
    arrival.notify_one();
}

fn bring_two(goods: &Mutex<'_>, arrival: &Condvar<'_>) {
    *lock(goods, arrival) += 2;
    arrival.notify_all();
}

fn wait_for_it(name: &str) -> Result<Living, Finding> {
    let living = Living::start(name, |hall: &Hall<Store>| {
        let (goods, arrival) = bind(hall);
        take(&goods, &arrival);
        0
    });
    living.wait_until_asleep()?;
    Ok(living)
}

/// As many as there are seats wait, and each gets what is brought for it.
fn goes_on(set: &Set<'_, '_>, hall: &Hall<Store>, killed: Killed) -> Result<bool, Finding> {
    let (goods, arrival) = bind(hall);
    *lock(&goods, &arrival) = 0;
    let others = (0..SEATS).map(|_| wait_for_it(&set.name()));
    for other in others.collect::<Result<Vec<_>, _>>()? {
        bring_one(&goods, &arrival);
        drop(other);
    }
    // Nobody waits any more but these, on seats of the dead.
    *lock(&goods, &arrival) = 0;
    let others = (0..2).map(|_| wait_for_it(&set.name()));
    let others = others.collect::<Result<Vec<_>, _>>()?;
    bring_two(&goods, &arrival);
    for other in others {
        other.told()?;
    }
    let left = *lock(&goods, &arrival);
    demand(left == 0, || format!("{left} goods are left of 2"))?;
    Ok(killed.had_ended())
}

fn alone(set: &mut Set<'_, '_>, part: Part) -> Result<bool, Finding> {
    let hall = set.enter::<Store>();
    let killed = set.kill(|hall: &Hall<Store>, stage| {
        let (goods, arrival) = bind(hall);
        stage.begin();
        part(&goods, &arrival);
        stage.end(0);
    })?;
    goes_on(set, &hall, killed)
}

fn awaited(set: &mut Set<'_, '_>, all: bool) -> Result<bool, Finding> {
    let hall = set.enter::<Store>();
    let (goods, arrival) = bind(&hall);
    let mut has_brought = false;
    let killed = set.kill_asleep(
        |hall: &Hall<Store>, stage| {
            let (goods, arrival) = bind(hall);
            let held = goods.lock().unwrap();
            stage.begin();
            take_held(held, &arrival);
            stage.end(0);
        },
        || {
            if !has_brought {
                has_brought = true;
                if all {
                    bring_two(&goods, &arrival);
                } else {
                    bring_one(&goods, &arrival);
                }
            }
        },
    )?;
    goes_on(set, &hall, killed)
}

/// Another one waits too. What the victim was told and has not acted on is told to that one.
fn beside_another(set: &mut Set<'_, '_>, is_first: bool) -> Result<bool, Finding> {
    let hall = set.enter::<Store>();
    let (goods, arrival) = bind(&hall);
    let name = set.name();
    let mut other = if is_first {
        Ok(None)
    } else {
        wait_for_it(&name).map(Some)
    };
    let mut has_brought = false;
    let killed = set.kill_asleep(
        |hall: &Hall<Store>, stage| {
            let (goods, arrival) = bind(hall);
            let held = goods.lock().unwrap();
            stage.begin();
            take_held(held, &arrival);
            stage.end(0);
        },
        || {
            if !has_brought {
                has_brought = true;
                if is_first {
                    other = wait_for_it(&name).map(Some);
                }
                bring_one(&goods, &arrival);
                if !is_first {
                    bring_one(&goods, &arrival);
                }
            }
        },
    )?;
    if let Some(other) = other? {
        // Who waits learns by itself of a holder's death.
        wait_until_free(&hall, &other)?;
        if *lock(&goods, &arrival) == 0 {
            // The victim had it, or that one has it.
            bring_one(&goods, &arrival);
        }
        other.told()?;
    }
    goes_on(set, &hall, killed)
}

fn wait_until_free(hall: &Hall<Store>, other: &Living) -> Result<(), Finding> {
    let start = Instant::now();
    while hall.look().goods.is_locked() && !other.is_over() {
        if start.elapsed() > SOON {
            let told = "one who waits does not learn of the death of the mutex's holder";
            return Err(Finding::Wedged(told.to_owned()));
        }
        std::thread::yield_now();
    }
    Ok(())
}

/// The victim brings what others wait for.
fn before_others(
    set: &mut Set<'_, '_>,
    count: usize,
    brings: usize,
    part: Part,
) -> Result<bool, Finding> {
    let hall = set.enter::<Store>();
    let (goods, arrival) = bind(&hall);
    let name = set.name();
    let mut others = Ok(Vec::new());
    let killed = set.kill_from(
        |hall: &Hall<Store>, stage| {
            let (goods, arrival) = bind(hall);
            stage.begin();
            part(&goods, &arrival);
            stage.end(0);
        },
        || others = (0..count).map(|_| wait_for_it(&name)).collect(),
    )?;
    if !killed.had_ended() {
        // Who dies before it notifies has not notified.
        arrival.notify_all();
    }
    let others = others?;
    if !killed.had_ended() || count > brings {
        // Whatever it has brought, there is one for each.
        others.iter().for_each(|_| bring_one(&goods, &arrival));
    }
    for other in others {
        other.told()?;
    }
    goes_on(set, &hall, killed)
}
