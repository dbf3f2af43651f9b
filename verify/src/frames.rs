//! A ring of records on modelled words, and its two ends.

use crate::exec::Item;
use crate::ring::{Fate, Received};
use ringway_core::primitive::{AtomicU32, Ordering};
use ringway_core::ring::frame::Piece;
use ringway_core::ring::frames::{
    Consumer, Producer, Progress, Record, UNIT, Words, initialise_at, progress,
};
use ringway_core::ring::spsc::{Control, Look};
use std::sync::Arc;

/// What no payload is, and no honest word.
const GARBAGE: u32 = 0xA5A5_A5A4;

/// A ring in the memory of a model.
///
/// Each unit is a header and a piece of payload at once, as it is in mapped bytes: payload that is
/// written leaves garbage in the header.
#[derive(Debug)]
pub struct Frames {
    /// The words that both ends share.
    pub control: Control,
    words: Vec<AtomicU32>,
    numbers: Vec<AtomicU32>,
    payload: Vec<Item>,
}

impl Frames {
    /// An empty ring of `units` whose first record has the position `start`, and its message that
    /// number.
    #[must_use]
    pub fn starting_at(units: u32, start: u64) -> Arc<Self> {
        let ring = Frames {
            control: Control::starting_at(start),
            words: (0..units).map(|_| AtomicU32::new(GARBAGE)).collect(),
            numbers: (0..units).map(|_| AtomicU32::new(GARBAGE)).collect(),
            payload: (0..units).map(|_| Item::new(GARBAGE)).collect(),
        };
        initialise_at(&ring, start);
        Arc::new(ring)
    }

    /// A writing end that continues where the last one stopped.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    #[must_use]
    pub fn writer_looking(self: &Arc<Self>, look: Look) -> FrameWriter {
        FrameWriter {
            ring: self.clone(),
            producer: Producer::recover(&self.control, &**self).unwrap(),
            look,
        }
    }

    /// A reading end that continues where the last one stopped.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    #[must_use]
    pub fn reader_after(self: &Arc<Self>, last: Fate) -> FrameReader {
        let died = last == Fate::Died;
        FrameReader {
            ring: self.clone(),
            consumer: Consumer::recover(&self.control, &**self, died).unwrap(),
        }
    }

    /// How far the ring has got.
    #[must_use]
    pub fn progress(&self) -> Progress {
        progress(&self.control, self)
    }

    fn index(&self, position: u64) -> usize {
        (position % self.words.len() as u64) as usize
    }

    /// The units of the payload of a record, which lie in a row.
    fn payload_of(&self, at: u64, len: u32) -> std::ops::Range<usize> {
        let first = self.index(at) + 1;
        let units = first..first + len.div_ceil(UNIT) as usize;
        assert!(units.end <= self.words.len(), "a record over the end");
        units
    }
}

impl Words for Frames {
    fn units(&self) -> u32 {
        self.words.len() as u32
    }
    fn word(&self, position: u64) -> &AtomicU32 {
        &self.words[self.index(position)]
    }
    fn number(&self, position: u64) -> &AtomicU32 {
        &self.numbers[self.index(position)]
    }
}

/// The writing end of [`Frames`]. Dropping it is a death: nothing is written.
#[derive(Debug)]
pub struct FrameWriter {
    ring: Arc<Frames>,
    producer: Producer,
    look: Look,
}

impl FrameWriter {
    /// Writes and publishes a message of `len` bytes, if there is room: `value` in each unit.
    pub fn try_send(&mut self, value: u32, len: u32) -> bool {
        self.try_send_piece(value, len, Piece::Whole)
    }

    /// As [`try_send`](FrameWriter::try_send), for a part of a message too.
    pub fn try_send_piece(&mut self, value: u32, len: u32, piece: Piece) -> bool {
        let is_claimed = self.write(value, len);
        if is_claimed {
            let FrameWriter { ring, producer, .. } = self;
            producer.publish(&ring.control, &**ring, len, piece);
        }
        is_claimed
    }

    /// Claims `len` bytes and writes them, but publishes nothing; whether there was room.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn write(&mut self, value: u32, len: u32) -> bool {
        let FrameWriter {
            ring,
            producer,
            look,
        } = self;
        let claimed = producer.claim(&ring.control, &**ring, len, *look).unwrap();
        let Some(at) = claimed else { return false };
        for unit in ring.payload_of(at, len) {
            ring.payload[unit].set(value);
            ring.words[unit].store(GARBAGE, Ordering::Relaxed);
            ring.numbers[unit].store(GARBAGE, Ordering::Relaxed);
        }
        true
    }

    /// Whole messages published since the ring was new.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.producer.sent()
    }
}

/// The reading end of [`Frames`]. Dropping it is a death: nothing is written down.
#[derive(Debug)]
pub struct FrameReader {
    ring: Arc<Frames>,
    consumer: Consumer,
}

impl FrameReader {
    fn peek(&mut self) -> Option<(Record, Received)> {
        let FrameReader { ring, consumer } = self;
        let record = consumer.peek(&ring.control, &**ring).unwrap()?;
        let mut units = ring.payload_of(record.at, record.len);
        let value = units.next().map_or(0, |unit| ring.payload[unit].get());
        for unit in units {
            assert_eq!(ring.payload[unit].get(), value, "two messages in one");
        }
        let again = consumer.is_redelivered();
        Some((record, Received { value, again }))
    }

    /// Reads the next record, if there is one, without having done with it.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn try_peek(&mut self) -> Option<Received> {
        Some(self.peek()?.1)
    }

    /// Reads the next record, which is to have `len` bytes, and has done with it.
    ///
    /// # Panics
    ///
    /// It has another length, or the ring is corrupt.
    pub fn try_receive(&mut self, len: u32) -> Option<Received> {
        let (record, received) = self.peek()?;
        assert_eq!(record.len, len);
        self.consumer.release(&self.ring.control, &*self.ring);
        Some(received)
    }

    /// Whole messages received since the ring was new.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.consumer.received()
    }

    /// Leaves in good order.
    pub fn leave(mut self) {
        self.consumer.settle(&self.ring.control);
    }
}
