//! A channel in a room: the words it sleeps on are those of the segment around it.
#![cfg(not(ringway_loom))]

use ringway_core::attach::{self, Object, Options};
use ringway_core::channel::{Mpmc, Receiver, Sender, Spsc, Topology};
use ringway_core::handle::MutexCell;
use ringway_core::layout::Blueprint;
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
