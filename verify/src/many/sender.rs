//! A writing end.

use super::Many;
use crate::seat::Seat;
use ringway_core::layout::Role;
use ringway_core::ring::mpmc::{Claims, Producer, Shared};
use ringway_core::ring::table::Stuck;

/// The writing end of a [`Many`](super::Many). Dropping it is no death: the process goes on.
#[derive(Debug)]
pub struct Sender<C = Shared> {
    /// Its place in the table.
    pub seat: Seat<Many>,
    producer: Producer<C>,
}

impl<C: Claims> Sender<C> {
    pub(super) fn new(seat: Seat<Many>, producer: Producer<C>) -> Self {
        Sender { seat, producer }
    }

    /// Claims a position, if there is room, and writes `value` there.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn reserve(&mut self, value: u32) -> bool {
        let claimed = self.producer.claim(self.seat.view(), 1).unwrap();
        self.write(value);
        claimed
    }

    /// Writes `value` at the position that is reserved, if one is.
    pub fn write(&mut self, value: u32) {
        if let Some(position) = self.producer.claimed() {
            self.seat.ring().item(position).set(value);
        }
    }

    /// Publishes what was reserved.
    pub fn publish(&mut self) {
        self.producer.publish(self.seat.view());
    }

    /// Gives up what was reserved.
    pub fn abort(&mut self) {
        assert!(self.producer.abort(self.seat.view()));
    }

    /// Writes and publishes one item, if there is room.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn try_send(&mut self, value: u32) -> bool {
        let claimed = self.reserve(value);
        if claimed {
            self.publish();
        }
        claimed
    }

    /// As [`try_send`](Sender::try_send), by one look.
    pub fn send_at_once(&mut self, value: u32) -> bool {
        let claimed = self.producer.is_ready(self.seat.view());
        if claimed {
            self.write(value);
            self.publish();
        }
        claimed
    }

    /// Sends up to `most` items numbered from `first` on under one claim; how many.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn try_send_batch(&mut self, first: u32, most: u32) -> u32 {
        if !self.producer.claim(self.seat.view(), most).unwrap() {
            return 0;
        }
        let count = self.producer.count();
        for value in first..first + count {
            self.write(value);
            self.publish();
        }
        count
    }

    /// Claims up to `most` positions; how many.
    ///
    /// # Panics
    ///
    /// The ring is corrupt.
    pub fn reserve_batch(&mut self, most: u32) -> u32 {
        self.producer.claim(self.seat.view(), most).unwrap();
        self.producer.count()
    }

    /// Writes what follows `first` to all positions that it has claimed, publishes `published` of
    /// them and dies.
    pub fn die_sending_batch(&mut self, first: u32, published: u32) {
        let positions = self.producer.claimed().into_iter().flat_map(|next| next..);
        let values = first..first + self.producer.count();
        for (position, value) in positions.zip(values) {
            self.seat.ring().item(position).set(value);
        }
        for _ in 0..published {
            self.publish();
        }
        self.seat.die();
    }

    /// Whose claim a sender that finds no room waits for.
    #[must_use]
    pub fn stuck(&self) -> Option<Stuck> {
        let next = self.producer.next(self.seat.control());
        self.seat.repair().stuck(Role::Sender, next)
    }

    /// Whether there is room for more.
    #[must_use]
    pub fn sees_more(&self) -> bool {
        self.producer.sees_more(self.seat.view())
    }

    /// Whether everything before `end` has been received and finished.
    #[must_use]
    pub fn is_finished(&self, end: u64) -> bool {
        self.seat.repair().first_unfinished(0, end).is_none()
    }
}
