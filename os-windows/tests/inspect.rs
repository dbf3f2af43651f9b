//! Goal: an onlooker sees what is there and disturbs nobody.
#![cfg(windows)]

mod common;

use common::*;
use ringway_core::region::Memory;
use ringway_os_windows::{Disposition, Place, Problem, inspect, list};
use std::sync::atomic::Ordering::SeqCst;

#[test]
fn onlooker_sees_and_changes_nothing() {
    for place in [
        place("look"),
        Scratch::new("look").place.try_clone().unwrap(),
    ] {
        let segment = attach(&place);
        let seen = inspect(&place).unwrap();
        assert_eq!(seen.len() as u64, LEN);
        word_of(&segment).atomic.store(5, SeqCst);
        assert_eq!(word(&seen, 0).atomic.load(SeqCst), 5);
        word(&seen, 4096).atomic.store(9, SeqCst);
        let other = word(ringway_core::platform::Platform::memory(&segment), 4096);
        assert_eq!(other.atomic.load(SeqCst), 0);
        segment.lock().unwrap();
        segment.unlink().unwrap();
    }
}

/// An onlooker does not keep the name.
#[test]
fn segment_ends_while_somebody_looks() {
    let place = place("ends");
    let segment = attach(&place);
    let seen = inspect(&place).unwrap();
    drop(segment);
    let gone = open(&place, Disposition::OpenExisting).unwrap_err();
    assert!(matches!(gone.problem, Problem::NotFound), "{gone}");
    assert_eq!(seen.len() as u64, LEN);
}

#[test]
fn list_names_each_segment_once() {
    let (one, two) = (place("list-a"), place("list-b"));
    let found = |place: &Place| {
        let Place::Named(name) = place else { panic!() };
        let all = list().unwrap();
        let mut found: Vec<_> = all.into_iter().filter(|one| one.name == *name).collect();
        assert!(found.len() <= 1, "{found:?}");
        found.pop()
    };
    let old = attach(&one);
    let _other = attach(&two);
    let seen = found(&one).unwrap();
    assert_eq!(seen.len, LEN);
    assert!(seen.mode.is_none() && seen.modified.is_none());
    assert!(seen.owner.is_some());
    assert!(found(&two).is_some());
    // Of two sections the one that is the segment.
    old.unlink().unwrap();
    let mut larger = request(&one, Disposition::CreateOrOpen);
    larger.len = 4 * LEN;
    let new = ringway_os_windows::Segment::open(&larger).unwrap();
    assert_eq!(found(&one).unwrap().len, 4 * LEN);
    assert_eq!(inspect(&one).unwrap().len() as u64, 4 * LEN);
    drop((old, new));
    assert!(found(&one).is_none());
}
