//! A reading end.

use super::Many;
use crate::dying::Dying;
use crate::seat::Seat;
use ringway_core::layout::Role;
use ringway_core::ring::mpmc::{Claims, Consumer, Ring, Shared};
use ringway_core::ring::table::Stuck;

/// What a receiver got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The value.
    pub value: u32,
    /// Whether it may have been received before.
    pub again: bool,
}

/// The reading end of a [`Many`](super::Many). Dropping it is no death: the process goes on.
#[derive(Debug)]
pub struct Receiver<C = Shared> {
    /// Its place in the table.
    pub seat: Seat<Many>,
    consumer: Consumer<C>,
}

impl<C: Claims> Receiver<C> {
    pub(super) fn new(seat: Seat<Many>, consumer: Consumer<C>) -> Self {
        Receiver { seat, consumer }
    }

    /// Claims an item, if there is one, and reads it, without having done with it.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn hold(&mut self) -> Option<Received> {
        self.consumer.claim(self.seat.view(), 1).unwrap();
        self.read()
    }

    fn read(&self) -> Option<Received> {
        let position = self.consumer.claimed()?;
        Some(Received {
            value: self.seat.ring().item(position).get(),
            again: self.consumer.is_redelivered(),
        })
    }

    /// Has done with the item that is held.
    pub fn finish(&mut self) {
        self.consumer.release(self.seat.view());
    }

    /// Receives one item, if there is one.
    pub fn try_receive(&mut self) -> Option<Received> {
        let received = self.hold()?;
        self.finish();
        Some(received)
    }

    /// As [`try_receive`](Receiver::try_receive), by one look.
    pub fn receive_at_once(&mut self) -> Option<u32> {
        if !self.consumer.is_ready(self.seat.view()) {
            return None;
        }
        let received = self.read()?;
        self.finish();
        Some(received.value)
    }

    /// Receives up to `most` items under one claim.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn try_receive_batch(&mut self, most: u32) -> Vec<u32> {
        self.consumer.claim(self.seat.view(), most).unwrap();
        (0..self.consumer.count())
            .map(|_| {
                let received = self.read().unwrap();
                self.finish();
                received.value
            })
            .collect()
    }

    /// Claims up to `most` items, has done with the first `finished` of them, and dies; those.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn die_receiving_batch(&mut self, most: u32, finished: u32) -> Vec<u32> {
        self.consumer.claim(self.seat.view(), most).unwrap();
        let finished = finished.min(self.consumer.count());
        let values = (0..finished)
            .map(|_| {
                let received = self.read().unwrap();
                self.finish();
                received.value
            })
            .collect();
        self.seat.die();
        values
    }

    /// Receives whatever is there.
    pub fn drain(&mut self) -> Vec<u32> {
        std::iter::from_fn(|| self.try_receive().map(|next| next.value)).collect()
    }

    /// Whose claim a receiver that finds nothing waits for.
    #[must_use]
    pub fn stuck(&self) -> Option<Stuck> {
        let next = self.consumer.next(self.seat.control());
        self.seat.repair().stuck(Role::Receiver, next)
    }

    /// Whether something follows that is there already: an item, or what a sender gave up.
    #[must_use]
    pub fn sees_more(&self) -> bool {
        self.consumer.sees_more(self.seat.view())
    }

    /// Ends the claim that this one waits for, if its owner is dead; whether that was so.
    pub fn mend(&self) -> bool {
        self.stuck()
            .is_some_and(|stuck| self.seat.repair().mend(stuck))
    }

    /// Takes over and reads an item that a dead receiver had claimed, if there is one.
    pub fn adopt(&mut self) -> Option<Received> {
        let intent = self.seat.view().intent;
        let repair = self.seat.repair();
        if repair.adopt(&mut self.consumer, intent) {
            self.read()
        } else {
            None
        }
    }

    /// Leaves to others what is held.
    pub fn forsake(&mut self) {
        let intent = self.seat.view().intent;
        self.seat.repair().forsake(&mut self.consumer, intent);
    }

    /// Claims the next position, which a sender gave up, and dies before it passes over it.
    ///
    /// # Panics
    ///
    /// It was not given up.
    pub fn die_passing_over(&mut self) {
        // One look at the stamp, then the claim.
        assert!(self.claim_until(1), "survived");
        self.seat.die();
    }

    /// Receives the next item, or passes over the next position and looks no further.
    pub fn receive_or_pass_over(&mut self) -> Option<u32> {
        // As above, then the stamp that frees the cell.
        if self.claim_until(2) {
            // Another one was quicker at the first, and the second look spent what was for this.
            if self.consumer.claimed().is_some() {
                self.finish();
            }
            return None;
        }
        let received = self.read()?;
        self.finish();
        Some(received.value)
    }

    /// Claims up to where it would reach for one stamp more than `stamps`; whether it got there.
    fn claim_until(&mut self, stamps: u32) -> bool {
        let Ring {
            control, intent, ..
        } = self.seat.view();
        let dying = Dying::after(stamps, self.seat.ring());
        let outcome = dying.run(|stamps| {
            let view = Ring {
                control,
                stamps,
                intent,
            };
            self.consumer.claim(view, 1)
        });
        outcome.is_none()
    }

    /// Whether the senders are gone, and nothing can come any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let repair = self.seat.repair();
        let next = self.consumer.next(self.seat.control());
        repair.table.is_closed(Role::Sender) && repair.is_drained(next)
    }
}
