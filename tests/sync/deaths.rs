//! What others are told when a process dies with something.

use super::objects::open;
use ringway_core::handle::{LockError, TryLockError, TryReadError};
use ringway_testkit::{Actor, UniqueName, arg, report};
use std::time::{Duration, Instant};

/// The news of a death takes up to 300 ms; the rest is for a busy machine.
const SOON: Duration = Duration::from_millis(1000);

/// Arguments: name, what. Holds it until it is killed.
pub(crate) fn dies_with() {
    let objects = open(&arg::<String>(0));
    let mutex = objects.bind(|objects| &objects.mutex);
    let permits = objects.bind(|objects| &objects.permits);
    let lock = objects.bind(|objects| &objects.lock);
    let what = arg::<String>(1);
    let _held = (what == "mutex").then(|| mutex.lock().unwrap());
    let _permit = (what == "permit").then(|| permits.acquire().unwrap());
    let _reads = (what == "reader").then(|| lock.read().unwrap());
    let _writes = (what == "writer").then(|| lock.write().unwrap());
    report("there");
    loop {
        std::thread::park();
    }
}

fn have_die(name: &UniqueName, what: &str) {
    let mut holder = Actor::start("dies_with", &[name.as_str(), what]);
    holder.expect("there");
    holder.kill();
}

#[test]
fn the_next_holder_of_a_mutex_is_told_and_repairs() {
    let name = UniqueName::new("repair");
    let objects = open(name.as_str());
    let mutex = objects.bind(|objects| &objects.mutex);
    have_die(&name, "mutex");
    let Err(LockError::OwnerDied(mut recovery)) = mutex.lock() else {
        panic!("the holder died");
    };
    *recovery = 7;
    assert_eq!(*recovery.mark_consistent(), 7);
    assert_eq!(*mutex.lock().unwrap(), 7);
}

#[test]
fn a_mutex_that_is_given_up_stays_poisoned_for_everybody() {
    let name = UniqueName::new("poison");
    let objects = open(name.as_str());
    let mutex = objects.bind(|objects| &objects.mutex);
    have_die(&name, "mutex");
    let Err(TryLockError::OwnerDied(recovery)) = mutex.try_lock() else {
        panic!("the holder died");
    };
    recovery.poison();
    let other = open(name.as_str());
    let other = other.bind(|objects| &objects.mutex);
    assert!(matches!(other.lock(), Err(LockError::Poisoned)));
    assert!(other.lock_or_repair(|_| panic!("it is given up")).is_err());
    assert!(other.clear_poison());
    assert!(!other.clear_poison());
    assert!(matches!(mutex.lock(), Err(LockError::OwnerDied(_))));
    drop(mutex.lock_or_repair(|_| ()).unwrap());
    assert!(other.lock().is_ok());
}

#[test]
fn who_does_not_decide_leaves_it_to_the_next() {
    let name = UniqueName::new("undecided");
    let objects = open(name.as_str());
    let mutex = objects.bind(|objects| &objects.mutex);
    have_die(&name, "mutex");
    let message = mutex.lock().unwrap_err().to_string();
    assert!(message.contains("mark_consistent"), "{message}");
    assert!(matches!(mutex.try_lock(), Err(TryLockError::OwnerDied(_))));
    let Err(LockError::OwnerDied(recovery)) = mutex.lock() else {
        panic!("nobody has decided");
    };
    drop(recovery.mark_consistent());
    assert!(mutex.lock().is_ok());
}

#[test]
fn who_waits_for_a_dead_one_learns_it_soon() {
    for (what, wait) in [
        ("mutex", "lock"),
        ("permit", "acquire"),
        ("reader", "write"),
        ("writer", "read"),
        ("writer", "write"),
    ] {
        let name = UniqueName::new("news");
        let objects = open(name.as_str());
        let mut holder = Actor::start("dies_with", &[name.as_str(), what]);
        holder.expect("there");
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let mutex = objects.bind(|objects| &objects.mutex);
                let permits = objects.bind(|objects| &objects.permits);
                let lock = objects.bind(|objects| &objects.lock);
                match wait {
                    "lock" => assert!(matches!(mutex.lock(), Err(LockError::OwnerDied(_)))),
                    "acquire" => drop(permits.acquire().unwrap()),
                    "write" if what == "reader" => drop(lock.write().unwrap()),
                    "write" => assert!(matches!(lock.write(), Err(LockError::OwnerDied(_)))),
                    _ => assert!(lock.read().is_err()),
                }
            });
            std::thread::sleep(Duration::from_millis(50));
            assert!(!waiter.is_finished(), "{wait}: there is one who lives");
            holder.kill();
            let start = Instant::now();
            waiter.join().unwrap();
            let took = start.elapsed();
            println!("who waits with {wait} for a dead {what} knows it after {took:?}");
            assert!(took < SOON, "{wait}: {took:?}");
        });
    }
}

#[test]
fn a_lock_of_a_dead_writer_is_told_to_readers() {
    let name = UniqueName::new("writer");
    let objects = open(name.as_str());
    let lock = objects.bind(|objects| &objects.lock);
    have_die(&name, "writer");
    let Err(TryReadError::OwnerDied(recovery)) = lock.try_read() else {
        panic!("the writer died");
    };
    drop(recovery);
    let Err(TryReadError::OwnerDied(recovery)) = lock.try_read() else {
        panic!("nobody has decided");
    };
    recovery.poison();
    assert!(matches!(lock.try_read(), Err(TryReadError::Poisoned)));
    assert!(lock.clear_poison());
    drop(lock.write_or_repair(|_| ()).unwrap());
    assert!(lock.try_read().is_ok());
}

#[test]
fn a_reader_that_dies_is_no_loss() {
    let name = UniqueName::new("reader");
    let objects = open(name.as_str());
    let lock = objects.bind(|objects| &objects.lock);
    have_die(&name, "reader");
    assert!(lock.try_write().is_ok());
    assert!(lock.try_read().is_ok());
}
