//! A ring of modelled words with many senders of ranges, and its ends.
//!
//! A record holds one value, which stands in each of its granules: whoever reads or writes over a
//! granule at the wrong time shows. How long it is is told in granules.

use crate::dying::Dying;
use crate::exec::Item;
use crate::kernel::Process;
use crate::seat::{Meeting, Seat};
use ringway_core::layout::intent::{Intent, Kind as Claim};
use ringway_core::layout::roster::{Casualties, Entries};
use ringway_core::layout::{Kind, Participant, Role};
use ringway_core::primitive::AtomicU32;
use ringway_core::ring::frame::Piece;
use ringway_core::ring::holes::Holes;
use ringway_core::ring::ranges::{Consumer, Control, GRANULE, Producer, Ring, Starts, granules};
use ringway_core::ring::table::Commons;
use ringway_core::wait::{Company, Interrupted, Outlook, Probe, SLICE, Sight, Watch};
use std::sync::Arc;

/// A ring in the memory of a model.
#[derive(Debug)]
pub struct Ranges {
    control: Control,
    words: Vec<AtomicU32>,
    items: Vec<Item>,
    entries: Vec<Participant>,
}

impl Ranges {
    /// An empty ring with room for `ends`, whose first record has a position `before_wrap` granules
    /// before the end of the ring, and of the low half of positions.
    #[must_use]
    pub fn new(granules: u32, ends: usize, before_wrap: u32) -> Arc<Self> {
        Arc::new(Ranges {
            control: Control::starting_at((1 << 32) - u64::from(before_wrap)),
            words: (0..granules).map(|_| AtomicU32::new(0)).collect(),
            items: (0..granules).map(|_| Item::new(0xA5A5_A5A5)).collect(),
            entries: (0..ends).map(|_| Participant::new()).collect(),
        })
    }

    /// Attaches a sender.
    #[must_use]
    pub fn sender(self: &Arc<Self>, process: Process) -> Sender {
        let seat = Seat::take(self.clone(), process, Role::Sender);
        let producer = Producer::new(&self.control);
        Sender { seat, producer }
    }

    /// Attaches the receiver. `died`: the last one did.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    #[must_use]
    pub fn receiver(self: &Arc<Self>, process: Process, died: bool) -> Receiver {
        let seat = Seat::take(self.clone(), process, Role::Receiver);
        let consumer = Consumer::recover(&self.control, &**self, died).unwrap();
        Receiver { seat, consumer }
    }

    /// What deaths have cost so far.
    #[must_use]
    pub fn casualties(&self) -> Casualties {
        self.control.commons.roster.casualties()
    }

    /// The position that is claimed next.
    #[must_use]
    pub fn tail(&self) -> u64 {
        Producer::new(&self.control).next(&self.control)
    }

    /// The value at `position`.
    #[must_use]
    pub fn item(&self, position: u64) -> &Item {
        &self.items[(position % self.items.len() as u64) as usize]
    }
}

impl Starts for Ranges {
    fn granules(&self) -> u32 {
        self.words.len() as u32
    }
    fn word(&self, position: u64) -> &AtomicU32 {
        &self.words[(position % self.words.len() as u64) as usize]
    }
}

impl Entries for Ranges {
    fn len(&self) -> usize {
        self.entries.len()
    }
    fn entry(&self, index: usize) -> &Participant {
        &self.entries[index]
    }
}

impl Meeting for Ranges {
    fn commons(&self) -> &Commons {
        &self.control.commons
    }
    fn kind(&self) -> Kind {
        Kind::Mpsc
    }
}

impl Seat<Ranges> {
    /// The table with the ring.
    #[must_use]
    pub fn holes(&self) -> Holes<'_, Ranges, Ranges, Process> {
        Holes {
            table: self.table(),
            control: &self.ring().control,
            starts: self.ring(),
        }
    }

    /// The ring as this end sees it.
    #[must_use]
    pub fn view(&self) -> Ring<'_, Ranges> {
        Ring {
            control: &self.ring().control,
            starts: self.ring(),
            intent: &self.me().intent,
        }
    }
}

/// A writing end of [`Ranges`]. Dropping it is no death: the process goes on.
#[derive(Debug)]
pub struct Sender {
    /// Its place in the table.
    pub seat: Seat<Ranges>,
    producer: Producer,
}

impl Sender {
    /// Claims `count` granules, if there is room, and writes `value` there.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn reserve(&mut self, count: u32, value: u32) -> bool {
        let claimed = self.producer.claim(self.seat.view(), count * GRANULE);
        self.write(value);
        claimed.unwrap().is_some()
    }

    /// Writes `value` to what is reserved.
    fn write(&self, value: u32) {
        if let Some(range) = self.producer.claimed() {
            for position in range.at..range.at + u64::from(range.count) {
                self.seat.ring().item(position).set(value);
            }
        }
    }

    /// Publishes the first `count` of the granules that are reserved.
    pub fn publish(&mut self, count: u32) {
        let len = count * GRANULE;
        self.producer.publish(self.seat.view(), len, Piece::Whole);
    }

    /// Gives up what is reserved.
    pub fn abort(&mut self) {
        assert!(self.producer.abort(self.seat.view()));
    }

    /// Sends a record of `count` granules, if there is room.
    pub fn try_send(&mut self, count: u32, value: u32) -> bool {
        let claimed = self.reserve(count, value);
        if claimed {
            self.publish(count);
        }
        claimed
    }

    /// Claims `count` granules and dies, before it writes the word of the pad.
    ///
    /// # Panics
    ///
    /// There is no pad, or no room.
    pub fn die_padding(&mut self, count: u32) {
        let Ring {
            control, intent, ..
        } = self.seat.view();
        let dying = Dying::after(0, self.seat.ring());
        let outcome = dying.run(|starts| {
            let view = Ring {
                control,
                starts,
                intent,
            };
            self.producer.claim(view, count * GRANULE)
        });
        assert!(outcome.is_none(), "survived");
        self.seat.die();
    }

    /// Publishes the first `count` of the granules that are reserved, and dies before it stores the word
    /// of the record.
    ///
    /// # Panics
    ///
    /// There are no more granules than that.
    pub fn die_shrinking(&mut self, count: u32) {
        let Ring {
            control, intent, ..
        } = self.seat.view();
        let dying = Dying::after(1, self.seat.ring());
        let outcome = dying.run(|starts| {
            let view = Ring {
                control,
                starts,
                intent,
            };
            self.producer.publish(view, count * GRANULE, Piece::Whole);
        });
        assert!(outcome.is_none(), "survived");
        self.seat.die();
    }

    /// Names the range of `count` granules that would be claimed next, and dies before it claims it.
    pub fn die_before_claim(&self, count: u32) {
        let next = self.seat.ring().tail();
        let intent = Intent::new(Claim::Send, next, count);
        self.seat.view().intent.set(intent);
        self.seat.die();
    }

    /// Whether everything before `end` is finished.
    #[must_use]
    pub fn is_finished(&self, end: u64) -> bool {
        self.seat.holes().first_unfinished(end).is_none()
    }

    /// Sends a record of `count` granules, and waits while there is no room.
    ///
    /// # Errors
    ///
    /// The receiver is gone.
    pub fn send(&mut self, count: u32, value: u32) -> Result<(), Interrupted> {
        let seat = self.seat.clone();
        let mut space = Space {
            sender: self,
            count,
            value,
        };
        seat.wait(Company::Others, None, &mut space)?;
        seat.notify(Role::Receiver, 1);
        Ok(())
    }
}

/// What a sender looks at while there is no room.
struct Space<'a> {
    sender: &'a mut Sender,
    count: u32,
    value: u32,
}

impl Watch for Space<'_> {
    type Found = ();

    fn poll(&mut self, _: Sight) -> Option<()> {
        self.sender.try_send(self.count, self.value).then_some(())
    }

    fn outlook(&mut self, _: Probe) -> Outlook {
        if self.sender.seat.table().is_closed(Role::Receiver) {
            Outlook::Over
        } else {
            Outlook::Open(SLICE)
        }
    }
}

/// What a receiver got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The value.
    pub value: u32,
    /// How many granules it had.
    pub count: u32,
    /// Whether it may have been received before.
    pub again: bool,
}

/// The reading end of [`Ranges`]. Dropping it is no death: the process goes on.
#[derive(Debug)]
pub struct Receiver {
    /// Its place in the table.
    pub seat: Seat<Ranges>,
    consumer: Consumer,
}

impl Receiver {
    /// Finds a record, if there is one, and reads it, without having done with it.
    ///
    /// # Panics
    ///
    /// The ring is corrupt, or the record is torn.
    pub fn hold(&mut self) -> Option<Received> {
        let Ring {
            control, starts, ..
        } = self.seat.view();
        let Some(record) = self.consumer.peek(control, starts).unwrap() else {
            self.consumer.audit(control, starts).unwrap();
            return None;
        };
        let count = granules(record.len);
        let positions = record.at..record.at + u64::from(count);
        let values: Vec<_> = positions.map(|at| starts.item(at).get()).collect();
        assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
        Some(Received {
            value: values[0],
            count,
            again: self.consumer.is_redelivered(),
        })
    }

    /// Has done with the record that is held.
    pub fn finish(&mut self) {
        let Ring {
            control, starts, ..
        } = self.seat.view();
        self.consumer.release(control, starts, true);
    }

    /// Receives a record, if there is one.
    pub fn try_receive(&mut self) -> Option<Received> {
        let received = self.hold()?;
        self.finish();
        Some(received)
    }

    /// Receives whatever is there.
    pub fn drain(&mut self) -> Vec<u32> {
        std::iter::from_fn(|| self.try_receive().map(|next| next.value)).collect()
    }

    /// Has done with the record that is held, and dies when it has reached for `words` words: with none
    /// it has noted what it finishes, with one it has done all.
    ///
    /// # Panics
    ///
    /// It never reaches for more.
    pub fn die_finishing(&mut self, words: u32) {
        let control = self.seat.view().control;
        let dying = Dying::after(words, self.seat.ring());
        let outcome = dying.run(|starts| self.consumer.release(control, starts, true));
        assert!(outcome.is_none(), "survived");
        self.seat.die();
    }

    /// Covers the hole that it waits at, if the owner is dead; whether that was so.
    pub fn mend(&self) -> bool {
        let next = self.consumer.position();
        let holes = self.seat.holes();
        let stuck = holes.stuck(Role::Receiver, next);
        stuck.is_some_and(|stuck| holes.mend(stuck))
    }

    /// Receives all that there is, covering what the dead have left.
    pub fn drain_and_mend(&mut self) -> Vec<u32> {
        let mut values = self.drain();
        while self.mend() {
            values.extend(self.drain());
        }
        values
    }

    /// Whether the senders are gone, and nothing can come any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let holes = self.seat.holes();
        holes.table.is_closed(Role::Sender) && holes.is_drained(self.consumer.position())
    }

    /// Receives the next value, and waits while there is none.
    ///
    /// # Errors
    ///
    /// The senders are gone, and everything they sent is received.
    pub fn receive(&mut self) -> Result<u32, Interrupted> {
        let seat = self.seat.clone();
        let value = seat.wait(Company::Others, None, &mut Records { receiver: self })?;
        seat.notify(Role::Sender, u32::MAX);
        Ok(value)
    }
}

/// What a receiver looks at while there is nothing.
struct Records<'a> {
    receiver: &'a mut Receiver,
}

impl Watch for Records<'_> {
    type Found = u32;

    fn poll(&mut self, _: Sight) -> Option<u32> {
        let received = self.receiver.try_receive();
        if self.receiver.consumer.take_passed() {
            self.receiver.seat.notify(Role::Sender, u32::MAX);
        }
        received.map(|next| next.value)
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        if probe == Probe::Ask {
            self.receiver.seat.table().sweep();
            self.receiver.mend();
        }
        if self.receiver.is_over() {
            Outlook::Over
        } else {
            Outlook::Open(SLICE)
        }
    }
}
