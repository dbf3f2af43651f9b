//! Goal: who sleeps is woken, by another process too, is told of a death, and never sleeps too long.
#![cfg(windows)]

mod common;

use common::*;
use ringway_core::liveness::Liveness;
use ringway_core::platform::Platform;
use ringway_core::wait::{Wait, WaitResult};
use ringway_os_windows::Place;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::{Duration, Instant};

const WORD: usize = 64;

#[test]
fn deadline_passes_and_not_too_early() {
    let segment = attach(&Place::Anonymous);
    let word = word(segment.memory(), WORD);
    for millis in [0, 1, 20] {
        let start = segment.now();
        let until = start.after(Duration::from_millis(millis));
        loop {
            match segment.wait(word, 0, Some(until)) {
                WaitResult::TimedOut => break,
                WaitResult::Woken => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(segment.now() >= until);
    }
    assert_eq!(segment.wait(word, 1, None), WaitResult::Woken);
}

#[test]
fn clock_is_the_same_everywhere_and_goes_on() {
    if role().is_some() {
        let segment = attach(&place_from_test());
        let socket = socket_to_test();
        hear(&socket);
        let now = segment.now().0;
        return std::io::Write::write_all(&mut &socket, &now.to_le_bytes()).unwrap();
    }
    let place = place("clock");
    let segment = attach(&place);
    let helper = Helper::start("clock_is_the_same_everywhere_and_goes_on", "tells", &place);
    let before = segment.now().0;
    tell(&helper.socket);
    let mut there = [0; 8];
    std::io::Read::read_exact(&mut &helper.socket, &mut there).unwrap();
    let after = segment.now().0;
    let there = u64::from_le_bytes(there);
    assert!(
        before <= there && there <= after,
        "{before} {there} {after}"
    );
}

/// Method: ping-pong over two words; each side sleeps until the other has counted on. A lost wake-up
/// hangs it until the deadline, which fails.
#[test]
fn processes_wake_each_other() {
    const ROUNDS: u32 = 300;
    const OTHER: usize = 128;
    let wait_for = |segment: &ringway_os_windows::Segment, offset, value| {
        let word = word(segment.memory(), offset);
        let start = Instant::now();
        loop {
            let now = word.atomic.load(SeqCst);
            if now >= value {
                return;
            }
            let until = segment.now().after(LONG);
            assert_ne!(segment.wait(word, now, Some(until)), WaitResult::TimedOut);
            assert!(start.elapsed() < LONG);
        }
    };
    let count = |segment: &ringway_os_windows::Segment, offset, value| {
        let word = word(segment.memory(), offset);
        word.atomic.store(value, SeqCst);
        segment.wake(word, u32::MAX);
    };
    if role().is_some() {
        let segment = attach(&place_from_test());
        let socket = socket_to_test();
        for round in 1..=ROUNDS {
            wait_for(&segment, WORD, round);
            count(&segment, OTHER, round);
        }
        return tell(&socket);
    }
    let both = [
        place("ping"),
        Scratch::new("ping").place.try_clone().unwrap(),
    ];
    for place in &both {
        let segment = attach(place);
        let helper = Helper::start("processes_wake_each_other", "pong", place);
        for round in 1..=ROUNDS {
            count(&segment, WORD, round);
            wait_for(&segment, OTHER, round);
        }
        hear(&helper.socket);
        helper.succeeds();
        segment.lock().unwrap();
        segment.unlink().unwrap();
    }
}

/// Method: this process sleeps without a deadline; its peer, about which it asked, is killed.
#[test]
fn sleeper_is_told_of_a_death_once() {
    if role().is_some() {
        let segment = attach(&place_from_test());
        let socket = socket_to_test();
        send_peer(&socket, segment.me());
        return linger(&socket);
    }
    let place = place("told");
    let segment = attach(&place);
    let mut helper = Helper::start("sleeper_is_told_of_a_death_once", "dies", &place);
    let peer = receive_peer(&helper.socket);
    assert!(segment.is_alive(peer));
    let word = word(segment.memory(), WORD);
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| {
            let until = segment.now().after(LONG);
            loop {
                match segment.wait(word, 0, Some(until)) {
                    WaitResult::Woken => {}
                    other => return other,
                }
            }
        });
        helper.kill();
        assert_eq!(sleeper.join().unwrap(), WaitResult::Died);
    });
    assert!(!segment.is_alive(peer));
    // It does not keep anybody awake.
    let until = segment.now().after(Duration::from_millis(20));
    loop {
        match segment.wait(word, 0, Some(until)) {
            WaitResult::Woken => {}
            other => break assert_eq!(other, WaitResult::TimedOut),
        }
    }
}
