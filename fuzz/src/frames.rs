//! The ring of records between one producer and one consumer: against a plain model, or with
//! somebody who overwrites its words.

use crate::script::Script;
use crate::stage::Stage;
use ringway_core::primitive::AtomicU32;
use ringway_core::ring::frame::Piece;
use ringway_core::ring::frames::{
    Consumer, MIN_UNITS, Producer, Record, UNIT, Words, longest, progress,
};
use ringway_core::ring::spsc::{Control, Look};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;

/// Where the ring begins, behind the control words, in bytes.
const RING: usize = size_of::<Control>();
/// Where head and cursor stand in the control words, in bytes.
const HEAD: usize = 128;
const CURSOR: usize = 256;

/// Plays `input`.
pub fn run(input: &[u8]) {
    let script = Script::new(input);
    let units = MIN_UNITS << script.below(5);
    let is_honest = script.coin();
    let stage = Stage::new(script, RING + (units * UNIT) as usize);
    stage.play(|| play(&stage, units, is_honest));
}

/// The units in a segment.
struct Units<'a> {
    words: &'a [AtomicU32],
    count: u32,
}

impl Units<'_> {
    fn index(&self, position: u64) -> usize {
        2 * (position as usize & (self.count as usize - 1))
    }
}

impl Words for Units<'_> {
    fn units(&self) -> u32 {
        self.count
    }
    fn word(&self, position: u64) -> &AtomicU32 {
        &self.words[self.index(position)]
    }
    fn number(&self, position: u64) -> &AtomicU32 {
        &self.words[self.index(position) + 1]
    }
}

/// What a record of a message is, in the model.
#[derive(Clone, Copy, Debug)]
struct Sent {
    len: u32,
    stamp: u32,
    piece: Piece,
}

struct Play<'a> {
    stage: &'a Stage<'a>,
    control: &'a Control,
    units: Units<'a>,
    is_honest: bool,
    /// Records that are published and not released.
    unread: VecDeque<Sent>,
    stamp: u32,
    sent: u64,
    received: u64,
}

fn play(stage: &Stage<'_>, count: u32, is_honest: bool) {
    let control = stage.region().control::<Control>();
    let units = Units {
        words: &stage.region().shared_words()[RING / 4..],
        count,
    };
    // So that positions pass 2^32, or are anywhere.
    let start = match stage.script.below(3) {
        0 => 0,
        1 => (1 << 32) - u64::from(stage.script.byte()),
        _ => u64::from(stage.script.word()) << 8,
    };
    let set =
        |at: usize, value: u32| stage.region().words()[at / 4].store(value, Ordering::Relaxed);
    set(0, start as u32);
    set(HEAD, start as u32);
    set(CURSOR, start as u32);
    set(CURSOR + 4, (start >> 32) as u32);
    let mut play = Play {
        stage,
        control,
        units,
        is_honest,
        unread: VecDeque::new(),
        stamp: 0,
        sent: 0,
        received: 0,
    };
    let mut producer = play.producer();
    let mut consumer = play.consumer(false);
    while !stage.script.is_over() {
        stage.begin();
        match stage.script.below(16) {
            0..=5 => play.send(producer.as_mut()),
            6..=11 => play.receive(consumer.as_mut()),
            12 => producer = play.producer(),
            13 => consumer = play.consumer(stage.script.coin()),
            14 if is_honest => play.look(),
            15 if is_honest => {}
            14 => stage.lie(),
            _ => stage.lie_later(),
        }
    }
}

impl Play<'_> {
    fn producer(&self) -> Option<Producer> {
        let producer = Producer::recover(self.control, &self.units).ok();
        if self.is_honest {
            let sent = producer.as_ref().expect("nobody lies").sent();
            assert_eq!(sent, self.sent, "messages sent");
        }
        producer
    }

    fn consumer(&self, died: bool) -> Option<Consumer> {
        let consumer = Consumer::recover(self.control, &self.units, died).ok();
        if self.is_honest {
            let received = consumer.as_ref().expect("nobody lies").received();
            assert_eq!(received, self.received, "messages received");
        }
        consumer
    }

    /// What a record at `at` with `len` bytes is written into.
    fn payload(&self, at: u64, len: u32) -> &[AtomicU32] {
        let first = self.units.index(at) + 2;
        let words = len.div_ceil(UNIT) as usize * 2;
        assert!(
            first + words <= 2 * self.units.count as usize,
            "{len} bytes at {at} in {} units",
            self.units.count
        );
        &self.units.words[first..first + words]
    }

    fn send(&mut self, producer: Option<&mut Producer>) {
        let script = &self.stage.script;
        let longest = longest(self.units.count);
        let len = match script.below(4) {
            0 => u32::from(script.byte()),
            1 => longest - u32::from(script.byte()).min(longest),
            2 => longest + 1 + u32::from(script.byte()),
            _ => u32::from(script.below(9)),
        };
        let look = if script.coin() {
            Look::Cursor
        } else {
            Look::Head
        };
        let shrink = u32::from(script.byte());
        let piece = [Piece::Whole, Piece::Part, Piece::LastPart][usize::from(script.below(3))];
        let is_aborted = script.below(8) == 0;
        let Some(producer) = producer else { return };
        let claimed = producer.claim(self.control, &self.units, len, look);
        if self.is_honest {
            let claimed = claimed.expect("nobody lies");
            let must = self.unread.is_empty() && look == Look::Cursor;
            assert!(len <= longest || claimed.is_none(), "room for too much");
            assert!(
                !must || len > longest || claimed.is_some(),
                "no room in an empty ring"
            );
        }
        let Ok(Some(at)) = claimed else { return };
        let len = len - shrink.min(len);
        self.stamp += 1;
        for word in self.payload(at, len) {
            word.store(self.stamp, Ordering::Relaxed);
        }
        if is_aborted {
            return;
        }
        producer.publish(self.control, &self.units, len, piece);
        self.sent += u64::from(piece != Piece::Part);
        self.unread.push_back(Sent {
            len,
            stamp: self.stamp,
            piece,
        });
    }

    fn receive(&mut self, consumer: Option<&mut Consumer>) {
        let is_released = self.stage.script.below(4) > 0;
        let Some(consumer) = consumer else { return };
        let found = consumer.peek(self.control, &self.units);
        if self.is_honest {
            self.compare(found.expect("nobody lies"));
        }
        let Ok(Some(record)) = found else { return };
        assert!(record.len <= longest(self.units.count));
        let payload = self.payload(record.at, record.len);
        for word in payload {
            let _ = word.load(Ordering::Relaxed);
        }
        if is_released {
            consumer.release(self.control, &self.units);
            if let Some(sent) = self.unread.pop_front() {
                self.received += u64::from(sent.piece != Piece::Part);
            }
            assert!(!self.is_honest || consumer.received() == self.received);
        }
    }

    fn compare(&self, found: Option<Record>) {
        let Some(sent) = self.unread.front() else {
            assert_eq!(found, None, "nothing was sent");
            return;
        };
        let record = found.expect("something was sent");
        let is_part = sent.piece != Piece::Whole;
        assert_eq!((record.len, record.is_part), (sent.len, is_part));
        for word in self.payload(record.at, record.len) {
            assert_eq!(word.load(Ordering::Relaxed), sent.stamp, "what was sent");
        }
    }

    fn look(&self) {
        let seen = progress(self.control, &self.units);
        let messages = self.unread.iter().filter(|sent| sent.piece != Piece::Part);
        assert_eq!(
            (seen.received, seen.unread),
            (self.received, messages.count() as u64)
        );
    }
}
