//! Processes that are killed in the middle of a message.

use crate::channel::{Channel, assert_same, message, with_kind};
use ringway::{Mpsc, RecvError, SendError, Spsc, TryRecvError};
use ringway_testkit::{Actor, UniqueName, arg, args, report};
use std::thread;
use std::time::Duration;

const RING: u32 = 8192;
const LONG: usize = 1 << 20;

/// Arguments: kind, name, messages: a text, or the number of a message that is longer than the ring.
pub(crate) fn sends_all() {
    with_kind!(arg::<String>(0), send_all())
}

fn send_all<K: Channel>() {
    let mut tx = K::at(&arg::<String>(1)).sender().unwrap();
    report("sends");
    for what in &args()[2..] {
        match what.parse() {
            Ok(number) => tx.send(&message(number, LONG)).unwrap(),
            Err(_) => tx.send(what.as_bytes()).unwrap(),
        }
    }
}

fn sender<K: Channel>(name: &UniqueName, messages: &[&str]) -> Actor {
    let arguments = [&[K::NAME, name.as_str()], messages].concat();
    let mut sender = Actor::start("sends_all", &arguments);
    sender.expect("sends");
    sender
}

/// Arguments: kind, name. Receives the beginning of a long message and stays.
pub(crate) fn begins_a_long_message() {
    with_kind!(arg::<String>(0), begin_a_long_message())
}

fn begin_a_long_message<K: Channel>() {
    let mut rx = K::at(&arg::<String>(1)).receiver().unwrap();
    assert_eq!(*rx.recv().unwrap(), *b"before");
    report("receives");
    for _ in 0..10 {
        assert_eq!(rx.try_recv().map(drop), Err(TryRecvError::Empty));
        thread::sleep(Duration::from_millis(2));
    }
    report("has begun");
    thread::sleep(Duration::from_secs(600));
}

fn a_dead_sender<K: Channel>(takes_the_beginning: bool) {
    let name = UniqueName::new("half-sent");
    let mut rx = K::at(name.as_str()).capacity(RING).receiver().unwrap();
    let sender = sender::<K>(&name, &["before", "1"]);
    assert_eq!(*rx.recv().unwrap(), *b"before");
    if takes_the_beginning {
        for _ in 0..10 {
            assert_eq!(rx.try_recv().map(drop), Err(TryRecvError::Empty));
            thread::sleep(Duration::from_millis(2));
        }
    } else {
        thread::sleep(Duration::from_millis(20));
    }
    sender.kill();

    let next = self::sender::<K>(&name, &["behind", "2"]);
    assert_eq!(*rx.recv().unwrap(), *b"behind");
    assert_same(&rx.recv().unwrap(), &message(2, LONG));
    assert_eq!(rx.incomplete(), 1);
    assert_eq!(rx.recv().map(drop), Err(RecvError::Closed));
    next.finish();
}

#[test]
fn half_the_message_of_a_dead_sender_gives_way_to_the_next() {
    for takes_the_beginning in [false, true] {
        a_dead_sender::<Spsc>(takes_the_beginning);
    }
}

#[test]
fn half_the_message_of_a_dead_sender_of_several_gives_way_to_the_next() {
    for takes_the_beginning in [false, true] {
        a_dead_sender::<Mpsc>(takes_the_beginning);
    }
}

fn a_dead_sender_and_no_other<K: Channel>() {
    let name = UniqueName::new("half-sent");
    let mut rx = K::at(name.as_str()).capacity(RING).receiver().unwrap();
    let sender = sender::<K>(&name, &["before", "1"]);
    thread::sleep(Duration::from_millis(20));
    assert_eq!(*rx.recv().unwrap(), *b"before");
    sender.kill();
    assert_eq!(rx.recv().map(drop), Err(RecvError::Closed));
    assert_eq!(rx.incomplete(), 1);
}

#[test]
fn half_the_message_of_the_last_sender_is_the_end() {
    a_dead_sender_and_no_other::<Spsc>();
}

#[test]
fn half_the_message_of_the_last_sender_of_several_is_the_end() {
    a_dead_sender_and_no_other::<Mpsc>();
}

fn a_dead_receiver<K: Channel>() {
    let name = UniqueName::lasting("half-received");
    let place = || K::at(name.as_str()).capacity(RING).persistent();
    // Makes the channel.
    drop(place().receiver().unwrap());
    let sender = sender::<K>(&name, &["before", "1", "behind", "2"]);
    let mut receiver = Actor::start("begins_a_long_message", &[K::NAME, name.as_str()]);
    receiver.expect("receives");
    receiver.expect("has begun");
    receiver.kill();

    let mut rx = place().receiver().unwrap();
    assert_eq!(*rx.recv().unwrap(), *b"behind");
    assert_same(&rx.recv().unwrap(), &message(2, LONG));
    assert_eq!(rx.incomplete(), 1);
    sender.finish();
}

#[test]
fn the_next_receiver_begins_behind_the_message_that_the_dead_one_had_begun() {
    a_dead_receiver::<Spsc>();
}

#[test]
fn the_next_receiver_of_several_senders_begins_there_too() {
    a_dead_receiver::<Mpsc>();
}

#[test]
fn a_sender_is_told_that_the_receiver_died_over_its_message() {
    let name = UniqueName::new("half-received");
    let mut tx = ringway::spsc::<[u8]>(name.as_str())
        .capacity(RING)
        .sender()
        .unwrap();
    tx.send(b"before").unwrap();
    let mut receiver = Actor::start("begins_a_long_message", &["spsc", name.as_str()]);
    receiver.expect("receives");
    thread::scope(|scope| {
        let sending = scope.spawn(move || tx.send(&message(1, 100 << 20)));
        receiver.expect("has begun");
        receiver.kill();
        assert_eq!(sending.join().unwrap(), Err(SendError::Closed(())));
    });
}

/// Long messages go one at a time, and the one who waits for that must not wait for the dead.
#[test]
fn the_next_long_message_follows_that_of_a_dead_sender() {
    let name = UniqueName::new("waits-for-a-dead");
    let mut rx = Mpsc::at(name.as_str()).capacity(RING).receiver().unwrap();
    let first = sender::<Mpsc>(&name, &["before", "1"]);
    assert_eq!(*rx.recv().unwrap(), *b"before");
    assert_eq!(rx.try_recv().map(drop), Err(TryRecvError::Empty));
    thread::sleep(Duration::from_millis(20));
    let second = sender::<Mpsc>(&name, &["2", "behind"]);
    thread::sleep(Duration::from_millis(20));
    first.kill();
    assert_same(&rx.recv().unwrap(), &message(2, LONG));
    assert_eq!(*rx.recv().unwrap(), *b"behind");
    assert_eq!(rx.incomplete(), 1);
    second.finish();
}
