//! A reader-writer lock around a pair of numbers that are equal whenever nobody writes.

use super::set::{Killed, Living, SOON, Set};
use super::{Case, case, demand, slow};
use crate::kill::Finding;
use crate::os::Segment;
use crate::scenario::{Hall, write};
use ringway_core::handle::{
    LockError, LockTimeoutError, ReadError, ReadTimeoutError, RwLock as Handle, RwLockCell,
    RwLockRecovery, TryLockError, TryReadError,
};
use ringway_core::wait::WaitStrategy;
use std::time::Duration;

const SEATS: usize = 4;

type Value = [u64; 3];
type RwLock<'a> = Handle<Value, &'a Segment, SEATS>;

ringway_core::shared! {
    /// The lock, alone in its segment.
    pub struct Wall {
        notice: RwLockCell<Value, SEATS>,
    }
}

const AT_IT: usize = 0;
const LEFT: usize = 1;
const RIGHT: usize = 2;

pub(super) const CASES: &[Case] = &[
    case("first read and unlock", |set| {
        play(set, Before::Nothing, read)
    })
    .both(),
    case("read and unlock", |set| {
        play(set, Before::Nothing, read_again)
    })
    .both(),
    case("read and unlock beside a reader", |set| {
        play(set, Before::Reader, read_again)
    })
    .both(),
    case("write, section and unlock", |set| {
        play(set, Before::Nothing, change)
    })
    .both(),
    case("try_write after reading", |set| {
        play(set, Before::Nothing, read_and_write)
    })
    .both(),
    case("downgrade", |set| play(set, Before::Nothing, downgrade)).both(),
    case("drop of the handle", |set| {
        play(set, Before::Nothing, leave)
    })
    .both(),
    case("drop of the handle while it reads", |set| {
        play(set, Before::Nothing, leave_reading)
    })
    .both(),
    slow("read after a writer's death, repair", |set| {
        play(set, Before::DeadWriter, read_repairing)
    }),
    case("try_read after a writer's death, repair", |set| {
        play(set, Before::DeadWriter, try_repairing)
    })
    .both(),
    case("write after a writer's death, repair", |set| {
        play(set, Before::DeadWriter, write_repairing)
    })
    .both(),
    case("write after a writer's death, give up", |set| {
        play(set, Before::DeadWriter, give_up)
    })
    .both(),
    case("try_write after a reader's death", |set| {
        play(set, Before::DeadReader, try_change)
    })
    .both(),
    slow("write after a reader's death", |set| {
        play(set, Before::DeadReader, change)
    }),
    case("write that nobody makes possible", |set| {
        play(set, Before::Reader, change_in_vain)
    })
    .both(),
    case("read that nobody makes possible", |set| {
        play(set, Before::Writer, read_in_vain)
    })
    .both(),
    case("write that a reader makes possible", |set| {
        awaited(set, false, change)
    })
    .both(),
    case("write that a writer makes possible", |set| {
        awaited(set, true, change)
    })
    .both(),
    case("read that a writer makes possible", |set| {
        awaited(set, true, read)
    })
    .both(),
    slow("end of reading before a writer who waits", |set| {
        before_another(set, read_slowly, true)
    }),
    slow("end of writing before a writer who waits", |set| {
        before_another(set, change_slowly, true)
    }),
    slow("end of writing before a reader who waits", |set| {
        before_another(set, change_slowly, false)
    }),
    slow("write beside a reader who waits too", |set| {
        beside_another(set, change, false)
    }),
    slow("write beside a writer who waits too", |set| {
        beside_another(set, change, true)
    }),
    slow("read beside a writer who waits too", |set| {
        beside_another(set, read, true)
    }),
    slow("read beside a reader who waits too", |set| {
        beside_another(set, read, false)
    }),
];

/// What there is before the call.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    /// A survivor reads, also meanwhile.
    Reader,
    /// A survivor writes, also meanwhile.
    Writer,
    DeadReader,
    DeadWriter,
}

type Part = fn(&RwLock<'_>, &dyn Fn());

#[inline(always)]
fn work(value: &mut Value) {
    write(&mut value[AT_IT], 1);
    let number = value[LEFT] + 1;
    write(&mut value[LEFT], number);
    write(&mut value[RIGHT], number);
    write(&mut value[AT_IT], 0);
}

fn is_in_order(value: &Value) -> bool {
    value[AT_IT] == 0 && value[LEFT] == value[RIGHT]
}

fn read(lock: &RwLock<'_>, begin: &dyn Fn()) {
    begin();
    assert!(is_in_order(&lock.read().unwrap()));
}

fn read_again(lock: &RwLock<'_>, begin: &dyn Fn()) {
    drop(lock.read().unwrap());
    read(lock, begin);
}

fn read_slowly(lock: &RwLock<'_>, begin: &dyn Fn()) {
    let value = lock.read().unwrap();
    begin();
    drop(value);
}

fn change(lock: &RwLock<'_>, begin: &dyn Fn()) {
    begin();
    work(&mut lock.write().unwrap());
}

fn try_change(lock: &RwLock<'_>, begin: &dyn Fn()) {
    begin();
    work(&mut lock.try_write().unwrap());
}

fn change_slowly(lock: &RwLock<'_>, begin: &dyn Fn()) {
    let mut value = lock.write().unwrap();
    begin();
    work(&mut value);
}

fn read_and_write(lock: &RwLock<'_>, begin: &dyn Fn()) {
    read_again(lock, begin);
    work(&mut lock.try_write().unwrap());
}

fn downgrade(lock: &RwLock<'_>, begin: &dyn Fn()) {
    let mut value = lock.write().unwrap();
    begin();
    work(&mut value);
    assert!(is_in_order(&value.downgrade().unwrap()));
}

fn leave(lock: &RwLock<'_>, begin: &dyn Fn()) {
    let other = lock.clone();
    drop(other.read().unwrap());
    begin();
    drop(other);
}

fn leave_reading(lock: &RwLock<'_>, begin: &dyn Fn()) {
    let other = lock.clone();
    std::mem::forget(other.read().unwrap());
    begin();
    drop(other);
}

fn repair(mut recovery: RwLockRecovery<'_, Value, &Segment, SEATS>) {
    *recovery = [0; 3];
    work(&mut recovery.mark_consistent());
}

fn read_repairing(lock: &RwLock<'_>, begin: &dyn Fn()) {
    begin();
    match lock.read() {
        Err(ReadError::OwnerDied(recovery)) => repair(recovery),
        other => panic!("the writer died, and read says {:?}", other.err()),
    }
}

fn try_repairing(lock: &RwLock<'_>, begin: &dyn Fn()) {
    begin();
    match lock.try_read() {
        Err(TryReadError::OwnerDied(recovery)) => repair(recovery),
        other => panic!("the writer died, and try_read says {:?}", other.err()),
    }
}

fn write_repairing(lock: &RwLock<'_>, begin: &dyn Fn()) {
    begin();
    match lock.write() {
        Err(LockError::OwnerDied(recovery)) => repair(recovery),
        other => panic!("the writer died, and write says {:?}", other.err()),
    }
}

fn give_up(lock: &RwLock<'_>, begin: &dyn Fn()) {
    begin();
    match lock.write() {
        Err(LockError::OwnerDied(recovery)) => recovery.poison(),
        other => panic!("the writer died, and write says {:?}", other.err()),
    }
}

fn change_in_vain(lock: &RwLock<'_>, begin: &dyn Fn()) {
    begin();
    let refused = lock.write_timeout(Duration::from_millis(1));
    assert!(matches!(refused, Err(LockTimeoutError::Timeout)));
}

fn read_in_vain(lock: &RwLock<'_>, begin: &dyn Fn()) {
    begin();
    let refused = lock.read_timeout(Duration::from_millis(1));
    assert!(matches!(refused, Err(ReadTimeoutError::Timeout)));
}

fn prepare(set: &Set<'_, '_>, before: Before) -> Result<Hall<Wall>, Finding> {
    let hall = set.enter::<Wall>();
    match before {
        Before::DeadReader => set.have_die(|hall: &Hall<Wall>, stage| {
            let lock = hall.bind(|wall| &wall.notice);
            let _value = lock.read().unwrap();
            stage.begin();
        })?,
        Before::DeadWriter => set.have_die(|hall: &Hall<Wall>, stage| {
            let lock = hall.bind(|wall| &wall.notice);
            let mut value = lock.write().unwrap();
            write(&mut value[LEFT], 99);
            stage.begin();
        })?,
        Before::Nothing | Before::Reader | Before::Writer => {}
    }
    Ok(hall)
}

fn play(set: &mut Set<'_, '_>, before: Before, part: Part) -> Result<bool, Finding> {
    let hall = prepare(set, before)?;
    let lock = hall.bind(|wall| &wall.notice);
    let reads = (before == Before::Reader).then(|| lock.read().unwrap());
    let writes = (before == Before::Writer).then(|| lock.write().unwrap());
    let killed = set.kill(|hall: &Hall<Wall>, stage| {
        let lock = hall.bind(|wall| &wall.notice);
        let lock = match before {
            Before::Nothing => lock,
            // It has less to do before it sleeps, so that all of that is tried.
            _ => lock.waiting(WaitStrategy::Park),
        };
        part(&lock, &|| stage.begin());
        stage.end(0);
    })?;
    if let Some(value) = &reads {
        demand(is_in_order(value), || "changed under a reader".to_owned())?;
    }
    drop((reads, writes));
    settle(set, &hall, &lock, killed)
}

/// A reader and a writer get in, in this order or the other.
fn settle(
    set: &Set<'_, '_>,
    hall: &Hall<Wall>,
    lock: &RwLock<'_>,
    killed: Killed,
) -> Result<bool, Finding> {
    if lock.is_poisoned() {
        let refused = lock.try_read().err();
        demand(matches!(refused, Some(TryReadError::Poisoned)), || {
            format!("poisoned, and try_read finds {refused:?}")
        })?;
        demand(lock.clear_poison(), || "it stays poisoned".to_owned())?;
        let value = lock.try_write();
        let Err(TryLockError::OwnerDied(mut value)) = value else {
            let told = format!("after clear_poison: {:?}", value.err());
            return Err(Finding::Wedged(told));
        };
        *value = [0; 3];
        drop(value.mark_consistent());
    }
    let had_writer = hall.look().notice.has_writer();
    demand(!(killed.had_ended() && had_writer), || {
        "there is a writer though the call had ended".to_owned()
    })?;
    if set.is_second() {
        get_in_to_write(lock, had_writer)?;
        let newcomer = set.enter::<Wall>();
        get_in_to_read(&newcomer.bind(|wall| &wall.notice), false)?;
    } else {
        get_in_to_read(lock, had_writer)?;
        get_in_to_write(lock, false)?;
    }
    everybody_comes(set)?;
    Ok(killed.had_ended())
}

fn get_in_to_read(lock: &RwLock<'_>, may_have_died: bool) -> Result<(), Finding> {
    match lock.try_read() {
        Ok(value) => demand(is_in_order(&value), || {
            format!("a reader sees {:?}", *value)
        }),
        Err(TryReadError::OwnerDied(recovery)) => {
            demand(may_have_died, || "nobody died writing".to_owned())?;
            repair(recovery);
            Ok(())
        }
        Err(other) => Err(Finding::Wedged(format!("try_read: {other:?}"))),
    }
}

fn get_in_to_write(lock: &RwLock<'_>, may_have_died: bool) -> Result<(), Finding> {
    match lock.try_write() {
        Ok(mut value) => {
            demand(is_in_order(&value), || {
                format!("a writer sees {:?}", *value)
            })?;
            work(&mut value);
            Ok(())
        }
        Err(TryLockError::OwnerDied(recovery)) => {
            demand(may_have_died, || "nobody died writing".to_owned())?;
            repair(recovery);
            Ok(())
        }
        Err(other) => Err(Finding::Wedged(format!("try_write: {other:?}"))),
    }
}

/// Newcomers read on all seats at once, and then one of them writes.
fn everybody_comes(set: &Set<'_, '_>) -> Result<(), Finding> {
    let newcomers: Vec<_> = (1..SEATS).map(|_| set.enter::<Wall>()).collect();
    let locks: Vec<_> = newcomers
        .iter()
        .map(|hall| hall.bind(|wall| &wall.notice))
        .collect();
    let mut guards = Vec::new();
    for lock in &locks {
        let guard = lock.read_timeout(SOON);
        guards.push(guard.map_err(|error| Finding::Wedged(format!("a newcomer: {error:?}")))?);
    }
    drop(guards);
    get_in_to_write(&locks[0], false)
}

/// A survivor reads or writes, and ends that when the victim sleeps, or is dead.
fn awaited(set: &mut Set<'_, '_>, writes: bool, part: Part) -> Result<bool, Finding> {
    let hall = prepare(set, Before::Nothing)?;
    let lock = hall.bind(|wall| &wall.notice);
    let mut writer = writes.then(|| lock.write().unwrap());
    let mut reader = (!writes).then(|| lock.read().unwrap());
    let killed = set.kill_asleep(
        |hall: &Hall<Wall>, stage| {
            let lock = hall.bind(|wall| &wall.notice);
            let lock = lock.waiting(WaitStrategy::Park);
            part(&lock, &|| stage.begin());
            stage.end(0);
        },
        || drop((writer.take(), reader.take())),
    )?;
    drop((writer, reader));
    settle(set, &hall, &lock, killed)
}

/// Starts one who waits to write or to read, and repairs what it finds.
fn wait_for_it(name: &str, writes: bool) -> Result<Living, Finding> {
    let living = Living::start(name, |hall: &Hall<Wall>| {
        let lock = hall.bind(|wall| &wall.notice);
        if writes {
            match lock.write() {
                Ok(mut value) => {
                    assert!(is_in_order(&value));
                    work(&mut value);
                }
                Err(LockError::OwnerDied(recovery)) => repair(recovery),
                Err(other) => panic!("{other:?}"),
            }
        } else {
            match lock.read() {
                Ok(value) => assert!(is_in_order(&value)),
                Err(ReadError::OwnerDied(recovery)) => repair(recovery),
                Err(other) => panic!("{other:?}"),
            }
        }
        0
    });
    living.wait_until_asleep()?;
    Ok(living)
}

/// The victim ends what another one waits for.
fn before_another(set: &mut Set<'_, '_>, part: Part, writes: bool) -> Result<bool, Finding> {
    let hall = prepare(set, Before::Nothing)?;
    let lock = hall.bind(|wall| &wall.notice);
    let name = set.name();
    let mut other = Err(Finding::Wedged("nobody waited".to_owned()));
    let killed = set.kill_from(
        |hall: &Hall<Wall>, stage| {
            let lock = hall.bind(|wall| &wall.notice);
            part(&lock, &|| stage.begin());
            stage.end(0);
        },
        || other = wait_for_it(&name, writes),
    )?;
    other?.told()?;
    settle(set, &hall, &lock, killed)
}

/// Another one who lives waits too.
fn beside_another(set: &mut Set<'_, '_>, part: Part, writes: bool) -> Result<bool, Finding> {
    let hall = prepare(set, Before::Nothing)?;
    let lock = hall.bind(|wall| &wall.notice);
    let mut held = Some(lock.write().unwrap());
    let name = set.name();
    let mut other = Ok(None);
    let killed = set.kill_asleep(
        |hall: &Hall<Wall>, stage| {
            let lock = hall.bind(|wall| &wall.notice);
            let lock = lock.waiting(WaitStrategy::Park);
            part(&lock, &|| stage.begin());
            stage.end(0);
        },
        || {
            if let Some(held) = held.take() {
                other = wait_for_it(&name, writes).map(Some);
                drop(held);
            }
        },
    )?;
    drop(held);
    if let Some(other) = other? {
        other.told()?;
    }
    settle(set, &hall, &lock, killed)
}
