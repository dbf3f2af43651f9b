//! Goal: the segments of macOS keep the promises of all adapters: one for many who race, handed over
//! by a descriptor, deaths seen at once, nothing left behind. On Linux they stand on the double.
#![cfg(any(target_os = "macos", target_os = "linux"))]

// The helpers of the other Unix adapter's tests, for this one.
extern crate ringway_os_macos as ringway_os_linux;
#[path = "../../os-linux/tests/common/mod.rs"]
mod common;

use common::*;
use ringway_core::liveness::Liveness;
use ringway_core::platform::Platform;
use ringway_core::region::Memory;
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use ringway_os_macos::handover::{receive_handle, send_handle};
use ringway_os_macos::{
    Disposition, Name, Origin, Place, Problem, Segment, inspect, list, remove_debris,
};
use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::Duration;

use Disposition::{CreateNew, CreateOrOpen, OpenExisting};

/// A word behind the wait slots.
const WORD: usize = 4608;

/// What sizes are multiples of.
const PAGE: usize = 16 * 1024;

/// A name of this test's own, removed again.
struct Unique(Place);

impl Unique {
    fn new(label: &str) -> Self {
        let name = format!("macos-{}-{label}", std::process::id());
        Unique(Place::try_from(name.as_str()).unwrap())
    }

    fn name(&self) -> &Name {
        match &self.0 {
            Place::Named(name) => name,
            other => panic!("{other}"),
        }
    }

    fn is_listed(&self) -> Option<u64> {
        let all = list().unwrap();
        all.iter()
            .find(|found| found.name == *self.name())
            .map(|found| found.len)
    }
}

impl Drop for Unique {
    fn drop(&mut self) {
        if let Ok((segment, _)) = open(&self.0, OpenExisting) {
            let _ = segment.unlink();
        }
        let _ = remove_debris(&self.0, true, LONG);
    }
}

fn problem(place: &Place, disposition: Disposition) -> Problem {
    open(place, disposition).unwrap_err().problem
}

#[test]
fn named_segment_is_made_found_listed_and_removed() {
    let unique = Unique::new("named");
    assert!(matches!(
        problem(&unique.0, OpenExisting),
        Problem::NotFound
    ));
    let (segment, origin) = open(&unique.0, CreateNew).unwrap();
    assert_eq!((origin, segment.memory().len()), (Origin::Created, PAGE));
    assert_eq!(unique.is_listed(), Some(PAGE as u64));
    word_of(&segment).atomic.store(7, SeqCst);
    segment.unlock();
    assert!(matches!(
        problem(&unique.0, CreateNew),
        Problem::AlreadyExists
    ));
    let (other, origin) = open(&unique.0, CreateOrOpen).unwrap();
    assert_eq!(
        (origin, word_of(&other).atomic.load(SeqCst)),
        (Origin::Existing, 7)
    );
    other.unlink().unwrap();
    assert!(!segment.is_linked() && !other.is_linked());
    assert_eq!(unique.is_listed(), None);
    other.unlock();
    let (new, origin) = open(&unique.0, CreateOrOpen).unwrap();
    assert_eq!(
        (origin, word_of(&new).atomic.load(SeqCst)),
        (Origin::Created, 0)
    );
    // The old one may not take the new one's name away.
    segment.unlink().unwrap();
    assert!(new.is_linked());
}

#[test]
fn many_that_race_end_with_one_segment() {
    const THREADS: usize = 8;
    for round in 0..10 {
        let unique = Unique::new(&format!("race-{round}"));
        let place = &unique.0;
        let race = || {
            let (segment, origin) = open(place, CreateOrOpen).unwrap();
            let counter = word_of(&segment).atomic;
            counter.store(counter.load(SeqCst) + 1, SeqCst);
            segment.unlock();
            (segment, origin)
        };
        let all: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(race)).collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let created = all.iter().filter(|(_, origin)| *origin == Origin::Created);
        assert_eq!(created.count(), 1);
        assert_eq!(word_of(&all[0].0).atomic.load(SeqCst) as usize, THREADS);
    }
}

#[test]
fn openers_and_removers_never_meet_in_a_removed_segment() {
    let unique = Unique::new("churn");
    thread::scope(|scope| {
        for remover in [true, true, false, false] {
            let place = &unique.0;
            scope.spawn(move || {
                for _ in 0..100 {
                    let (segment, _) = open(place, CreateOrOpen).unwrap();
                    assert!(segment.is_linked());
                    if remover {
                        segment.unlink().unwrap();
                    }
                    segment.unlock();
                }
            });
        }
    });
}

/// A forked child has neither the bytes nor anything to drop.
#[test]
fn forked_child_has_no_mapping() {
    let segment = attach(&Place::Anonymous);
    let peer = segment.me();
    // SAFETY: the child takes no lock that another thread could hold, and ends by `_exit`.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let is_mapped = segment.is_mapped_here();
        drop(segment);
        // SAFETY: ends the child without running anything of the parent's.
        unsafe { libc::_exit(is_mapped.into()) }
    }
    let mut status = 0;
    // SAFETY: waits for our own child and writes to a local variable.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0);
    assert!(segment.is_mapped_here() && segment.is_alive(peer));
    word_of(&segment).atomic.store(1, SeqCst);
}

#[test]
fn handed_over_segment_is_shared_and_its_receivers_death_shows() {
    let test = "handed_over_segment_is_shared_and_its_receivers_death_shows";
    if role().is_some() {
        let socket = socket_to_test();
        let place = Place::Handle(receive_handle(&socket).unwrap());
        let (segment, origin) = open(&place, CreateOrOpen).unwrap();
        segment.unlock();
        assert_eq!(origin, Origin::Existing);
        word_of(&segment).atomic.store(7, SeqCst);
        send_peer(&socket, segment.me());
        return linger(&socket);
    }
    let segment = attach(&Place::Anonymous);
    let mut helper = Helper::start(test, "receiver", &Place::Anonymous);
    send_handle(&helper.socket, segment.handle().unwrap()).unwrap();
    let peer = receive_peer(&helper.socket);
    assert_eq!(word_of(&segment).atomic.load(SeqCst), 7);
    assert!(segment.is_alive(peer));
    helper.kill();
    assert!(!segment.is_alive(peer));
}

#[test]
fn handle_of_something_else_is_refused() {
    let file = std::env::temp_dir().join(format!("ringway-foreign-{}", std::process::id()));
    std::fs::write(&file, [0; 2 * PAGE]).unwrap();
    let handle = OwnedFd::from(std::fs::File::open(&file).unwrap());
    let foreign = problem(&Place::Handle(handle), OpenExisting);
    assert!(matches!(foreign, Problem::NotASegment { .. }), "{foreign}");
    std::fs::remove_file(&file).unwrap();
}

/// Its lock file goes with the last who leaves properly; a handle alone is no segment then.
#[test]
fn retired_anonymous_segment_cannot_be_opened() {
    let segment = attach(&Place::Anonymous);
    let copy = || Place::Handle(segment.handle().unwrap().try_clone_to_owned().unwrap());
    assert_eq!(attach(&copy()).memory().len(), PAGE);
    let seen = inspect(&copy()).unwrap();
    assert!(seen.is_alive(segment.me()));
    segment.lock().unwrap();
    segment.unlink().unwrap();
    segment.unlock();
    let retired = problem(&copy(), OpenExisting);
    assert!(matches!(retired, Problem::Attach(_)), "{retired}");
}

#[test]
fn look_shows_what_was_written_and_changes_nothing() {
    let unique = Unique::new("look");
    let segment = attach(&unique.0);
    word_of(&segment).atomic.store(5, SeqCst);
    let seen = inspect(&unique.0).unwrap();
    assert_eq!(word(&seen, 0).atomic.load(SeqCst), 5);
    word(&seen, 0).atomic.store(9, SeqCst);
    assert_eq!(word_of(&segment).atomic.load(SeqCst), 5);
    assert!(seen.is_alive(segment.me()));
}

/// Method: two threads of two mappings hand a word back and forth. Allowed outcome: never does one of
/// them sleep to its deadline.
#[test]
fn ping_pong_loses_no_wake_up() {
    const ROUNDS: u32 = 2000;
    let unique = Unique::new("ping");
    let (here, there) = (attach_built(&unique.0), attach_built(&unique.0));
    let play = |segment: &Segment, mine: u32| {
        let word = word_of(segment);
        for round in 0..ROUNDS {
            let turn = 2 * round + mine;
            wait_until(segment, word, turn);
            word.atomic.store(turn + 1, SeqCst);
            segment.wake(word, 1);
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| play(&there, 1));
        play(&here, 0);
    });
    assert_eq!(word_of(&here).atomic.load(SeqCst), 2 * ROUNDS);
}

fn wait_until(segment: &Segment, word: Word<'_>, value: u32) {
    let deadline = Some(segment.now().after(LONG));
    loop {
        let found = word.atomic.load(SeqCst);
        if found == value {
            return;
        }
        assert_eq!(segment.wait(word, found, deadline), WaitResult::Woken);
    }
}

#[test]
fn wakes_another_process() {
    if role().is_some() {
        let segment = attach_built(&place_from_test());
        tell(&socket_to_test());
        return wait_until(&segment, word_of(&segment), 1);
    }
    let unique = Unique::new("processes");
    let segment = attach_built(&unique.0);
    let helper = Helper::start("wakes_another_process", "sleeper", &unique.0);
    hear(&helper.socket);
    // Whether it sleeps by now or not.
    word_of(&segment).atomic.store(1, SeqCst);
    segment.wake(word_of(&segment), u32::MAX);
    helper.succeeds();
}

#[test]
fn deadlines_are_kept_and_never_early() {
    let segment = attach(&Place::Anonymous);
    let word = word_of(&segment);
    for span in [
        Duration::ZERO,
        Duration::from_nanos(1),
        Duration::from_millis(20),
    ] {
        let deadline = segment.now().after(span);
        // A return before it is allowed, but not to call it a time-out.
        let mut result = WaitResult::Woken;
        while result == WaitResult::Woken {
            result = segment.wait(word, 0, Some(deadline));
        }
        assert_eq!(result, WaitResult::TimedOut);
        assert!(segment.now() >= deadline);
    }
    assert_eq!(
        segment.wait(word, 1, Some(Nanos(u64::MAX))),
        WaitResult::Woken
    );
    assert_eq!(segment.wait(word, 1, None), WaitResult::Woken);
}

/// Above macOS 14.4 nobody is told: there deaths are found out by asking.
#[test]
fn a_sleeper_in_a_wait_slot_is_told_of_a_death() {
    let test = "a_sleeper_in_a_wait_slot_is_told_of_a_death";
    if role().is_some() {
        let segment = attach_built(&place_from_test());
        send_peer(&socket_to_test(), segment.me());
        return linger(&socket_to_test());
    }
    if !is_before_14_4() {
        return;
    }
    let unique = Unique::new("told");
    let segment = attach_built(&unique.0);
    let [mut one, other] = [(); 2].map(|()| Helper::start(test, "", &unique.0));
    let [peer, survivor] = [&one, &other].map(|helper| receive_peer(&helper.socket));
    assert!(segment.is_alive(peer) && segment.is_alive(survivor));
    let sleep = |span| {
        let deadline = Some(segment.now().after(span));
        segment.wait(word(segment.memory(), WORD), 0, deadline)
    };
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| {
            loop {
                // Once in a while a sleep ends by itself.
                match sleep(LONG) {
                    WaitResult::Woken => {}
                    other => return other,
                }
            }
        });
        one.kill();
        assert_eq!(sleeper.join().unwrap(), WaitResult::Died);
    });
    assert!(!segment.is_alive(peer) && segment.is_alive(survivor));
    // It is said once.
    assert_eq!(sleep(Duration::from_millis(1)), WaitResult::TimedOut);
}

/// Which macOS the double plays; see there.
const VERSION: &str = "RINGWAY_DOUBLE_OF";

fn is_before_14_4() -> bool {
    std::env::var(VERSION).is_ok_and(|version| version == "11")
}

/// Goal: the same on a system that has no public calls to sleep on an address. Method: all tests of
/// this program once more, where the double has none, or only private ones.
#[test]
#[cfg(target_os = "linux")]
fn all_of_it_before_macos_14_4() {
    for version in ["11", "11+ulock"] {
        let mut all = std::process::Command::new(std::env::current_exe().unwrap());
        all.args(["--skip", "all_of_it"]).env(VERSION, version);
        let output = all.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{version}: {text}");
        assert!(text.contains("a_sleeper_in_a_wait_slot"), "it ran: {text}");
    }
}

#[test]
fn killed_creators_leave_nothing_in_the_way() {
    if role().is_some() {
        let _open = open(&place_from_test(), CreateOrOpen).unwrap();
        tell(&socket_to_test());
        return linger(&socket_to_test());
    }
    let unique = Unique::new("killed");
    let mut helper = Helper::start("killed_creators_leave_nothing_in_the_way", "", &unique.0);
    hear(&helper.socket);
    helper.kill();
    let (segment, origin) = open(&unique.0, CreateOrOpen).unwrap();
    assert_eq!(origin, Origin::Existing);
    segment.unlink().unwrap();
}
