//! Messages of bytes, each in a cell of its own: any length up to the longest arrives once and whole
//! whoever sends and receives, and what the dead held comes again or is passed over.

use crate::channel::{Many, casualties, of_kind};
use ringway::{Builder, RecvError, SendError, TrySendError};
use ringway_core::channel::{Mpmc, Mpsc, Spmc};
use ringway_testkit::{Actor, Random, TempDir, UniqueName, arg, report};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;

const MAX_LEN: usize = 300;
const EACH: u64 = 20_000;

fn channel<K: Many>(name: &str) -> Builder<[u8], K> {
    K::bytes(name, MAX_LEN as u32, 64)
}

/// A message that says who sent it and which it is, of any length that leaves room for that.
fn message(sender: u64, number: u64, random: &mut Random) -> Vec<u8> {
    let len = match random.below(8) {
        0 => 16,
        1 => MAX_LEN,
        _ => 16 + random.below(MAX_LEN as u64 - 15) as usize,
    };
    let mut bytes = [sender.to_le_bytes(), number.to_le_bytes()].concat();
    bytes.extend((16..len).map(|at| fill(sender, number, len, at)));
    bytes
}

/// A byte that is not the same anywhere else soon.
fn fill(sender: u64, number: u64, len: usize, at: usize) -> u8 {
    (sender as usize + number as usize * 31 + len * 7 + at) as u8
}

/// Who sent this message, and which it is.
fn read(bytes: &[u8]) -> (u64, u64) {
    let word = |at| u64::from_le_bytes(*bytes[at..].first_chunk().unwrap());
    let (sender, number) = (word(0), word(8));
    let is_whole = (16..bytes.len()).all(|at| bytes[at] == fill(sender, number, bytes.len(), at));
    assert!(is_whole, "torn: {number} of {sender}");
    (sender, number)
}

/// Arguments: kind, name, who it is.
pub(crate) fn sends_bytes() {
    fn send<K: Many>() {
        let mut tx = channel::<K>(&arg::<String>(1)).sender().unwrap();
        let me: u64 = arg(2);
        report("ready");
        let mut random = Random::new();
        for number in 0..EACH {
            let message = message(me, number, &mut random);
            if number % 2 == 0 {
                tx.send(&message).unwrap();
            } else {
                let mut grant = tx.reserve(MAX_LEN).unwrap();
                grant[..message.len()].copy_from_slice(&message);
                grant.commit_to(message.len());
            }
        }
    }
    of_kind!(arg::<String>(0), send());
}

/// Arguments: kind, name, the file that it writes down what it got in.
pub(crate) fn receives_bytes() {
    fn receive<K: Many>() {
        let mut rx = channel::<K>(&arg::<String>(1)).receiver().unwrap();
        report("ready");
        let mut buffer = [0; MAX_LEN];
        let mut got = String::new();
        let mut last = HashMap::new();
        for turn in 0.. {
            let received = if turn % 2 == 0 {
                rx.recv().map(|message| read(&message))
            } else {
                rx.recv_into(&mut buffer).map(|len| read(&buffer[..len]))
            };
            let (sender, number) = match received {
                Ok(received) => received,
                Err(RecvError::Closed) => break,
                Err(why) => panic!("{why}"),
            };
            assert!(last.insert(sender, number) < Some(number), "out of order");
            writeln!(got, "{sender} {number}").unwrap();
        }
        fs::write(arg::<String>(2), got).unwrap();
        report("drained");
    }
    of_kind!(arg::<String>(0), receive());
}

/// Arguments: kind, name. Holds room for a message, half written.
pub(crate) fn holds_a_place() {
    fn hold<K: Many>() {
        let mut tx = channel::<K>(&arg::<String>(1)).sender().unwrap();
        let mut grant = tx.reserve(MAX_LEN).unwrap();
        grant[..100].fill(0xFF);
        report("holding");
        std::io::stdin().read_line(&mut String::new()).unwrap();
        grant.commit();
    }
    of_kind!(arg::<String>(0), hold());
}

/// Arguments: kind, name. Holds a message, and tells how long it is.
pub(crate) fn holds_bytes() {
    fn hold<K: Many>() {
        let mut rx = channel::<K>(&arg::<String>(1)).receiver().unwrap();
        let message = rx.recv().unwrap();
        report(message.len());
        std::io::stdin().read_line(&mut String::new()).unwrap();
        message.ack();
    }
    of_kind!(arg::<String>(0), hold());
}

pub(crate) fn exchange<K: Many>() {
    let (name, dir) = (UniqueName::new("many-bytes"), TempDir::new());
    let ends = |several| if several { 3 } else { 1 };
    let (senders, receivers) = (ends(K::SEVERAL.0), ends(K::SEVERAL.1));
    let files: Vec<_> = (0..receivers).map(|n| dir.file(&n.to_string())).collect();
    let start = |role, last: &str| {
        let mut actor = Actor::start(role, &[K::NAME, name.as_str(), last]);
        actor.expect("ready");
        actor
    };
    let mut receiving: Vec<_> = files
        .iter()
        .map(|file| start("receives_bytes", file.to_str().unwrap()))
        .collect();
    // The receivers must not see the first sender leave before the next one has come.
    let held = K::SEVERAL
        .0
        .then(|| channel::<K>(name.as_str()).sender().unwrap());
    let sending: Vec<_> = (0..senders)
        .map(|n: u64| start("sends_bytes", &n.to_string()))
        .collect();
    drop(held);
    sending.into_iter().for_each(Actor::finish);
    for mut actor in receiving.drain(..) {
        actor.expect("drained");
        actor.finish();
    }
    assert!(!name.exists(), "the last one out removes the segment");
    let mut all: Vec<(u64, u64)> = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        all.extend(text.lines().map(|line| {
            let (sender, number) = line.split_once(' ').unwrap();
            (sender.parse().unwrap(), number.parse().unwrap())
        }));
    }
    all.sort_unstable();
    let expected: Vec<_> = (0..senders)
        .flat_map(|n| (0..EACH).map(move |number| (n, number)))
        .collect();
    assert!(all == expected, "lost, or came twice");
}

#[test]
fn messages_of_bytes_arrive_once_and_whole() {
    exchange::<Mpmc>();
    exchange::<Spmc>();
}

#[test]
fn the_bytes_of_a_dead_receiver_come_again() {
    fn check<K: Many>() {
        let name = UniqueName::new("dead-bytes");
        let mut tx = channel::<K>(name.as_str()).sender().unwrap();
        let mut random = Random::new();
        let (first, second) = (message(1, 0, &mut random), message(1, 1, &mut random));
        tx.send(&first).unwrap();
        tx.send(&second).unwrap();
        let mut holder = Actor::start("holds_bytes", &[K::NAME, name.as_str()]);
        assert_eq!(holder.heard::<usize>(), first.len());
        let mut rx = channel::<K>(name.as_str()).receiver().unwrap();
        assert_eq!(*rx.recv().unwrap(), second);
        holder.kill();
        let again = rx.recv().unwrap();
        assert_eq!((&again[..], again.is_redelivered()), (&first[..], true));
        again.ack();
        tx.join().unwrap();
        assert_eq!(casualties(name.as_str()).redelivered, 1);
    }
    check::<Mpmc>();
    check::<Spmc>();
}

#[test]
fn the_place_of_a_dead_sender_is_passed_over() {
    fn check<K: Many>() {
        let name = UniqueName::new("dead-place");
        let mut tx = channel::<K>(name.as_str()).sender().unwrap();
        let mut rx = channel::<K>(name.as_str()).receiver().unwrap();
        let mut holder = Actor::start("holds_a_place", &[K::NAME, name.as_str()]);
        holder.expect("holding");
        tx.send(b"behind").unwrap();
        holder.kill();
        assert_eq!(*rx.recv().unwrap(), *b"behind");
        let casualties = casualties(name.as_str());
        assert_eq!((casualties.lost, casualties.skipped), (1, 1));
    }
    check::<Mpmc>();
    check::<Mpsc>();
}

#[test]
fn clones_share_and_what_is_forgotten_is_left_to_others() {
    let name = UniqueName::new("bytes-clones");
    let mut tx = channel::<Mpmc>(name.as_str()).sender().unwrap();
    let mut rx = channel::<Mpmc>(name.as_str()).receiver().unwrap();
    let (mut tx2, mut rx2) = (tx.clone(), rx.clone());
    tx.send(b"").unwrap();
    tx2.send(b"1").unwrap();
    assert_eq!(rx.recv().unwrap().len(), 0);
    std::mem::forget(rx2.recv().unwrap());
    drop(rx2);
    let again = rx.recv().unwrap();
    assert_eq!((&*again, again.is_redelivered()), (&b"1"[..], true));
    drop(again);
    drop((tx, tx2));
    assert!(matches!(rx.recv(), Err(RecvError::Closed)));
}

#[test]
fn what_is_too_long_is_refused_with_both_numbers() {
    let name = UniqueName::new("too-long");
    let mut tx = channel::<Mpmc>(name.as_str()).sender().unwrap();
    let mut rx = channel::<Mpmc>(name.as_str()).receiver().unwrap();
    let longest = tx.max_record();
    assert_eq!(longest, MAX_LEN.next_multiple_of(8));
    let refused = tx.send(&vec![1; longest + 1]).unwrap_err();
    assert!(matches!(refused, SendError::TooLong { .. }), "{refused:?}");
    for part in ["305 bytes", "304"] {
        assert!(refused.to_string().contains(part), "{refused}");
    }
    let refused = tx.try_reserve(longest + 1).map(drop).unwrap_err();
    assert!(
        matches!(refused, TrySendError::TooLong { .. }),
        "{refused:?}"
    );
    tx.send(&vec![1; longest]).unwrap();
    assert_eq!(rx.recv().unwrap().len(), longest);
}

#[test]
fn sides_that_say_different_lengths_are_told_both() {
    let name = UniqueName::new("other-len");
    let _tx = channel::<Mpmc>(name.as_str()).sender().unwrap();
    let open = |max_len| {
        ringway::mpmc::<[u8]>(name.as_str())
            .max_len(max_len)
            .receiver()
    };
    let refused = open(1000).map(drop).unwrap_err().to_string();
    for part in [name.as_str(), "max_len of 304", "asks for 1000"] {
        assert!(refused.contains(part), "{part:?} is missing in: {refused}");
    }
    let mut rx = ringway::mpmc::<[u8]>(name.as_str()).receiver().unwrap();
    assert!(rx.try_recv().is_err());
}
