//! Goal: a ring of records delivers what was published, whole, in order, once, whoever takes over and
//! whatever the lengths are; over garbage it says `Corrupt` and stays inside.
//!
//! Method: random calls against a plain queue. The ring is one flat array of words, so that payload
//! really lies over old headers, and each claim is filled with words that look like headers. Allowed
//! outcomes: exactly those of the queue.
#![cfg(not(ringway_loom))]
#![allow(unsafe_code)]

use ringway_core::inspect::inspect;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::local;
use ringway_core::region::{Borrowed, StaticRegion};
use ringway_core::ring::frame::{Frame, Kind, Piece};
use ringway_core::ring::frames::{
    Consumer, MIN_UNITS, Producer, Progress, Record, UNIT, Words, initialise_at, longest, progress,
};
use ringway_core::ring::spsc::{Control, Corrupt, Look};
use std::collections::VecDeque;
use std::num::NonZeroU32;
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

    fn word(&mut self, units: u32) -> u32 {
        let kind = self.below(4) as u32;
        match self.below(4) {
            0 => self.any() as u32,
            1 => 0,
            _ => (self.below(u64::from(units * UNIT)) as u32) << 2 | kind,
        }
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

/// A unit is two words.
struct Ring {
    control: Control,
    words: Vec<AtomicU32>,
}

impl Ring {
    fn new(units: u32, start: u64) -> Self {
        let ring = Ring {
            control: Control::starting_at(start),
            words: (0..2 * units)
                .map(|_| AtomicU32::new(0xA5A5_A5A5))
                .collect(),
        };
        initialise_at(&ring, start);
        ring
    }

    fn place(&self, position: u64) -> usize {
        2 * (position % u64::from(self.units())) as usize
    }

    /// The payload words of a record, which must not reach over the end.
    fn payload(&self, at: u64, len: u32) -> &[AtomicU32] {
        let first = self.place(at) + 2;
        &self.words[first..][..2 * len.div_ceil(UNIT) as usize]
    }

    fn producer(&self) -> Producer {
        Producer::recover(&self.control, self).unwrap()
    }

    fn consumer(&self, died: bool) -> Consumer {
        Consumer::recover(&self.control, self, died).unwrap()
    }

    fn progress(&self) -> Progress {
        progress(&self.control, self)
    }
}

impl Words for Ring {
    fn units(&self) -> u32 {
        self.words.len() as u32 / 2
    }
    fn word(&self, position: u64) -> &AtomicU32 {
        &self.words[self.place(position)]
    }
    fn number(&self, position: u64) -> &AtomicU32 {
        &self.words[self.place(position) + 1]
    }
}

/// A record that was published: its payload and whether it is a part, and how many messages it ends.
type Sent = (Vec<u32>, bool, u64);

struct Model<'r> {
    ring: &'r Ring,
    random: Random,
    producer: Producer,
    consumer: Consumer,
    queue: VecDeque<Sent>,
    sent: u64,
    received: u64,
    /// Whether the record read next was read by a consumer that died.
    again: bool,
}

impl Model<'_> {
    fn len(&mut self) -> u32 {
        let longest = longest(self.ring.units());
        match self.random.below(8) {
            0 => 0,
            1 => 1,
            2 => longest,
            3 => longest - 1,
            _ => self.random.below(u64::from(longest) + 1) as u32,
        }
    }

    fn send(&mut self) {
        let (len, units) = (self.len(), self.ring.units());
        let look = [Look::Head, Look::Cursor][self.random.below(2) as usize];
        let claim = self
            .producer
            .claim(&self.ring.control, self.ring, len, look);
        let Some(at) = claim.unwrap() else {
            let is_exact = look == Look::Cursor;
            assert!(!is_exact || !self.queue.is_empty(), "an empty ring is full");
            return;
        };
        for word in self.ring.payload(at, len) {
            word.store(self.random.word(units), Ordering::Relaxed);
        }
        match self.random.below(8) {
            0 => {}
            1 => self.producer = self.ring.producer(),
            2 => {
                let shrunk = self.random.below(u64::from(len) + 1) as u32;
                self.publish(at, shrunk);
            }
            _ => self.publish(at, len),
        }
    }

    fn publish(&mut self, at: u64, len: u32) {
        let piece = [Piece::Whole, Piece::Part, Piece::LastPart][self.random.below(3) as usize];
        let ends = u64::from(piece != Piece::Part);
        let read = |word: &AtomicU32| word.load(Ordering::Relaxed);
        let payload = self.ring.payload(at, len).iter().map(read).collect();
        self.producer
            .publish(&self.ring.control, self.ring, len, piece);
        self.queue.push_back((payload, piece != Piece::Whole, ends));
        self.sent += ends;
    }

    fn peek(&mut self) -> Option<Record> {
        let found = self.consumer.peek(&self.ring.control, self.ring).unwrap();
        assert_eq!(found, self.consumer.peeked());
        let (Some(record), Some((payload, is_part, _))) = (found, self.queue.front()) else {
            assert!(found.is_none() && self.queue.is_empty());
            return None;
        };
        assert_eq!(record.is_part, *is_part);
        let words = self.ring.payload(record.at, record.len);
        assert_eq!(words.len(), payload.len());
        for (word, expected) in words.iter().zip(payload) {
            assert_eq!(word.load(Ordering::Relaxed), *expected);
        }
        assert_eq!(self.consumer.is_redelivered(), self.again);
        found
    }

    fn receive(&mut self) {
        if self.peek().is_some() {
            self.consumer.release(&self.ring.control, self.ring);
            let (_, _, ends) = self.queue.pop_front().unwrap();
            self.received += ends;
            self.again = false;
        }
    }

    fn step(&mut self) {
        match self.random.below(16) {
            0..=6 => self.send(),
            7..=12 => self.receive(),
            13 => drop(self.peek()),
            14 => self.producer = self.ring.producer(),
            _ => {
                let died = self.random.below(2) == 0;
                if !died {
                    self.consumer.settle(&self.ring.control);
                }
                self.consumer = self.ring.consumer(died);
                self.again |= died && !self.queue.is_empty();
            }
        }
        assert_eq!(self.producer.sent(), self.sent);
        assert_eq!(self.consumer.received(), self.received);
        let seen = self.ring.progress();
        assert_eq!(seen.received, self.received);
        assert_eq!(seen.unread, self.sent - self.received);
        assert_eq!(seen.unread_bytes == 0, self.queue.is_empty());
    }
}

#[test]
fn delivers_what_a_queue_delivers() {
    let mut random = Random(seed());
    for round in 0..400 {
        let units = MIN_UNITS << random.below(6);
        let start = match round % 3 {
            0 => 0,
            1 => (1 << 32) - random.below(200),
            _ => random.any() >> 20,
        };
        let ring = Ring::new(units, start);
        let mut model = Model {
            random: Random(random.any()),
            producer: ring.producer(),
            consumer: ring.consumer(false),
            queue: VecDeque::new(),
            sent: start,
            received: start,
            again: false,
            ring: &ring,
        };
        for _ in 0..2_000 {
            model.step();
        }
        while !model.queue.is_empty() {
            model.receive();
        }
        assert_eq!(model.peek(), None);
    }
}

#[test]
fn the_longest_record_fits_wherever_the_ring_stands_and_none_longer_ever_does() {
    for units in [8, 16, 64] {
        for before in 0..2 * units {
            let ring = Ring::new(units, (1 << 32) - u64::from(before));
            let (mut producer, mut consumer) = (ring.producer(), ring.consumer(false));
            for _ in 0..8 {
                let longest = longest(units);
                let mut claim = |len| producer.claim(&ring.control, &ring, len, Look::Cursor);
                assert_eq!(claim(longest + 1), Ok(None));
                assert_eq!(claim(u32::MAX), Ok(None));
                assert!(claim(longest).unwrap().is_some());
                producer.publish(&ring.control, &ring, longest, Piece::Whole);
                let record = consumer.peek(&ring.control, &ring).unwrap().unwrap();
                assert_eq!(record.len, longest);
                consumer.release(&ring.control, &ring);
            }
        }
    }
}

#[test]
fn messages_without_bytes_take_a_unit_each() {
    const UNITS: u32 = 16;
    let ring = Ring::new(UNITS, 0);
    let mut producer = ring.producer();
    let mut sent = 0;
    while let Ok(Some(_)) = producer.claim(&ring.control, &ring, 0, Look::Cursor) {
        producer.publish(&ring.control, &ring, 0, Piece::Whole);
        sent += 1;
    }
    assert_eq!(sent, UNITS - 1);
    assert_eq!(ring.progress().unread_bytes, u64::from(sent * UNIT));
}

/// A word that cannot be is refused by the consumer, and by whoever takes over.
#[test]
fn impossible_words_are_corrupt() {
    const UNITS: u32 = 16;
    let longest = longest(UNITS);
    let skip = |units| Frame::new(Kind::Skip, units * UNIT).word();
    let whole = |len| Frame::new(Kind::Whole, len).word();
    let cases = [
        // Without a kind, too long, over the end, over everything.
        (0, 4, 0),
        (0, whole(longest + 1), 0),
        (12, whole(3 * UNIT + 1), 0),
        (0, whole(Frame::MAX_LEN), 0),
        // Skips: at the start, too short, too long, over half of the ring, onto nothing, onto another.
        (0, skip(16), whole(1)),
        (12, skip(3), whole(1)),
        (12, skip(5), whole(1)),
        (4, skip(12), whole(1)),
        (12, skip(4), 0),
        (12, skip(4), skip(16)),
        (12, skip(4), whole(longest + 1)),
    ];
    for (start, word, at_start) in cases {
        let ring = Ring::new(UNITS, start);
        let mut consumer = ring.consumer(false);
        ring.word(start).store(word, Ordering::Relaxed);
        if start != 0 {
            ring.word(0).store(at_start, Ordering::Relaxed);
        }
        let found = consumer.peek(&ring.control, &ring);
        assert_eq!(found, Err(Corrupt), "{word:#x} at {start}");
        assert!(Producer::recover(&ring.control, &ring).is_err());
        assert!(Consumer::recover(&ring.control, &ring, true).is_err());
    }
}

/// A ring that is full of records up to the cursor itself, so that a walk never comes to an end.
#[test]
fn a_walk_ends() {
    const UNITS: u32 = 16;
    let ring = Ring::new(UNITS, 4);
    for position in 0..u64::from(UNITS) {
        let empty = Frame::new(Kind::Whole, 0).word();
        ring.word(position).store(empty, Ordering::Relaxed);
    }
    assert_eq!(
        Producer::recover(&ring.control, &ring).unwrap_err(),
        Corrupt
    );
}

/// Random words over a live ring: an answer, always, and never a record outside the ring.
#[test]
fn any_words() {
    let mut random = Random(seed());
    for _ in 0..2_000 {
        let units = MIN_UNITS << random.below(4);
        let ring = Ring::new(units, random.any() >> (1 + random.below(63)));
        let (mut producer, mut consumer) = (ring.producer(), ring.consumer(false));
        for _ in 0..100 {
            let len = random.below(u64::from(units * UNIT)) as u32;
            match random.below(8) {
                0..=2 => {
                    let word = random.word(units);
                    let place = random.below(u64::from(2 * units)) as usize;
                    ring.words[place].store(word, Ordering::Relaxed);
                }
                3 | 4 => {
                    let claim = producer.claim(&ring.control, &ring, len, Look::Cursor);
                    if let Ok(Some(at)) = claim {
                        assert!(ring.payload(at, len).len() <= units as usize);
                        producer.publish(&ring.control, &ring, len, Piece::Whole);
                    }
                }
                5 => {
                    if let Ok(recovered) = Producer::recover(&ring.control, &ring) {
                        producer = recovered;
                    }
                    if let Ok(recovered) = Consumer::recover(&ring.control, &ring, true) {
                        consumer = recovered;
                    }
                    let _ = ring.progress();
                }
                _ => {
                    if let Ok(Some(record)) = consumer.peek(&ring.control, &ring) {
                        assert!(ring.payload(record.at, record.len).len() <= units as usize);
                        consumer.release(&ring.control, &ring);
                    }
                }
            }
        }
    }
}

/// Everybody lives.
struct Alive;

// SAFETY: both ends are in this program.
unsafe impl Liveness for Alive {
    fn me(&self) -> PeerId {
        PeerId::from_token(NonZeroU32::MIN)
    }
    fn is_alive(&self, _: PeerId) -> bool {
        true
    }
}

#[test]
fn a_bystander_sees_what_is_unread() {
    static REGION: StaticRegion<8192> = StaticRegion::new();
    let (mut tx, mut rx) = local::split::<[u8]>(&REGION).unwrap();
    let seen = || {
        let seen = inspect(&Borrowed::from(&REGION), &Alive).unwrap();
        assert_eq!(seen.contents.kind, 6);
        let progress = seen.progress.unwrap();
        (progress.received, progress.unread, seen.unread_bytes)
    };
    assert_eq!(seen(), (0, 0, Some(0)));
    tx.send(b"").unwrap();
    tx.send(&[7; 100]).unwrap();
    assert_eq!(seen(), (0, 2, Some(8 + 8 + 104)));
    drop(rx.recv().unwrap());
    assert_eq!(seen(), (1, 1, Some(8 + 104)));
    let record = tx.reserve(1000).unwrap();
    assert_eq!(seen(), (1, 1, Some(8 + 104)));
    record.commit_to(1);
    let mut bytes = [0; 100];
    assert_eq!(rx.recv_into(&mut bytes), Ok(100));
    assert_eq!((seen(), bytes), ((2, 1, Some(16)), [7; 100]));
    assert_eq!((tx.sent(), rx.received()), (3, 2));
}
