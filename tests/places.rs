//! Where channels are: named, in a file, anonymous; what stays when everybody has left.

use ringway::{Condition, Peer, Place, RecvError, TryRecvError};
use ringway_testkit::{Actor, TempDir, UniqueName, report, roles};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::Path;

roles! { receives_by_handle }

/// Standard input is a socket over which the channel comes.
fn receives_by_handle() {
    let socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned().unwrap());
    let handle = ringway::handover::receive_handle(&socket).unwrap();
    let mut rx = ringway::spsc::<u64>(Place::Handle(handle))
        .receiver()
        .unwrap();
    let mut sum = 0;
    while let Ok(message) = rx.recv() {
        sum += *message;
    }
    report(sum);
}

#[test]
fn an_anonymous_channel_is_handed_over_through_a_socket() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut receiver = Actor::start_with("receives_by_handle", &[], OwnedFd::from(theirs).into());
    let mut tx = ringway::spsc::<u64>(Place::Anonymous)
        .capacity(16)
        .sender()
        .unwrap();
    let handle = tx.platform().handle().unwrap();
    ringway::handover::send_handle(&ours, handle).unwrap();
    for n in 0..1000 {
        tx.send(n).unwrap();
    }
    drop(tx);
    assert_eq!(receiver.heard::<u64>(), 999 * 1000 / 2);
    receiver.finish();
}

#[test]
fn an_anonymous_channel_that_everybody_left_is_retired() {
    let tx = ringway::spsc::<u64>(Place::Anonymous).sender().unwrap();
    let handle = tx
        .platform()
        .segment()
        .handle()
        .unwrap()
        .try_clone_to_owned()
        .unwrap();
    drop(tx);
    let error = ringway::spsc::<u64>(Place::Handle(handle))
        .receiver()
        .map(drop)
        .unwrap_err();
    assert!(error.to_string().contains("given up"), "{error}");
}

#[test]
fn a_named_channel_is_private_unless_a_mode_is_given() {
    let mode = |name: &UniqueName| std::fs::metadata(name.shm_file()).unwrap().mode() & 0o7777;
    let private = UniqueName::new("private");
    let _tx = ringway::spsc::<u64>(private.as_str()).sender().unwrap();
    assert_eq!(mode(&private), 0o600);
    let shared = UniqueName::new("shared");
    let _tx = ringway::spsc::<u64>(shared.as_str())
        .mode(0o666)
        .sender()
        .unwrap();
    assert_eq!(mode(&shared), 0o666);
}

#[test]
fn unread_messages_in_a_persistent_file_survive_everybody() {
    let dir = TempDir::new();
    let file = dir.file("queue");
    let open = || {
        ringway::spsc::<u64>(file.as_path())
            .capacity(100)
            .persistent()
    };
    for session in 0..3 {
        let mut tx = open().sender().unwrap();
        assert_eq!(tx.sent(), session * 10);
        for n in 0..10 {
            tx.send(session * 10 + n).unwrap();
        }
    }
    let mut rx = open().receiver().unwrap();
    for n in 0..25 {
        assert_eq!(*rx.recv().unwrap(), n);
    }
    drop(rx);
    let mut rx = open().receiver().unwrap();
    assert_eq!(rx.received(), 25);
    for n in 25..30 {
        assert_eq!(*rx.recv().unwrap(), n);
    }
    assert_eq!(rx.recv().map(drop), Err(RecvError::Closed));
    drop(rx);
    // A receiver of the next session that comes first waits for its sender.
    let mut rx = open().receiver().unwrap();
    assert_eq!(rx.try_recv().map(drop), Err(TryRecvError::Empty));
    assert_eq!(rx.sender(), Peer::Absent);
    open().sender().unwrap().send(30).unwrap();
    assert_eq!(*rx.recv().unwrap(), 30);
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_persistent_sender_goes_on_without_a_receiver() {
    let name = UniqueName::new("persistent");
    let open = || ringway::spsc::<u64>(name.as_str()).capacity(8).persistent();
    let mut tx = open().sender().unwrap();
    drop(open().receiver().unwrap());
    tx.send(1).unwrap();
    assert_eq!(*open().receiver().unwrap().recv().unwrap(), 1);
    drop(tx);
    assert!(name.exists());
    let place = Place::try_from(name.as_str()).unwrap();
    assert_eq!(ringway::look(&place).unwrap().0, Condition::Persistent);
    assert_eq!(
        ringway::remove_stale(&place, false).unwrap(),
        (Condition::Persistent, false)
    );
    assert!(ringway::remove_stale(&place, true).unwrap().1);
    assert!(!name.exists());
}

#[test]
fn a_file_that_is_not_persistent_is_gone_with_its_users() {
    let dir = TempDir::new();
    let file = dir.file("channel");
    let tx = ringway::spsc::<u64>(file.as_path()).sender().unwrap();
    let rx = ringway::spsc::<u64>(file.as_path()).receiver().unwrap();
    drop(tx);
    assert!(file.exists());
    drop(rx);
    assert!(!file.exists());
}

#[test]
fn a_look_shows_a_channel_without_disturbing_it() {
    let name = UniqueName::new("looked-at");
    let place = Place::try_from(name.as_str()).unwrap();
    let mut tx = ringway::spsc::<[u64; 5]>(name.as_str())
        .capacity(8)
        .sender()
        .unwrap();
    let mut rx = ringway::spsc::<[u64; 5]>(name.as_str()).receiver().unwrap();
    for n in 0..5 {
        tx.send([n; 5]).unwrap();
    }
    drop(rx.recv().unwrap());
    let before = std::fs::read(name.shm_file()).unwrap();
    let (condition, seen) = ringway::look(&place).unwrap();
    let seen = seen.unwrap();
    assert_eq!(condition, Condition::InUse);
    assert_eq!(seen.contents.item.name, "[u64; 5]");
    assert_eq!(seen.contents.geometry.capacity(), 8);
    let progress = seen.progress.unwrap();
    assert_eq!((progress.received, progress.unread), (1, 4));
    let process = std::process::id();
    assert!(matches!(seen.sender, Peer::Alive(id) if id.process == process));
    assert!(matches!(seen.receiver, Peer::Alive(id) if id.process == process));
    assert_eq!(std::fs::read(name.shm_file()).unwrap(), before);
    let listed = ringway::list().unwrap();
    assert!(
        listed
            .iter()
            .any(|entry| entry.name.as_str() == name.as_str())
    );
}

#[test]
fn what_never_became_a_segment_can_be_removed() {
    let name = UniqueName::new("debris");
    let place = Place::try_from(name.as_str()).unwrap();
    std::fs::write(name.shm_file(), b"").unwrap();
    assert_eq!(ringway::look(&place).unwrap().0, Condition::Unbuilt);
    assert_eq!(
        ringway::remove_stale(&place, false).unwrap(),
        (Condition::Unbuilt, true)
    );
    assert!(!name.exists());
    std::fs::write(name.shm_file(), b"too short").unwrap();
    let kept = ringway::remove_stale(&place, false).unwrap_err();
    assert!(
        matches!(kept.problem, ringway::Problem::TooSmall { .. }),
        "{kept}"
    );
    assert!(ringway::remove_stale(&place, true).unwrap().1);
    assert!(!name.exists());
}

#[test]
fn opening_a_thousand_times_leaves_nothing_open() {
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let name = UniqueName::new("many");
    let mappings = || {
        std::fs::read_to_string("/proc/self/maps")
            .unwrap()
            .matches(name.as_str())
            .count()
    };
    for _ in 0..1000 {
        let mut tx = ringway::spsc::<u64>(name.as_str())
            .capacity(4)
            .sender()
            .unwrap();
        let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
        tx.send(1).unwrap();
        assert_eq!(*rx.recv().unwrap(), 1);
    }
    assert_eq!(mappings(), 0);
    // Other tests of this process open a few at the same time.
    assert!(descriptors() < 200, "{} descriptors", descriptors());
    assert!(!Path::new(&name.shm_file()).exists());
}
