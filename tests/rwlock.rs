//! The reader-writer lock across real processes, which are killed.

use ringway::Shared;
use ringway_core::handle::{
    LockError, LockTimeoutError, MutexCell, ReadError, ReadTimeoutError, RwLock, RwLockCell,
    TryLockError, TryReadError,
};
use ringway_core::platform::Platform;
use ringway_testkit::{Actor, Random, UniqueName, arg, report, roles};
use std::time::{Duration, Instant};

roles! { reads_and_stays, writes_and_stays, waits_to_write, works_for_ever }

/// Handles that can read at a time.
const SEATS: usize = 8;

/// The news of a death takes up to 300 ms; the rest is for a busy machine.
const SOON: Duration = Duration::from_secs(3);

const WORDS: usize = 24;

ringway_core::shared! {
    struct Desk {
        /// Equal numbers, unless a writer died.
        book: RwLockCell<[u64; WORDS], SEATS>,
        /// How often a reader saw others.
        torn: MutexCell<u64>,
    }
}

fn open(name: &str) -> Shared<Desk> {
    ringway::shared(name).open().expect("a desk")
}

fn stay() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(60));
    }
}

/// Argument: the name of the room.
fn reads_and_stays() {
    let room = open(&arg::<String>(0));
    let book = room.bind(|desk| &desk.book);
    let _guard = book.read().unwrap();
    report("reads");
    stay();
}

/// Argument: as above.
fn writes_and_stays() {
    let room = open(&arg::<String>(0));
    let book = room.bind(|desk| &desk.book);
    let mut guard = book.write().unwrap();
    guard[0] = 7;
    report("writes");
    stay();
}

/// Argument: as above.
fn waits_to_write() {
    let room = open(&arg::<String>(0));
    let book = room.bind(|desk| &desk.book);
    report("waits");
    let _guard = book.write().unwrap();
    report("writes");
    stay();
}

/// Argument: as above.
fn works_for_ever() {
    let room = open(&arg::<String>(0));
    let mut random = Random::new();
    loop {
        // A new handle now and then: so seats come and go.
        let book = room.bind(|desk| &desk.book);
        for _ in 0..50 {
            work(&room, &book, &mut random);
        }
    }
}

fn work<P: Platform>(
    room: &Shared<Desk>,
    book: &RwLock<[u64; WORDS], P, SEATS>,
    random: &mut Random,
) {
    let timeout = Duration::from_micros(random.below(300));
    let seen = match random.below(7) {
        0 | 1 => match book.read() {
            Ok(book) => Some(*book),
            Err(ReadError::OwnerDied(mut book)) => {
                *book = [book[WORDS - 1]; WORDS];
                let book = book.mark_consistent().downgrade().unwrap();
                Some(*book)
            }
            Err(why) => panic!("{why}"),
        },
        2 => match book.read_timeout(timeout) {
            Ok(book) => Some(*book),
            Err(ReadTimeoutError::OwnerDied(mut book)) => {
                *book = [0; WORDS];
                drop(book.mark_consistent());
                None
            }
            Err(ReadTimeoutError::Timeout | ReadTimeoutError::NoSeat(_)) => None,
            Err(why) => panic!("{why}"),
        },
        3 => match book.try_read() {
            Ok(book) => Some(*book),
            // As one that dies with it.
            Err(TryReadError::OwnerDied(book)) => {
                std::mem::forget(book);
                std::process::abort();
            }
            Err(_) => None,
        },
        4 => {
            match book.write() {
                Ok(mut book) => add_one(&mut book),
                Err(LockError::OwnerDied(mut book)) => {
                    *book = [3; WORDS];
                    drop(book.mark_consistent());
                }
                Err(why) => panic!("{why}"),
            }
            None
        }
        5 => {
            match book.write_timeout(timeout) {
                Ok(mut book) => add_one(&mut book),
                Err(LockTimeoutError::OwnerDied(mut book)) => {
                    *book = [4; WORDS];
                    drop(book.mark_consistent());
                }
                Err(LockTimeoutError::Timeout) => {}
                Err(why) => panic!("{why}"),
            }
            None
        }
        _ => {
            match book.try_write() {
                Ok(mut book) => add_one(&mut book),
                Err(TryLockError::OwnerDied(mut book)) => {
                    *book = [5; WORDS];
                    drop(book.mark_consistent());
                }
                Err(_) => {}
            }
            None
        }
    };
    if seen.is_some_and(|seen| seen != [seen[0]; WORDS]) {
        let torn = room.bind(|desk| &desk.torn);
        *torn.lock().unwrap() += 1;
    }
}

/// One after the other, so that a death in between shows.
fn add_one(book: &mut [u64; WORDS]) {
    let next = book[0].wrapping_add(1);
    for word in book {
        // So that the compiler does not make one copy of it.
        *std::hint::black_box(word) = next;
    }
}

/// How long `wait` takes.
fn timed<R>(wait: impl FnOnce() -> R) -> (R, Duration) {
    let start = Instant::now();
    let result = wait();
    (result, start.elapsed())
}

#[test]
fn a_dead_reader_keeps_no_writer_out() {
    let name = UniqueName::new("rwlock");
    let room = open(name.as_str());
    let book = room.bind(|desk| &desk.book);
    let mut reader = Actor::start("reads_and_stays", &[name.as_str()]);
    reader.expect("reads");
    assert_eq!(*book.read().unwrap(), [0; WORDS]);
    assert!(matches!(book.try_write(), Err(TryLockError::WouldBlock)));
    let waited = book.write_timeout(Duration::from_millis(20));
    assert!(matches!(waited, Err(LockTimeoutError::Timeout)));
    // The one that gave up is not in the way of readers.
    drop(book.try_read().unwrap());
    reader.kill();
    assert!(book.try_write().is_ok());

    let mut reader = Actor::start("reads_and_stays", &[name.as_str()]);
    reader.expect("reads");
    let killing = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        reader.kill();
    });
    let (guard, took) = timed(|| book.write());
    assert!(guard.is_ok() && took < SOON, "{took:?}");
    killing.join().unwrap();
}

#[test]
fn a_dead_writer_leaves_the_value_to_the_next() {
    let name = UniqueName::new("rwlock");
    let room = open(name.as_str());
    let book = room.bind(|desk| &desk.book);
    let mut writer = Actor::start("writes_and_stays", &[name.as_str()]);
    writer.expect("writes");
    assert!(matches!(book.try_read(), Err(TryReadError::WouldBlock)));
    let waited = book.read_timeout(Duration::from_millis(20));
    assert!(matches!(waited, Err(ReadTimeoutError::Timeout)));
    let killing = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        writer.kill();
    });
    let (read, took) = timed(|| book.read());
    let Err(ReadError::OwnerDied(mut recovery)) = read else {
        panic!("a reader is told as well: {read:?}");
    };
    assert!(took < SOON, "{took:?}");
    killing.join().unwrap();
    assert_eq!(recovery[0], 7);
    let other = book.clone();
    assert!(matches!(other.try_read(), Err(TryReadError::WouldBlock)));
    recovery[0] = 0;
    let reading = recovery.mark_consistent().downgrade().unwrap();
    assert_eq!(*other.try_read().unwrap(), [0; WORDS]);
    assert!(matches!(other.try_write(), Err(TryLockError::WouldBlock)));
    drop(reading);
    drop(other.try_write().unwrap());
}

#[test]
fn what_is_left_is_passed_on_until_somebody_decides() {
    let name = UniqueName::new("rwlock");
    let room = open(name.as_str());
    let book = room.bind(|desk| &desk.book);
    let mut writer = Actor::start("writes_and_stays", &[name.as_str()]);
    writer.expect("writes");
    writer.kill();
    let Err(TryReadError::OwnerDied(recovery)) = book.try_read() else {
        panic!("the writer is dead");
    };
    drop(recovery);
    assert!(matches!(book.read(), Err(ReadError::OwnerDied(_))));
    let Err(LockError::OwnerDied(recovery)) = book.write() else {
        panic!("nobody has decided");
    };
    recovery.poison();
    assert!(book.is_poisoned());
    assert!(matches!(book.read(), Err(ReadError::Poisoned)));
    assert!(matches!(book.write(), Err(LockError::Poisoned)));
    assert!(matches!(book.try_read(), Err(TryReadError::Poisoned)));
    assert!(matches!(book.try_write(), Err(TryLockError::Poisoned)));
    assert!(book.clear_poison());
    assert!(!book.clear_poison());
    assert!(matches!(book.try_read(), Err(TryReadError::OwnerDied(_))));
    let mut told = 0;
    drop(book.write_or_repair(|value| told = value[0]).unwrap());
    assert_eq!(told, 7);
    assert_eq!(book.read().unwrap()[0], 7);
}

#[test]
fn a_writer_that_dies_waiting_is_not_missed() {
    let name = UniqueName::new("rwlock");
    let room = open(name.as_str());
    let (book, other) = (room.bind(|desk| &desk.book), room.bind(|desk| &desk.book));
    let reading = book.read().unwrap();
    let mut writer = Actor::start("waits_to_write", &[name.as_str()]);
    writer.expect("waits");
    while !room.book.has_writer() {
        std::thread::yield_now();
    }
    // Who has one guard gets another; who comes now waits.
    let again = book.read().unwrap();
    while other.try_read().is_ok() {}
    writer.kill();
    assert!(other.try_read().is_ok());
    drop((reading, again));
    assert!(other.try_write().is_ok());
}

#[test]
fn seats_are_counted_and_come_back() {
    let name = UniqueName::new("rwlock");
    let room = open(name.as_str());
    let mut dead = Actor::start("reads_and_stays", &[name.as_str()]);
    dead.expect("reads");
    let handles: Vec<_> = (0..SEATS).map(|_| room.bind(|desk| &desk.book)).collect();
    for handle in &handles[1..] {
        drop(handle.read().unwrap());
    }
    assert!(matches!(handles[0].read(), Err(ReadError::NoSeat(_))));
    assert!(matches!(
        handles[0].try_write(),
        Err(TryLockError::WouldBlock)
    ));
    dead.kill();
    assert!(handles[0].read().is_ok());
    drop(handles);
    let handle = room.bind(|desk| &desk.book);
    let [one, two] = [handle.read().unwrap(), handle.read().unwrap()];
    drop(one);
    assert!(handle.try_write().is_err());
    drop(two);
    assert!(handle.try_write().is_ok());
}

#[test]
fn workers_are_killed_at_random() {
    let name = UniqueName::new("rwlock");
    let room = open(name.as_str());
    let mut random = Random::new();
    let start = || Actor::start("works_for_ever", &[name.as_str()]);
    let mut workers: Vec<_> = (0..4).map(|_| start()).collect();
    let kills = std::env::var("RINGWAY_TEST_KILLS").map_or(100, |text| text.parse().unwrap());
    for kill in 0..kills {
        std::thread::sleep(Duration::from_micros(random.below(20_000)));
        let victim = random.below(workers.len() as u64) as usize;
        workers.swap_remove(victim).kill();
        workers.push(start());
        let book = room.bind(|desk| &desk.book);
        let seen = match book.read_timeout(SOON) {
            Ok(book) => *book,
            Err(ReadTimeoutError::OwnerDied(mut book)) => {
                *book = [9; WORDS];
                *book.mark_consistent()
            }
            Err(why) => panic!("after {kill} kills: {why}: {book:?}"),
        };
        assert_eq!(seen, [seen[0]; WORDS]);
    }
    for worker in workers {
        worker.kill();
    }
    let book = room.bind(|desk| &desk.book);
    match book.write_timeout(SOON) {
        Ok(_) | Err(LockTimeoutError::OwnerDied(_)) => {}
        Err(why) => panic!("{why}: {book:?}"),
    }
    let torn = room.bind(|desk| &desk.torn);
    assert_eq!(*torn.lock().unwrap(), 0);
}
