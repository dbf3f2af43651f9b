//! What can be put to the test: channels of numbered messages.

use super::Call;
use ringway_core::wait::WaitStrategy;
#[cfg(target_os = "linux")]
use std::path::PathBuf;
use std::time::Duration;

/// Far more than any wait of a survivor takes: whoever waits so long is wedged.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long the message of a number is, in a channel where that differs. It is part of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Size {
    /// As long as all of this size: so many of them lie in the ring.
    Slot,
    /// Shorter than that.
    Short,
    /// Any length that goes in one piece.
    Piece,
    /// So long that it goes in parts.
    Parts,
    /// Any length at all.
    Any,
}

impl Size {
    const ALL: [Size; 5] = [Size::Slot, Size::Short, Size::Piece, Size::Parts, Size::Any];
    /// The bits of a number in which it stands, the lowest ones.
    const BITS: u32 = 3;

    /// The number of message `index` of `sender`.
    #[must_use]
    pub fn number(self, sender: u64, index: u64) -> u64 {
        sender << 32 | index << Self::BITS | self as u64
    }

    /// The size that stands in a number.
    #[must_use]
    pub fn of(number: u64) -> Self {
        let bits = number as usize % (1 << Self::BITS);
        Self::ALL.get(bits).copied().unwrap_or(Size::Any)
    }
}

/// Who sent the message with this number, and which one of its it is.
#[must_use]
pub fn place(number: u64) -> (u64, u64) {
    (number >> 32, u64::from(number as u32 >> Size::BITS))
}

/// How a message can be told from others, and what may become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// It holds its number.
    Numbered,
    /// As [`Numbered`](Trace::Numbered). It goes in parts, and is lost if a receiver dies over it.
    InParts,
    /// It has so few bytes that there is no number in it.
    Tiny(usize),
}

/// A channel of numbered messages between processes, as the tests with killed processes see it.
///
/// Its calls come in two kinds. Those of a *victim* are the calls under test, as they stand. Those
/// of a *survivor* end in bounded time, and say why.
pub trait Subject: Sized {
    /// Whether several senders can be attached at once.
    const MANY_SENDERS: bool;
    /// Whether several receivers can be attached at once.
    const MANY_RECEIVERS: bool;
    /// Whether slots do not fill the ring to its end.
    const LEAVES_REST: bool = false;
    /// Whether there are so many cases that those with others around are killed at every change only.
    const IS_SLOW: bool = false;
    /// Whether receivers are told that the last sender is gone.
    const CLOSES: bool;
    /// So many refusals in a row, without any progress, mean that it is wedged.
    const REFUSALS: u64;

    /// The writing end.
    type Sender: Send;
    /// The reading end.
    type Receiver;
    /// A message that can be sent.
    type Message;

    /// What the tests call it.
    fn name() -> String;
    /// Whether there is such a call.
    fn has(call: Call) -> bool;

    /// The channel of this name, which any process may be the first to open, and how its ends wait.
    fn at(name: &str, capacity: u32, wait: WaitStrategy) -> Self;
    /// The file that holds it, where one does.
    #[cfg(target_os = "linux")]
    fn file(&self) -> PathBuf;

    /// Attaches a sender.
    ///
    /// # Errors
    ///
    /// It cannot be attached in bounded time.
    fn sender(&self) -> Result<Self::Sender, String>;
    /// Attaches a receiver.
    ///
    /// # Errors
    ///
    /// It cannot be attached in bounded time.
    fn receiver(&self) -> Result<Self::Receiver, String>;

    /// The message with this number.
    fn message(tx: &Self::Sender, number: u64) -> Self::Message;
    /// Sends a message.
    fn send(tx: &mut Self::Sender, message: &Self::Message);
    /// Reserves a slot, writes the message there and commits it.
    fn send_in_place(tx: &mut Self::Sender, message: &Self::Message);
    /// Reserves a slot, and gives it back.
    fn abort(tx: &mut Self::Sender);
    /// Reserves more than the message takes, and commits so much.
    fn send_shrunk(tx: &mut Self::Sender, message: &Self::Message) {
        Self::send_in_place(tx, message);
    }
    /// Sends several messages in one call.
    fn send_batch(tx: &mut Self::Sender, messages: &[Self::Message; 2]) {
        for message in messages {
            Self::send(tx, message);
        }
    }
    /// Receives a message, looks at it in place and finishes it.
    fn recv(rx: &mut Self::Receiver);
    /// Room for a message.
    fn buffer() -> Self::Message;
    /// Receives a message by copying it.
    fn recv_copy(rx: &mut Self::Receiver, buffer: &mut Self::Message);
    /// Receives up to two messages in one call, and says how many.
    fn recv_batch(rx: &mut Self::Receiver) -> usize {
        Self::recv(rx);
        1
    }
    /// Another sender like this one, where there can be one.
    fn clone_sender(tx: &Self::Sender) -> Self::Sender;
    /// Another receiver like this one, where there can be one.
    fn clone_receiver(rx: &Self::Receiver) -> Self::Receiver;

    /// Sends a number if there is room; `false` if there is none.
    fn try_send(tx: &mut Self::Sender, number: u64) -> bool;
    /// Messages of [`Size::Slot`] that fit at least.
    fn capacity(tx: &Self::Sender) -> u64;
    /// Sends a number, or gives up.
    ///
    /// # Errors
    ///
    /// Why it gave up.
    fn send_within(tx: &mut Self::Sender, number: u64) -> Result<(), Refused>;
    /// Receives a message, shows it to `look` and finishes it afterwards, or gives up after
    /// `patience`.
    ///
    /// # Errors
    ///
    /// Why it gave up.
    fn recv_within(
        rx: &mut Self::Receiver,
        patience: Duration,
        look: &mut dyn FnMut(Received),
    ) -> Result<(), Refused>;
    /// Holds a slot during `during`, and commits `number` in it afterwards. What does not go in one
    /// piece is sent after `during`.
    ///
    /// # Errors
    ///
    /// There is no slot to hold.
    fn holding_slot(
        tx: &mut Self::Sender,
        number: u64,
        during: &mut dyn FnMut(),
    ) -> Result<(), Refused>;
    /// Looks now for what dead senders left, where that can be asked for.
    fn repair_as_sender(tx: &mut Self::Sender) {
        let _ = tx;
    }
    /// Looks now for what dead receivers left, where that can be asked for.
    fn repair_as_receiver(rx: &mut Self::Receiver) {
        let _ = rx;
    }
    /// Waits for a receiver, no longer than `patience`.
    fn wait_for_receiver(tx: &mut Self::Sender, patience: Duration) {
        let _ = (tx, patience);
    }
    /// Waits for a sender, no longer than `patience`.
    fn wait_for_sender(rx: &mut Self::Receiver, patience: Duration) {
        let _ = (rx, patience);
    }
    /// Messages that were sent and that were received since the channel was made, where it counts.
    fn counts(tx: &Self::Sender, rx: &Self::Receiver) -> Option<(u64, u64)> {
        let _ = (tx, rx);
        None
    }

    /// What is known of the message with this number, of [`Size::Any`].
    fn trace(number: u64) -> Trace {
        let _ = number;
        Trace::Numbered
    }
}

/// A message that a survivor got.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// Its number.
    pub number: u64,
    /// Whether it is marked as one that a dead receiver may have received.
    pub redelivered: bool,
}

/// Why a survivor's call gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nothing to receive, or no room, for as long as one can be expected to try.
    Nothing,
    /// The other side is gone.
    Closed,
    /// The channel says that it is broken.
    Corrupt,
}
