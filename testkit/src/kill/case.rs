//! Which call of which end is interrupted, in which circumstances.

use super::{Size, Subject};
use crate::kill::case::Call::*;
use std::fmt;

/// A call under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// `send`
    Send,
    /// `reserve` and `commit`
    SendInPlace,
    /// `reserve` and `commit_to` fewer bytes
    SendShrunk,
    /// `send` of what goes in parts only
    SendParts,
    /// `send_batch`
    SendBatch,
    /// `reserve`, and dropping the grant
    Abort,
    /// `recv`, and dropping the grant
    Recv,
    /// `recv_into`
    RecvCopy,
    /// `recv` of what comes in parts
    RecvParts,
    /// `recv_into` of what comes in parts
    RecvPartsCopy,
    /// `recv_batch`
    RecvBatch,
    /// `clone` of a sender
    CloneSender,
    /// `clone` of a receiver
    CloneReceiver,
    /// Dropping one of two senders of this process.
    DropSenderClone,
    /// Dropping one of two receivers of this process.
    DropReceiverClone,
    /// Opening the channel as a sender.
    AttachSender,
    /// Opening the channel as a receiver.
    AttachReceiver,
    /// Dropping the sender.
    DetachSender,
    /// Dropping the receiver.
    DetachReceiver,
}

impl Call {
    const ALL: [Call; 19] = [
        Send,
        SendInPlace,
        SendShrunk,
        SendParts,
        SendBatch,
        Abort,
        Recv,
        RecvCopy,
        RecvParts,
        RecvPartsCopy,
        RecvBatch,
        CloneSender,
        CloneReceiver,
        DropSenderClone,
        DropReceiverClone,
        AttachSender,
        AttachReceiver,
        DetachSender,
        DetachReceiver,
    ];

    /// Whether it is one of a sender.
    #[must_use]
    pub fn is_of_sender(self) -> bool {
        matches!(
            self,
            Send | SendInPlace
                | SendShrunk
                | SendParts
                | SendBatch
                | Abort
                | CloneSender
                | DropSenderClone
                | AttachSender
                | DetachSender
        )
    }

    /// Messages that the call sends or receives.
    #[must_use]
    pub fn messages(self) -> u64 {
        match self {
            Send | SendInPlace | SendShrunk | SendParts | Recv | RecvCopy | RecvParts
            | RecvPartsCopy => 1,
            SendBatch | RecvBatch => 2,
            _ => 0,
        }
    }

    /// How long they are.
    #[must_use]
    pub fn size(self) -> Size {
        match self {
            SendShrunk => Size::Short,
            SendParts | RecvParts | RecvPartsCopy => Size::Parts,
            _ => Size::Slot,
        }
    }

    /// Slots that it must find free.
    fn slots(self) -> u64 {
        match self {
            Abort => 1,
            _ if self.is_of_sender() => self.messages(),
            _ => 0,
        }
    }

    /// Whether it opens or closes a segment, which takes thousands of instructions: then kills are
    /// tried where something outside the process changes, see [`Points`](super::Points).
    #[must_use]
    pub fn is_long(self) -> bool {
        matches!(
            self,
            AttachSender | AttachReceiver | DetachSender | DetachReceiver
        )
    }

    fn exists_for<S: Subject>(self) -> bool {
        match self {
            CloneSender | DropSenderClone => S::MANY_SENDERS && S::CLOSES,
            CloneReceiver | DropReceiverClone => S::MANY_RECEIVERS && S::CLOSES,
            _ => S::has(self),
        }
    }
}

/// What is in the ring when the call begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Nothing but what the call receives.
    Empty,
    /// As much as there is room for, but for what the call sends.
    Full,
    /// The call begins at the last position of the ring.
    Wrapping,
    /// The call begins behind the last position of the ring: where slots of bytes do not fill it to
    /// its end, the rest of it is skipped.
    Skipping,
    /// The call has to wait: a sender finds the ring full, a receiver finds it empty.
    Waiting,
}

impl Fill {
    const ALL: [Fill; 5] = [
        Fill::Empty,
        Fill::Full,
        Fill::Wrapping,
        Fill::Skipping,
        Fill::Waiting,
    ];

    /// For calls that begin at a certain position: how many slots that is from the end of a lap.
    #[must_use]
    pub fn slots_to_end(self) -> Option<u64> {
        match self {
            Fill::Wrapping => Some(1),
            Fill::Skipping => Some(0),
            _ => None,
        }
    }
}

/// Who else uses the channel during the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Company {
    /// The other side only.
    Other,
    /// Ends that hold a slot or a message meanwhile, as far as there can be such ends.
    Busy,
    /// Ends of a process that was killed before while it held them.
    Dead,
    /// Nobody at all.
    Nobody,
}

/// A call in its circumstances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The call under test.
    pub call: Call,
    /// What is in the ring.
    pub fill: Fill,
    /// Who else is there.
    pub company: Company,
    /// Messages for which the channel is made.
    pub capacity: u32,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}/{:?}/{:?}", self.call, self.fill, self.company)
    }
}

impl Case {
    /// Every case that there is for `S`.
    #[must_use]
    pub fn all<S: Subject>() -> Vec<Case> {
        let mut cases = Vec::new();
        for call in Call::ALL.into_iter().filter(|call| call.exists_for::<S>()) {
            for company in [
                Company::Other,
                Company::Busy,
                Company::Dead,
                Company::Nobody,
            ] {
                for fill in Fill::ALL {
                    let capacity = capacity(call, company);
                    let case = Case {
                        call,
                        fill,
                        company,
                        capacity,
                    };
                    if case.is_possible::<S>() {
                        cases.push(case);
                    }
                }
            }
        }
        cases
    }

    fn is_possible<S: Subject>(&self) -> bool {
        let in_company = match self.company {
            Company::Other => true,
            Company::Busy => self.survivor_holds_slot::<S>() || self.survivor_holds_message::<S>(),
            Company::Dead => self.dead_holds_slot::<S>() || self.dead_holds_message::<S>(),
            Company::Nobody => S::CLOSES && self.call.is_long() && self.fill == Fill::Empty,
        };
        in_company && self.is_filled_so::<S>()
    }

    fn is_filled_so<S: Subject>(&self) -> bool {
        let in_parts = self.call.size() == Size::Parts;
        if in_parts && self.company == Company::Busy {
            return false;
        }
        match self.fill {
            Fill::Skipping => S::LEAVES_REST && self.call.messages() > 0,
            Fill::Waiting => {
                let waits = self.call.slots() > 0 || self.call.messages() > 0 && !in_parts;
                S::CLOSES && waits && self.company == Company::Other
            }
            // There may be no room for it beside anything else.
            Fill::Full => !in_parts || self.call.is_of_sender(),
            Fill::Empty | Fill::Wrapping => true,
        }
    }

    /// Whether survivors must do something while the call waits, so that it can go on.
    #[must_use]
    pub fn needs_help(&self) -> bool {
        self.fill == Fill::Waiting || self.call == SendParts
    }

    /// Slots that are free when the call of a sender begins in a ring that is [full](Fill::Full) but
    /// for what it sends, or has to [wait](Fill::Waiting).
    #[must_use]
    pub fn free_slots(&self) -> u64 {
        if self.fill == Fill::Waiting {
            0
        } else {
            self.call.slots()
        }
    }

    /// Whether a survivor holds a slot during the call.
    #[must_use]
    pub fn survivor_holds_slot<S: Subject>(&self) -> bool {
        // Nobody reserves in a channel that its only receiver has left.
        let has_receiver = S::MANY_RECEIVERS || self.call != AttachReceiver;
        self.company == Company::Busy
            && if self.call.is_of_sender() {
                S::MANY_SENDERS
            } else {
                has_receiver
            }
    }

    /// Whether a survivor holds a message during the call.
    #[must_use]
    pub fn survivor_holds_message<S: Subject>(&self) -> bool {
        self.company == Company::Busy && (S::MANY_RECEIVERS || self.call.is_of_sender())
    }

    /// Whether a process held a slot when it was killed before the call.
    #[must_use]
    pub fn dead_holds_slot<S: Subject>(&self) -> bool {
        self.company == Company::Dead && S::MANY_SENDERS
    }

    /// Whether a process held a message when it was killed before the call.
    #[must_use]
    pub fn dead_holds_message<S: Subject>(&self) -> bool {
        self.company == Company::Dead && S::MANY_RECEIVERS
    }
}

/// A small one, so that every lap is short. Beside what is held there must be room for what the
/// call may have sent, and for one message before it or after.
fn capacity(call: Call, company: Company) -> u32 {
    match (company, call.messages()) {
        // One part can take half of the ring, and what is skipped before it nearly as much.
        _ if call.size() == Size::Parts => 16,
        (Company::Other, 0..2) => 2,
        (Company::Other, _) => 4,
        // What was held by the dead one, and by the victim, may all be in the ring again.
        (Company::Dead, _) if !call.is_of_sender() => 8,
        (_, 0..2) => 4,
        _ => 8,
    }
}
