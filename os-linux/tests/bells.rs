//! Goal: wait slots have FIFOs by which wakers reach them, and nothing of that is left behind.
#![cfg(target_os = "linux")]

mod common;

use common::*;
use ringway_core::platform::Platform;
use ringway_core::wait::parking::{Bells, Lot, Slept};
use ringway_core::wait::{Wait, WaitResult};
use ringway_os_linux::{Place, Problem, Segment};
use std::path::PathBuf;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

/// Behind the wait slots.
const WORD: usize = 4608;

fn lot(segment: &Segment) -> &Lot {
    Lot::of(segment.memory()).expect("it is long enough")
}

/// The FIFO of a wait slot, as others work it out.
fn path(segment: &Segment, slot: u32) -> PathBuf {
    let [low, high] = [16, 20].map(|at| word(segment.memory(), at).atomic.load(SeqCst));
    PathBuf::from(format!("/dev/shm/ringway-bell.{high:08x}{low:08x}.{slot}"))
}

#[test]
fn who_is_armed_in_a_wait_slot_is_rung_by_a_wake_of_its_word() {
    let scratch = Scratch::new("bells-rung");
    let (waker, owner) = (attach_built(&scratch.place), attach_built(&scratch.place));
    let slot = lot(&owner).claim(&*owner, 0).expect("all are free");
    let bell = owner.open_bell(slot).unwrap().expect("it is built");
    for count in [1, u32::MAX] {
        lot(&owner).arm(slot, WORD);
        assert!(!waker.wake(word(waker.memory(), WORD + 4), count));
        assert!(!bell.drain());
        assert!(waker.wake(word(waker.memory(), WORD), count));
        assert!(bell.drain() && lot(&owner).disarm(slot));
        assert!(!waker.wake(word(waker.memory(), WORD), count));
    }
    lot(&owner).release(slot);
}

/// Goal: a waker that is quicker than the sleeper's first look for its bell loses nothing.
/// Method: it rings when the slot is armed, and there is no FIFO yet, or nobody at it.
#[test]
fn a_ring_before_there_is_a_bell_is_not_slept_through() {
    for left_over in [false, true] {
        let segment = attach_built(&Place::Anonymous);
        let slot = lot(&segment).claim(&*segment, 0).expect("all are free");
        if left_over {
            drop(segment.open_bell(slot).unwrap());
        }
        lot(&segment).arm(slot, WORD);
        assert_eq!(segment.ring(slot, 0), left_over);
        assert_eq!(segment.sleep(slot, None), Slept::Rung);
        lot(&segment).disarm(slot);
    }
}

#[test]
fn bells_go_with_their_segment() {
    let scratch = Scratch::new("bells-gone");
    let segment = attach_built(&scratch.place);
    let slot = lot(&segment).claim(&*segment, 0).expect("all are free");
    lot(&segment).arm(slot, WORD);
    let deadline = Wait::now(&*segment).after(Duration::from_millis(1));
    assert_eq!(segment.sleep(slot, None), Slept::Rung, "look once more");
    // By way of the bell that it keeps.
    assert_eq!(segment.sleep(slot, Some(deadline)), Slept::TimedOut);
    let path = path(&segment, slot);
    assert!(path.exists());
    lot(&segment).disarm(slot);
    drop(segment);
    assert!(!path.exists());
}

#[test]
fn a_bell_that_somebody_removed_is_made_anew() {
    let segment = attach_built(&Place::Anonymous);
    let slot = lot(&segment).claim(&*segment, 0).expect("all are free");
    lot(&segment).arm(slot, WORD);
    let sleep = || {
        let deadline = Wait::now(&*segment).after(Duration::from_millis(1));
        segment.sleep(slot, Some(deadline))
    };
    assert_eq!([sleep(), sleep()], [Slept::Rung, Slept::TimedOut]);
    std::fs::remove_file(path(&segment, slot)).unwrap();
    // One sleep finds out, the next is heard of again.
    let outcomes = [sleep(), sleep(), sleep()];
    assert_eq!(outcomes, [Slept::TimedOut, Slept::Rung, Slept::TimedOut]);
    assert!(segment.ring(slot, 0));
    assert_eq!(segment.sleep(slot, None), Slept::Rung);
}

#[test]
fn no_bell_before_the_segment_is_built() {
    let segment = attach(&Place::Anonymous);
    assert!(segment.open_bell(0).unwrap().is_none());
    assert_eq!(segment.sleep(0, None), Slept::NoBell);
    assert!(!segment.ring(0, 0));
    // Nobody knows where to find a sleeper, who looks again and again.
    let word = word(segment.memory(), WORD);
    let wait = || segment.wait(word, 0, Some(Wait::now(&segment).after(LONG)));
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            while word.atomic.load(SeqCst) == 0 {
                assert_eq!(wait(), WaitResult::Woken);
            }
        });
        word.atomic.store(1, SeqCst);
        segment.wake(word, 1);
        waiter.join().unwrap();
    });
}

#[test]
fn what_has_the_name_of_a_bell_is_an_error_and_no_bell() {
    let segment = attach_built(&Place::Anonymous);
    let path = path(&segment, 5);
    std::fs::write(&path, "").unwrap();
    let problem = segment.open_bell(5).unwrap_err();
    assert!(matches!(problem, Problem::NotABell { .. }));
    assert!(problem.to_string().contains(path.to_str().unwrap()));
    assert_eq!(segment.sleep(5, None), Slept::NoBell);
    assert!(!segment.ring(5, 0));
    assert_eq!(std::fs::read(&path).unwrap(), b"");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn what_a_dead_process_left_is_swept() {
    if role().is_some() {
        let segment = attach_built(&place_from_test());
        let slot = lot(&segment).claim(&*segment, 0).expect("some are free");
        lot(&segment).arm(slot, WORD);
        // The first sleep says to look once more.
        let _ = [(); 2].map(|()| segment.sleep(slot, None));
        return;
    }
    let scratch = Scratch::new("bells-swept");
    let segment = attach_built(&scratch.place);
    let mut helper = Helper::start(
        "what_a_dead_process_left_is_swept",
        "sleeper",
        &scratch.place,
    );
    let has_bell = |slot: &u32| path(&segment, *slot).exists();
    eventually("the helper has a bell", || {
        (0..64).any(|slot| has_bell(&slot))
    });
    let path = path(&segment, (0..64).find(has_bell).unwrap());
    eventually("it is open", || !ringway_os_common::fifo::is_unheard(&path));
    ringway_os_linux::sweep(false).unwrap();
    assert!(path.exists(), "its owner lives");
    helper.child.kill().unwrap();
    helper.child.wait().unwrap();
    // Other tests sweep, too.
    let counted = ringway_os_linux::sweep(true).unwrap();
    assert!(counted > 0 || !path.exists());
    ringway_os_linux::sweep(false).unwrap();
    assert!(!path.exists());
}
