//! What is compared with what, and what is demanded.

use ringway_benches::compare::case::{Case, Sides, Subject, Unit};
use ringway_benches::compare::claim::{Claim, Target};
use ringway_benches::cores::Cores;
use ringway_benches::run::Across::{Processes, Threads};
use ringway_benches::run::Taken;
use ringway_benches::scenarios::{FUTEX, ONE_LINE, Scenario, TWO_LINES};
use ringway_benches::sync::alone;
use ringway_benches::sync::futex::{FutexMutex, Seqlock};
use ringway_benches::sync::posix::{PthreadMutex, SemWait};
use ringway_benches::sync::ringway::{
    Counting, Forgetting, OnePermit, RingwayAtomic, RingwayLatest, RingwayMutex, RingwayRwLock,
};
use ringway_benches::sync::scenarios as two;
use ringway_benches::sync::threads::{ParkingLotMutex, ParkingLotRwLock, StdMutex, StdRwLock};
use ringway_benches::turns::Turns;

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    vec![
        mutex_alone(),
        mutex_contended(
            "mutex, two at once",
            [two::TIGHT_FUTEX, two::TIGHT_PTHREAD, two::TIGHT],
        ),
        mutex_contended(
            "mutex, two with pauses",
            [two::PAUSED_FUTEX, two::PAUSED_PTHREAD, two::PAUSED],
        ),
        mutex_handed_over(),
        semaphore_alone(),
        semaphores_spinning(),
        semaphores_sleeping("semaphores in turns, sleeping, two cores", Sides::Sleeping),
        semaphores_sleeping(
            "semaphores in turns, sleeping, one core",
            Sides::TakingTurns,
        ),
        events("events in turns, two cores", Sides::Sleeping),
        events("events in turns, one core", Sides::TakingTurns),
        conditions("condition variable in turns, two cores", Sides::Sleeping),
        conditions("condition variable in turns, one core", Sides::TakingTurns),
        barriers("barrier of two, two cores", Sides::Sleeping),
        barriers("barrier of two, one core", Sides::TakingTurns),
        rwlock(
            "rwlock, write, alone",
            [
                alone::hold::<StdRwLock>,
                alone::hold::<ParkingLotRwLock>,
                alone::hold::<RingwayRwLock>,
            ],
        ),
        rwlock(
            "rwlock, read, alone",
            [
                alone::look::<StdRwLock>,
                alone::look::<ParkingLotRwLock>,
                alone::look::<RingwayRwLock>,
            ],
        ),
        newest_alone(
            "newest value, read, alone",
            [
                alone::read::<RingwayLatest<u64>>,
                alone::read::<RingwayLatest<[u64; 8]>>,
                alone::read::<RingwayLatest<[u64; 32]>>,
                alone::read::<RingwayAtomic>,
                alone::read::<Seqlock<u64>>,
                alone::read::<Seqlock<[u64; 8]>>,
                alone::read::<Seqlock<[u64; 32]>>,
            ],
        ),
        newest_alone(
            "newest value, write, alone",
            [
                alone::write::<RingwayLatest<u64>>,
                alone::write::<RingwayLatest<[u64; 8]>>,
                alone::write::<RingwayLatest<[u64; 32]>>,
                alone::write::<RingwayAtomic>,
                alone::write::<Seqlock<u64>>,
                alone::write::<Seqlock<[u64; 8]>>,
                alone::write::<Seqlock<[u64; 32]>>,
            ],
        ),
        newest_busy(
            "newest value, read while it is written",
            [
                two::READ_LATEST_8,
                two::READ_LATEST_64,
                two::READ_LATEST_256,
                two::READ_ATOMIC,
                two::READ_SEQLOCK_8,
                two::READ_SEQLOCK_64,
                two::READ_SEQLOCK_256,
            ],
        ),
        newest_busy(
            "newest value, written while it is read",
            [
                two::WRITE_LATEST_8,
                two::WRITE_LATEST_64,
                two::WRITE_LATEST_256,
                two::WRITE_ATOMIC,
                two::WRITE_SEQLOCK_8,
                two::WRITE_SEQLOCK_64,
                two::WRITE_SEQLOCK_256,
            ],
        ),
    ]
}

fn mutex_alone() -> Case {
    let threads = ["std", "parking_lot"];
    Case {
        name: "mutex, alone".to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(200_000),
        sides: Sides::Spinning,
        subjects: vec![
            Subject::new("std", alone::hold::<StdMutex>),
            Subject::new("ringway", alone::hold::<RingwayMutex>),
            Subject::new("parking_lot", alone::hold::<ParkingLotMutex>),
            Subject::new("pthread, robust", alone::hold::<PthreadMutex>),
            Subject::new("bare futex", alone::hold::<FutexMutex>),
        ],
        claims: vec![
            Claim::new("ringway", &threads, Target::AtMost(1.1)),
            Claim::new("ringway", &["pthread, robust"], Target::AtMost(1.0)),
            Claim::new("ringway", &["bare futex"], Target::None),
        ],
    }
}

fn mutex_contended(name: &str, [futex, pthread, ringway]: [Scenario; 3]) -> Case {
    Case {
        name: name.to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(1_000_000),
        sides: Sides::Sleeping,
        subjects: vec![
            Subject::of("bare futex", futex, Processes),
            Subject::of("ringway", ringway, Processes),
            Subject::of("pthread, robust", pthread, Processes),
        ],
        claims: vec![
            Claim::new("ringway", &["bare futex"], Target::AtMost(1.15)),
            Claim::new("ringway", &["pthread, robust"], Target::None),
        ],
    }
}

fn mutex_handed_over() -> Case {
    Case {
        name: "mutex, given back to a sleeper".to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(100),
        sides: Sides::Sleeping,
        subjects: vec![
            Subject::of("bare futex", two::HANDOVER_FUTEX, Processes),
            Subject::of("ringway", two::HANDOVER, Processes),
            Subject::of("pthread, robust", two::HANDOVER_PTHREAD, Processes),
        ],
        claims: vec![
            Claim::new("ringway", &["bare futex"], Target::AtMost(1.15)),
            Claim::new("ringway", &["pthread, robust"], Target::None),
        ],
    }
}

fn semaphore_alone() -> Case {
    Case {
        name: "semaphore, alone".to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(200_000),
        sides: Sides::Spinning,
        subjects: vec![
            Subject::new("sem_t", alone::post_and_wait::<SemWait>),
            Subject::new("release, consume", alone::post_and_wait::<Counting>),
            Subject::new("acquire, drop", alone::post_and_wait::<OnePermit>),
            Subject::new(
                "release, acquire, forget",
                alone::post_and_wait::<Forgetting>,
            ),
        ],
        claims: vec![
            Claim::new("release, consume", &["sem_t"], Target::AtMost(1.1)),
            Claim::new("acquire, drop", &["sem_t"], Target::AtMost(1.1)),
            Claim::new("release, acquire, forget", &["sem_t"], Target::None),
        ],
    }
}

fn semaphores_spinning() -> Case {
    Case {
        name: "semaphores in turns, spinning".to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(15_000),
        sides: Sides::Spinning,
        subjects: vec![
            Subject::of("one bare line", ONE_LINE, Processes),
            Subject::of("sem_t, polling", two::RELAY_SEM_POLLING, Processes),
            Subject::of("ringway", two::RELAY_COUNTING, Processes),
            Subject::of("two bare lines", TWO_LINES, Processes),
            Subject::of("two bare semaphores", two::RELAY_SPINNING, Processes),
            Subject::of("ringway, polling", two::RELAY_POLLED, Processes),
        ],
        claims: vec![
            Claim::new("ringway", &["sem_t, polling"], Target::AtMost(1.1)),
            Claim::new("ringway", &["two bare semaphores"], Target::AtMost(1.15)),
            Claim::new("ringway, polling", &["sem_t, polling"], Target::AtMost(1.1)),
        ],
    }
}

fn semaphores_sleeping(name: &str, sides: Sides) -> Case {
    Case {
        name: name.to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(500),
        sides,
        subjects: vec![
            Subject::of("bare futex", FUTEX, Processes),
            Subject::of("ringway, parking", two::RELAY_PARKED, Processes),
            Subject::of("sem_t", two::RELAY_SEM, Processes),
            Subject::of("ringway", two::RELAY_COUNTING, Processes),
        ],
        claims: vec![
            Claim::new("ringway, parking", &["bare futex"], Target::AtMost(1.15)),
            Claim::new("ringway, parking", &["sem_t"], Target::AtMost(1.1)),
            Claim::new("ringway", &["sem_t"], Target::AtMost(1.1)),
        ],
    }
}

fn events(name: &str, sides: Sides) -> Case {
    Case {
        name: name.to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(500),
        sides,
        subjects: vec![
            Subject::of("eventfd, threads", two::RELAY_EVENTFD, Threads),
            Subject::of("ringway", two::RELAY_EVENT, Processes),
        ],
        claims: vec![Claim::new("ringway", &["eventfd, threads"], Target::None)],
    }
}

fn conditions(name: &str, sides: Sides) -> Case {
    Case {
        name: name.to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(500),
        sides,
        subjects: vec![
            Subject::of("bare futex", FUTEX, Processes),
            Subject::of("ringway", two::RELAY_CONDVAR, Processes),
            Subject::of("pthread", two::RELAY_CONDITION, Processes),
        ],
        claims: vec![
            Claim::new("ringway", &["pthread"], Target::None),
            Claim::new("ringway", &["bare futex"], Target::None),
        ],
    }
}

fn barriers(name: &str, sides: Sides) -> Case {
    Case {
        name: name.to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(500),
        sides,
        subjects: vec![
            Subject::of("ringway", two::RELAY_BARRIER, Processes),
            Subject::of("pthread", two::RELAY_PTHREAD_BARRIER, Processes),
        ],
        claims: vec![Claim::new("ringway", &["pthread"], Target::None)],
    }
}

type Alone = fn(Turns, Cores) -> Taken;

fn rwlock(name: &str, [std, parking_lot, ringway]: [Alone; 3]) -> Case {
    Case {
        name: name.to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(50_000),
        sides: Sides::Spinning,
        subjects: vec![
            Subject::new("std", std),
            Subject::new("ringway", ringway),
            Subject::new("parking_lot", parking_lot),
        ],
        claims: vec![Claim::new("ringway", &["std", "parking_lot"], Target::None)],
    }
}

const NEWEST: [&str; 7] = [
    "Latest, 8 B",
    "Latest, 64 B",
    "Latest, 256 B",
    "AtomicCell, 8 B",
    "bare seqlock, 8 B",
    "bare seqlock, 64 B",
    "bare seqlock, 256 B",
];

fn newest_alone(name: &str, subjects: [Alone; 7]) -> Case {
    let subjects = NEWEST.into_iter().zip(subjects);
    let subjects = subjects.map(|(name, sample)| Subject::new(name, sample));
    newest(name, subjects.collect())
}

fn newest_busy(name: &str, subjects: [Scenario; 7]) -> Case {
    let subjects = NEWEST.into_iter().zip(subjects);
    let subjects = subjects.map(|(name, scenario)| Subject::of(name, scenario, Processes));
    newest(name, subjects.collect())
}

fn newest(name: &str, subjects: Vec<Subject>) -> Case {
    let against = |this: usize| Claim::new(NEWEST[this], &[NEWEST[this + 4]], Target::None);
    Case {
        name: name.to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(100_000),
        sides: Sides::Spinning,
        subjects,
        claims: (0..3).map(against).collect(),
    }
}
