//! Goal: however many open and create, and whoever dies meanwhile, they end with one segment.
#![cfg(target_os = "linux")]

mod common;

use common::*;
use ringway_core::platform::Platform;
use ringway_core::region::Memory;
use ringway_os_linux::{Disposition, Origin, Place, Problem, Request, Segment};
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
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

#[test]
fn created_segment_is_zero_reserved_and_private() {
    let scratch = Scratch::new("fresh");
    let (segment, origin) = open(&scratch.place, CreateNew).unwrap();
    assert_eq!(origin, Origin::Created);
    assert_eq!(segment.memory().len() as u64, LEN);
    let file = fs::metadata(&scratch.path).unwrap();
    assert_eq!((file.len(), file.mode() & 0o7777), (LEN, 0o600));
    assert!(file.blocks() * 512 >= LEN);
    let bytes = fs::read(&scratch.path).unwrap();
    assert!(bytes.iter().all(|byte| *byte == 0));
}

#[test]
fn small_request_gets_a_page() {
    let mut request = request(&Place::Anonymous, CreateNew);
    request.len = 1;
    let (segment, _) = Segment::open(&request).unwrap();
    assert_eq!(segment.memory().len(), 4096);
}

#[test]
fn threads_that_race_end_with_one_segment() {
    const THREADS: usize = 16;
    const ROUNDS: usize = 20;
    for round in 0..ROUNDS {
        let scratch = Scratch::new(&format!("race-{round}"));
        let start = Barrier::new(THREADS);
        let race = || {
            start.wait();
            let (segment, origin) = open(&scratch.place, CreateOrOpen).unwrap();
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
    }
}

#[test]
fn of_many_that_want_a_new_one_exactly_one_gets_it() {
    const THREADS: usize = 8;
    for round in 0..20 {
        let scratch = Scratch::new(&format!("new-{round}"));
        let start = Barrier::new(THREADS);
        let race = || {
            start.wait();
            match open(&scratch.place, CreateNew) {
                Ok((segment, Origin::Created)) => Some(segment),
                Ok((_, Origin::Existing)) => panic!("opened an existing one"),
                Err(error) => {
                    assert!(matches!(error.problem, Problem::AlreadyExists), "{error}");
                    None
                }
            }
        };
        let winners = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(race)).collect();
            let all: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
            all.iter().flatten().count()
        });
        assert_eq!(winners, 1);
    }
}

/// Method: six helpers wait for the word go, then open the same name.
#[test]
fn processes_that_race_end_with_one_segment() {
    const HELPERS: u32 = 6;
    if role().is_some() {
        let socket = socket_to_test();
        tell(&socket);
        hear(&socket);
        let (segment, origin) = open(&place_from_test(), CreateOrOpen).unwrap();
        count(&segment);
        let answer = [u8::from(origin == Origin::Created)];
        std::io::Write::write_all(&mut &socket, &answer).unwrap();
        return linger(&socket);
    }
    let scratch = Scratch::new("helpers");
    let test = "processes_that_race_end_with_one_segment";
    let helpers: Vec<_> = (0..HELPERS)
        .map(|_| Helper::start(test, "racer", &scratch.place))
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
    let (segment, _) = open(&scratch.place, OpenExisting).unwrap();
    assert_eq!(word_of(&segment).atomic.load(SeqCst), HELPERS);
}

/// Method: openers and removers go round in circles. Allowed outcome: everyone always gets a
/// segment that is linked, and the counter of each segment ends at its number of openers.
#[test]
fn remover_and_opener_never_meet_in_a_removed_segment() {
    let scratch = Scratch::new("churn");
    thread::scope(|scope| {
        for remover in [true, true, false, false] {
            let place = &scratch.place;
            scope.spawn(move || {
                for _ in 0..200 {
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
}

#[test]
fn unlink_spares_a_newer_segment() {
    let scratch = Scratch::new("newer");
    let old = attach(&scratch.place);
    old.unlink().unwrap();
    let new = attach(&scratch.place);
    old.unlink().unwrap();
    assert!(new.is_linked() && !old.is_linked());
    let anonymous = attach(&Place::Anonymous);
    anonymous.unlink().unwrap();
    assert!(!anonymous.is_linked());
}

/// Method: a helper opens and never unlocks; it is killed.
#[test]
fn lock_dies_with_its_holder_and_waiting_for_a_living_one_ends() {
    if role().is_some() {
        let _segment = open(&place_from_test(), CreateOrOpen).unwrap();
        tell(&socket_to_test());
        return linger(&socket_to_test());
    }
    let scratch = Scratch::new("holder");
    let test = "lock_dies_with_its_holder_and_waiting_for_a_living_one_ends";
    let mut helper = Helper::start(test, "holder", &scratch.place);
    hear(&helper.socket);
    let impatient = Request {
        lock_timeout: Duration::from_millis(20),
        ..request(&scratch.place, CreateOrOpen)
    };
    let error = Segment::open(&impatient).unwrap_err();
    let Problem::LockTimeout { waited } = error.problem else {
        panic!("{error}");
    };
    assert!(waited >= impatient.lock_timeout);
    helper.kill();
    let (segment, origin) = open(&scratch.place, CreateOrOpen).unwrap();
    assert_eq!(origin, Origin::Existing);
    segment.unlock();
    segment.lock().unwrap();
    assert!(Segment::open(&impatient).is_err());
}

/// What a creator leaves that is killed right after it made the name.
#[test]
fn empty_leftover_counts_as_nothing() {
    for disposition in [CreateNew, CreateOrOpen] {
        let scratch = Scratch::new(&format!("empty-{disposition:?}"));
        fs::write(&scratch.path, []).unwrap();
        let missing = open(&scratch.place, OpenExisting).unwrap_err();
        assert!(matches!(missing.problem, Problem::NotFound), "{missing}");
        let (segment, origin) = open(&scratch.place, disposition).unwrap();
        assert_eq!(origin, Origin::Created);
        assert_eq!(segment.memory().len() as u64, LEN);
        let mode = fs::metadata(&scratch.path).unwrap().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }
}

/// The umask belongs to the whole process, so a helper sets it.
#[test]
fn mode_is_exact_whatever_the_umask() {
    let scratch = Scratch::new("umask");
    if role().is_some() {
        // SAFETY: takes a number.
        unsafe { libc::umask(0o077) };
        let place = place_from_test();
        let mut request = request(&place, CreateNew);
        request.mode = Some(0o666);
        Segment::open(&request).unwrap();
        return;
    }
    Helper::start("mode_is_exact_whatever_the_umask", "", &scratch.place).succeeds();
    let mode = fs::metadata(&scratch.path).unwrap().mode();
    assert_eq!(mode & 0o7777, 0o666);
}

#[test]
fn file_keeps_what_was_written() {
    let path = std::env::temp_dir().join(format!("ringway-test-{}", std::process::id()));
    let place = Place::from(path.as_path());
    let (segment, origin) = open(&place, CreateOrOpen).unwrap();
    assert_eq!(origin, Origin::Created);
    word_of(&segment).atomic.store(42, SeqCst);
    drop(segment);
    let (segment, origin) = open(&place, OpenExisting).unwrap();
    assert_eq!(origin, Origin::Existing);
    assert_eq!(word_of(&segment).atomic.load(SeqCst), 42);
    segment.unlink().unwrap();
    assert!(!path.exists());
}
