//! Goal: however many open and create, and whoever dies meanwhile, they end with one segment.
#![cfg(windows)]

mod common;

use common::*;
use ringway_core::platform::Platform;
use ringway_core::region::Memory;
use ringway_os_windows::{Disposition, Origin, Place, Problem, Request, Segment};
use std::io::{Read, Write};
use std::sync::Barrier;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::thread;
use std::time::Duration;

use Disposition::{CreateNew, CreateOrOpen, OpenExisting};

/// Goes on from `open` as an attacher does: adds one to a counter by reading and writing it, which
/// comes out right only if nobody else does so between `open` and `unlock`.
fn count(segment: &Segment) {
    let counter = word_of(segment).atomic;
    counter.store(counter.load(Relaxed) + 1, Relaxed);
    segment.unlock();
}

/// A named place and a file, each of which is to behave alike.
fn both(label: &str, test: impl Fn(&Place)) {
    test(&place(label));
    test(&Scratch::new(label).place);
}

#[test]
fn created_segment_is_zero_and_of_the_size_asked_for() {
    both("fresh", |place| {
        let (segment, origin) = open(place, CreateNew).unwrap();
        assert_eq!(origin, Origin::Created);
        assert_eq!(segment.memory().len() as u64, LEN);
        for offset in (0..LEN as usize).step_by(4) {
            assert_eq!(word(segment.memory(), offset).atomic.load(Relaxed), 0);
        }
        assert!(segment.is_linked());
    });
}

#[test]
fn small_request_gets_a_page() {
    let mut request = request(&Place::Anonymous, CreateNew);
    request.len = 1;
    let (segment, _) = Segment::open(&request).unwrap();
    assert_eq!(segment.memory().len(), 4096);
}

#[test]
fn longest_name_works() {
    let longest = ringway_os_windows::Name::new(&"x".repeat(247)).unwrap();
    let place = Place::Named(longest);
    let segment = attach(&place);
    let (again, origin) = open(&place, OpenExisting).unwrap();
    assert_eq!(origin, Origin::Existing);
    drop((segment, again));
}

#[test]
fn threads_that_race_end_with_one_segment() {
    const THREADS: usize = 16;
    for round in 0..5 {
        both(&format!("race-{round}"), |place| {
            let start = Barrier::new(THREADS);
            let race = || {
                start.wait();
                let (segment, origin) = open(place, CreateOrOpen).unwrap();
                count(&segment);
                (segment, origin)
            };
            let all: Vec<_> = thread::scope(|scope| {
                let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(race)).collect();
                threads.into_iter().map(|t| t.join().unwrap()).collect()
            });
            let created = |(_, origin): &&(_, Origin)| *origin == Origin::Created;
            assert_eq!(all.iter().filter(created).count(), 1);
            for (segment, _) in &all {
                let counted = word_of(segment).atomic.load(SeqCst);
                assert_eq!(counted as usize, THREADS);
            }
        });
    }
}

#[test]
fn of_many_that_want_a_new_one_exactly_one_gets_it() {
    const THREADS: usize = 8;
    for round in 0..5 {
        both(&format!("new-{round}"), |place| {
            let start = Barrier::new(THREADS);
            let race = || {
                start.wait();
                match open(place, CreateNew) {
                    Ok((segment, Origin::Created)) => {
                        segment.unlock();
                        Some(segment)
                    }
                    Ok((_, Origin::Existing)) => panic!("opened an existing one"),
                    Err(error) => {
                        assert!(matches!(error.problem, Problem::AlreadyExists), "{error}");
                        None
                    }
                }
            };
            // They are kept until all are done: with its last handle the section ends.
            let all: Vec<_> = thread::scope(|scope| {
                let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(race)).collect();
                threads.into_iter().map(|t| t.join().unwrap()).collect()
            });
            assert_eq!(all.iter().flatten().count(), 1);
        });
    }
}

/// Method: four helpers wait for the word go, then open the same name.
#[test]
fn processes_that_race_end_with_one_segment() {
    const HELPERS: u32 = 4;
    if role().is_some() {
        let socket = socket_to_test();
        tell(&socket);
        hear(&socket);
        let (segment, origin) = open(&place_from_test(), CreateOrOpen).unwrap();
        count(&segment);
        let answer = [u8::from(origin == Origin::Created)];
        (&socket).write_all(&answer).unwrap();
        return linger(&socket);
    }
    both("helpers", |place| {
        let test = "processes_that_race_end_with_one_segment";
        let helpers: Vec<_> = (0..HELPERS)
            .map(|_| Helper::start(test, "racer", place))
            .collect();
        helpers.iter().for_each(|helper| hear(&helper.socket));
        helpers.iter().for_each(|helper| tell(&helper.socket));
        let mut created = 0;
        for helper in &helpers {
            let mut answer = [0];
            (&helper.socket).read_exact(&mut answer).unwrap();
            created += u32::from(answer[0]);
        }
        assert_eq!(created, 1);
        let (segment, _) = open(place, OpenExisting).unwrap();
        assert_eq!(word_of(&segment).atomic.load(SeqCst), HELPERS);
    });
}

/// Method: openers and removers go round in circles. Allowed outcome: everyone always gets a
/// segment that is linked.
#[test]
fn remover_and_opener_never_meet_in_a_removed_segment() {
    both("churn", |place| {
        thread::scope(|scope| {
            for remover in [true, true, false, false] {
                scope.spawn(move || {
                    for _ in 0..50 {
                        let (segment, _) = open(place, CreateOrOpen).unwrap();
                        assert!(segment.is_linked());
                        if remover {
                            segment.unlink().unwrap();
                            assert!(!segment.is_linked());
                        }
                        segment.unlock();
                    }
                });
            }
        });
    });
}

/// What nobody uses, but somebody has a handle for, does not keep the name: the next segment is a new
/// one, of any size, and all who come later find that one.
#[test]
fn segment_is_replaced_while_the_old_one_is_open() {
    both("newer", |place| {
        let old = attach(place);
        word_of(&old).atomic.store(7, SeqCst);
        old.unlink().unwrap();
        let larger = Request {
            len: 8 * LEN,
            ..request(place, CreateOrOpen)
        };
        let (new, origin) = Segment::open(&larger).unwrap();
        new.unlock();
        assert_eq!(origin, Origin::Created);
        assert_eq!(new.memory().len() as u64, 8 * LEN);
        assert_eq!(word_of(&new).atomic.load(SeqCst), 0);
        old.unlink().unwrap();
        assert!(new.is_linked() && !old.is_linked());
        word_of(&new).atomic.store(8, SeqCst);
        drop(old);
        let (third, origin) = open(place, CreateOrOpen).unwrap();
        assert_eq!(origin, Origin::Existing);
        assert_eq!(word_of(&third).atomic.load(SeqCst), 8);
    });
    let anonymous = attach(&Place::Anonymous);
    anonymous.unlink().unwrap();
    assert!(!anonymous.is_linked());
}

#[test]
fn named_segment_ends_with_its_last_user() {
    let place = place("ends");
    let (one, two) = (attach(&place), attach(&place));
    word_of(&one).atomic.store(1, SeqCst);
    drop(one);
    let missing = |place: &Place| match open(place, OpenExisting) {
        Ok((segment, _)) => word_of(&segment).atomic.load(SeqCst) != 1,
        Err(error) => matches!(error.problem, Problem::NotFound),
    };
    assert!(!missing(&place));
    drop(two);
    assert!(missing(&place));
}

/// Method: a helper opens and never unlocks; it is killed.
#[test]
fn lock_dies_with_its_holder_and_waiting_for_a_living_one_ends() {
    if role().is_some() {
        let _segment = open(&place_from_test(), CreateOrOpen).unwrap();
        let socket = socket_to_test();
        tell(&socket);
        return linger(&socket);
    }
    both("holder", |place| {
        let test = "lock_dies_with_its_holder_and_waiting_for_a_living_one_ends";
        let mut helper = Helper::start(test, "holder", place);
        hear(&helper.socket);
        let impatient = Request {
            lock_timeout: Duration::from_millis(20),
            ..request(place, CreateOrOpen)
        };
        let error = Segment::open(&impatient).unwrap_err();
        let Problem::LockTimeout { waited } = error.problem else {
            panic!("{error}");
        };
        assert!(waited >= impatient.lock_timeout);
        helper.kill();
        let (segment, _) = open(place, CreateOrOpen).unwrap();
        segment.unlock();
        segment.lock().unwrap();
        // Not even the same thread gets it twice.
        assert!(Segment::open(&impatient).is_err());
        // And any thread can give it back.
        thread::scope(|scope| scope.spawn(|| segment.unlock()).join().unwrap());
        Segment::open(&request(place, OpenExisting)).unwrap();
    });
}

/// Method: a helper waits its turn behind one that holds the lock, and is killed in the queue.
#[test]
fn death_in_the_queue_keeps_nobody_out() {
    if role().is_some() {
        tell(&socket_to_test());
        let _ = open(&place_from_test(), CreateOrOpen);
        return;
    }
    let place = place("queue");
    let (segment, _) = open(&place, CreateOrOpen).unwrap();
    for _ in 0..5 {
        let mut helper = Helper::start("death_in_the_queue_keeps_nobody_out", "waits", &place);
        hear(&helper.socket);
        helper.kill();
    }
    segment.unlock();
    open(&place, OpenExisting).unwrap();
}

#[test]
fn file_keeps_what_was_written_and_goes_when_it_is_removed() {
    let scratch = Scratch::new("keeps");
    let (segment, origin) = open(&scratch.place, CreateOrOpen).unwrap();
    assert_eq!(origin, Origin::Created);
    word_of(&segment).atomic.store(42, SeqCst);
    drop(segment);
    let (segment, origin) = open(&scratch.place, OpenExisting).unwrap();
    assert_eq!(origin, Origin::Existing);
    assert_eq!(word_of(&segment).atomic.load(SeqCst), 42);
    segment.unlock();
    let other = attach(&scratch.place);
    segment.unlink().unwrap();
    assert!(!scratch.path.exists());
    drop(segment);
    drop(other);
    assert_eq!(scratch.files(), 0);
}

/// What a creator leaves that is killed right after it made the file.
#[test]
fn empty_leftover_counts_as_nothing() {
    for disposition in [CreateNew, CreateOrOpen] {
        let scratch = Scratch::new(&format!("empty-{disposition:?}"));
        std::fs::write(&scratch.path, []).unwrap();
        let missing = open(&scratch.place, OpenExisting).unwrap_err();
        assert!(matches!(missing.problem, Problem::NotFound), "{missing}");
        let (segment, origin) = open(&scratch.place, disposition).unwrap();
        assert_eq!(origin, Origin::Created);
        assert_eq!(segment.memory().len() as u64, LEN);
    }
}
