//! A channel in a room: the words it sleeps on are those of the segment around it.
#![cfg(not(ringway_loom))]

use ringway_core::attach::{self, Object, Options};
use ringway_core::channel::{Mpmc, Receiver, Sender, Spsc, Topology};
use ringway_core::handle::MutexCell;
use ringway_core::layout::{Blueprint, Kind};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::region::{Borrowed, Memory, Room, StaticRegion};
use ringway_core::wait::{Nanos, Wait, WaitResult, WaitStrategy, Word};
use std::cell::Cell;
use std::num::NonZeroU32;
use std::time::Duration;

ringway_core::shared! {
    struct Desk {
        total: MutexCell<u64>,
        jobs: Room<16384>,
    }
}

/// Checks each word by where it really lies.
struct Checked<'r> {
    memory: Borrowed<'r>,
    looks: Cell<u64>,
    sleeps: Cell<u32>,
}

impl<'r> Checked<'r> {
    fn check(&self, word: Word<'_>) {
        let at = std::ptr::from_ref(word.atomic).addr() - self.memory.base().addr().get();
        assert_eq!(word.offset, at);
    }
}

impl Wait for Checked<'_> {
    fn now(&self) -> Nanos {
        self.looks.set(self.looks.get() + 1_000_000);
        Nanos(self.looks.get())
    }
    fn wait(&self, word: Word<'_>, _: u32, _: Option<Nanos>) -> WaitResult {
        self.check(word);
        self.sleeps.set(self.sleeps.get() + 1);
        WaitResult::TimedOut
    }
    fn wait_any(&self, words: &[(Word<'_>, u32)], _: Option<Nanos>) -> WaitResult {
        words.iter().for_each(|&(word, _)| self.check(word));
        self.sleeps.set(self.sleeps.get() + 1);
        WaitResult::TimedOut
    }
    fn wake(&self, word: Word<'_>, _: u32) -> bool {
        self.check(word);
        false
    }
}

// SAFETY: there is one attachment, which stays.
unsafe impl Liveness for Checked<'_> {
    fn me(&self) -> PeerId {
        PeerId::from_token(NonZeroU32::MIN)
    }
    fn is_alive(&self, _: PeerId) -> bool {
        true
    }
}

impl<'r> Platform for Checked<'r> {
    type Memory = Borrowed<'r>;
    type Scratch = ();
    fn memory(&self) -> &Borrowed<'r> {
        &self.memory
    }
}

fn with_desk(test: impl FnOnce(&Object<Desk, Checked<'_>>)) {
    let region = Box::new(StaticRegion::<32768>::new());
    let platform = Checked {
        memory: Borrowed::from(&*region),
        looks: Cell::new(0),
        sleeps: Cell::new(0),
    };
    let blueprint = Blueprint {
        handles: Some(2),
        ..Blueprint::object::<Desk>()
    };
    let desk = attach::object(platform, &blueprint, Options::default(), |_| {});
    test(&desk.unwrap());
}

type Ends<'o, 'r, K> = (
    Sender<u64, attach::Part<&'o Object<Desk, Checked<'r>>>, K>,
    Receiver<u64, attach::Part<&'o Object<Desk, Checked<'r>>>, K>,
);

fn ends<'o, 'r, K: Topology>(desk: &'o Object<Desk, Checked<'r>>) -> Ends<'o, 'r, K> {
    let part = desk.bind(|desk| &desk.jobs);
    let options = Options {
        wait: WaitStrategy::default(),
        ..Options::default()
    };
    let blueprint = Blueprint {
        handles: (K::KIND != Spsc::KIND).then_some(4),
        ..Blueprint::of::<u64>(K::KIND).unwrap()
    };
    (
        part.sender(&blueprint, options).unwrap(),
        part.receiver(&blueprint, options).unwrap(),
    )
}

#[test]
fn sleepers_in_a_room_sleep_on_words_of_the_segment() {
    with_desk(|desk| {
        let (mut tx, mut rx) = ends::<Spsc>(desk);
        assert!(rx.recv_timeout(Duration::from_secs(1)).is_err());
        while tx.send_timeout(1, Duration::from_secs(1)).is_ok() {}
        assert_eq!(*rx.recv().unwrap(), 1);
        assert!(desk.platform().sleeps.get() >= 2);
    });
    with_desk(|desk| {
        let (mut tx, mut rx) = ends::<Mpmc>(desk);
        assert!(rx.recv_timeout(Duration::from_secs(1)).is_err());
        while tx.send_timeout(1, Duration::from_secs(1)).is_ok() {}
        assert_eq!(*rx.recv().unwrap(), 1);
        assert!(desk.platform().sleeps.get() >= 2);
    });
}

#[test]
fn a_channel_fills_its_room() {
    with_desk(|desk| {
        let (mut tx, rx) = ends::<Spsc>(desk);
        let mut sent = 0;
        while tx.try_send(sent).is_ok() {
            sent += 1;
        }
        // Seven to a line of 64 bytes, a power of two of lines.
        assert_eq!(sent, 128 * 7);
        drop(rx);
        assert_eq!(*desk.bind(|desk| &desk.total).lock().unwrap(), 0);
    });
}

#[test]
fn a_wait_for_several_shifts_the_words_of_the_room_alone() {
    with_desk(|desk| {
        let part = desk.bind(|desk| &desk.jobs);
        // SAFETY: only used while the region is there.
        let word = |memory: &dyn Fn(usize) -> usize, offset| unsafe {
            Word {
                atomic: &*std::ptr::with_exposed_provenance(memory(offset)),
                offset,
            }
        };
        let inner = part.memory().base().expose_provenance().get();
        let outer = desk.platform().memory().base().expose_provenance().get();
        let words = [
            (word(&|offset| inner + offset, 256), 0),
            (word(&|offset| outer + offset, 128), 0),
        ];
        assert_eq!(part.wait_any(&words, None), WaitResult::TimedOut);
        assert_eq!(desk.platform().sleeps.get(), 1);
    });
}

/// A room of so many bytes holds the channel that it was counted for, and one that is smaller by a
/// byte does not.
#[test]
fn a_room_is_as_large_as_was_counted() {
    fn check<T: ringway_core::plain::Plain>(kind: Kind, items: u32, handles: u32) {
        let asked = Blueprint {
            capacity: Some(items),
            handles: Some(handles),
            ..Blueprint::of::<T>(kind).unwrap()
        };
        let room = Blueprint::room::<T>(kind, items, handles) as u64;
        let wanted = asked.geometry().unwrap();
        assert_eq!(room, wanted.total_len);
        let found = asked.filling(room).unwrap().geometry().unwrap();
        assert!(found.capacity() >= items && found.cells >= wanted.cells);
        if let Ok(less) = asked.filling(room - 1) {
            assert!(less.geometry().unwrap().cells < wanted.cells);
        }
    }
    for items in [1, 2, 7, 100, 1024] {
        check::<u64>(Kind::Spsc, items, 2);
        check::<[u8; 64]>(Kind::Spsc, items, 2);
        check::<u64>(Kind::Mpsc, items, 2);
        check::<[u16; 50]>(Kind::Spmc, items, 64);
        check::<u8>(Kind::Mpmc, items, 1024);
    }
}
