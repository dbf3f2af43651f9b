//! Which call of which end is interrupted, in which circumstances.

use super::Subject;
use crate::kill::case::Call::*;
use std::fmt;

/// A call under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// `send`
    Send,
    /// `reserve` and `commit`
    SendInPlace,
    /// `send_batch`
    SendBatch,
    /// `recv`, and dropping the grant
    Recv,
    /// `recv_into`
    RecvCopy,
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
    const ALL: [Call; 14] = [
        Send,
        SendInPlace,
        SendBatch,
        Recv,
        RecvCopy,
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
                | SendBatch
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
            Send | SendInPlace | Recv | RecvCopy => 1,
            SendBatch | RecvBatch => 2,
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
            _ => true,
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
                for fill in [Fill::Empty, Fill::Full, Fill::Wrapping] {
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
        match self.company {
            Company::Other => true,
            Company::Busy => self.survivor_holds_slot::<S>() || self.survivor_holds_message::<S>(),
            Company::Dead => self.dead_holds_slot::<S>() || self.dead_holds_message::<S>(),
            Company::Nobody => S::CLOSES && self.call.is_long() && self.fill == Fill::Empty,
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
        (Company::Other, 0..2) => 2,
        (Company::Other, _) => 4,
        // What was held by the dead one, and by the victim, may all be in the ring again.
        (Company::Dead, _) if !call.is_of_sender() => 8,
        (_, 0..2) => 4,
        _ => 8,
    }
}
