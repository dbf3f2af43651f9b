//! The FIFOs that ring: whose they are, and that none is left.

use crate::look::is_rung;
use ringway::{Armed, DoorbellError, IntoPlace as _, Problem};
use ringway_testkit::{Actor, UniqueName, arg, directory, report};
use std::thread;

/// The bells in the file system of the segment of that name.
fn bells_of(nonce: u64) -> Vec<String> {
    let prefix = format!("ringway-bell.{nonce:016x}.");
    let entries = std::fs::read_dir(directory()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(&prefix)).collect()
}

fn nonce_of(name: &UniqueName) -> u64 {
    let place = name.as_str().into_place().unwrap();
    ringway::look(&place).unwrap().1.unwrap().contents.nonce
}

/// Arguments: name, how many. Holds doorbells, armed, until it is killed.
pub(crate) fn holds_bells() {
    let name: String = arg(0);
    let mut event = ringway::event(&name).open().unwrap();
    let mut bells: Vec<_> = (0..arg(1)).map(|_| event.doorbell().unwrap()).collect();
    for bell in &mut bells {
        assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
    }
    report("ready");
    thread::park();
}

#[test]
fn those_of_a_killed_owner_go_with_the_segment() {
    let name = UniqueName::new("bell-heir");
    let event = ringway::event(name.as_str()).open().unwrap();
    let nonce = nonce_of(&name);
    let mut actor = Actor::start("holds_bells", &[name.as_str(), "5"]);
    actor.expect("ready");
    assert_eq!(bells_of(nonce).len(), 5);
    actor.kill();
    drop(event);
    assert_eq!(bells_of(nonce), [""; 0]);
}

/// As `ringway gc` does it.
#[test]
fn those_of_who_died_last_are_swept_away() {
    let name = UniqueName::new("bell-swept");
    let mut actor = Actor::start("holds_bells", &[name.as_str(), "3"]);
    actor.expect("ready");
    let nonce = nonce_of(&name);
    ringway::sweep(false).unwrap();
    assert_eq!(bells_of(nonce).len(), 3, "those in use stay");
    actor.kill();
    assert_eq!(bells_of(nonce).len(), 3);
    let place = name.as_str().into_place().unwrap();
    assert!(ringway::sweep(true).unwrap() >= 3);
    assert!(ringway::remove_stale(&place, false).unwrap().1);
    ringway::sweep(false).unwrap();
    assert_eq!(bells_of(nonce), [""; 0]);
}

#[test]
fn nothing_is_left_of_an_anonymous_one() {
    let mut event = ringway::event(ringway::Place::Anonymous).open().unwrap();
    let handle = event.bound().platform().attachment().handle().unwrap();
    let place = ringway::Place::Handle(handle.try_clone_to_owned().unwrap());
    let nonce = ringway::look(&place).unwrap().1.unwrap().contents.nonce;
    let mut bell = event.doorbell().unwrap();
    assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
    event.set();
    assert!(is_rung(&bell));
    assert_eq!(bells_of(nonce).len(), 1);
    drop((event, bell));
    assert_eq!(bells_of(nonce), [""; 0]);
}

#[test]
fn a_squatted_bell_is_passed_over_and_named() {
    let name = UniqueName::new("bell-squatted");
    let event = ringway::event(name.as_str()).open().unwrap();
    let nonce = nonce_of(&name);
    let bell = |slot| format!("ringway-bell.{nonce:016x}.{slot}");
    let path = |slot| directory().join(bell(slot));
    for slot in 0..63 {
        std::fs::write(path(slot), "squatter").unwrap();
    }
    let bell = event.doorbell().unwrap();
    let error = event.doorbell().unwrap_err();
    let DoorbellError::Bell(why) = &error else {
        panic!("{error}");
    };
    assert!(matches!(why.problem, Problem::NotABell { .. }));
    let text = error.to_string();
    for part in [
        "ringway-bell.",
        "a regular file of user",
        "expected a FIFO of user",
    ] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    drop(bell);
    for slot in 0..63 {
        assert_eq!(std::fs::read(path(slot)).unwrap(), b"squatter");
        std::fs::remove_file(path(slot)).unwrap();
    }
}

#[test]
fn dropped_while_armed_it_leaves_nothing() {
    let name = UniqueName::new("bell-dropped");
    let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    let mut tx = ringway::spsc::<u64>(name.as_str()).sender().unwrap();
    let nonce = nonce_of(&name);
    for n in 0..200 {
        let mut bell = rx.doorbell().unwrap();
        assert!(!is_rung(&bell));
        assert_eq!(bell.arm(&mut rx).unwrap(), Armed::Waiting);
        if n % 2 == 0 {
            tx.send(n).unwrap();
            drop(bell);
            assert_eq!(*rx.recv().unwrap(), n);
        }
    }
    drop((tx, rx));
    assert_eq!(bells_of(nonce), [""; 0]);
}
