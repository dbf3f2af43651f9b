//! Where channels are: named, in a file, anonymous; what stays when everybody has left.

use ringway::{Condition, Peer, Place, RecvError, TryRecvError};
use ringway_testkit::{Actor, TempDir, UniqueName, process, report, roles};
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;

roles! { receives_by_handle }

/// A socket between a test and its role, over which a handle goes.
#[cfg(unix)]
mod socket {
    use super::Actor;
    use ringway::{SystemHandle, handover};
    use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
    use std::os::unix::net::UnixStream;

    /// It is the standard input of the role.
    pub(crate) fn start(role: &str) -> (Actor, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let actor = Actor::start_with(role, &[], OwnedFd::from(theirs).into());
        (actor, ours)
    }

    pub(crate) fn send(socket: &UnixStream, handle: BorrowedFd<'_>) {
        handover::send_handle(socket, handle).unwrap();
    }

    pub(crate) fn receive() -> SystemHandle {
        let socket = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
        handover::receive_handle(&UnixStream::from(socket)).unwrap()
    }
}

/// A socket between a test and its role, over which a handle goes.
#[cfg(windows)]
mod socket {
    use super::Actor;
    use ringway::{SystemHandle, handover};
    use std::net::{TcpListener, TcpStream};
    use std::os::windows::io::BorrowedHandle;

    /// The role is told its port.
    pub(crate) fn start(role: &str) -> (Actor, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let actor = Actor::start(role, &[&port]);
        (actor, listener.accept().unwrap().0)
    }

    pub(crate) fn send(mut socket: &TcpStream, handle: BorrowedHandle<'_>) {
        handover::send_handle(&mut socket, handle).unwrap();
    }

    pub(crate) fn receive() -> SystemHandle {
        let mut socket = TcpStream::connect(("127.0.0.1", ringway_testkit::arg(0))).unwrap();
        handover::receive_handle(&mut socket).unwrap()
    }
}

fn receives_by_handle() {
    let mut rx = ringway::spsc::<u64>(Place::Handle(socket::receive()))
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
    let (mut receiver, socket) = socket::start("receives_by_handle");
    let mut tx = ringway::spsc::<u64>(Place::Anonymous)
        .capacity(16)
        .sender()
        .unwrap();
    socket::send(&socket, tx.platform().handle().unwrap());
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

#[cfg(target_os = "linux")]
#[test]
fn a_named_channel_is_private_unless_a_mode_is_given() {
    use std::os::unix::fs::MetadataExt;
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
    #[cfg(unix)]
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_persistent_sender_goes_on_without_a_receiver() {
    let name = UniqueName::lasting("persistent");
    let open = || ringway::spsc::<u64>(name.place()).capacity(8).persistent();
    let mut tx = open().sender().unwrap();
    drop(open().receiver().unwrap());
    tx.send(1).unwrap();
    assert_eq!(*open().receiver().unwrap().recv().unwrap(), 1);
    drop(tx);
    assert!(name.exists());
    let place = name.place();
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
    let name = UniqueName::lasting("looked-at");
    let place = name.place();
    let mut tx = ringway::spsc::<[u64; 5]>(place.try_clone().unwrap())
        .capacity(8)
        .sender()
        .unwrap();
    let mut rx = ringway::spsc::<[u64; 5]>(place.try_clone().unwrap())
        .receiver()
        .unwrap();
    for n in 0..5 {
        tx.send([n; 5]).unwrap();
    }
    drop(rx.recv().unwrap());
    let before = std::fs::read(name.file()).unwrap();
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
    assert_eq!(std::fs::read(name.file()).unwrap(), before);
    if cfg!(all(target_os = "linux", not(ringway_macos))) {
        // Elsewhere it is in a file, which has no name to be listed by.
        let listed = ringway::list().unwrap();
        let is_this = |entry: &ringway::Entry| entry.name.as_str() == name.as_str();
        assert!(listed.iter().any(is_this));
    }
}

#[test]
fn what_never_became_a_segment_can_be_removed() {
    let name = UniqueName::lasting("debris");
    let place = name.place();
    std::fs::write(name.file(), b"").unwrap();
    assert_eq!(ringway::look(&place).unwrap().0, Condition::Unbuilt);
    assert_eq!(
        ringway::remove_stale(&place, false).unwrap(),
        (Condition::Unbuilt, true)
    );
    assert!(!name.exists());
    std::fs::write(name.file(), b"too short").unwrap();
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
    let name = UniqueName::new("many");
    #[cfg(target_os = "linux")]
    let mappings = || {
        std::fs::read_to_string("/proc/self/maps")
            .unwrap()
            .matches(name.as_str())
            .count()
    };
    let before = process::open_handles();
    for _ in 0..1000 {
        let mut tx = ringway::spsc::<u64>(name.as_str())
            .capacity(4)
            .sender()
            .unwrap();
        let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
        tx.send(1).unwrap();
        assert_eq!(*rx.recv().unwrap(), 1);
    }
    #[cfg(target_os = "linux")]
    assert_eq!(mappings(), 0);
    // Other tests of this process open a few at the same time.
    let open = process::open_handles();
    assert!(open < before + 200, "{open} handles, {before} before");
    assert!(!name.exists());
}

/// What an implementation in another language relies on (`docs/abi.md`), of segments that have wait
/// slots: all that processes share.
#[test]
fn segments_between_processes_have_the_documented_offsets() {
    let directory = TempDir::new();
    let words = |path: &std::path::Path| -> Vec<u32> {
        let bytes = std::fs::read(path).unwrap();
        let words = bytes.chunks_exact(4);
        words
            .map(|word| u32::from_ne_bytes(word.try_into().unwrap()))
            .collect()
    };
    let path = directory.file("channel");
    let mut tx = ringway::spsc::<u64>(Place::File(path.clone()))
        .capacity(7)
        .sender()
        .unwrap();
    tx.try_send(9).unwrap();
    let channel = words(&path);
    let table = channel[68 / 4..88 / 4].to_vec();
    assert_eq!(table, [64, 4480, 256, 4480 + 2 * 128, 4480 + 2 * 128 + 640]);
    assert_eq!(channel[5376 / 4], 1, "the stamp of the first cell");
    assert_eq!(channel[(5376 + 8) / 4], 9, "the first item");

    let path = directory.file("object");
    let lock = ringway::mutex::<u64>(Place::File(path.clone())).handles(3);
    let lock = lock.open().unwrap();
    let object = words(&path);
    let behind = 4480 + 3 * 128;
    assert_eq!(object[68 / 4..88 / 4], [64, 4480, 256, behind, behind]);
    drop((tx, lock));
}
