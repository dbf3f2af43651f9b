//! Goal: a living peer is never called dead, a dead one is called dead at once.
#![cfg(target_os = "linux")]

mod common;

use common::*;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_os_linux::{Disposition, inspect};
use std::num::NonZeroU32;
use std::sync::atomic::Ordering::SeqCst;

#[test]
fn attachments_of_one_process_are_told_apart() {
    let scratch = Scratch::new("apart");
    let (one, two) = (attach(&scratch.place), attach(&scratch.place));
    let (me, other) = (one.me(), two.me());
    assert_ne!(me.token, other.token);
    assert!(one.is_alive(me) && one.is_alive(other));
    drop(two);
    assert!(one.is_alive(me) && !one.is_alive(other));
}

#[test]
fn nobody_and_impossible_names_are_dead() {
    let scratch = Scratch::new("nobody");
    let segment = attach(&scratch.place);
    let named = |token| PeerId::from_token(NonZeroU32::new(token).unwrap());
    assert!(!segment.is_alive(named(u32::MAX)));
    assert!(!segment.is_alive(named((segment.me().token.get() ^ 1) | 2)));
    let inspection = inspect(&scratch.place).unwrap();
    assert!(inspection.is_alive(segment.me()));
    assert!(!segment.is_alive(inspection.me()));
}

/// Method: a helper attaches, is stopped, and is killed.
#[test]
fn stopped_peer_is_alive_and_killed_one_is_dead() {
    if role().is_some() {
        let segment = attach(&place_from_test());
        send_peer(&socket_to_test(), segment.me());
        return linger(&socket_to_test());
    }
    let scratch = Scratch::new("killed");
    let segment = attach(&scratch.place);
    let test = "stopped_peer_is_alive_and_killed_one_is_dead";
    let mut helper = Helper::start(test, "peer", &scratch.place);
    let peer = receive_peer(&helper.socket);
    assert_eq!(peer.process, helper.child.id());
    assert_eq!(peer.domain, segment.me().domain);
    assert!(segment.is_alive(peer));
    // SAFETY: a signal to a process of our own.
    unsafe { libc::kill(helper.id(), libc::SIGSTOP) };
    assert!(segment.is_alive(peer));
    helper.child.kill().unwrap();
    eventually("a peer that is not yet reaped is dead", || {
        !segment.is_alive(peer)
    });
    helper.kill();
    assert!(!segment.is_alive(peer));
}

/// Method: a helper attaches and forks, and is killed while its child keeps the description, and
/// with it the lock. Someone who is not told the process number cannot know, and says *alive*.
#[test]
fn killed_peer_is_dead_though_its_child_holds_the_lock() {
    if role().is_some() {
        let segment = attach(&place_from_test());
        let socket = socket_to_test();
        // SAFETY: the child makes system calls only: reading from the socket, and `_exit`.
        match unsafe { libc::fork() } {
            0 => {
                linger(&socket);
                // SAFETY: ends the child without running anything of the parent's.
                unsafe { libc::_exit(0) }
            }
            child => assert!(child > 0),
        }
        send_peer(&socket, segment.me());
        loop {
            std::thread::park();
        }
    }
    let scratch = Scratch::new("forked");
    let segment = attach(&scratch.place);
    let test = "killed_peer_is_dead_though_its_child_holds_the_lock";
    let mut helper = Helper::start(test, "parent", &scratch.place);
    let peer = receive_peer(&helper.socket);
    assert!(segment.is_alive(peer));
    helper.kill();
    assert!(!segment.is_alive(peer));
    let unknown = PeerId::from_token(peer.token);
    assert!(segment.is_alive(unknown), "the child should hold the lock");
    drop(helper); // the child's socket ends
    eventually("the lock is gone with its last holder", || {
        !segment.is_alive(unknown)
    });
}

/// Method: a helper attaches, forks, and drops its attachment while both go on living.
#[test]
fn leaving_shows_though_a_child_holds_the_description() {
    if role().is_some() {
        let segment = attach(&place_from_test());
        let socket = socket_to_test();
        send_peer(&socket, segment.me());
        hear(&socket);
        // SAFETY: the child makes system calls only: reading from the socket, and `_exit`.
        if unsafe { libc::fork() } == 0 {
            linger(&socket);
            // SAFETY: ends the child without running anything of the parent's.
            unsafe { libc::_exit(0) }
        }
        drop(segment);
        tell(&socket);
        loop {
            std::thread::park();
        }
    }
    let scratch = Scratch::new("leaver");
    let segment = attach(&scratch.place);
    let test = "leaving_shows_though_a_child_holds_the_description";
    let helper = Helper::start(test, "leaver", &scratch.place);
    let peer = receive_peer(&helper.socket);
    assert!(segment.is_alive(peer));
    tell(&helper.socket);
    hear(&helper.socket);
    assert!(!segment.is_alive(peer));
}

/// Method: a forked child asks, drops the segment, and drops a second one whose addresses it has
/// meanwhile used for something else. Allowed outcome: none of it shows, here or there.
#[test]
fn forked_child_has_no_mapping_and_its_drops_do_nothing() {
    let scratch = Scratch::new("child");
    if role().is_none() {
        let test = "forked_child_has_no_mapping_and_its_drops_do_nothing";
        return Helper::start(test, "parent", &scratch.place).succeeds();
    }
    let place = place_from_test();
    let segment = attach(&place);
    let watcher = attach(&place);
    word_of(&segment).atomic.store(7, SeqCst);
    let base = ringway_core::region::Memory::base(segment.memory()).as_ptr();
    // SAFETY: the child runs the code below, which takes no lock that another thread could hold.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let is_mapped = segment.is_mapped_here();
        // SAFETY: nothing is mapped here in the child, so nothing is replaced.
        let page = unsafe {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
            libc::mmap(base.cast(), 4096, access, flags, -1, 0)
        };
        drop(segment);
        // SAFETY: the page was mapped above; if the drop unmapped it, the signal ends the child.
        let survived = page == base.cast() && unsafe { page.cast::<u8>().read_volatile() } == 0;
        // SAFETY: ends the child without running anything of the parent's.
        unsafe { libc::_exit(i32::from(is_mapped || !survived)) }
    }
    let mut status = 0;
    // SAFETY: waits for our own child and writes to a local variable.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0);
    assert!(segment.is_mapped_here());
    assert_eq!(word_of(&segment).atomic.load(SeqCst), 7);
    assert!(watcher.is_alive(segment.me()));
    watcher.unlink().unwrap();
}

#[test]
fn description_is_the_attachments_own() {
    let scratch = Scratch::new("own");
    let one = attach(&scratch.place);
    let two = attach(&scratch.place);
    let peer = one.me();
    // Closing another descriptor of the same file costs no lock, as it would with older locks.
    drop(std::fs::File::open(&scratch.path).unwrap());
    drop(open(&scratch.place, Disposition::OpenExisting).unwrap());
    assert!(two.is_alive(peer));
}
