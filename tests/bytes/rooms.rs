//! Channels of bytes beside locks, in one segment.

use crate::channel::{assert_same, message};
use ringway::{Blueprint, Kind, MutexCell, Room};
use ringway_testkit::UniqueName;
use std::thread;

ringway::shared! {
    struct Desk {
        book: MutexCell<u64>,
        letters: Room<65536>,
        cards: Room<65536>,
        least: Room<{ Blueprint::room_of_bytes(Kind::SpscBytes, 1000, 0, 2) }>,
        few: Room<{ Blueprint::room_of_bytes(Kind::Mpmc, 4, 100, 2) }>,
    }
}

#[test]
fn a_room_holds_a_channel_of_bytes() {
    let name = UniqueName::new("rooms");
    let desk = ringway::shared::<Desk>(name.as_str()).open().unwrap();
    let letters = || desk.channel(|desk| &desk.letters).spsc::<[u8]>();
    let (mut tx, mut rx) = (letters().sender().unwrap(), letters().receiver().unwrap());
    assert!(tx.max_record() > 8000, "{}", tx.max_record());
    thread::scope(|scope| {
        scope.spawn(|| {
            tx.send(b"short").unwrap();
            tx.send(&message(1, 200_000)).unwrap();
        });
        assert_eq!(*rx.recv().unwrap(), *b"short");
        assert_same(&rx.recv().unwrap(), &message(1, 200_000));
    });
    *desk.bind(|desk| &desk.book).lock().unwrap() += 1;
}

#[test]
fn a_room_holds_cells_for_messages() {
    let name = UniqueName::new("rooms");
    let desk = ringway::shared::<Desk>(name.as_str()).open().unwrap();
    let cards = || desk.channel(|desk| &desk.cards).mpmc::<[u8]>().handles(8);
    let mut tx = cards().max_len(5000).sender().unwrap();
    let mut rx = cards().limit(4000).receiver().unwrap();
    assert_eq!((tx.max_record(), rx.limit()), (5000, 4000));
    tx.send(&message(2, 4000)).unwrap();
    assert_same(&rx.recv().unwrap(), &message(2, 4000));
}

#[test]
fn rooms_are_as_large_as_was_said() {
    let name = UniqueName::new("rooms");
    let desk = ringway::shared::<Desk>(name.as_str()).open().unwrap();
    let tx = desk.channel(|desk| &desk.least).spsc::<[u8]>().sender();
    assert_eq!(tx.unwrap().capacity(), 1024);
    let few = desk.channel(|desk| &desk.few).mpmc::<[u8]>();
    let tx = few.handles(2).max_len(100).sender().unwrap();
    assert_eq!((tx.capacity(), tx.max_record()), (4, 104));
}
