//! What is not armed costs nothing: no system call, on neither side.

use ringway::{Armed, WaitStrategy};
use ringway_testkit::{Actor, UniqueName, arg, report, trace};
use std::collections::BTreeMap;

const ROUNDS: u64 = 100_000;

/// As in `tests/quiet.rs`: a machine that holds the partner up for long may cause a few.
const HELD_UP: u64 = ROUNDS / 1000;

fn open() -> ringway::Builder<u64> {
    ringway::spsc::<u64>(arg::<String>(0)).wait(WaitStrategy::Spin)
}

/// Receives in turns by calls that wait and by a doorbell, which it arms only when nothing is there.
pub(crate) fn drains_beside_a_bell() {
    let mut rx = open().receiver().unwrap();
    let mut bell = rx.doorbell().unwrap();
    // The first message may be there by now.
    let _ = bell.arm(&mut rx).unwrap();
    bell.clear();
    while rx.recv().is_ok() {}
}

/// Sends to one who has a doorbell.
pub(crate) fn streams() {
    let mut tx = open().sender().unwrap();
    assert!(tx.wait_for_receiver(None));
    // Takes away what the arming before has left.
    tx.send(0).unwrap();
    trace::be_traced();
    trace::mark();
    for n in 0..ROUNDS {
        tx.send(n).unwrap();
    }
    trace::mark();
    report("done");
}

/// Arms a doorbell, while there is always something to be had.
pub(crate) fn arms_what_is_ready() {
    let mut tx = open().sender().unwrap();
    let mut rx = open().receiver().unwrap();
    let mut bell = rx.doorbell().unwrap();
    tx.send(0).unwrap();
    trace::be_traced();
    trace::mark();
    for n in 0..ROUNDS {
        assert_eq!(bell.arm(&mut rx).unwrap(), Armed::Ready);
        tx.send(n + 1).unwrap();
        assert_eq!(*rx.try_recv().unwrap(), n);
    }
    trace::mark();
    report("done");
}

/// Sends to itself what nobody waits for any more.
pub(crate) fn has_let_go() {
    let mut tx = open().sender().unwrap();
    let mut rx = open().receiver().unwrap();
    let mut bell = rx.doorbell().unwrap();
    assert_eq!(bell.arm(&mut rx).unwrap(), Armed::Waiting);
    tx.send(0).unwrap();
    bell.clear();
    assert_eq!(*rx.try_recv().unwrap(), 0);
    trace::be_traced();
    trace::mark();
    for n in 0..ROUNDS {
        tx.send(n).unwrap();
        bell.clear();
        assert_eq!(*rx.try_recv().unwrap(), n);
    }
    trace::mark();
    report("done");
}

/// Traces `role` against `partner`, if it has one; its system calls, by number.
fn system_calls(role: &str, partner: Option<&str>) -> BTreeMap<i64, u64> {
    let name = UniqueName::new("bell-quiet");
    let partner = partner.map(|partner| Actor::start(partner, &[name.as_str()]));
    let mut actor = Actor::start(role, &[name.as_str()]);
    let calls = trace::system_calls();
    actor.expect("done");
    actor.finish();
    if let Some(partner) = partner {
        partner.finish();
    }
    println!("{role}: system calls in {ROUNDS} rounds, by number: {calls:?}");
    calls
}

#[test]
fn a_stream_makes_no_system_call_while_no_doorbell_is_armed() {
    let calls = system_calls("streams", Some("drains_beside_a_bell"));
    assert!(calls.values().sum::<u64>() < HELD_UP, "{calls:?}");
}

#[test]
fn arming_makes_no_system_call_while_both_are_busy() {
    let calls = system_calls("arms_what_is_ready", None);
    assert_eq!(calls.values().sum::<u64>(), 0, "{calls:?}");
}

#[test]
fn what_was_cleared_makes_no_system_call() {
    let calls = system_calls("has_let_go", None);
    assert_eq!(calls.values().sum::<u64>(), 0, "{calls:?}");
}
