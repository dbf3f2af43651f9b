//! Goal: looking at a segment shows everything and changes nothing.
#![cfg(target_os = "linux")]

mod common;

use common::*;
use ringway_core::liveness::Liveness;
use ringway_core::region::Memory;
use ringway_os_linux::{Disposition, Place, inspect, list};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::Ordering::SeqCst;

#[test]
fn shows_what_is_written_and_writes_nothing() {
    let scratch = Scratch::new("look");
    // The initialisation lock stays taken: looking needs none.
    let (segment, _) = open(&scratch.place, Disposition::CreateNew).unwrap();
    let inspection = inspect(&scratch.place).unwrap();
    assert_eq!(inspection.len() as u64, LEN);
    let seen = word(&inspection, 0).atomic;
    word_of(&segment).atomic.store(1, SeqCst);
    assert_eq!(seen.load(SeqCst), 1);
    word_of(&segment).atomic.store(2, SeqCst);
    assert_eq!(seen.load(SeqCst), 2);
    seen.store(3, SeqCst);
    assert_eq!(word_of(&segment).atomic.load(SeqCst), 2);
    assert!(inspection.is_alive(segment.me()));
    let peer = segment.me();
    drop(segment);
    assert!(!inspection.is_alive(peer));
}

/// Needs root, so that there is another user to become.
#[test]
fn permission_to_read_is_enough() {
    let scratch = Scratch::new("readable");
    if role().is_some() {
        become_nobody();
        let peer = receive_peer(&socket_to_test());
        let inspection = inspect(&place_from_test()).unwrap();
        assert_eq!(word(&inspection, 0).atomic.load(SeqCst), 5);
        assert!(inspection.is_alive(peer));
        return;
    }
    if lacks_root("permission_to_read_is_enough") {
        return;
    }
    let segment = attach(&scratch.place);
    word_of(&segment).atomic.store(5, SeqCst);
    fs::set_permissions(&scratch.path, Permissions::from_mode(0o644)).unwrap();
    let helper = Helper::start("permission_to_read_is_enough", "nobody", &scratch.place);
    send_peer(&helper.socket, segment.me());
    helper.succeeds();
}

#[test]
fn handle_can_be_looked_at() {
    let segment = attach(&Place::Anonymous);
    word_of(&segment).atomic.store(9, SeqCst);
    let copy = segment.handle().unwrap().try_clone_to_owned().unwrap();
    let inspection = inspect(&Place::Handle(copy)).unwrap();
    assert_eq!(word(&inspection, 0).atomic.load(SeqCst), 9);
}

#[test]
fn lists_named_segments_and_nothing_else() {
    let scratch = Scratch::new("listed");
    let link = Scratch::new("listed-link");
    let segment = attach(&scratch.place);
    std::os::unix::fs::symlink(&scratch.path, &link.path).unwrap();
    let ours = |place: &Place| {
        let Place::Named(name) = place else {
            panic!("{place}");
        };
        list()
            .unwrap()
            .into_iter()
            .find(|found| found.name == *name)
    };
    let found = ours(segment.place()).unwrap();
    assert_eq!((found.len, found.mode), (LEN, Some(0o600)));
    assert_eq!(
        found.owner,
        Some(rustix::process::geteuid().as_raw().into())
    );
    assert!(found.modified.unwrap().elapsed().unwrap() < LONG);
    assert!(ours(&link.place).is_none());
}
