//! A ring of modelled words, and its two ends with their items.

use crate::exec::Item;
use ringway_core::primitive::AtomicU32;
use ringway_core::ring::spsc::{Consumer, Control, Look, Producer, Progress, progress};
use ringway_core::ring::{Stamps, initialise_at};
use std::sync::Arc;

/// Where the stamps and items of a model's ring are.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    cells: u32,
    lanes: u32,
    common_stamp: bool,
}

impl Shape {
    /// One item beside each stamp.
    #[must_use]
    pub const fn slot(cells: u32) -> Self {
        Shape {
            cells,
            lanes: 1,
            common_stamp: false,
        }
    }

    /// Several items, at least two, behind each stamp.
    #[must_use]
    pub const fn packed(lanes: u32, cells: u32) -> Self {
        Shape {
            cells,
            lanes,
            common_stamp: false,
        }
    }

    /// One stamp for all items.
    #[must_use]
    pub const fn index(cells: u32) -> Self {
        Shape {
            cells,
            lanes: 1,
            common_stamp: true,
        }
    }

    /// Items that fit into the ring if it begins with an empty cell.
    #[must_use]
    pub fn items(self) -> u32 {
        self.cells * self.lanes
    }

    fn lane_bits(self) -> u32 {
        match self.lanes {
            1 => 0,
            lanes => u32::BITS - lanes.leading_zeros(),
        }
    }
}

/// A ring in the memory of a model.
#[derive(Debug)]
pub struct Ring {
    /// The words that both ends share.
    pub control: Control,
    shape: Shape,
    stamps: Vec<AtomicU32>,
    items: Vec<Item>,
}

impl Ring {
    /// An empty ring.
    #[must_use]
    pub fn new(shape: Shape) -> Arc<Self> {
        Self::starting_at(shape, 0)
    }

    /// An empty ring that wraps its 32-bit words after `laps` of its cells.
    #[must_use]
    pub fn wrapping_after(shape: Shape, laps: u64) -> Arc<Self> {
        let span = u64::from(shape.cells) << shape.lane_bits();
        Self::starting_at(shape, (1 << 32) - laps * span)
    }

    /// An empty ring whose first message has the number `start`.
    #[must_use]
    pub fn starting_at(shape: Shape, start: u64) -> Arc<Self> {
        // Neither may depend on memory that happens to be zero.
        let stamps = if shape.common_stamp { 0 } else { shape.cells };
        let ring = Ring {
            control: Control::starting_at(start),
            shape,
            stamps: (0..stamps).map(|_| AtomicU32::new(0xA5A5_A5A5)).collect(),
            items: (0..shape.items()).map(|_| Item::new(0xA5A5_A5A5)).collect(),
        };
        initialise_at(&ring, start);
        Arc::new(ring)
    }

    /// The shape of the ring.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// A writing end that continues where the last one stopped, looking exactly.
    #[must_use]
    pub fn writer(self: &Arc<Self>) -> Writer {
        self.writer_looking(Look::Cursor)
    }

    /// As [`writer`](Ring::writer), looking for space as `look` says.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    #[must_use]
    pub fn writer_looking(self: &Arc<Self>, look: Look) -> Writer {
        Writer {
            ring: self.clone(),
            producer: Producer::recover(&self.control, &**self).unwrap(),
            look,
        }
    }

    /// A reading end that continues where the last one stopped.
    #[must_use]
    pub fn reader(self: &Arc<Self>) -> Reader {
        self.reader_after(Fate::Left, false)
    }

    /// As [`reader`](Ring::reader): what became of the last one, and whether the cursor follows
    /// every item.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    #[must_use]
    pub fn reader_after(self: &Arc<Self>, last: Fate, each: bool) -> Reader {
        let died = last == Fate::Died;
        Reader {
            ring: self.clone(),
            consumer: Consumer::recover(&self.control, &**self, died, each).unwrap(),
        }
    }

    /// How far the ring has got.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    #[must_use]
    pub fn progress(&self) -> Progress {
        progress(&self.control, self).unwrap()
    }

    fn item(&self, position: u64) -> &Item {
        let cell = (position >> self.lane_bits()) % u64::from(self.shape.cells);
        let lane = position & ((1 << self.lane_bits()) - 1);
        assert!(lane < u64::from(self.shape.lanes), "no such lane: {lane}");
        &self.items[(cell * u64::from(self.shape.lanes) + lane) as usize]
    }
}

impl Stamps for Ring {
    fn lanes(&self) -> u32 {
        self.shape.lanes
    }
    fn lane_bits(&self) -> u32 {
        self.shape.lane_bits()
    }
    fn has_common_stamp(&self) -> bool {
        self.shape.common_stamp
    }
    fn cells(&self) -> u32 {
        self.shape.cells
    }
    fn stamp(&self, position: u64) -> &AtomicU32 {
        if self.shape.common_stamp {
            return self.control.tail_stamp();
        }
        let cell = (position >> self.lane_bits()) % u64::from(self.shape.cells);
        &self.stamps[cell as usize]
    }
}

/// What became of a predecessor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It left in good order, or there was none.
    Left,
    /// It was killed.
    Died,
}

/// The writing end of a [`Ring`]. Dropping it is a death: nothing is written.
#[derive(Debug)]
pub struct Writer {
    ring: Arc<Ring>,
    producer: Producer,
    look: Look,
}

impl Writer {
    /// Writes and publishes one item, if there is room.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn try_send(&mut self, value: u32) -> bool {
        let claimed = self
            .producer
            .claim(&self.ring.control, &*self.ring, self.look)
            .unwrap();
        if let Some(position) = claimed {
            self.ring.item(position).set(value);
            self.producer.publish(&*self.ring);
        }
        claimed.is_some()
    }

    /// Writes up to `most` items numbered from `first` on and publishes them at once; how many.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn try_send_batch(&mut self, first: u32, most: u32) -> u32 {
        let claimed = self
            .producer
            .claim(&self.ring.control, &*self.ring, self.look)
            .unwrap();
        let Some(position) = claimed else { return 0 };
        let count = self.producer.stretch(&*self.ring).min(most);
        for offset in 0..count {
            let item = self.ring.item(position + u64::from(offset));
            item.set(first + offset);
        }
        self.producer.publish_many(&*self.ring, count);
        count
    }

    /// As [`try_send`](Writer::try_send), but dies before it publishes.
    ///
    /// # Panics
    ///
    /// The ring is full or corrupt.
    pub fn die_sending(mut self, value: u32) {
        let claimed = self
            .producer
            .claim(&self.ring.control, &*self.ring, self.look)
            .unwrap();
        self.ring.item(claimed.unwrap()).set(value);
    }
}

/// What a reader got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The value.
    pub value: u32,
    /// Whether it may have been received before.
    pub again: bool,
}

/// The reading end of a [`Ring`]. Dropping it is a death: nothing is written down.
#[derive(Debug)]
pub struct Reader {
    ring: Arc<Ring>,
    consumer: Consumer,
}

impl Reader {
    /// Reads the next item, if there is one, without having done with it.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn try_peek(&mut self) -> Option<Received> {
        let position = self
            .consumer
            .peek(&self.ring.control, &*self.ring)
            .unwrap()?;
        Some(Received {
            value: self.ring.item(position).get(),
            again: self.consumer.is_redelivered(),
        })
    }

    /// Reads the next item, if there is one, and has done with it.
    pub fn try_receive(&mut self) -> Option<Received> {
        let received = self.try_peek()?;
        self.consumer.release(&self.ring.control, &*self.ring);
        Some(received)
    }

    /// Reads up to `most` items and has done with them at once.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn try_receive_batch(&mut self, most: u32) -> Vec<u32> {
        let found = self.consumer.peek(&self.ring.control, &*self.ring).unwrap();
        let Some(position) = found else {
            return Vec::new();
        };
        let count = self.consumer.stretch(&*self.ring).min(most);
        let read = |offset| self.ring.item(position + u64::from(offset)).get();
        let values = (0..count).map(read).collect();
        self.consumer
            .release_many(&self.ring.control, &*self.ring, count);
        values
    }

    /// Leaves in good order.
    pub fn leave(mut self) {
        self.consumer.settle(&self.ring.control);
    }
}
