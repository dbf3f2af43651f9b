//! A semaphore of a few permits: those that are available and those that the living hold are all
//! that there are.

use super::set::{Killed, Living, SOON, Set};
use super::{Case, case, demand, slow};
use crate::kill::Finding;
use crate::os::Segment;
use crate::scenario::Hall;
use ringway_core::handle::{
    AcquireTimeoutError, Permit, Semaphore as Handle, SemaphoreCell, TryAcquireError,
};
use ringway_core::wait::WaitStrategy;
use std::time::Duration;

/// Handles that can hold permits, and permits that there are.
const SEATS: usize = 4;
const PERMITS: u32 = 4;

type Semaphore<'a> = Handle<&'a Segment, SEATS>;

ringway_core::shared! {
    /// The semaphore, alone in its segment.
    pub struct Door {
        places: SemaphoreCell<SEATS>,
    }
}

pub(super) const CASES: &[Case] = &[
    case("first acquire", |set| play(set, NOBODY, SAME, first)),
    case("first acquire, others at it", |set| {
        play(set, AT_IT, SAME, first)
    }),
    case("first acquire after a death", |set| {
        play(set, DEAD, SAME, first)
    }),
    case("acquire", |set| play(set, NOBODY, SAME, acquire)),
    case("acquire, others at it", |set| {
        play(set, AT_IT, SAME, acquire)
    }),
    case("acquire_many", |set| play(set, NOBODY, SAME, acquire_many)),
    case("acquire_many, others at it", |set| {
        play(set, AT_IT, SAME, acquire_many)
    }),
    case("give back", |set| play(set, NOBODY, SAME, give_back)),
    case("give back, others at it", |set| {
        play(set, AT_IT, SAME, give_back)
    }),
    case("give back one of two", |set| {
        play(set, AT_IT, SAME, give_back_one)
    }),
    case("forget", |set| play(set, AT_IT, FEWER, forget)),
    case("consume", |set| play(set, AT_IT, FEWER, consume)),
    case("release", |set| play(set, AT_IT, MORE, release)),
    case("drop of the handle", |set| play(set, AT_IT, SAME, leave)),
    case("drop of the handle with a leaked permit", |set| {
        play(set, AT_IT, SAME, leave_leaking)
    }),
    case("try_acquire of what the dead hold", |set| {
        play(set, ALL_DEAD, SAME, sweep)
    }),
    case("acquire that another makes possible", |set| {
        contended(set, 1)
    }),
    case("acquire_many that another makes possible", |set| {
        contended(set, 3)
    }),
    case("acquire that nobody makes possible", timed_out),
    slow("acquire of what is freed by a death", freed_by_a_death),
    slow("give back before one who waits", |set| {
        before_others(set, 1, hold_all)
    }),
    slow("give back before two who wait", |set| {
        before_others(set, 2, hold_all)
    }),
    slow("release before two who wait", release_before_two),
    slow("acquire beside one who waits too", contended_by_two),
];

/// Who else uses the semaphore.
#[derive(Clone, Copy, PartialEq)]
enum Company {
    Nobody,
    /// Whoever survives made the last change before the victim's call, and makes the first after.
    AtIt,
    /// One died with permits.
    Dead,
    /// One died with all of them.
    AllDead,
}

const NOBODY: Company = Company::Nobody;
const AT_IT: Company = Company::AtIt;
const DEAD: Company = Company::Dead;
const ALL_DEAD: Company = Company::AllDead;

/// How many permits there are after a call that has ended; before, it is so many or as before.
const SAME: u32 = PERMITS;
const FEWER: u32 = PERMITS - 1;
const MORE: u32 = PERMITS + 2;

type Part = fn(&Semaphore<'_>, &dyn Fn());

fn first(door: &Semaphore<'_>, begin: &dyn Fn()) {
    begin();
    std::mem::forget(door.acquire().unwrap());
}

fn acquire(door: &Semaphore<'_>, begin: &dyn Fn()) {
    drop(door.acquire().unwrap());
    begin();
    std::mem::forget(door.acquire().unwrap());
}

fn acquire_many(door: &Semaphore<'_>, begin: &dyn Fn()) {
    let _one = door.acquire().unwrap();
    begin();
    std::mem::forget(door.acquire_many(2).unwrap());
}

fn give_back(door: &Semaphore<'_>, begin: &dyn Fn()) {
    let permits = door.acquire_many(2).unwrap();
    begin();
    drop(permits);
}

fn give_back_one(door: &Semaphore<'_>, begin: &dyn Fn()) {
    let one = door.acquire().unwrap();
    let other = door.acquire().unwrap();
    begin();
    drop(other);
    std::mem::forget(one);
}

fn forget(door: &Semaphore<'_>, begin: &dyn Fn()) {
    let one = door.acquire().unwrap();
    std::mem::forget(door.acquire().unwrap());
    begin();
    one.forget();
}

fn consume(door: &Semaphore<'_>, begin: &dyn Fn()) {
    std::mem::forget(door.acquire().unwrap());
    begin();
    door.consume(1).unwrap();
}

fn release(door: &Semaphore<'_>, begin: &dyn Fn()) {
    std::mem::forget(door.acquire().unwrap());
    begin();
    door.release(2).unwrap();
}

fn leave(door: &Semaphore<'_>, begin: &dyn Fn()) {
    let other = door.clone();
    drop(other.acquire().unwrap());
    begin();
    drop(other);
}

fn leave_leaking(door: &Semaphore<'_>, begin: &dyn Fn()) {
    let other = door.clone();
    std::mem::forget(other.acquire_many(2).unwrap());
    begin();
    drop(other);
}

fn sweep(door: &Semaphore<'_>, begin: &dyn Fn()) {
    begin();
    std::mem::forget(door.try_acquire().unwrap());
}

/// As one who lives uses it.
fn pass(door: &Semaphore<'_>) -> Result<(), Finding> {
    let permit = door.try_acquire();
    permit
        .map(drop)
        .map_err(|error| Finding::Wedged(format!("try_acquire: {error:?}")))
}

fn prepare(set: &Set<'_, '_>, company: Company) -> Result<Hall<Door>, Finding> {
    let hall = set.enter::<Door>();
    hall.look().places.initialise(PERMITS, None);
    let dead = match company {
        Company::Nobody | Company::AtIt => 0,
        Company::Dead => 2,
        Company::AllDead => PERMITS,
    };
    if dead > 0 {
        set.have_die(|hall: &Hall<Door>, stage| {
            let door = hall.bind(|door| &door.places);
            std::mem::forget(door.acquire_many(dead).unwrap());
            stage.begin();
        })?;
    }
    Ok(hall)
}

fn play(set: &mut Set<'_, '_>, company: Company, then: u32, part: Part) -> Result<bool, Finding> {
    let hall = prepare(set, company)?;
    let door = hall.bind(|door| &door.places);
    let mut before = Ok(());
    let killed = set.kill_from(
        |hall: &Hall<Door>, stage| {
            let door = hall.bind(|door| &door.places);
            part(&door, &|| stage.begin());
            stage.end(0);
        },
        || {
            if company == Company::AtIt {
                before = pass(&door);
            }
        },
    )?;
    before?;
    if company == Company::AtIt {
        pass(&door)?;
    }
    settle(set, &hall, &door, killed, then)
}

/// All permits are there but those that `door` does not hold, and everybody can have them.
fn settle(
    set: &Set<'_, '_>,
    hall: &Hall<Door>,
    door: &Semaphore<'_>,
    killed: Killed,
    then: u32,
) -> Result<bool, Finding> {
    let sweep = || hall.look().places.sweep(door.bound().at(), hall.segment());
    sweep();
    demand(sweep() == Some(false), || {
        "a dead one keeps its seat".to_owned()
    })?;
    let available = door.available();
    let is_right = available == then || !killed.had_ended() && available == PERMITS;
    demand(is_right, || {
        format!("{available} permits of {PERMITS}, {then} after the call")
    })?;
    let all = door.try_acquire_many(available);
    let all = all.map_err(|error| Finding::Wedged(format!("all permits: {error:?}")))?;
    let refused = {
        let newcomer = set.enter::<Door>();
        let door = newcomer.bind(|door| &door.places);
        door.try_acquire().map(drop)
    };
    demand(refused == Err(TryAcquireError::NotEnough), || {
        format!("one more than there are: {refused:?}")
    })?;
    drop(all);
    everybody_comes(set, available)?;
    Ok(killed.had_ended())
}

/// Newcomers take all seats and a permit each.
fn everybody_comes(set: &Set<'_, '_>, available: u32) -> Result<(), Finding> {
    let newcomers: Vec<_> = (1..SEATS).map(|_| set.enter::<Door>()).collect();
    let doors: Vec<_> = newcomers
        .iter()
        .map(|hall| hall.bind(|door| &door.places))
        .collect();
    let mut permits: Vec<Permit<'_, _, SEATS>> = Vec::new();
    for door in doors.iter().take(available as usize) {
        let permit = door.try_acquire();
        permits.push(permit.map_err(|error| Finding::Wedged(format!("a newcomer: {error:?}")))?);
    }
    Ok(())
}

/// A survivor holds all, and gives them back when the victim sleeps, or is dead.
fn contended(set: &mut Set<'_, '_>, count: u32) -> Result<bool, Finding> {
    let hall = prepare(set, Company::Nobody)?;
    let door = hall.bind(|door| &door.places);
    let mut held = Some(door.acquire_many(PERMITS).unwrap());
    let killed = set.kill_asleep(
        |hall: &Hall<Door>, stage| {
            let door = hall.bind(|door| &door.places);
            let door = door.waiting(WaitStrategy::Park);
            stage.begin();
            drop(door.acquire_many(count).unwrap());
            stage.end(0);
        },
        || drop(held.take()),
    )?;
    drop(held);
    settle(set, &hall, &door, killed, SAME)
}

/// A survivor holds all of them all the time.
fn timed_out(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = prepare(set, Company::Nobody)?;
    let door = hall.bind(|door| &door.places);
    let held = door.acquire_many(PERMITS).unwrap();
    let killed = set.kill(|hall: &Hall<Door>, stage| {
        let door = hall.bind(|door| &door.places);
        let door = door.waiting(WaitStrategy::Park);
        stage.begin();
        let permit = door.acquire_timeout(Duration::from_millis(1));
        assert_eq!(permit.map(drop), Err(AcquireTimeoutError::Timeout));
        stage.end(0);
    })?;
    demand(door.available() == 0, || "more than there are".to_owned())?;
    drop(held);
    settle(set, &hall, &door, killed, SAME)
}

/// The holder dies while the victim sleeps.
fn freed_by_a_death(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = prepare(set, Company::Nobody)?;
    let door = hall.bind(|door| &door.places);
    let mut holder = Some(Living::start(&set.name(), |hall: &Hall<Door>| {
        let door = hall.bind(|door| &door.places);
        let _all = door.acquire_many(PERMITS).unwrap();
        std::thread::sleep(SOON);
        0
    }));
    while door.available() > 0 {
        std::thread::yield_now();
    }
    let killed = set.kill_asleep(
        |hall: &Hall<Door>, stage| {
            let door = hall.bind(|door| &door.places);
            let door = door.waiting(WaitStrategy::Park);
            stage.begin();
            drop(door.acquire().unwrap());
            stage.end(0);
        },
        || drop(holder.take()),
    )?;
    drop(holder);
    settle(set, &hall, &door, killed, SAME)
}

fn wait_for_one(name: &str) -> Result<Living, Finding> {
    let living = Living::start(name, |hall: &Hall<Door>| {
        let door = hall.bind(|door| &door.places);
        drop(door.acquire().unwrap());
        0
    });
    living.wait_until_asleep()?;
    Ok(living)
}

fn hold_all(door: &Semaphore<'_>, begin: &dyn Fn()) {
    let all = door.acquire_many(PERMITS).unwrap();
    begin();
    drop(all);
}

/// The victim holds all, and makes some available for `count` others that wait.
fn before_others(set: &mut Set<'_, '_>, count: usize, part: Part) -> Result<bool, Finding> {
    let hall = prepare(set, Company::Nobody)?;
    let door = hall.bind(|door| &door.places);
    let name = set.name();
    let mut others = Ok(Vec::new());
    let killed = set.kill_from(
        |hall: &Hall<Door>, stage| {
            let door = hall.bind(|door| &door.places);
            part(&door, &|| stage.begin());
            stage.end(0);
        },
        || others = (0..count).map(|_| wait_for_one(&name)).collect(),
    )?;
    for other in others? {
        other.told()?;
    }
    settle(set, &hall, &door, killed, SAME)
}

/// A survivor holds all; two wait; the victim releases as many more.
fn release_before_two(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = prepare(set, Company::Nobody)?;
    let door = hall.bind(|door| &door.places);
    let all = door.acquire_many(PERMITS).unwrap();
    let name = set.name();
    let mut others = Ok(Vec::new());
    let killed = set.kill_from(
        |hall: &Hall<Door>, stage| {
            let door = hall.bind(|door| &door.places);
            stage.begin();
            door.release(2).unwrap();
            stage.end(0);
        },
        || others = (0..2).map(|_| wait_for_one(&name)).collect(),
    )?;
    let others: Vec<_> = others?;
    let was_released = door.available() > 0 || !others.iter().all(Living::is_asleep);
    demand(was_released || !killed.had_ended(), || {
        "nothing was released".to_owned()
    })?;
    // Those that were released must do for both; otherwise there are these.
    let all = if was_released {
        Some(all)
    } else {
        drop(all);
        None
    };
    for other in others {
        other.told()?;
    }
    drop(all);
    settle(set, &hall, &door, killed, MORE)
}

/// One who lives waits too, behind or before the victim.
fn contended_by_two(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = prepare(set, Company::Nobody)?;
    let door = hall.bind(|door| &door.places);
    let mut held = Some(door.acquire_many(PERMITS).unwrap());
    let name = set.name();
    let mut other = Ok(None);
    let killed = set.kill_asleep(
        |hall: &Hall<Door>, stage| {
            let door = hall.bind(|door| &door.places);
            let door = door.waiting(WaitStrategy::Park);
            stage.begin();
            drop(door.acquire().unwrap());
            stage.end(0);
        },
        || {
            if let Some(held) = held.take() {
                other = wait_for_one(&name).map(Some);
                drop(held);
            }
        },
    )?;
    drop(held);
    if let Some(other) = other? {
        other.told()?;
    }
    settle(set, &hall, &door, killed, SAME)
}
