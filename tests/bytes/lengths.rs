//! Messages of every length, from nothing to far more than the ring.

use crate::channel::{Channel, assert_same, message, with_kind};
use ringway::{Mpmc, Mpsc, RecvError, Spmc, Spsc};
use ringway_testkit::{Actor, UniqueName, arg, args};
use std::time::Duration;

const RING: u32 = 64 << 10;
const MAX_LEN: u32 = 3000;

/// Lengths that every channel carries, without those that depend on its longest record.
const SHORT: [usize; 8] = [0, 1, 7, 8, 9, 63, 64, 65];

/// Arguments: kind, name, lengths. Sends a message of each length.
pub(crate) fn sends_lengths() {
    with_kind!(arg::<String>(0), send_lengths())
}

fn send_lengths<K: Channel>() {
    let mut tx = K::at(&arg::<String>(1)).sender().unwrap();
    for (number, len) in args()[2..].iter().enumerate() {
        let len = len.parse().unwrap();
        let message = message(number, len);
        if len <= tx.max_record() && number % 2 == 0 {
            tx.send_timeout(&message, Duration::from_secs(60)).unwrap();
        } else {
            tx.send(&message).unwrap();
        }
    }
}

/// Arguments: kind, name. Writes messages of growing length in place, and commits half of each.
pub(crate) fn sends_in_place() {
    with_kind!(arg::<String>(0), send_in_place())
}

fn send_in_place<K: Channel>() {
    let mut tx = K::at(&arg::<String>(1)).sender().unwrap();
    let longest = tx.max_record();
    for len in (0..).map(|n| n * n).take_while(|len| *len <= longest) {
        let mut record = tx.reserve(len).unwrap();
        assert_eq!(record.len(), len);
        record.copy_from_slice(&message(len, len));
        record.commit_to(len / 2);
        // Given up, and so not sent.
        let _ = tx.reserve_timeout(len, Duration::from_secs(60)).unwrap();
    }
}

fn lengths_come_through<K: Channel>(lengths: &[usize], limit: usize) {
    let name = UniqueName::new("lengths");
    let mut rx = opened::<K>(&name, limit);
    let mut arguments = vec![K::NAME.to_owned(), name.to_string()];
    arguments.extend(lengths.iter().map(usize::to_string));
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let sender = Actor::start("sends_lengths", &arguments);
    let mut buffer = vec![0; limit];
    for (number, &len) in lengths.iter().enumerate() {
        let expected = message(number, len);
        if number % 2 == 1 {
            let len = rx.recv_into(&mut buffer).unwrap();
            assert_same(&buffer[..len], &expected);
        } else {
            let message = rx.recv().unwrap();
            assert!(!message.is_redelivered());
            assert_same(&message, &expected);
            assert!(message.is_empty() || message.as_ptr().cast::<u64>().is_aligned());
        }
    }
    drop(rx);
    sender.finish();
}

fn opened<K: Channel>(
    name: &UniqueName,
    limit: usize,
) -> ringway_core::channel::Receiver<[u8], ringway::Attachment, K> {
    // Another capacity would be one of messages, where each has a cell.
    let builder = K::at(name.as_str()).limit(limit);
    match K::NAME {
        "spsc" | "mpsc" => builder.capacity(RING).receiver().unwrap(),
        _ => builder.receiver().unwrap(),
    }
}

/// The longest record of a channel of this kind.
fn longest_record<K: Channel>() -> usize {
    let name = UniqueName::new("longest");
    let rx = opened::<K>(&name, 0);
    let tx = K::at(name.as_str()).sender().unwrap();
    assert_eq!(rx.capacity(), tx.capacity());
    tx.max_record()
}

fn lengths_around_a_record<K: Channel>() {
    let record = longest_record::<K>();
    assert!(record >= RING as usize / 2 - 128, "{record}");
    let mut lengths = SHORT.to_vec();
    lengths.extend([
        record - 1,
        record,
        record + 1,
        2 * record,
        10 * record + 3,
        0,
        5,
    ]);
    lengths.extend((0..200).map(|n| n * n * 7 % (4 * record)));
    lengths_come_through::<K>(&lengths, 1 << 20);
}

#[test]
fn every_length_comes_through_spsc() {
    lengths_around_a_record::<Spsc>();
}

#[test]
fn every_length_comes_through_mpsc() {
    lengths_around_a_record::<Mpsc>();
}

#[test]
fn a_hundred_mebibytes_come_through_spsc() {
    lengths_come_through::<Spsc>(&[3, 100 << 20, 0, 100 << 20, 8], 100 << 20);
}

#[test]
fn a_hundred_mebibytes_come_through_mpsc() {
    lengths_come_through::<Mpsc>(&[3, 100 << 20, 0, 100 << 20, 8], 100 << 20);
}

fn lengths_up_to_a_cell<K: Channel>() {
    let record = longest_record::<K>();
    assert_eq!(record, 1024);
    let mut lengths = SHORT.to_vec();
    lengths.extend([record - 1, record, 0]);
    lengths.extend((0..3000).map(|n| n * n * 7 % record));
    lengths_come_through::<K>(&lengths, 1 << 20);
}

#[test]
fn every_length_up_to_a_cell_comes_through_spmc() {
    lengths_up_to_a_cell::<Spmc>();
}

#[test]
fn every_length_up_to_a_cell_comes_through_mpmc() {
    lengths_up_to_a_cell::<Mpmc>();
}

fn in_place<K: Channel>() {
    let name = UniqueName::new("in-place");
    let mut rx = opened::<K>(&name, 1 << 20);
    let sender = Actor::start("sends_in_place", &[K::NAME, name.as_str()]);
    let mut came = 0;
    loop {
        match rx.recv() {
            Ok(record) => {
                let len = came * came;
                assert_same(&record, &message(len, len)[..len / 2]);
                came += 1;
            }
            Err(RecvError::Closed) => break,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(came > 30, "{came}");
    sender.finish();
}

#[test]
fn records_of_mpsc_are_written_in_place_and_shortened() {
    in_place::<Mpsc>();
}

#[test]
fn records_are_written_in_place_and_shortened() {
    in_place::<Spsc>();
    in_place::<Spmc>();
    in_place::<Mpmc>();
}

#[test]
fn max_len_is_rounded_up_to_whole_words() {
    let name = UniqueName::new("max-len");
    let mut tx = ringway::mpmc::<[u8]>(name.as_str())
        .capacity(4)
        .max_len(MAX_LEN - 1)
        .sender()
        .unwrap();
    assert_eq!((tx.max_record(), tx.max_message()), (3000, Some(3000)));
    let mut rx = ringway::mpmc::<[u8]>(name.as_str())
        .max_len(MAX_LEN)
        .receiver()
        .unwrap();
    tx.send(&message(1, 3000)).unwrap();
    assert_same(&rx.recv().unwrap(), &message(1, 3000));
}
