//! Messages of any length from many senders to one receiver: long ones go in parts, one sender's at a
//! time, beside the short ones of others; and whoever dies leaves nothing half.

use crate::bytes::exchange;
use crate::channel::{NO_CASUALTIES, casualties, inspection};
use ringway::{Builder, Casualties, RecvError};
use ringway_core::channel::Mpsc;
use ringway_testkit::{Actor, Random, UniqueName, arg, report};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Of the ring, in bytes: a record has at most half of it.
const RING: u32 = 64 << 10;
/// Of a message that goes in many parts.
const LONG: u64 = 5 * RING as u64;
const EACH: u64 = 300;

fn channel(name: &str) -> Builder<[u8], Mpsc> {
    ringway::mpsc(name).capacity(RING).limit(256 << 20)
}

/// Message `number` of `sender`: both, then bytes that follow from them.
fn message(sender: u64, number: u64, len: usize) -> Vec<u8> {
    let mut bytes = [sender.to_le_bytes(), number.to_le_bytes()].concat();
    let seed = (sender * 1009 + number * 31) as usize;
    bytes.extend((16..len).map(|at| (seed + at * 7) as u8));
    bytes
}

/// Who sent this message, and which it is.
fn read(bytes: &[u8]) -> (u64, u64) {
    let word = |at| u64::from_le_bytes(*bytes[at..].first_chunk().unwrap());
    let (sender, number) = (word(0), word(8));
    let is_whole = bytes == message(sender, number, bytes.len());
    assert!(is_whole, "torn: {number} of {sender}");
    (sender, number)
}

/// Arguments: name, who it is, how many messages, every third of which is long.
pub(crate) fn sends_of_any_length() {
    let mut tx = channel(&arg::<String>(0)).sender().unwrap();
    let me = arg(1);
    report("ready");
    let mut random = Random::new();
    for number in 0..arg(2) {
        let longest = if number % 3 == 0 { LONG } else { 2000 };
        let len = 16 + random.below(longest) as usize;
        tx.send(&message(me, number, len)).unwrap();
    }
}

/// Arguments: name. Receives one message and keeps it.
pub(crate) fn holds_a_record() {
    let mut rx = channel(&arg::<String>(0)).receiver().unwrap();
    let message = rx.recv().unwrap();
    report(message.len());
    std::io::stdin().read_line(&mut String::new()).unwrap();
    message.ack();
}

fn sender(name: &UniqueName, number: u64, messages: u64) -> Actor {
    let [me, messages] = [number, messages].map(|number| number.to_string());
    let mut actor = Actor::start("sends_of_any_length", &[name.as_str(), &me, &messages]);
    actor.expect("ready");
    actor
}

#[test]
fn messages_of_many_senders_arrive_once_and_whole() {
    exchange::<Mpsc>();
}

#[test]
fn long_messages_come_beside_others() {
    let name = UniqueName::new("any-length");
    let mut rx = channel(name.as_str()).receiver().unwrap();
    let held = channel(name.as_str()).sender().unwrap();
    let senders = [0, 1, 2].map(|number| sender(&name, number, EACH));
    drop(held);
    let (mut next, mut buffer) = ([0; 3], vec![0; 2 * LONG as usize]);
    for turn in 0.. {
        let received = if turn % 2 == 0 {
            rx.recv().map(|message| read(&message))
        } else {
            rx.recv_into(&mut buffer).map(|len| read(&buffer[..len]))
        };
        match received {
            Ok((sender, number)) => {
                assert_eq!(number, next[sender as usize]);
                next[sender as usize] += 1;
            }
            Err(RecvError::Closed) => break,
            Err(why) => panic!("{why}"),
        }
    }
    assert_eq!(next, [EACH; 3]);
    senders.into_iter().for_each(Actor::finish);
}

/// Senders are killed at any moment, most of them over a long message. What arrives is whole, each
/// sender's without a gap, and others go on.
#[test]
fn senders_are_killed_over_long_messages() {
    const ENOUGH: u64 = 1 << 40;
    let name = UniqueName::new("killed-long");
    let mut rx = channel(name.as_str()).receiver().unwrap();
    let heard_of = Arc::new(AtomicUsize::new(0));
    let heard = heard_of.clone();
    let reading = thread::spawn(move || {
        let mut next = HashMap::new();
        loop {
            match rx.recv().map(|message| read(&message)) {
                Ok((sender, number)) => {
                    let expected = next.entry(sender).or_insert(0);
                    assert_eq!(number, *expected, "of {sender}");
                    *expected += 1;
                    heard.store(next.len(), Ordering::Relaxed);
                }
                Err(RecvError::Closed) => return next,
                Err(why) => panic!("{why}"),
            }
        }
    });
    let mut random = Random::new();
    let steady = sender(&name, 0, EACH);
    // Until enough of them had come to send something, however slow they are today.
    let mut number = 0;
    while number < 40 || heard_of.load(Ordering::Relaxed) <= 10 && !reading.is_finished() {
        number += 1;
        let victim = sender(&name, number, ENOUGH);
        thread::sleep(Duration::from_micros(random.below(20_000)));
        victim.kill();
    }
    steady.finish();
    let received = reading.join().unwrap();
    assert_eq!(received[&0], EACH);
}

#[test]
fn a_very_long_message_arrives() {
    let name = UniqueName::new("very-long");
    let mut rx = channel(name.as_str()).receiver().unwrap();
    let mut tx = channel(name.as_str()).sender().unwrap();
    let sent: Vec<u8> = (0..100_u32 << 20)
        .map(|at| (at ^ (at >> 11)) as u8)
        .collect();
    let expected = sent.clone();
    let sending = thread::spawn(move || tx.send(&sent).unwrap());
    assert!(*rx.recv().unwrap() == expected[..]);
    sending.join().unwrap();
}

#[test]
fn the_record_of_a_dead_receiver_comes_again() {
    let name = UniqueName::new("dead-record");
    let mut tx = channel(name.as_str()).sender().unwrap();
    tx.send(&message(1, 0, 100)).unwrap();
    tx.send(&message(1, 1, 200)).unwrap();
    let mut holder = Actor::start("holds_a_record", &[name.as_str()]);
    assert_eq!(holder.heard::<usize>(), 100);
    holder.kill();
    tx.repair();
    let mut rx = channel(name.as_str()).receiver().unwrap();
    let again = rx.recv().unwrap();
    assert_eq!((read(&again), again.is_redelivered()), ((1, 0), true));
    again.ack();
    let next = rx.recv().unwrap();
    assert_eq!((read(&next), next.is_redelivered()), ((1, 1), false));
    next.ack();
    tx.join().unwrap();
    assert_eq!(casualties(name.as_str()).redelivered, 1);
}

#[test]
fn records_shrink_and_are_given_up() {
    let name = UniqueName::new("shrinking");
    let mut tx = channel(name.as_str()).sender().unwrap();
    let mut rx = channel(name.as_str()).receiver().unwrap();
    let longest = tx.max_record();
    assert_eq!(longest, RING as usize / 2);
    for number in 0..100 {
        // So much that pad and record leave room for what follows.
        let mut grant = tx.reserve(longest / 2).unwrap();
        assert_eq!(grant.len(), longest / 2);
        assert_eq!(grant.as_ptr().addr() % 64, 0);
        let len = 16 + number as usize * 13;
        grant[..len].copy_from_slice(&message(0, number, len));
        grant.commit_to(len);
        drop(tx.reserve(number as usize));
        // Its grant is forgotten: the next one takes its place.
        std::mem::forget(tx.reserve(3).unwrap());
        tx.send(b"").unwrap();
        assert_eq!(read(&rx.recv().unwrap()), (0, number));
        assert_eq!(rx.recv().unwrap().len(), 0);
    }
    tx.join().unwrap();
    let seen = inspection(name.as_str());
    let progress = seen.progress.unwrap();
    assert_eq!((progress.received, progress.unread), (200, 0));
    tx.send(&[1; 65]).unwrap();
    let seen = inspection(name.as_str());
    assert_eq!(
        (seen.progress.unwrap().unread, seen.unread_bytes),
        (1, Some(128))
    );
    // What was given up and what was forgotten, but neither pads nor what was not needed.
    let expected = Casualties {
        skipped: 200,
        ..NO_CASUALTIES
    };
    assert_eq!(casualties(name.as_str()), expected);
}

#[test]
fn a_grant_that_was_forgotten_stops_no_long_message() {
    let name = UniqueName::new("forgotten-grant");
    let mut rx = channel(name.as_str()).receiver().unwrap();
    let [mut first, mut second] = [0, 1].map(|_| channel(name.as_str()).sender().unwrap());
    std::mem::forget(second.reserve(100).unwrap());
    let sending = [
        // Waits for room, with the lock of those who send parts.
        thread::spawn(move || first.send(&message(0, 0, LONG as usize))),
        thread::spawn(move || {
            // The first part of the other one is there.
            while inspection(name.as_str()).progress.unwrap().unread == 0 {
                thread::yield_now();
            }
            second.send(&message(1, 0, LONG as usize))
        }),
    ];
    for sender in [0, 1] {
        let message = rx.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(read(&message), (sender, 0));
    }
    for sending in sending {
        sending.join().unwrap().unwrap();
    }
}

#[test]
fn clones_send_beside_each_other() {
    let name = UniqueName::new("ranges-clones");
    let mut rx = channel(name.as_str()).receiver().unwrap();
    let tx = channel(name.as_str()).sender().unwrap();
    let sending = [0, 1].map(|me| {
        let mut tx = tx.clone();
        thread::spawn(move || {
            for number in 0..EACH {
                let len = if number % 10 == 0 { LONG } else { 16 + number };
                tx.send(&message(me, number, len as usize)).unwrap();
            }
        })
    });
    drop(tx);
    let mut next = [0; 2];
    while let Ok(message) = rx.recv() {
        let (sender, number) = read(&message);
        assert_eq!(number, next[sender as usize]);
        next[sender as usize] += 1;
    }
    assert_eq!(next, [EACH; 2]);
    for sending in sending {
        sending.join().unwrap();
    }
}
