//! A mutex around a pair of numbers that are equal whenever nobody holds it.

use super::set::{Killed, Living, SOON, Set};
use super::{Case, case, demand, slow};
use crate::kill::Finding;
use crate::os::Segment;
use crate::scenario::{Hall, write};
use ringway_core::handle::{
    LockError, LockTimeoutError, Mutex, MutexCell, MutexGuard, TryLockError,
};
use ringway_core::platform::Platform;
use std::time::Duration;

ringway_core::shared! {
    /// The mutex, alone in its segment.
    pub struct Desk {
        book: MutexCell<[u64; 3]>,
    }
}

/// What is first written under the mutex, and last: who is at it.
const AT_IT: usize = 0;
const LEFT: usize = 1;
const RIGHT: usize = 2;

const VICTIM: u64 = 1;

pub(super) const CASES: &[Case] = &[
    case("lock, section and unlock", |set| alone(set, locked)),
    case("try_lock, section and unlock", |set| alone(set, tried)),
    case("lock after a death, repair", |set| {
        after_a_death(set, repaired)
    }),
    case("lock after a death, give up", |set| {
        after_a_death(set, given_up)
    }),
    case("clear_poison", cleared),
    case("lock that another gives back", contended),
    case("lock that nobody gives back", timed_out),
    slow("lock of a holder who dies meanwhile", holder_dies),
    slow("lock beside one who waits too", contended_by_two),
    slow("unlock before one who waits", unlocked_for_another),
    slow("give up before one who waits", given_up_for_another),
];

type Book<'a, P> = MutexGuard<'a, [u64; 3], P>;

/// What every holder does.
#[inline(always)]
fn work<P: Platform>(book: &mut Book<'_, P>) {
    write(&mut book[AT_IT], VICTIM);
    let value = book[LEFT] + 1;
    write(&mut book[LEFT], value);
    write(&mut book[RIGHT], value);
    write(&mut book[AT_IT], 0);
}

fn is_in_order<P: Platform>(book: &Book<'_, P>) -> bool {
    book[AT_IT] == 0 && book[LEFT] == book[RIGHT]
}

/// As one who survives gets and leaves it, without waiting; `has_owner` says whether the mutex was
/// held by the dead.
fn take_over<P: Platform>(desk: &Mutex<[u64; 3], P>, has_owner: bool) -> Result<(), Finding> {
    match desk.try_lock() {
        Ok(mut book) => {
            demand(!has_owner, || "nobody is told of the death".to_owned())?;
            demand(is_in_order(&book), || format!("a holder died: {:?}", *book))?;
            work(&mut book);
        }
        Err(TryLockError::OwnerDied(mut recovery)) => {
            demand(has_owner, || "nobody died with it".to_owned())?;
            *recovery = [0; 3];
            drop(recovery.mark_consistent());
        }
        Err(other) => return Err(Finding::Wedged(format!("try_lock: {other:?}"))),
    }
    Ok(())
}

/// The mutex works for those who are there and for one who comes.
fn goes_on(set: &Set<'_, '_>, hall: &Hall<Desk>) -> Result<(), Finding> {
    let newcomer = set.enter::<Desk>();
    for desk in [
        hall.bind(|desk| &desk.book),
        newcomer.bind(|desk| &desk.book),
    ] {
        let mut book = desk
            .lock_timeout(SOON)
            .map_err(|error| Finding::Wedged(format!("a later lock: {error:?}")))?;
        demand(is_in_order(&book), || format!("later: {:?}", *book))?;
        work(&mut book);
    }
    Ok(())
}

fn is_locked(hall: &Hall<Desk>) -> bool {
    hall.look().book.is_locked()
}

/// The victim was the only one who held it.
fn settle(set: &Set<'_, '_>, hall: &Hall<Desk>, killed: Killed) -> Result<bool, Finding> {
    let has_owner = is_locked(hall);
    demand(!(killed.had_ended() && has_owner), || {
        "it is held though the call had ended".to_owned()
    })?;
    take_over(&hall.bind(|desk| &desk.book), has_owner)?;
    goes_on(set, hall)?;
    Ok(killed.had_ended())
}

fn locked(desk: &Mutex<[u64; 3], &Segment>) {
    work(&mut desk.lock().unwrap());
}

fn tried(desk: &Mutex<[u64; 3], &Segment>) {
    work(&mut desk.try_lock().unwrap());
}

fn alone(set: &mut Set<'_, '_>, part: fn(&Mutex<[u64; 3], &Segment>)) -> Result<bool, Finding> {
    let hall = set.enter::<Desk>();
    let killed = set.kill(|hall: &Hall<Desk>, stage| {
        let desk = hall.bind(|desk| &desk.book);
        stage.begin();
        part(&desk);
        stage.end(0);
    })?;
    settle(set, &hall, killed)
}

fn die_with_it(set: &Set<'_, '_>) -> Result<(), Finding> {
    set.have_die(|hall: &Hall<Desk>, stage| {
        let desk = hall.bind(|desk| &desk.book);
        let mut book = desk.lock().unwrap();
        write(&mut book[LEFT], 99);
        stage.begin();
    })
}

fn repaired(desk: &Mutex<[u64; 3], &Segment>) {
    let Err(LockError::OwnerDied(mut recovery)) = desk.lock() else {
        panic!("the holder died");
    };
    *recovery = [0; 3];
    work(&mut recovery.mark_consistent());
}

fn given_up(desk: &Mutex<[u64; 3], &Segment>) {
    let Err(LockError::OwnerDied(recovery)) = desk.lock() else {
        panic!("the holder died");
    };
    recovery.poison();
}

fn after_a_death(
    set: &mut Set<'_, '_>,
    part: fn(&Mutex<[u64; 3], &Segment>),
) -> Result<bool, Finding> {
    let hall = set.enter::<Desk>();
    die_with_it(set)?;
    let killed = set.kill(|hall: &Hall<Desk>, stage| {
        let desk = hall.bind(|desk| &desk.book);
        stage.begin();
        part(&desk);
        stage.end(0);
    })?;
    settle_poisoned(set, &hall, killed)
}

/// As [`settle`], where it may have been poisoned.
fn settle_poisoned(set: &Set<'_, '_>, hall: &Hall<Desk>, killed: Killed) -> Result<bool, Finding> {
    let desk = hall.bind(|desk| &desk.book);
    if desk.is_poisoned() {
        let refused = desk.try_lock().err();
        demand(matches!(refused, Some(TryLockError::Poisoned)), || {
            format!("poisoned, and try_lock finds {refused:?}")
        })?;
        demand(desk.clear_poison(), || "it stays poisoned".to_owned())?;
        // As one who died left it.
        let book = desk.try_lock();
        let Err(TryLockError::OwnerDied(mut book)) = book else {
            return Err(Finding::Wedged(format!("after clear_poison: {book:?}")));
        };
        *book = [0; 3];
        drop(book.mark_consistent());
    }
    settle(set, hall, killed)
}

fn cleared(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = set.enter::<Desk>();
    die_with_it(set)?;
    given_up(&hall.bind(|desk| &desk.book));
    let killed = set.kill(|hall: &Hall<Desk>, stage| {
        let desk = hall.bind(|desk| &desk.book);
        stage.begin();
        desk.clear_poison();
        stage.end(0);
    })?;
    let desk = hall.bind(|desk| &desk.book);
    let is_poisoned = desk.is_poisoned();
    demand(!(killed.had_ended() && is_poisoned), || {
        "still poisoned".to_owned()
    })?;
    if !is_poisoned {
        let book = desk.try_lock();
        let Err(TryLockError::OwnerDied(mut book)) = book else {
            return Err(Finding::Wedged(format!("after clear_poison: {book:?}")));
        };
        *book = [0; 3];
        drop(book.mark_consistent());
    }
    settle_poisoned(set, &hall, killed)
}

/// A survivor holds it, and gives it back when the victim sleeps, or is dead.
fn contended(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = set.enter::<Desk>();
    let desk = hall.bind(|desk| &desk.book);
    let mut held = Some(desk.lock().unwrap());
    let killed = set.kill_asleep(
        |hall: &Hall<Desk>, stage| {
            let desk = hall.bind(|desk| &desk.book);
            stage.begin();
            locked(&desk);
            stage.end(0);
        },
        || drop(held.take()),
    )?;
    drop(held);
    settle(set, &hall, killed)
}

/// A survivor holds it all the time.
fn timed_out(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = set.enter::<Desk>();
    let desk = hall.bind(|desk| &desk.book);
    let held = desk.lock().unwrap();
    let killed = set.kill(|hall: &Hall<Desk>, stage| {
        let desk = hall.bind(|desk| &desk.book);
        stage.begin();
        let refused = desk.lock_timeout(Duration::from_millis(1));
        assert!(matches!(refused, Err(LockTimeoutError::Timeout)));
        stage.end(0);
    })?;
    let other = set.enter::<Desk>();
    let other = other.bind(|desk| &desk.book);
    let refused = other.try_lock().map(drop);
    demand(matches!(refused, Err(TryLockError::WouldBlock)), || {
        format!(
            "a lock that is held, and try_lock finds {:?}",
            refused.err()
        )
    })?;
    drop(held);
    settle(set, &hall, killed)
}

/// The holder dies while the victim sleeps, which then takes the mutex from it.
fn holder_dies(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = set.enter::<Desk>();
    let mut holder = Some(Living::start(&set.name(), |hall: &Hall<Desk>| {
        let desk = hall.bind(|desk| &desk.book);
        let _book = desk.lock().unwrap();
        std::thread::sleep(SOON);
        0
    }));
    while !is_locked(&hall) {
        std::thread::yield_now();
    }
    let killed = set.kill_asleep(
        |hall: &Hall<Desk>, stage| {
            let desk = hall.bind(|desk| &desk.book);
            stage.begin();
            repaired(&desk);
            stage.end(0);
        },
        || drop(holder.take()),
    )?;
    drop(holder);
    settle(set, &hall, killed)
}

/// One who lives waits too, and gets it: whoever is woken first, and dies or not.
fn contended_by_two(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = set.enter::<Desk>();
    let desk = hall.bind(|desk| &desk.book);
    let mut held = Some(desk.lock().unwrap());
    let mut other = Ok(None);
    let name = set.name();
    let killed = set.kill_asleep(
        |hall: &Hall<Desk>, stage| {
            let desk = hall.bind(|desk| &desk.book);
            stage.begin();
            locked(&desk);
            stage.end(0);
        },
        || {
            if held.is_some() {
                other = wait_for_it(&name).map(Some);
                held = None;
            }
        },
    )?;
    drop(held);
    if let Some(other) = other? {
        other.told()?;
    }
    settle(set, &hall, killed)
}

/// The victim gives it back, and one waits for it.
fn unlocked_for_another(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = set.enter::<Desk>();
    let name = set.name();
    let mut other = Err(Finding::Wedged("nobody waited".to_owned()));
    let killed = set.kill_from(
        |hall: &Hall<Desk>, stage| {
            let desk = hall.bind(|desk| &desk.book);
            let mut book = desk.lock().unwrap();
            work(&mut book);
            stage.begin();
            drop(book);
            stage.end(0);
        },
        || other = wait_for_it(&name),
    )?;
    other?.told()?;
    settle(set, &hall, killed)
}

/// The victim gives up what the dead left, and one waits for it.
fn given_up_for_another(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = set.enter::<Desk>();
    die_with_it(set)?;
    let name = set.name();
    let mut other = Err(Finding::Wedged("nobody waited".to_owned()));
    let killed = set.kill_from(
        |hall: &Hall<Desk>, stage| {
            let desk = hall.bind(|desk| &desk.book);
            let Err(LockError::OwnerDied(recovery)) = desk.lock() else {
                panic!("the holder died");
            };
            stage.begin();
            recovery.poison();
            stage.end(0);
        },
        || other = wait_for_it(&name),
    )?;
    let told = other?.told()?;
    let is_poisoned = hall.look().book.is_poisoned();
    demand(is_poisoned == (told == POISONED), || {
        format!("one who waits is told {told}, and it is poisoned: {is_poisoned}")
    })?;
    settle_poisoned(set, &hall, killed)
}

/// What one tells who waited.
const CAME: u8 = 0;
const OWNER_DIED: u8 = 1;
const POISONED: u8 = 2;

/// Starts one who waits for the mutex, puts the book in order and gives it back.
fn wait_for_it(name: &str) -> Result<Living, Finding> {
    let living = Living::start(name, |hall: &Hall<Desk>| {
        let desk = hall.bind(|desk| &desk.book);
        match desk.lock() {
            Ok(book) => {
                assert!(is_in_order(&book));
                CAME
            }
            Err(LockError::OwnerDied(mut recovery)) => {
                *recovery = [0; 3];
                drop(recovery.mark_consistent());
                OWNER_DIED
            }
            Err(LockError::Poisoned) => POISONED,
            Err(other) => panic!("{other:?}"),
        }
    });
    living.wait_until_asleep()?;
    Ok(living)
}
