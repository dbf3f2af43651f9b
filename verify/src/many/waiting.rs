//! Ends that sleep while there is nothing to do.
//!
//! Each wakes one of the other side for what it did. A wake-up is in vain if a position before it is
//! claimed and not published yet, and the one that comes for that position may be the last for both:
//! so whoever slept and gets something passes a wake-up on if it sees more.

use super::{Receiver, Sender};
use ringway_core::layout::Role;
use ringway_core::ring::mpmc::Claims;
use ringway_core::wait::{Company, Interrupted, Outlook, Probe, SLICE, Sight, Watch};

/// What a sender looks at while the ring is full.
struct Space<'a, C> {
    sender: &'a mut Sender<C>,
    value: u32,
}

impl<C: Claims> Watch for Space<'_, C> {
    type Found = ();

    fn poll(&mut self, _: Sight) -> Option<()> {
        self.sender.try_send(self.value).then_some(())
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        if probe == Probe::Ask
            && let Some(stuck) = self.sender.stuck()
        {
            self.sender.seat.repair().mend(stuck);
        }
        if self.sender.seat.table().is_closed(Role::Receiver) {
            Outlook::Over
        } else {
            Outlook::Open(SLICE)
        }
    }

    fn pass_on(&mut self) {
        if self.sender.sees_more() {
            self.sender.seat.notify(Role::Sender, 1);
        }
    }
}

/// What a receiver looks at while there is nothing.
struct Items<'a, C> {
    receiver: &'a mut Receiver<C>,
}

impl<C: Claims> Watch for Items<'_, C> {
    type Found = u32;

    fn poll(&mut self, _: Sight) -> Option<u32> {
        self.receiver.try_receive().map(|next| next.value)
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        if probe == Probe::Ask {
            self.receiver.seat.table().sweep();
            self.receiver.mend();
        }
        if self.receiver.is_over() {
            Outlook::Over
        } else {
            let patience = self.receiver.seat.table().patience_for_orphans();
            Outlook::Open(patience.unwrap_or(SLICE))
        }
    }

    fn pass_on(&mut self) {
        if self.receiver.sees_more() {
            self.receiver.seat.notify(Role::Receiver, 1);
        }
    }
}

impl<C: Claims> Sender<C> {
    /// Sends `value`, and waits while the ring is full.
    ///
    /// # Errors
    ///
    /// The receivers are gone.
    pub fn send(&mut self, value: u32) -> Result<(), Interrupted> {
        let mut space = Space {
            sender: self,
            value,
        };
        // The seat is borrowed apart from the sender that is looked at.
        let seat = space.sender.seat.clone();
        seat.wait(Company::Others, None, &mut space)?;
        seat.notify(Role::Receiver, 1);
        Ok(())
    }
}

impl<C: Claims> Receiver<C> {
    /// Receives the next value, and waits while there is none.
    ///
    /// # Errors
    ///
    /// The senders are gone, and everything they sent is received.
    pub fn receive(&mut self) -> Result<u32, Interrupted> {
        let seat = self.seat.clone();
        let value = seat.wait(Company::Others, None, &mut Items { receiver: self })?;
        seat.notify(Role::Sender, 1);
        Ok(value)
    }
}
