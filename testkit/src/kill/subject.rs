//! What can be put to the test: channels of numbers.

use std::path::PathBuf;
use std::time::Duration;

/// Far more than any wait of a survivor takes: whoever waits so long is wedged.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A channel of numbers between processes, as the tests with killed processes see it.
///
/// Its calls come in two kinds. Those of a *victim* are the calls under test, as they stand. Those
/// of a *survivor* end in bounded time, and say why.
pub trait Subject: Sized {
    /// What the tests call it.
    const NAME: &'static str;
    /// Whether several senders can be attached at once.
    const MANY_SENDERS: bool;
    /// Whether several receivers can be attached at once.
    const MANY_RECEIVERS: bool;
    /// Whether receivers are told that the last sender is gone.
    const CLOSES: bool;
    /// So many refusals in a row, without any progress, mean that it is wedged.
    const REFUSALS: u64;

    /// The writing end.
    type Sender;
    /// The reading end.
    type Receiver;

    /// The channel of this name, which any process may be the first to open.
    fn at(name: &str, capacity: u32) -> Self;
    /// The file that holds it.
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

    /// Sends a number.
    fn send(tx: &mut Self::Sender, number: u64);
    /// Reserves a slot, writes the number there and commits it.
    fn send_in_place(tx: &mut Self::Sender, number: u64);
    /// Sends several numbers in one call.
    fn send_batch(tx: &mut Self::Sender, numbers: [u64; 2]);
    /// Receives a message, looks at it in place and finishes it.
    fn recv(rx: &mut Self::Receiver) -> u64;
    /// Receives a message by copying it.
    fn recv_copy(rx: &mut Self::Receiver) -> u64;
    /// Receives up to two messages in one call, and says how many.
    fn recv_batch(rx: &mut Self::Receiver) -> usize;
    /// Another sender like this one, where there can be one.
    fn clone_sender(tx: &Self::Sender) -> Self::Sender;
    /// Another receiver like this one, where there can be one.
    fn clone_receiver(rx: &Self::Receiver) -> Self::Receiver;

    /// Sends a number if there is room; `false` if there is none.
    fn try_send(tx: &mut Self::Sender, number: u64) -> bool;
    /// Messages that fit at least.
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
    /// Holds a slot during `during`, and commits `number` in it afterwards.
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
