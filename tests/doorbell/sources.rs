//! Each source rings for what it brings, and soon.

use crate::look::{ROUNDS, SLICE, is_rung, wait_by, was_rung};
use ringway::{Armed, Doorbell, Room, Source};
use ringway_testkit::{Actor, UniqueName, arg, report};
use std::io::{Read as _, Write as _};
use std::time::Instant;

/// Arguments: name, what. Does it each time that it is told.
pub(crate) fn does_what_it_is_told() {
    let name: String = arg(0);
    let go = ringway::event(format!("{name}-go"))
        .automatic()
        .open()
        .unwrap();
    let again = |mut act: Box<dyn FnMut()>| {
        report("ready");
        for _ in 0..ROUNDS {
            go.wait().unwrap();
            act();
        }
    };
    match arg::<String>(1).as_str() {
        "send" => {
            let mut tx = ringway::spsc::<u64>(&name).sender().unwrap();
            again(Box::new(move || tx.send(1).unwrap()));
        }
        "receive" => {
            let mut rx = ringway::spsc::<[u64; 8]>(&name).receiver().unwrap();
            again(Box::new(move || drop(rx.recv().unwrap())));
        }
        "set" => {
            let event = ringway::event(&name).automatic().open().unwrap();
            again(Box::new(move || event.set()));
        }
        "release" => {
            let semaphore = ringway::semaphore(&name, 0).open().unwrap();
            again(Box::new(move || semaphore.release(1).unwrap()));
        }
        "write" => {
            let mut tx = ringway::pipe(&name).writer().unwrap();
            again(Box::new(move || tx.write_all(b"x").unwrap()));
        }
        "read" => {
            let mut rx = ringway::pipe(&name).reader().unwrap();
            let mut bytes = vec![0; 4096];
            again(Box::new(move || rx.read_exact(&mut bytes).unwrap()));
        }
        "send in a room" => {
            let desk = ringway::shared::<Desk>(&name).open().unwrap();
            let tx = desk.channel(|desk| &desk.calls).mpsc::<u64>().sender();
            let mut tx = tx.unwrap();
            again(Box::new(move || tx.send(1).unwrap()));
        }
        what => panic!("nobody does {what:?}"),
    }
}

ringway::shared! {
    struct Desk {
        open: ringway::EventCell,
        calls: Room<16384>,
    }
}

/// A process does `what` each time that it is told; each time `bell` rings for `source`, and then
/// `take` takes what came. It rings because of that and not because time has passed.
fn rings_for<S: Source>(
    name: &UniqueName,
    what: &str,
    mut bell: Doorbell,
    mut source: S,
    mut take: impl FnMut(&mut S) -> bool,
) {
    let go = ringway::event(format!("{name}-go"))
        .automatic()
        .open()
        .unwrap();
    let mut actor = Actor::start("does_what_it_is_told", &[name.as_str(), what]);
    actor.expect("ready");
    while bell.arm(&mut source).unwrap() == Armed::Ready {
        assert!(take(&mut source), "what came with the peer");
    }
    let start = Instant::now();
    for _ in 0..ROUNDS {
        go.set();
        wait_by(&mut bell, &mut source);
        while take(&mut source) {}
    }
    assert!(start.elapsed() < SLICE * ROUNDS / 2, "it rang for {what:?}");
    actor.finish();
}

#[test]
fn rings_for_a_message() {
    let name = UniqueName::new("bell-message");
    let rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    let bell = rx.doorbell().unwrap();
    rings_for(&name, "send", bell, rx, |rx| rx.try_recv().is_ok());
}

#[test]
fn rings_for_room() {
    let name = UniqueName::new("bell-room");
    let mut tx = ringway::spsc::<[u64; 8]>(name.as_str())
        .capacity(1)
        .sender()
        .unwrap();
    while tx.try_send([0; 8]).is_ok() {}
    let bell = tx.doorbell().unwrap();
    rings_for(&name, "receive", bell, tx, |tx| tx.try_send([0; 8]).is_ok());
}

#[test]
fn rings_for_an_event() {
    let name = UniqueName::new("bell-event");
    let event = ringway::event(name.as_str()).automatic().open().unwrap();
    let bell = event.doorbell().unwrap();
    rings_for(&name, "set", bell, event, |event| event.try_wait());
}

#[test]
fn rings_for_a_permit() {
    let name = UniqueName::new("bell-permit");
    let semaphore = ringway::semaphore(name.as_str(), 0).open().unwrap();
    let bell = semaphore.doorbell().unwrap();
    rings_for(&name, "release", bell, semaphore, |semaphore| {
        semaphore.try_consume(1).is_ok()
    });
}

#[test]
fn rings_for_bytes() {
    let name = UniqueName::new("bell-bytes");
    let rx = ringway::pipe(name.as_str()).reader().unwrap();
    let bell = rx.doorbell().unwrap();
    rings_for(&name, "write", bell, rx, |rx| {
        matches!(rx.try_read(&mut [0]), Ok(1))
    });
}

#[test]
fn rings_for_room_in_a_pipe() {
    let name = UniqueName::new("bell-pipe");
    let mut tx = ringway::pipe(name.as_str())
        .capacity(4096)
        .writer()
        .unwrap();
    while tx.try_write(&[0; 4096]).is_ok() {}
    let bell = tx.doorbell().unwrap();
    rings_for(&name, "read", bell, tx, |tx| {
        tx.try_write(&[0; 4096]).is_ok()
    });
}

/// Words of a channel in a room have the same name for who rings and who is rung for.
#[test]
fn rings_for_a_channel_beside_other_cells() {
    let name = UniqueName::new("bell-beside");
    let desk = ringway::shared::<Desk>(name.as_str()).open().unwrap();
    let rx = desk.channel(|desk| &desk.calls).mpsc::<u64>().receiver();
    let rx = rx.unwrap();
    let bell = rx.doorbell().unwrap();
    rings_for(&name, "send in a room", bell, rx, |rx| {
        rx.try_recv().is_ok()
    });
}

/// One doorbell for several things in one segment, one at a time.
#[test]
fn serves_what_lies_in_the_same_segment() {
    let name = UniqueName::new("bell-shared");
    let desk = ringway::shared::<Desk>(name.as_str()).open().unwrap();
    let channel = || desk.channel(|desk| &desk.calls).spsc::<u64>();
    let (mut tx, mut rx) = (channel().sender().unwrap(), channel().receiver().unwrap());
    let mut open = desk.bind(|desk| &desk.open);
    let mut bell = rx.doorbell().unwrap();
    for n in 0..10 {
        assert_eq!(bell.arm(&mut open).unwrap(), Armed::Waiting);
        tx.send(n).unwrap();
        assert!(!is_rung(&bell), "it is armed for something else");
        open.set();
        assert!(was_rung(&bell));
        assert_eq!(bell.arm(&mut open).unwrap(), Armed::Ready);
        assert!(!is_rung(&bell), "nothing is armed");
        assert_eq!(bell.arm(&mut rx).unwrap(), Armed::Ready);
        assert_eq!(*rx.recv().unwrap(), n);
        assert_eq!(bell.arm(&mut rx).unwrap(), Armed::Waiting);
        open.reset();
    }
}
