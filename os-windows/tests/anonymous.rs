//! Goal: a segment without a name is reached by whom its handle is given to, and by nobody else.
#![cfg(windows)]

mod common;

use common::*;
use ringway_core::liveness::Liveness;
use ringway_os_windows::{Disposition, Origin, Place, handover};
use std::env;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::windows::io::AsRawHandle;
use std::sync::atomic::Ordering::SeqCst;

const INHERITED: &str = "RINGWAY_TEST_INHERITED";

/// What a process does with a place that it was given.
fn answer(place: &Place, socket: &TcpStream) {
    let (segment, origin) = open(place, Disposition::CreateOrOpen).unwrap();
    assert_eq!(origin, Origin::Existing);
    segment.unlock();
    let word = word_of(&segment).atomic;
    assert_eq!(word.load(SeqCst), 41);
    word.store(42, SeqCst);
    send_peer(socket, segment.me());
    linger(socket);
}

/// Whether who was given `segment` has it and is known here.
fn check(segment: &ringway_os_windows::Segment, mut helper: Helper) {
    let peer = receive_peer(&helper.socket);
    assert_eq!(word_of(segment).atomic.load(SeqCst), 42);
    assert!(segment.is_alive(peer));
    helper.kill();
    eventually("its death is seen", || !segment.is_alive(peer));
}

fn fresh() -> ringway_os_windows::Segment {
    let segment = attach(&Place::Anonymous);
    word_of(&segment).atomic.store(41, SeqCst);
    segment
}

#[test]
fn over_a_connection() {
    if role().is_some() {
        let socket = socket_to_test();
        let handle = handover::receive_handle(&mut &socket).unwrap();
        return answer(&Place::Handle(handle), &socket);
    }
    let segment = fresh();
    let helper = Helper::start("over_a_connection", "receives", &Place::Anonymous);
    handover::send_handle(&mut &helper.socket, segment.handle().unwrap()).unwrap();
    check(&segment, helper);
}

#[test]
fn into_a_process() {
    if role().is_some() {
        let socket = socket_to_test();
        let mut number = String::new();
        (&socket).take(20).read_to_string(&mut number).unwrap();
        let number = number.trim().parse().unwrap();
        // SAFETY: the test has put it there, for this.
        let handle = unsafe { handover::take(number) }.unwrap();
        // SAFETY: no handle has been opened since that one was closed.
        let again = unsafe { handover::take(number) };
        assert!(matches!(again, Err(handover::HandoverError::NoHandle)));
        return answer(&Place::Handle(handle), &socket);
    }
    let segment = fresh();
    let helper = Helper::start("into_a_process", "is given", &Place::Anonymous);
    let number = handover::give(helper.child.id(), segment.handle().unwrap()).unwrap();
    write!(&helper.socket, "{number:>20}").unwrap();
    check(&segment, helper);
}

#[test]
fn by_inheritance() {
    if role().is_some() {
        let number = env::var(INHERITED).unwrap().parse().unwrap();
        // SAFETY: the test has let this process inherit it, for this.
        let handle = unsafe { handover::take(number) }.unwrap();
        return answer(&Place::Handle(handle), &socket_to_test());
    }
    let segment = fresh();
    let (inherited, number) = handover::inheritable(segment.handle().unwrap()).unwrap();
    let env = [(INHERITED, number.to_string())];
    let helper = Helper::start_with("by_inheritance", "inherits", &Place::Anonymous, &env);
    drop(inherited);
    check(&segment, helper);
}

#[test]
fn handle_of_a_handle_is_as_good() {
    let segment = fresh();
    let handle = segment.handle().unwrap().try_clone_to_owned().unwrap();
    let second = attach(&Place::Handle(handle));
    let handle = second.handle().unwrap().try_clone_to_owned().unwrap();
    drop(segment);
    let third = attach(&Place::Handle(handle));
    assert!(third.is_alive(second.me()));
    assert_eq!(word_of(&third).atomic.load(SeqCst), 41);
    let named = attach(&place("named"));
    assert!(named.handle().is_none());
}

#[test]
fn other_side_hangs_up_or_says_something_else() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let connect = || {
        let here = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (here, listener.accept().unwrap().0)
    };
    let segment = fresh();
    let handle = segment.handle().unwrap();
    let (here, there) = connect();
    drop(there);
    let error = handover::send_handle(&mut &here, handle).unwrap_err();
    assert!(matches!(error, handover::HandoverError::HungUp), "{error}");
    let (here, there) = connect();
    (&there).write_all(b"GET ").unwrap();
    let error = handover::send_handle(&mut &here, handle).unwrap_err();
    assert!(
        matches!(error, handover::HandoverError::NoHandle),
        "{error}"
    );
    let (here, there) = connect();
    (&there).write_all(b"HTTP").unwrap();
    let error = handover::receive_handle(&mut &here).unwrap_err();
    assert!(
        matches!(error, handover::HandoverError::NoHandle),
        "{error}"
    );
    // The number of no handle of that process: nothing of this one is closed or taken.
    let (here, there) = connect();
    (&there).write_all(b"RWHA").unwrap();
    let process = std::process::id().to_le_bytes();
    (&there).write_all(&process).unwrap();
    (&there).write_all(&0xFFFF_FFF0_u64.to_le_bytes()).unwrap();
    let error = handover::receive_handle(&mut &here).unwrap_err();
    assert!(
        matches!(error, handover::HandoverError::NoHandle),
        "{error}"
    );
}

/// Goal: a liar makes nobody close what it has.
/// Method: it offers the number of a handle that the receiver has itself.
#[test]
fn offered_its_own_handle_a_process_keeps_it() {
    let segment = fresh();
    let handle = segment.handle().unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let here = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let there = listener.accept().unwrap().0;
    (&there).write_all(b"RWHA").unwrap();
    (&there)
        .write_all(&std::process::id().to_le_bytes())
        .unwrap();
    let number = handle.as_raw_handle().addr() as u64;
    (&there).write_all(&number.to_le_bytes()).unwrap();
    drop(handover::receive_handle(&mut &here).unwrap());
    assert!(handle.try_clone_to_owned().is_ok());
}
