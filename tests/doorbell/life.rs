//! From its making to its end: slots, armings, and whom it does not concern.

use crate::look::{LONG, SLICE, is_rung, rings, wait_by, was_rung};
use ringway::{Armed, DoorbellError, Wait as _};
#[cfg(unix)]
use ringway_testkit::signals;
use ringway_testkit::{Actor, UniqueName, arg, report};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
#[cfg(unix)]
use std::time::Duration;
use std::time::Instant;

#[test]
fn the_65th_doorbell_is_refused() {
    let name = UniqueName::new("bell-65");
    let event = ringway::event(name.as_str()).open().unwrap();
    let mut bells: Vec<_> = (0..64).map(|_| event.doorbell().unwrap()).collect();
    let error = event.doorbell().unwrap_err();
    assert!(matches!(error, DoorbellError::AllInUse { slots: 64 }));
    assert!(error.to_string().contains("all 64 wait slots"), "{error}");
    // All of them ring.
    for bell in &mut bells {
        assert_eq!(bell.arm(&mut &event).unwrap(), Armed::Waiting);
    }
    event.set();
    assert!(bells.iter().all(was_rung));
    bells.pop();
    assert!(event.doorbell().is_ok());
}

#[test]
fn rings_by_itself_when_it_is_time_to_look() {
    let name = UniqueName::new("bell-time");
    let mut event = ringway::event(name.as_str()).open().unwrap();
    let mut bell = event.doorbell().unwrap();
    for _ in 0..2 {
        let armed = Instant::now();
        assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
        assert!(rings(&bell, LONG));
        assert!(armed.elapsed() > SLICE / 2 && armed.elapsed() < SLICE * 2);
    }
    assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
    bell.clear();
    assert!(!rings(&bell, SLICE * 2), "not while nothing is armed");
    // What is ready takes the arming before back.
    assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
    event.set();
    assert_eq!(bell.arm(&mut event).unwrap(), Armed::Ready);
    assert!(!rings(&bell, SLICE * 2));
}

#[test]
fn armed_twice_it_rings_for_the_second() {
    let name = UniqueName::new("bell-twice");
    let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    let mut tx = ringway::spsc::<u64>(name.as_str()).sender().unwrap();
    let mut bell = rx.doorbell().unwrap();
    for n in 0..100 {
        assert_eq!(bell.arm(&mut rx).unwrap(), Armed::Waiting);
        assert_eq!(bell.arm(&mut rx).unwrap(), Armed::Waiting);
        tx.send(n).unwrap();
        assert!(was_rung(&bell));
        assert_eq!(bell.arm(&mut rx).unwrap(), Armed::Ready);
        assert!(!is_rung(&bell));
        assert_eq!(*rx.try_recv().unwrap(), n);
    }
}

/// What is dropped before its doorbell is no reason to lose the segment under it.
#[test]
fn outlives_its_source() {
    let name = UniqueName::new("bell-outlives");
    let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    let mut bell = rx.doorbell().unwrap();
    assert_eq!(bell.arm(&mut rx).unwrap(), Armed::Waiting);
    drop(rx);
    bell.clear();
    assert!(!is_rung(&bell));
}

#[test]
fn a_source_of_another_segment_is_refused() {
    let (one, two) = (UniqueName::new("bell-one"), UniqueName::new("bell-two"));
    let mut event = ringway::event(one.as_str()).open().unwrap();
    let mut other = ringway::event(two.as_str()).open().unwrap();
    let mut again = ringway::event(one.as_str()).open().unwrap();
    let mut bell = event.doorbell().unwrap();
    assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
    for stranger in [&mut other, &mut again] {
        let error = bell.arm(stranger).unwrap_err();
        assert!(matches!(error, DoorbellError::OtherSegment));
        assert!(error.to_string().contains("in another segment"), "{error}");
    }
    event.set();
    assert!(!is_rung(&bell), "nothing is armed after an error");
}

#[cfg(unix)]
/// Argument: name. Forks a child that drops a doorbell; it rings for the parent as before.
pub(crate) fn forks() {
    let name: String = arg(0);
    let mut event = ringway::event(&name).open().unwrap();
    let mut bell = Some(event.doorbell().unwrap());
    let armed = bell.as_mut().unwrap().arm(&mut event).unwrap();
    assert_eq!(armed, Armed::Waiting);
    assert!(signals::does_in_a_fork(|| drop(bell.take())));
    event.set();
    assert!(was_rung(&bell.unwrap()));
}

#[cfg(unix)]
#[test]
fn a_forked_child_leaves_the_doorbell_of_its_parent_alone() {
    let name = UniqueName::new("bell-fork");
    Actor::start("forks", &[name.as_str()]).finish();
}

#[test]
fn several_threads_wait_each_by_its_own() {
    let name = UniqueName::new("bell-threads");
    let event = ringway::event(name.as_str()).open().unwrap();
    thread::scope(|threads| {
        for _ in 0..4 {
            let mut event = &event;
            threads.spawn(move || {
                let mut bell = event.doorbell().unwrap();
                wait_by(&mut bell, &mut event);
            });
        }
        let _ = event.bound().platform().now();
        event.set();
    });
}

/// Argument: name. Holds all doorbells, armed, until it is killed.
pub(crate) fn holds_all_bells() {
    let name: String = arg(0);
    let mut event = ringway::event(&name).open().unwrap();
    let mut bells: Vec<_> = (0..64).map(|_| event.doorbell().unwrap()).collect();
    for bell in &mut bells {
        assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
    }
    report("ready");
    thread::park();
}

#[test]
fn what_a_killed_owner_had_is_used_again() {
    let name = UniqueName::new("bell-killed");
    let mut event = ringway::event(name.as_str()).open().unwrap();
    let mut actor = Actor::start("holds_all_bells", &[name.as_str()]);
    actor.expect("ready");
    let error = event.doorbell().unwrap_err();
    assert!(matches!(error, DoorbellError::AllInUse { slots: 64 }));
    actor.kill();
    let mut bells: Vec<_> = (0..64).map(|_| event.doorbell().unwrap()).collect();
    for bell in &mut bells {
        assert!(!is_rung(bell), "nobody rang for the new owner");
        assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
    }
    event.set();
    assert!(bells.iter().all(was_rung));
}

/// Each ring of a doorbell is over before the next arming, also one whose waker was slow.
#[test]
fn cleared_or_dropped_while_it_rings_it_harms_nobody() {
    let name = UniqueName::new("bell-late");
    let (event, over) = (
        ringway::event(name.as_str()).open().unwrap(),
        AtomicBool::new(false),
    );
    thread::scope(|threads| {
        threads.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                event.set();
                event.reset();
            }
        });
        let mut source = &event;
        for round in 0..2_000 {
            let mut bell = event.doorbell().unwrap();
            for _ in 0..round % 3 {
                let _ = bell.arm(&mut source).unwrap();
                bell.clear();
            }
            let _ = bell.arm(&mut source).unwrap();
        }
        over.store(true, Ordering::Relaxed);
    });
    let (mut source, mut bell) = (&event, event.doorbell().unwrap());
    event.reset();
    assert_eq!(bell.arm(&mut source).unwrap(), Armed::Waiting);
    assert!(!is_rung(&bell));
    event.set();
    assert!(was_rung(&bell));
}

#[cfg(unix)]
/// Argument: name. Holds all slots when it is killed, while a child that it has forked lives on.
pub(crate) fn leaves_a_child() {
    let name: String = arg(0);
    let event = ringway::event(&name).open().unwrap();
    let _bells: Vec<_> = (0..64).map(|_| event.doorbell().unwrap()).collect();
    signals::does_in_a_fork(|| {
        report("forked");
        thread::sleep(Duration::from_secs(5));
    });
}

#[cfg(unix)]
/// The child keeps the descriptor that its parent was known by.
#[test]
fn what_a_killed_owner_had_is_not_kept_by_its_child() {
    let name = UniqueName::new("bell-child");
    let event = ringway::event(name.as_str()).open().unwrap();
    let mut actor = Actor::start("leaves_a_child", &[name.as_str()]);
    actor.expect("forked");
    assert!(event.doorbell().is_err());
    actor.kill();
    assert!(event.doorbell().is_ok());
}
