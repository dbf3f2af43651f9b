//! Level and edge, as epoll tells them.

use ringway::{Armed, Doorbell};
use ringway_testkit::UniqueName;
use rustix::event::{Timespec, epoll};
use std::os::fd::{AsFd as _, AsRawFd as _};

/// What epoll says of a doorbell, watched by `flags`, at this moment.
fn said(poll: &rustix::fd::OwnedFd) -> bool {
    let mut events = Vec::with_capacity(4);
    let at_once = Timespec::default();
    let spare = rustix::buffer::spare_capacity(&mut events);
    epoll::wait(poll, spare, Some(&at_once)).unwrap() > 0
}

fn watched(bell: &Doorbell, flags: epoll::EventFlags) -> rustix::fd::OwnedFd {
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    epoll::add(&poll, bell, epoll::EventData::new_u64(0), flags).unwrap();
    poll
}

#[test]
fn the_level_stays_until_it_is_armed_again() {
    let name = UniqueName::new("bell-level");
    let mut event = ringway::event(name.as_str()).open().unwrap();
    let mut bell = event.doorbell().unwrap();
    let poll = watched(&bell, epoll::EventFlags::IN);
    for round in 0..3 {
        assert!(!said(&poll));
        assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
        assert!(!said(&poll));
        event.set();
        assert!(said(&poll) && said(&poll));
        event.reset();
        assert!(said(&poll), "it has rung");
        if round == 1 {
            bell.clear();
        } else {
            assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
        }
        assert!(!said(&poll));
        bell.clear();
    }
    event.set();
    assert!(!said(&poll), "nothing is armed");
}

#[test]
fn the_edge_comes_once_for_each_arming() {
    let name = UniqueName::new("bell-edge");
    let mut event = ringway::event(name.as_str()).open().unwrap();
    let mut bell = event.doorbell().unwrap();
    let poll = watched(&bell, epoll::EventFlags::IN | epoll::EventFlags::ET);
    said(&poll);
    for _ in 0..1000 {
        assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
        event.set();
        event.set();
        assert!(said(&poll), "the edge of this arming");
        event.set();
        assert!(!said(&poll), "another one without an arming");
        event.reset();
    }
}

#[test]
fn the_descriptor_is_the_same_however_it_is_asked_for() {
    let name = UniqueName::new("bell-fd");
    let event = ringway::event(name.as_str()).open().unwrap();
    let bell = event.doorbell().unwrap();
    assert_eq!(bell.as_fd().as_raw_fd(), bell.as_raw_fd());
    assert!(format!("{bell:?}").contains("slot"));
}
