//! Goal: the living are never called dead, and the dead are, soon.
#![cfg(windows)]

mod common;

use common::*;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_os_windows::{Place, inspect};
use std::num::NonZeroU32;

fn both(label: &str, test: impl Fn(&Place)) {
    test(&place(label));
    test(&Scratch::new(label).place);
}

#[test]
fn attachments_know_each_other() {
    both("know", |place| {
        let (one, two) = (attach(place), attach(place));
        let peer = two.me();
        assert_ne!(one.me().token, peer.token);
        assert!(one.is_alive(one.me()) && one.is_alive(peer));
        assert!(one.is_alive(PeerId::from_token(peer.token)));
        let onlooker = inspect(place).unwrap();
        assert!(onlooker.is_alive(peer));
        drop(two);
        assert!(!one.is_alive(peer) && !onlooker.is_alive(peer));
        let nobody = NonZeroU32::new(PeerId::MAX_TOKEN + 1).unwrap();
        assert!(!one.is_alive(PeerId::from_token(nobody)));
    });
}

/// Method: a helper is attached, and then killed. The number of its process alone says nothing: one
/// that was created at another time is not it.
#[test]
fn killed_process_is_dead() {
    if role().is_some() {
        let segment = attach(&place_from_test());
        let socket = socket_to_test();
        send_peer(&socket, segment.me());
        return linger(&socket);
    }
    both("killed", |place| {
        let segment = attach(place);
        let mut helper = Helper::start("killed_process_is_dead", "dies", place);
        let peer = receive_peer(&helper.socket);
        let bare = PeerId::from_token(peer.token);
        assert_eq!(peer.process, helper.child.id());
        assert!(segment.is_alive(peer) && segment.is_alive(bare));
        helper.kill();
        eventually("its process is known to be gone", || {
            !segment.is_alive(peer)
        });
        eventually("its lock is free", || !segment.is_alive(bare));
    });
}

#[test]
fn process_of_another_time_is_not_the_peer() {
    let place = place("time");
    let (one, two) = (attach(&place), attach(&place));
    let helper = Helper::start("just_lingers", "lingers", &place);
    // A living lock, with the number of a living process that is not the one it says.
    let impostor = PeerId {
        process: helper.child.id(),
        domain: 0xDEAD_BEE1,
        ..two.me()
    };
    assert!(!one.is_alive(impostor));
    let unknown = PeerId {
        domain: 0,
        ..impostor
    };
    assert!(one.is_alive(unknown));
}

#[test]
fn just_lingers() {
    if role().is_some() {
        linger(&socket_to_test());
    }
}

/// Method: threads ask all the time about one that lives and one that does not, while others attach
/// and leave. Allowed outcome: the living one always lives.
#[test]
fn asking_disturbs_nobody() {
    use std::sync::atomic::{AtomicBool, Ordering};
    both("asking", |place| {
        let segment = attach(place);
        let peer = attach(place);
        let dead = {
            let gone = attach(place);
            PeerId::from_token(gone.me().token)
        };
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        assert!(segment.is_alive(peer.me()));
                        segment.is_alive(dead);
                    }
                });
            }
            for _ in 0..50 {
                drop(attach(place));
            }
            is_over.store(true, Ordering::Relaxed);
        });
        assert!(!segment.is_alive(dead));
    });
}
