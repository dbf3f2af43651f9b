//! Channels of items of one type.

use super::channel::{Channel, Kind, refused_recv, refused_send};
use super::contents::TORN;
use super::{Call, PATIENCE, Received, Refused, Subject};
use ringway::{Attachment, FromBytes, Immutable, IntoBytes, WaitStrategy};
use ringway_core::channel::{Receiver, Sender};
use std::hint::black_box;
#[cfg(target_os = "linux")]
use std::path::PathBuf;
use std::time::Duration;

/// An item of `WORDS` words, each of which holds its number.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
pub struct Numbered<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Numbered<WORDS> {
    fn new(number: u64) -> Self {
        Numbered([number; WORDS])
    }

    /// The number; where the words differ, one that nobody sends.
    fn number(&self) -> u64 {
        if self.0 == [self.0[0]; WORDS] {
            self.0[0]
        } else {
            TORN
        }
    }
}

/// In a ring of one sender and one receiver, 1, 5 and 8 words get the three layouts. In others each
/// item has a stamp, and one of 5 words is longer than what is stored at once.
impl<K: Kind, const WORDS: usize> Subject for Channel<K, Numbered<WORDS>>
where
    Sender<Numbered<WORDS>, Attachment, K>: Send,
{
    const MANY_SENDERS: bool = K::MANY_SENDERS;
    const MANY_RECEIVERS: bool = K::MANY_RECEIVERS;
    const CLOSES: bool = true;
    const REFUSALS: u64 = 1;

    type Sender = Sender<Numbered<WORDS>, Attachment, K>;
    type Receiver = Receiver<Numbered<WORDS>, Attachment, K>;
    type Message = Numbered<WORDS>;

    fn name() -> String {
        if K::MANY_SENDERS || K::MANY_RECEIVERS {
            return K::NAME.to_owned();
        }
        let layout = match WORDS {
            1 => "packed",
            5 => "a stamp each",
            _ => "whole lines",
        };
        format!("{}, {layout}", K::NAME)
    }
    fn has(call: Call) -> bool {
        !matches!(
            call,
            Call::SendShrunk | Call::SendParts | Call::RecvParts | Call::RecvPartsCopy
        )
    }

    fn at(name: &str, capacity: u32, wait: WaitStrategy) -> Self {
        Channel::new(name, capacity, wait)
    }
    #[cfg(target_os = "linux")]
    fn file(&self) -> PathBuf {
        self.shm_file()
    }
    fn sender(&self) -> Result<Self::Sender, String> {
        self.open().sender().map_err(|error| error.to_string())
    }
    fn receiver(&self) -> Result<Self::Receiver, String> {
        self.open().receiver().map_err(|error| error.to_string())
    }

    fn message(_: &Self::Sender, number: u64) -> Self::Message {
        Numbered::new(number)
    }
    fn send(tx: &mut Self::Sender, message: &Self::Message) {
        tx.send(*message).unwrap();
    }
    fn send_in_place(tx: &mut Self::Sender, message: &Self::Message) {
        let mut slot = tx.reserve().unwrap();
        *slot = *message;
        slot.commit();
    }
    fn abort(tx: &mut Self::Sender) {
        drop(tx.reserve().unwrap());
    }
    fn send_batch(tx: &mut Self::Sender, messages: &[Self::Message; 2]) {
        tx.send_batch(messages).unwrap();
    }
    fn recv(rx: &mut Self::Receiver) {
        black_box(rx.recv().unwrap().number());
    }
    fn buffer() -> Self::Message {
        Numbered::new(0)
    }
    fn recv_copy(rx: &mut Self::Receiver, buffer: &mut Self::Message) {
        rx.recv_into(buffer).unwrap();
    }
    fn recv_batch(rx: &mut Self::Receiver) -> usize {
        rx.recv_batch(&mut [Numbered::new(0); 2]).unwrap()
    }
    fn clone_sender(tx: &Self::Sender) -> Self::Sender {
        K::clone_sender(tx)
    }
    fn clone_receiver(rx: &Self::Receiver) -> Self::Receiver {
        K::clone_receiver(rx)
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
        look(Received {
            number: message.number(),
            redelivered: message.is_redelivered(),
        });
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
    fn repair_as_sender(tx: &mut Self::Sender) {
        K::repair_as_sender(tx);
    }
    fn repair_as_receiver(rx: &mut Self::Receiver) {
        K::repair_as_receiver(rx);
    }
    fn wait_for_receiver(tx: &mut Self::Sender, patience: Duration) {
        tx.wait_for_receiver(Some(patience));
    }
    fn wait_for_sender(rx: &mut Self::Receiver, patience: Duration) {
        rx.wait_for_sender(Some(patience));
    }
    fn counts(tx: &Self::Sender, rx: &Self::Receiver) -> Option<(u64, u64)> {
        K::counts(tx, rx)
    }
}
