//! Goal: an anonymous segment is handed over, its size is final, and each side has its own locks.
#![cfg(target_os = "linux")]

mod common;

use common::*;
use ringway_core::liveness::Liveness;
use ringway_core::platform::Platform;
use ringway_core::region::Memory;
use ringway_os_linux::handover::{HandoverError, receive_handle, send_handle};
use ringway_os_linux::{Disposition, Origin, Place, Problem};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, fstat, ftruncate};
use rustix::io::{Errno, FdFlags, fcntl_getfd};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering::SeqCst;

/// The sender keeps its descriptor: if it shared its description with the receiver, the receiver's
/// death would not show.
#[test]
fn handed_over_segment_is_shared_and_its_receivers_death_shows() {
    let test = "handed_over_segment_is_shared_and_its_receivers_death_shows";
    if role().is_some() {
        let socket = socket_to_test();
        let place = Place::Handle(receive_handle(&socket).unwrap());
        let (segment, origin) = open(&place, Disposition::CreateOrOpen).unwrap();
        segment.unlock();
        assert_eq!(origin, Origin::Existing);
        word_of(&segment).atomic.store(7, SeqCst);
        send_peer(&socket, segment.me());
        return linger(&socket);
    }
    let segment = attach(&Place::Anonymous);
    let mut helper = Helper::start(test, "receiver", &Place::Anonymous);
    send_handle(&helper.socket, segment.handle().unwrap()).unwrap();
    let peer = receive_peer(&helper.socket);
    assert_eq!(word_of(&segment).atomic.load(SeqCst), 7);
    assert!(segment.is_alive(peer));
    helper.kill();
    assert!(!segment.is_alive(peer));
}

#[test]
fn size_is_final_and_mode_is_private() {
    let segment = attach(&Place::Anonymous);
    let handle = segment.handle().unwrap();
    assert_eq!(ftruncate(handle, 0), Err(Errno::PERM));
    assert_eq!(ftruncate(handle, 1 << 20), Err(Errno::PERM));
    assert!(fcntl_get_seals(handle).unwrap().contains(SealFlags::SEAL));
    let stat = fstat(handle).unwrap();
    assert_eq!(stat.st_mode & 0o7777, 0o600);
    assert_eq!(stat.st_size, segment.memory().len() as i64);
    assert!(stat.st_blocks * 512 >= stat.st_size);
}

#[test]
fn only_anonymous_segments_have_a_handle() {
    let scratch = Scratch::new("handle");
    assert!(attach(&scratch.place).handle().is_none());
    let first = attach(&Place::Anonymous);
    let copy = first.handle().unwrap().try_clone_to_owned().unwrap();
    let second = attach(&Place::Handle(copy));
    assert!(second.handle().is_some());
}

#[test]
fn unsealed_handles_are_refused() {
    let seals = |handle: OwnedFd| {
        let error = open(&Place::Handle(handle), Disposition::OpenExisting).unwrap_err();
        let Problem::NotSealed { found, expected } = error.problem else {
            panic!("{error}");
        };
        assert_eq!(expected, 0b111);
        found
    };
    let memfd = || {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        rustix::fs::memfd_create("test", flags).unwrap()
    };
    assert_eq!(seals(memfd()), Some(0));
    let half = memfd();
    fcntl_add_seals(&half, SealFlags::SHRINK).unwrap();
    assert_eq!(seals(half), Some(SealFlags::SHRINK.bits()));
    let (socket, _) = UnixStream::pair().unwrap();
    assert_eq!(seals(socket.into()), None);
    let regular = File::open(std::env::current_exe().unwrap()).unwrap();
    assert_eq!(seals(regular.into()), None);
}

#[test]
fn sealed_object_that_is_too_small_is_refused() {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let memfd = rustix::fs::memfd_create("test", flags).unwrap();
    ftruncate(&memfd, 100).unwrap();
    let seals = SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
    fcntl_add_seals(&memfd, seals).unwrap();
    let error = open(&Place::Handle(memfd), Disposition::OpenExisting).unwrap_err();
    assert!(
        matches!(error.problem, Problem::TooSmall { found: 100, .. }),
        "{error}"
    );
}

#[test]
fn dispositions_that_make_no_sense_are_refused() {
    let missing = open(&Place::Anonymous, Disposition::OpenExisting).unwrap_err();
    assert!(matches!(missing.problem, Problem::NotFound), "{missing}");
    let segment = attach(&Place::Anonymous);
    let copy = segment.handle().unwrap().try_clone_to_owned().unwrap();
    let present = open(&Place::Handle(copy), Disposition::CreateNew).unwrap_err();
    assert!(
        matches!(present.problem, Problem::AlreadyExists),
        "{present}"
    );
}

#[test]
fn received_handle_is_closed_on_exec() {
    let (here, there) = UnixStream::pair().unwrap();
    send_handle(&here, std::io::stderr().as_fd()).unwrap();
    let received = receive_handle(&there).unwrap();
    assert!(fcntl_getfd(received).unwrap().contains(FdFlags::CLOEXEC));
}

#[test]
fn handover_to_and_from_nobody() {
    let (mut here, there) = UnixStream::pair().unwrap();
    here.write_all(b"x").unwrap();
    let other = receive_handle(&there);
    assert!(matches!(other, Err(HandoverError::NoHandle)), "{other:?}");
    drop(here);
    let closed = receive_handle(&there);
    assert!(matches!(closed, Err(HandoverError::HungUp)), "{closed:?}");
    let closed = send_handle(&there, there.as_fd());
    assert!(matches!(closed, Err(HandoverError::HungUp)), "{closed:?}");
}
