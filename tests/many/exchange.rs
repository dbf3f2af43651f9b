//! Several processes on each side: every message comes exactly once, unchanged, and those of one
//! sender come to each receiver in the order in which they were sent.

use crate::channel::{Many, for_each_kind, of_kind};
use ringway::{FromBytes, Immutable, IntoBytes};
use ringway_testkit::{Actor, TempDir, UniqueName, arg, report};
use std::any::Any;
use std::collections::HashMap;
use std::fs;

/// A message of `WORDS` words, each of which must hold the same: who sent it, and its number.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
struct Numbered<const WORDS: usize>([u64; WORDS]);

const NUMBER_BITS: u32 = 40;

fn numbered<const WORDS: usize>(sender: u64, number: u64) -> Numbered<WORDS> {
    Numbered([sender << NUMBER_BITS | number; WORDS])
}

/// Messages of 8, 24, 64 and 1,000 bytes.
macro_rules! of_words {
    ($words:expr, $function:ident, $kind:ty) => {
        match $words {
            1 => $function::<$kind, 1>(),
            3 => $function::<$kind, 3>(),
            8 => $function::<$kind, 8>(),
            125 => $function::<$kind, 125>(),
            words => panic!("no test has messages of {words} words"),
        }
    };
}

/// Arguments of both roles: kind, name, words, capacity; then of a sender who it is and how many it
/// sends, and of a receiver the file that it writes down what it got in.
pub(crate) fn sends() {
    of_kind!(arg::<String>(0), sends_as());
}

pub(crate) fn receives() {
    of_kind!(arg::<String>(0), receives_as());
}

fn sends_as<K: Many>() {
    of_words!(arg(2), send_all, K);
}

fn receives_as<K: Many>() {
    of_words!(arg(2), receive_all, K);
}

/// Sends one by one, in place, and in batches, in turns.
fn send_all<K: Many, const WORDS: usize>() {
    let mut tx = K::at::<Numbered<WORDS>>(&arg::<String>(1))
        .capacity(arg(3))
        .sender()
        .unwrap();
    let (me, count): (u64, u64) = (arg(4), arg(5));
    report("ready");
    let mut number = 0;
    while number < count {
        match number % 100 {
            0..40 => tx.send(numbered(me, number)).unwrap(),
            40..70 => {
                let mut slot = tx.reserve().unwrap();
                *slot = numbered(me, number);
                slot.commit();
            }
            _ => {
                let end = (number + 17).min(count);
                let batch: Vec<_> = (number..end).map(|number| numbered(me, number)).collect();
                tx.send_batch(&batch).unwrap();
                number = end - 1;
            }
        }
        number += 1;
    }
}

/// Receives in place, by copy, and in batches, in turns, until the channel is closed.
fn receive_all<K: Many, const WORDS: usize>() {
    let mut rx = K::at::<Numbered<WORDS>>(&arg::<String>(1))
        .capacity(arg(3))
        .receiver()
        .unwrap();
    report("ready");
    let mut got = Vec::new();
    let mut note = |message: &Numbered<WORDS>| {
        assert_eq!(message.0, [message.0[0]; WORDS], "torn");
        got.push(message.0[0]);
    };
    let mut many = [numbered(0, 0); 20];
    for turn in 0.. {
        match turn % 3 {
            0 => match rx.recv() {
                Ok(message) => {
                    assert!(!message.is_redelivered());
                    note(&message);
                }
                Err(_) => break,
            },
            1 => match rx.recv_into(&mut many[0]) {
                Ok(()) => note(&many[0]),
                Err(_) => break,
            },
            _ => match rx.recv_batch(&mut many) {
                Ok(taken) => many[..taken].iter().for_each(&mut note),
                Err(_) => break,
            },
        }
    }
    let lines: Vec<_> = got.iter().map(u64::to_string).collect();
    fs::write(arg::<String>(4), lines.join("\n")).unwrap();
    report("drained");
}

/// Four ends on each side that may have several, each in a process of its own.
fn exchange<K: Many>(words: usize, capacity: u32, each: u64) {
    let (name, dir) = (UniqueName::new("many"), TempDir::new());
    let (words, capacity, each_text) = (words.to_string(), capacity.to_string(), each.to_string());
    let channel = [K::NAME, name.as_str(), &words, &capacity];
    let ends = |several| if several { 4 } else { 1 };
    let (senders, receivers) = (ends(K::SEVERAL.0), ends(K::SEVERAL.1));

    let files: Vec<_> = (0..receivers).map(|n| dir.file(&n.to_string())).collect();
    let mut receiving: Vec<_> = files
        .iter()
        .map(|file| {
            let args = [&channel[..], &[file.to_str().unwrap()]].concat();
            let mut actor = Actor::start("receives", &args);
            actor.expect("ready");
            actor
        })
        .collect();
    // The receivers must not see the first sender leave before the next one has come.
    let start = |n: u64| {
        let me = n.to_string();
        Actor::start("sends", &[&channel[..], &[&me, &each_text]].concat())
    };
    let held = K::SEVERAL.0.then(|| hold::<K>(&words, name.as_str()));
    let mut sending: Vec<_> = (0..senders).map(start).collect();
    sending.iter_mut().for_each(|actor| actor.expect("ready"));
    drop(held);
    sending.into_iter().for_each(Actor::finish);
    receiving
        .iter_mut()
        .for_each(|actor| actor.expect("drained"));
    receiving.into_iter().for_each(Actor::finish);
    assert!(!name.exists(), "the last one out removes the segment");

    let mut all = Vec::new();
    let mut shares = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let got: Vec<u64> = text.lines().map(|line| line.parse().unwrap()).collect();
        in_order_of_each_sender(&got);
        shares.push(got.len());
        all.extend(got);
    }
    all.sort_unstable();
    let sent = |n: u64| (0..each).map(move |number| n << NUMBER_BITS | number);
    let expected: Vec<_> = (0..senders).flat_map(sent).collect();
    assert!(all == expected, "lost, or came twice");
    println!(
        "{}, {words} words, capacity {capacity}: {} messages, of which each receiver got {shares:?}",
        K::NAME,
        all.len()
    );
}

/// Keeps the channel open until it is dropped.
fn hold<K: Many>(words: &str, name: &str) -> Box<dyn Any> {
    fn sender<K: Many, const WORDS: usize>(name: &str) -> Box<dyn Any> {
        Box::new(K::at::<Numbered<WORDS>>(name).sender().unwrap())
    }
    match words {
        "1" => sender::<K, 1>(name),
        "3" => sender::<K, 3>(name),
        "8" => sender::<K, 8>(name),
        _ => sender::<K, 125>(name),
    }
}

fn in_order_of_each_sender(got: &[u64]) {
    let mut last = HashMap::new();
    for message in got {
        let before = last.insert(message >> NUMBER_BITS, *message);
        assert!(before < Some(*message), "{before:?} came before {message}");
    }
}

#[test]
fn four_processes_send_to_four() {
    for_each_kind!(exchange(1, 1024, 50_000));
}

#[test]
fn messages_of_any_size_arrive_once_and_in_order() {
    for words in [3, 8, 125] {
        for_each_kind!(exchange(words, 1024, 10_000));
    }
}

#[test]
fn the_smallest_rings_do() {
    for capacity in [1, 2] {
        for_each_kind!(exchange(1, capacity, 3_000));
    }
}

#[test]
fn a_capacity_of_one_is_rounded_up() {
    fn capacity<K: Many>() {
        let name = UniqueName::new("two-cells");
        let tx = K::at::<u64>(name.as_str()).capacity(1).sender().unwrap();
        assert_eq!(tx.capacity(), 2);
    }
    for_each_kind!(capacity());
}

#[test]
fn threads_share_a_channel_by_clones() {
    const EACH: u64 = 20_000;
    let name = UniqueName::new("clones");
    let tx = ringway::mpmc::<u64>(name.as_str())
        .capacity(64)
        .sender()
        .unwrap();
    let rx = ringway::mpmc::<u64>(name.as_str()).receiver().unwrap();
    let mut all = std::thread::scope(|scope| {
        for sender in 0..3 {
            let mut tx = tx.clone();
            scope.spawn(move || {
                for number in 0..EACH {
                    tx.send(sender << NUMBER_BITS | number).unwrap();
                }
            });
        }
        drop(tx);
        let receive = |mut rx: ringway::mpmc::Receiver<u64>| {
            let mut got = Vec::new();
            while let Ok(message) = rx.recv() {
                got.push(*message);
            }
            in_order_of_each_sender(&got);
            got
        };
        let receivers: Vec<_> = (0..3)
            .map(|_| {
                let rx = rx.clone();
                scope.spawn(move || receive(rx))
            })
            .collect();
        drop(rx);
        let got = receivers.into_iter().map(|thread| thread.join().unwrap());
        got.flatten().collect::<Vec<_>>()
    });
    all.sort_unstable();
    let expected: Vec<_> = (0..3)
        .flat_map(|sender| (0..EACH).map(move |number| sender << NUMBER_BITS | number))
        .collect();
    assert!(all == expected, "lost, or came twice");
    assert!(!name.exists());
}
