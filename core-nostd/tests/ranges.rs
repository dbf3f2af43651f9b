//! Goal: a ring of ranges delivers what was published, whole, once, in the order of the claims, whoever
//! dies over what step, and whatever the lengths are; over garbage it says `Corrupt` and stays inside.
//!
//! Method: random steps of several producers and a consumer, each of which is killed now and then in the
//! middle of a call, against a plain map from positions to payloads. Allowed outcomes: exactly those of
//! the map; again, marked, what a consumer held when it died.
#![cfg(not(ringway_loom))]

use ringway_core::layout::intent::{Intent, Kind as Claim};
use ringway_core::layout::roster::Entries;
use ringway_core::layout::{Kind, Participant, Role};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::ring::frame::{Frame, Kind as What, Piece};
use ringway_core::ring::holes::Holes;
use ringway_core::ring::ranges::{
    Consumer, Control, GRANULE, Producer, Ring, Starts, granules, longest, progress,
};
use ringway_core::ring::spsc::Corrupt;
use ringway_core::ring::table::Table;
use ringway_core::wait::{Nanos, Wait, WaitResult, WaitStrategy, Word};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.any() % end
    }

    fn one_in(&mut self, so_many: u64) -> bool {
        self.below(so_many) == 0
    }
}

fn seed() -> u64 {
    let given = std::env::var("RINGWAY_TEST_SEED").ok();
    let seed = given.and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(0)
    });
    println!("RINGWAY_TEST_SEED={seed}");
    seed
}

/// The memory of a channel, and who of its users is dead.
struct Shared {
    control: Control,
    words: Vec<AtomicU32>,
    bytes: RefCell<Vec<u8>>,
    entries: Vec<Participant>,
    dead: RefCell<HashSet<u32>>,
    born: Cell<u32>,
    /// The words that the end that is just running may still reach for, if it is to be killed then.
    life: Cell<Option<u32>>,
}

impl Starts for Shared {
    fn granules(&self) -> u32 {
        self.words.len() as u32
    }
    fn word(&self, position: u64) -> &AtomicU32 {
        if let Some(left) = self.life.get() {
            if left == 0 {
                // Without a message: this is no failure.
                resume_unwind(Box::new(()));
            }
            self.life.set(Some(left - 1));
        }
        &self.words[(position % self.words.len() as u64) as usize]
    }
}

impl Entries for Shared {
    fn len(&self) -> usize {
        self.entries.len()
    }
    fn entry(&self, index: usize) -> &Participant {
        &self.entries[index]
    }
}

impl Shared {
    fn new(granules: u32, start: u64) -> Self {
        Shared {
            control: Control::starting_at(start),
            words: (0..granules).map(|_| AtomicU32::new(0)).collect(),
            bytes: RefCell::new(vec![0xA5; (granules * GRANULE) as usize]),
            entries: (0..5).map(|_| Participant::new()).collect(),
            dead: RefCell::default(),
            born: Cell::new(0),
            life: Cell::new(None),
        }
    }

    fn enter(&self, role: Role) -> Seat<'_> {
        self.born.set(self.born.get() + 1);
        let process = Process {
            shared: self,
            token: NonZeroU32::new(self.born.get()).unwrap(),
        };
        let entered = process.table().enter(role, WaitStrategy::Adaptive, None);
        Seat {
            process,
            index: entered.unwrap(),
        }
    }

    /// Runs `work` until it reaches for one word more than `words`; whether it was done before.
    fn live_for(&self, words: u32, work: impl FnOnce()) -> bool {
        self.life.set(Some(words));
        let outcome = catch_unwind(AssertUnwindSafe(work));
        self.life.set(None);
        outcome.is_ok()
    }

    fn place(&self, at: u64) -> usize {
        (at % self.words.len() as u64) as usize * GRANULE as usize
    }

    fn write(&self, at: u64, payload: &[u8]) {
        let first = self.place(at);
        self.bytes.borrow_mut()[first..][..payload.len()].copy_from_slice(payload);
    }

    fn read(&self, at: u64, len: u32) -> Vec<u8> {
        let first = self.place(at);
        self.bytes.borrow()[first..][..len as usize].to_vec()
    }
}

struct Process<'a> {
    shared: &'a Shared,
    token: NonZeroU32,
}

impl Process<'_> {
    fn table(&self) -> Table<'_, Shared, Self> {
        Table {
            commons: &self.shared.control.commons,
            entries: self.shared,
            platform: self,
            kind: Kind::Mpsc,
            persistent: true,
            at: 0,
        }
    }
}

impl Wait for Process<'_> {
    fn now(&self) -> Nanos {
        Nanos(0)
    }
    fn wait(&self, _: Word<'_>, _: u32, _: Option<Nanos>) -> WaitResult {
        panic!("nobody waits here")
    }
    fn wake(&self, _: Word<'_>, _: u32) -> bool {
        false
    }
}

// SAFETY: a process of the test is dead when the test says so.
#[allow(unsafe_code)]
unsafe impl Liveness for Process<'_> {
    fn me(&self) -> PeerId {
        PeerId::from_token(self.token)
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        !self.shared.dead.borrow().contains(&peer.token.get())
    }
}

struct Seat<'a> {
    process: Process<'a>,
    index: usize,
}

impl<'a> Seat<'a> {
    fn ring(&self) -> Ring<'a, Shared> {
        let shared = self.process.shared;
        Ring {
            control: &shared.control,
            starts: shared,
            intent: &shared.entries[self.index].intent,
        }
    }

    fn holes(&self) -> Holes<'_, Shared, Shared, Process<'a>> {
        Holes {
            table: self.process.table(),
            control: &self.process.shared.control,
            starts: self.process.shared,
        }
    }

    fn die(&self) {
        let token = self.process.token.get();
        self.process.shared.dead.borrow_mut().insert(token);
    }
}

struct Sender<'a> {
    seat: Seat<'a>,
    producer: Producer,
    /// Bytes that are claimed.
    len: u32,
}

impl<'a> Sender<'a> {
    fn new(shared: &'a Shared) -> Self {
        Sender {
            seat: shared.enter(Role::Sender),
            producer: Producer::new(&shared.control),
            len: 0,
        }
    }
}

/// Everything, and what is to come of it.
struct Model<'a> {
    random: Random,
    shared: &'a Shared,
    senders: Vec<Sender<'a>>,
    seat: Seat<'a>,
    consumer: Consumer,
    /// What is published and not finished.
    expected: BTreeMap<u64, Vec<u8>>,
    again: bool,
    delivered: u64,
}

impl<'a> Model<'a> {
    fn new(shared: &'a Shared, random: Random) -> Self {
        let seat = shared.enter(Role::Receiver);
        Model {
            random,
            shared,
            senders: (0..3).map(|_| Sender::new(shared)).collect(),
            seat,
            consumer: Consumer::recover(&shared.control, shared, false).unwrap(),
            expected: BTreeMap::new(),
            again: false,
            delivered: 0,
        }
    }

    fn length(&mut self) -> u32 {
        let longest = longest(self.shared.granules());
        match self.random.below(6) {
            0 => longest,
            1 => self.random.below(u64::from(longest) + 1) as u32,
            2 => self.random.below(2) as u32 * GRANULE,
            _ => self
                .random
                .below(3 * u64::from(GRANULE))
                .min(u64::from(longest)) as u32,
        }
    }

    fn replace(&mut self, index: usize) {
        self.senders[index].seat.die();
        // A dead one keeps its entry until somebody looks.
        if self.random.one_in(2) {
            self.seat.process.table().sweep();
        }
        self.senders[index] = Sender::new(self.shared);
    }

    fn claim(&mut self, index: usize) {
        let len = self.length();
        let Sender { seat, producer, .. } = &mut self.senders[index];
        if self.random.one_in(20) {
            // It dies before the compare-and-swap.
            let next = producer.next(&self.shared.control);
            let intent = Intent::new(Claim::Send, next, granules(len));
            if producer.claimed().is_none() {
                seat.ring().intent.set(intent);
            }
            return self.replace(index);
        }
        let life = if self.random.one_in(20) {
            self.random.below(2)
        } else {
            9
        };
        let lives = self.shared.live_for(life as u32, || {
            let claimed = producer.claim(seat.ring(), len).unwrap();
            if let Some(at) = claimed {
                let garbage = Frame::new(What::Whole, 7).word().to_le_bytes();
                self.shared
                    .write(at, &garbage.repeat(16 * granules(len) as usize));
            }
        });
        self.senders[index].len = len;
        if !lives {
            self.replace(index);
        }
    }

    fn publish(&mut self, index: usize) {
        let Sender {
            seat,
            producer,
            len,
        } = &mut self.senders[index];
        let Some(range) = producer.claimed() else {
            return self.claim(index);
        };
        assert_eq!(range.count, granules(*len));
        let len = if self.random.one_in(2) {
            *len
        } else {
            self.random.below(u64::from(*len) + 1) as u32
        };
        let payload: Vec<u8> = (0..len).map(|_| self.random.any() as u8).collect();
        self.shared.write(range.at, &payload);
        if self.random.one_in(10) {
            producer.abort(seat.ring());
            return;
        }
        let life = if self.random.one_in(20) {
            self.random.below(2)
        } else {
            9
        };
        let lives = self.shared.live_for(life as u32, || {
            producer.publish(seat.ring(), len, Piece::Whole);
        });
        let word = &self.shared.words[self.shared.place(range.at) / GRANULE as usize];
        if word.load(Ordering::Relaxed) == Frame::new(What::Whole, len).word() {
            self.expected.insert(range.at, payload);
        }
        if !lives || self.random.one_in(20) {
            if self.random.one_in(2) {
                // It dies before it takes back its name.
                let intent = Intent::new(Claim::Send, range.at, range.count);
                self.senders[index].seat.ring().intent.set(intent);
            }
            self.replace(index);
        }
    }

    fn receive(&mut self) {
        let Some(record) = self
            .consumer
            .peek(&self.shared.control, self.shared)
            .unwrap()
        else {
            self.consumer
                .audit(&self.shared.control, self.shared)
                .unwrap();
            let next = self.consumer.position();
            if let Some(stuck) = self.seat.holes().stuck(Role::Receiver, next) {
                self.seat.holes().mend(stuck);
            }
            return;
        };
        let (at, payload) = self.expected.first_key_value().unwrap();
        assert_eq!((record.at, record.len as usize), (*at, payload.len()));
        assert_eq!(&self.shared.read(record.at, record.len), payload);
        assert_eq!(self.consumer.is_redelivered(), self.again);
        self.again = false;
        if self.random.one_in(20) {
            return self.replace_receiver(true, true);
        }
        let life = if self.random.one_in(10) {
            self.random.below(3)
        } else {
            9
        };
        let lives = self.shared.live_for(life as u32, || {
            self.consumer
                .release(&self.shared.control, self.shared, true);
        });
        self.expected.pop_first();
        self.delivered += 1;
        if !lives || self.random.one_in(20) {
            let died = !lives || self.random.one_in(2);
            self.replace_receiver(died, false);
        }
    }

    fn replace_receiver(&mut self, died: bool, is_reading: bool) {
        if died {
            self.seat.die();
        } else {
            self.seat
                .process
                .table()
                .leave(Role::Receiver, self.seat.index);
        }
        self.seat = self.shared.enter(Role::Receiver);
        let control = &self.shared.control;
        self.consumer = Consumer::recover(control, self.shared, died).unwrap();
        // The dead one may have begun to read whatever is next by now.
        let next = self.consumer.position();
        let is_there = self
            .expected
            .first_key_value()
            .is_some_and(|(at, _)| *at == next);
        assert!(is_there || !is_reading);
        self.again = died && is_there;
    }

    fn run(&mut self, steps: u32) {
        for _ in 0..steps {
            let index = self.random.below(3) as usize;
            match self.random.below(5) {
                0 => self.claim(index),
                1 | 2 => self.publish(index),
                _ => self.receive(),
            }
        }
        for sender in &mut self.senders {
            sender.producer.abort(sender.seat.ring());
        }
        let end = self.senders[0].producer.next(&self.shared.control);
        for _ in 0..2 * self.shared.granules() {
            self.receive();
        }
        assert!(self.expected.is_empty());
        assert!(self.seat.holes().is_drained(self.consumer.position()));
        assert_eq!(self.seat.holes().first_unfinished(end), None);
        assert_eq!(
            progress(&self.shared.control, self.shared).unwrap().unread,
            0
        );
        let is_free = |word: &AtomicU32| word.load(Ordering::Relaxed) == 0;
        assert!(self.shared.words.iter().all(is_free));
    }
}

#[test]
fn what_is_published_arrives_whoever_dies() {
    let mut random = Random(seed());
    let (mut delivered, mut lost, mut skipped) = (0, 0, 0);
    for round in 0..400 {
        let granules = 2 << (round % 6);
        let start = [0, (1 << 32) - 1, (1 << 32) - u64::from(granules) / 2][round as usize % 3];
        let shared = Shared::new(granules, start);
        let mut model = Model::new(&shared, Random(random.any()));
        model.run(2_000);
        delivered += model.delivered;
        let casualties = shared.control.commons.roster.casualties();
        lost += casualties.lost;
        skipped += casualties.skipped;
    }
    println!("{delivered} delivered, {lost} holes, {skipped} skips");
    assert!(delivered > 50_000 && lost > 1_000 && skipped > 1_000);
}

/// Anything may stand in the words: each call ends, and finds a record only where one can be.
#[test]
fn garbage_is_corrupt_or_inside() {
    let mut random = Random(seed());
    let mut corrupt = 0;
    for _ in 0..20_000 {
        let granules = 2 << random.below(6);
        let shared = Shared::new(granules, 0);
        let mut sender = Sender::new(&shared);
        let seat = shared.enter(Role::Receiver);
        let mut consumer = Consumer::recover(&shared.control, &shared, false).unwrap();
        let most = u64::from(granules * GRANULE) * 2;
        for _ in 0..8 {
            let len = random.below(u64::from(longest(granules)) + 1) as u32;
            if let Ok(Some(at)) = sender.producer.claim(sender.seat.ring(), len) {
                shared.write(at, &vec![0; len as usize]);
                sender
                    .producer
                    .publish(sender.seat.ring(), len, Piece::Part);
            }
            for word in &shared.words {
                let len = random.below(most) as u32;
                let kind = random.below(4) as u32;
                if random.one_in(3) {
                    word.store(len << 2 | kind, Ordering::Relaxed);
                }
            }
            match consumer.peek(&shared.control, &shared) {
                Ok(Some(record)) => {
                    assert!(record.len <= longest(granules));
                    shared.read(record.at, record.len);
                    consumer.release(&shared.control, &shared, true);
                }
                Ok(None) => {
                    let next = consumer.position();
                    corrupt += u32::from(consumer.audit(&shared.control, &shared).is_err());
                    if let Some(stuck) = seat.holes().stuck(Role::Receiver, next) {
                        seat.holes().mend(stuck);
                    }
                }
                Err(Corrupt) => corrupt += 1,
            }
            let _ = progress(&shared.control, &shared);
            let _ = Consumer::recover(&shared.control, &shared, random.one_in(2));
        }
    }
    println!("{corrupt} times corrupt");
    assert!(corrupt > 10_000);
}

#[test]
fn lengths_at_the_edges() {
    let shared = Shared::new(8, 0);
    let (mut sender, _) = (Sender::new(&shared), shared.enter(Role::Receiver));
    let mut consumer = Consumer::recover(&shared.control, &shared, false).unwrap();
    let most = longest(8);
    assert_eq!(most, 4 * GRANULE);
    let ring = sender.seat.ring();
    assert_eq!(sender.producer.claim(ring, most + 1), Ok(None));
    for len in [0, 1, GRANULE - 1, GRANULE, GRANULE + 1, most] {
        for _ in 0..9 {
            assert!(sender.producer.claim(ring, len).unwrap().is_some());
            sender.producer.publish(ring, len, Piece::Whole);
            let record = consumer.peek(&shared.control, &shared).unwrap().unwrap();
            assert_eq!((record.len, record.is_part), (len, false));
            consumer.release(&shared.control, &shared, true);
        }
    }
    assert_eq!(consumer.received(), 54);
}
