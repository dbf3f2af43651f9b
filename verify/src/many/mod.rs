//! A ring of modelled words with many ends: the ring itself here, its ends below.

mod receiver;
mod sender;
mod waiting;

pub use receiver::{Received, Receiver};
pub use sender::Sender;

use crate::exec::Item;
use crate::kernel::Process;
use crate::seat::{Meeting, Seat};
use ringway_core::layout::roster::{Casualties, Entries};
use ringway_core::layout::{Kind, Participant, Role};
use ringway_core::primitive::AtomicU32;
use ringway_core::ring::Stamps;
use ringway_core::ring::mpmc::{Consumer, Control, Producer, Ring, Shared, Sole, initialise};
use ringway_core::ring::repair::Repair;
use ringway_core::ring::table::Commons;
use std::sync::Arc;

/// A ring in the memory of a model.
#[derive(Debug)]
pub struct Many {
    control: Control,
    kind: Kind,
    stamps: Vec<AtomicU32>,
    items: Vec<Item>,
    entries: Vec<Participant>,
}

impl Many {
    /// An empty ring with room for `ends`, whose first message has the number `start`.
    #[must_use]
    pub fn starting_at(kind: Kind, cells: u32, ends: usize, start: u64) -> Arc<Self> {
        // Nothing may depend on memory that happens to be zero.
        let ring = Many {
            control: Control::starting_at(start),
            kind,
            stamps: (0..cells).map(|_| AtomicU32::new(0xA5A5_A5A5)).collect(),
            items: (0..cells).map(|_| Item::new(0xA5A5_A5A5)).collect(),
            entries: (0..ends).map(|_| Participant::new()).collect(),
        };
        initialise(&ring, start);
        Arc::new(ring)
    }

    /// An empty ring that wraps the positions of its stamps, and those of the intents too, behind
    /// its first message.
    #[must_use]
    pub fn new(kind: Kind, cells: u32, ends: usize) -> Arc<Self> {
        Self::starting_at(kind, cells, ends, (1 << 32) - 1)
    }

    /// Attaches one of several senders.
    #[must_use]
    pub fn sender(self: &Arc<Self>, process: Process) -> Sender<Shared> {
        let seat = Seat::take(self.clone(), process, Role::Sender);
        Sender::new(seat, Producer::shared())
    }

    /// Attaches the only sender.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    #[must_use]
    pub fn sole_sender(self: &Arc<Self>, process: Process) -> Sender<Sole> {
        let seat = Seat::take(self.clone(), process, Role::Sender);
        Sender::new(seat, Producer::sole(&self.control, &**self).unwrap())
    }

    /// Attaches one of several receivers.
    #[must_use]
    pub fn receiver(self: &Arc<Self>, process: Process) -> Receiver<Shared> {
        let seat = Seat::take(self.clone(), process, Role::Receiver);
        Receiver::new(seat, Consumer::shared())
    }

    /// Attaches the only receiver; `died`: the last one did.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    #[must_use]
    pub fn sole_receiver(self: &Arc<Self>, process: Process, died: bool) -> Receiver<Sole> {
        let seat = Seat::take(self.clone(), process, Role::Receiver);
        let consumer = Consumer::sole(&self.control, &**self, died).unwrap();
        Receiver::new(seat, consumer)
    }

    /// What deaths and aborted sends have cost so far.
    #[must_use]
    pub fn casualties(&self) -> Casualties {
        self.control.commons.roster.casualties()
    }

    /// How many ends of `role` have come so far.
    #[must_use]
    pub fn arrivals(&self, role: Role) -> u32 {
        self.control.commons.roster.arrivals(role)
    }

    /// The item at `position`.
    #[must_use]
    pub fn item(&self, position: u64) -> &Item {
        &self.items[(position % self.items.len() as u64) as usize]
    }
}

impl Stamps for Many {
    fn lanes(&self) -> u32 {
        1
    }
    fn lane_bits(&self) -> u32 {
        0
    }
    fn has_common_stamp(&self) -> bool {
        false
    }
    fn cells(&self) -> u32 {
        self.stamps.len() as u32
    }
    fn stamp(&self, position: u64) -> &AtomicU32 {
        &self.stamps[(position % self.stamps.len() as u64) as usize]
    }
}

impl Meeting for Many {
    fn commons(&self) -> &Commons {
        &self.control.commons
    }
    fn kind(&self) -> Kind {
        self.kind
    }
}

impl Seat<Many> {
    /// The table with the ring.
    #[must_use]
    pub fn repair(&self) -> Repair<'_, Many, Many, Process> {
        Repair {
            table: self.table(),
            control: &self.ring().control,
            stamps: self.ring(),
        }
    }

    /// The ring as this end sees it.
    #[must_use]
    pub fn view(&self) -> Ring<'_, Many> {
        Ring {
            control: &self.ring().control,
            stamps: self.ring(),
            intent: &self.me().intent,
        }
    }

    /// The shared words.
    pub(super) fn control(&self) -> &Control {
        &self.ring().control
    }
}

impl Entries for Many {
    fn len(&self) -> usize {
        self.entries.len()
    }
    fn entry(&self, index: usize) -> &Participant {
        &self.entries[index]
    }
}
