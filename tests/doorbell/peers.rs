//! Peers that answer, leave, or die.

use crate::look::{LONG, NEWS, SLICE, rings, wait_by};
use ringway::{Armed, Doorbell, Source, TryRecvError, TrySendError};
use ringway_testkit::{Actor, UniqueName, arg, report};
use std::io::Read as _;
use std::thread;
use std::time::{Duration, Instant};

/// Argument: name. Opens a sender and leaves in good order when it is told.
pub(crate) fn hangs_up() {
    let name: String = arg(0);
    let tx = ringway::spsc::<u64>(&name).sender().unwrap();
    report("ready");
    std::io::stdin().read_exact(&mut [0]).unwrap_err();
    drop(tx);
}

#[test]
fn rings_when_the_peer_leaves() {
    let name = UniqueName::new("bell-close");
    let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    let mut bell = rx.doorbell().unwrap();
    assert_eq!(bell.arm(&mut rx).unwrap(), Armed::Waiting);
    let mut actor = Actor::start_with("hangs_up", &[name.as_str()], std::process::Stdio::piped());
    actor.expect("ready");
    assert!(rings(&bell, LONG), "that a sender came is worth a look");
    assert_eq!(bell.arm(&mut rx).unwrap(), Armed::Waiting);
    let leaving = thread::spawn(move || actor.finish());
    assert!(wait_by(&mut bell, &mut rx) < 50);
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
    leaving.join().unwrap();
    // It stays closed, and so ready.
    assert_eq!(bell.arm(&mut rx).unwrap(), Armed::Ready);
}

/// Arguments: name, what. Holds it until it is killed.
pub(crate) fn holds() {
    fn hold<T>(_held: T) {
        report("ready");
        thread::park();
    }
    let name: String = arg(0);
    match arg::<String>(1).as_str() {
        "a sender" => hold(ringway::spsc::<u64>(&name).sender().unwrap()),
        "a sender of many" => hold(ringway::mpmc::<u64>(&name).sender().unwrap()),
        "a receiver" => hold(ringway::spsc::<u64>(&name).receiver().unwrap()),
        "a writer" => hold(ringway::pipe(&name).writer().unwrap()),
        "a reader" => hold(ringway::pipe(&name).reader().unwrap()),
        "a permit" => {
            let semaphore = ringway::semaphore(&name, 1).open().unwrap();
            hold(semaphore.acquire().unwrap());
        }
        what => panic!("nobody holds {what:?}"),
    }
}

/// A process that holds `what` is killed in a moment of the slice; the source is ready soon after.
fn dies(name: &UniqueName, what: &str, source: &mut impl Source, mut bell: Doorbell) {
    let mut actor = Actor::start("holds", &[name.as_str(), what]);
    actor.expect("ready");
    for held in 0..6 {
        assert_eq!(bell.arm(source).unwrap(), Armed::Waiting);
        rings(&bell, Duration::from_millis(held * 33));
    }
    let killed = Instant::now();
    actor.kill();
    wait_by(&mut bell, source);
    let took = killed.elapsed();
    println!("{what}: the death was known after {took:?}");
    assert!(took < NEWS, "{took:?}");
}

#[test]
fn rings_when_the_sender_dies() {
    let name = UniqueName::new("bell-death");
    let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    let bell = rx.doorbell().unwrap();
    dies(&name, "a sender", &mut rx, bell);
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
}

#[test]
fn rings_when_the_last_of_many_senders_dies() {
    let name = UniqueName::new("bell-death-many");
    let mut rx = ringway::mpmc::<u64>(name.as_str()).receiver().unwrap();
    let bell = rx.doorbell().unwrap();
    dies(&name, "a sender of many", &mut rx, bell);
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
}

#[test]
fn rings_when_the_receiver_dies() {
    let name = UniqueName::new("bell-death-receiver");
    let mut tx = ringway::spsc::<u64>(name.as_str())
        .capacity(1)
        .sender()
        .unwrap();
    while tx.try_send(0).is_ok() {}
    let bell = tx.doorbell().unwrap();
    dies(&name, "a receiver", &mut tx, bell);
    assert!(matches!(tx.try_send(0), Err(TrySendError::Closed(0))));
}

#[test]
fn rings_when_the_other_end_of_a_pipe_dies() {
    let name = UniqueName::new("bell-death-writer");
    let mut rx = ringway::pipe(name.as_str()).reader().unwrap();
    let bell = rx.doorbell().unwrap();
    dies(&name, "a writer", &mut rx, bell);

    let name = UniqueName::new("bell-death-reader");
    let mut tx = ringway::pipe(name.as_str())
        .capacity(4096)
        .writer()
        .unwrap();
    while tx.try_write(&[0; 4096]).is_ok() {}
    let bell = tx.doorbell().unwrap();
    dies(&name, "a reader", &mut tx, bell);
}

#[test]
fn rings_for_the_permit_of_the_dead() {
    let name = UniqueName::new("bell-death-permit");
    let mut semaphore = ringway::semaphore(name.as_str(), 1).open().unwrap();
    let bell = semaphore.doorbell().unwrap();
    dies(&name, "a permit", &mut semaphore, bell);
    assert!(semaphore.try_acquire().is_ok());
}

const MESSAGES: u64 = 20_000;

/// Argument: name. Sends back what comes, by a doorbell.
pub(crate) fn echoes() {
    let name: String = arg(0);
    let mut tx = ringway::spsc::<u64>(format!("{name}-back"))
        .sender()
        .unwrap();
    let mut rx = ringway::spsc::<u64>(&name).receiver().unwrap();
    let mut bell = rx.doorbell().unwrap();
    report("ready");
    for n in 0..MESSAGES {
        wait_by(&mut bell, &mut rx);
        assert_eq!(*rx.try_recv().unwrap(), n);
        tx.send(n).unwrap();
    }
}

#[test]
fn no_ring_is_lost_in_a_ping_pong() {
    let name = UniqueName::new("bell-ping");
    let mut tx = ringway::spsc::<u64>(name.as_str()).sender().unwrap();
    let back = format!("{name}-back");
    let mut rx = ringway::spsc::<u64>(&back).receiver().unwrap();
    let mut bell = rx.doorbell().unwrap();
    let mut actor = Actor::start("echoes", &[name.as_str()]);
    actor.expect("ready");
    let (start, mut waits, mut slowest) = (Instant::now(), 0, Duration::ZERO);
    for n in 0..MESSAGES {
        let sent = Instant::now();
        tx.send(n).unwrap();
        waits += wait_by(&mut bell, &mut rx);
        assert_eq!(*rx.try_recv().unwrap(), n);
        slowest = slowest.max(sent.elapsed());
    }
    let took = start.elapsed();
    println!("{MESSAGES} round trips by {waits} rings took {took:?}, the slowest {slowest:?}");
    // A lost ring costs a slice; a busy machine may cost some, too.
    assert!(took < SLICE * 100, "{took:?}");
    actor.finish();
}
