//! The channel from one sender to one receiver, where a new process takes a dead one's place.

use super::{PATIENCE, Received, Refused, Subject};
use ringway::{
    FromBytes, Immutable, IntoBytes, ReadGrant, Receiver, RecvTimeoutError, SendTimeoutError,
    Sender,
};
use std::path::PathBuf;
use std::time::Duration;

/// The number of a message that is in pieces.
const TORN: u64 = u64::MAX;

/// A message of `WORDS` words, each of which holds its number.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
pub struct Numbered<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Numbered<WORDS> {
    pub(super) fn new(number: u64) -> Self {
        Numbered([number; WORDS])
    }

    /// The number; where the words differ, one that nobody sends.
    pub(super) fn number(&self) -> u64 {
        if self.0 == [self.0[0]; WORDS] {
            self.0[0]
        } else {
            TORN
        }
    }
}

/// [`ringway::spsc`], with messages of `WORDS` words: 1, 5 and 8 get the three layouts.
#[derive(Debug)]
pub struct SpscChannel<const WORDS: usize> {
    name: String,
    capacity: u32,
}

impl<const WORDS: usize> Subject for SpscChannel<WORDS> {
    const NAME: &'static str = match WORDS {
        1 => "spsc, packed",
        5 => "spsc, a stamp each",
        _ => "spsc, whole lines",
    };
    const MANY_SENDERS: bool = false;
    const MANY_RECEIVERS: bool = false;
    const CLOSES: bool = true;
    const REFUSALS: u64 = 1;

    type Sender = Sender<Numbered<WORDS>>;
    type Receiver = Receiver<Numbered<WORDS>>;

    fn at(name: &str, capacity: u32) -> Self {
        let name = name.to_owned();
        SpscChannel { name, capacity }
    }
    fn file(&self) -> PathBuf {
        PathBuf::from(format!("/dev/shm/ringway.{}", self.name))
    }
    fn sender(&self) -> Result<Self::Sender, String> {
        let channel = ringway::spsc(&self.name).capacity(self.capacity);
        channel.sender().map_err(|error| error.to_string())
    }
    fn receiver(&self) -> Result<Self::Receiver, String> {
        let channel = ringway::spsc(&self.name).capacity(self.capacity);
        channel.receiver().map_err(|error| error.to_string())
    }

    fn send(tx: &mut Self::Sender, number: u64) {
        tx.send(Numbered::new(number)).unwrap();
    }
    fn send_in_place(tx: &mut Self::Sender, number: u64) {
        let mut slot = tx.reserve().unwrap();
        *slot = Numbered::new(number);
        slot.commit();
    }
    fn send_batch(tx: &mut Self::Sender, numbers: [u64; 2]) {
        tx.send_batch(&numbers.map(Numbered::new)).unwrap();
    }
    fn recv(rx: &mut Self::Receiver) -> u64 {
        rx.recv().unwrap().number()
    }
    fn recv_copy(rx: &mut Self::Receiver) -> u64 {
        let mut message = Numbered::new(0);
        rx.recv_into(&mut message).unwrap();
        message.number()
    }
    fn recv_batch(rx: &mut Self::Receiver) -> usize {
        rx.recv_batch(&mut [Numbered::new(0); 2]).unwrap()
    }
    fn clone_sender(_: &Self::Sender) -> Self::Sender {
        unreachable!("there is one sender")
    }
    fn clone_receiver(_: &Self::Receiver) -> Self::Receiver {
        unreachable!("there is one receiver")
    }

    fn try_send(tx: &mut Self::Sender, number: u64) -> bool {
        tx.try_send(Numbered::new(number)).is_ok()
    }
    fn capacity(tx: &Self::Sender) -> u64 {
        tx.capacity() as u64
    }
    fn send_within(tx: &mut Self::Sender, number: u64) -> Result<(), Refused> {
        tx.send_timeout(Numbered::new(number), PATIENCE)
            .map_err(refused_send)
    }
    fn recv_within(
        rx: &mut Self::Receiver,
        patience: Duration,
        look: &mut dyn FnMut(Received),
    ) -> Result<(), Refused> {
        let message = rx.recv_timeout(patience).map_err(refused_recv)?;
        look(received(&message));
        Ok(())
    }
    fn holding_slot(
        tx: &mut Self::Sender,
        number: u64,
        during: &mut dyn FnMut(),
    ) -> Result<(), Refused> {
        let mut slot = tx.reserve_timeout(PATIENCE).map_err(refused_send)?;
        during();
        *slot = Numbered::new(number);
        slot.commit();
        Ok(())
    }
}

fn received<const WORDS: usize>(message: &ReadGrant<'_, Numbered<WORDS>>) -> Received {
    Received {
        number: message.number(),
        redelivered: message.is_redelivered(),
    }
}

pub(super) fn refused_send<T>(error: SendTimeoutError<T>) -> Refused {
    match error {
        SendTimeoutError::Timeout(_) => Refused::Nothing,
        SendTimeoutError::Closed(_) => Refused::Closed,
        _ => Refused::Corrupt,
    }
}

pub(super) fn refused_recv(error: RecvTimeoutError) -> Refused {
    match error {
        RecvTimeoutError::Timeout => Refused::Nothing,
        RecvTimeoutError::Closed => Refused::Closed,
        _ => Refused::Corrupt,
    }
}
