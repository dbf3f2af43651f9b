//! Channels of messages of bytes.

use super::channel::{Channel, Kind, refused_recv, refused_send};
use super::contents::{self, NUMBERED, bytes, fill, mixed};
use super::{Call, PATIENCE, Received, Refused, Size, Subject, Trace};
use ringway::{Attachment, WaitStrategy};
use ringway_core::channel::{Receiver, Sender};
use std::hint::black_box;
#[cfg(target_os = "linux")]
use std::path::PathBuf;
use std::time::Duration;

/// The longest message of [`Size::Any`] where messages go in parts: several times the ring of the
/// tests that kill at random.
const LONGEST: usize = 10_000;

/// Up to this length a message of [`Size::Any`] goes in one piece.
const PIECE: usize = 400;

/// Bytes that a victim has room for when it copies what it receives.
const BUFFER: usize = 4096;

/// How many bytes message `number` has, where the longest record has `max`.
fn len<K: Kind>(number: u64, max: usize) -> usize {
    match Size::of(number) {
        Size::Slot => K::SLOT,
        // A unit, or a granule, less.
        Size::Short => K::SLOT / 2 + 4,
        Size::Piece => between(number, NUMBERED, max),
        Size::Parts => max + 24,
        Size::Any => any_len::<K>(number),
    }
}

/// Of messages of which nothing more is known.
fn any_len<K: Kind>(number: u64) -> usize {
    let most = if K::ROOM > 0 { PIECE } else { K::SLOT };
    match mixed(!number) % 16 {
        0 | 1 => between(number, 0, NUMBERED - 1),
        2 if K::ROOM > 0 => between(number, PIECE, LONGEST),
        _ => between(number, NUMBERED, most),
    }
}

fn between(number: u64, least: usize, most: usize) -> usize {
    least + (mixed(number) % (most - least + 1) as u64) as usize
}

impl<K: Kind> Subject for Channel<K, [u8]>
where
    Sender<[u8], Attachment, K>: Send,
{
    const MANY_SENDERS: bool = K::MANY_SENDERS;
    const MANY_RECEIVERS: bool = K::MANY_RECEIVERS;
    const LEAVES_REST: bool = K::ROOM > 0;
    const IS_SLOW: bool = true;
    const CLOSES: bool = true;
    const REFUSALS: u64 = 1;

    type Sender = Sender<[u8], Attachment, K>;
    type Receiver = Receiver<[u8], Attachment, K>;
    type Message = Vec<u8>;

    fn name() -> String {
        format!("{}, bytes", K::NAME)
    }
    fn has(call: Call) -> bool {
        match call {
            Call::SendBatch | Call::RecvBatch => false,
            Call::SendParts | Call::RecvParts | Call::RecvPartsCopy => K::ROOM > 0,
            _ => true,
        }
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

    fn message(tx: &Self::Sender, number: u64) -> Vec<u8> {
        bytes(number, len::<K>(number, tx.max_record()))
    }
    fn send(tx: &mut Self::Sender, message: &Vec<u8>) {
        tx.send(message).unwrap();
    }
    fn send_in_place(tx: &mut Self::Sender, message: &Vec<u8>) {
        let mut room = tx.reserve(message.len()).unwrap();
        room.copy_from_slice(message);
        room.commit();
    }
    fn send_shrunk(tx: &mut Self::Sender, message: &Vec<u8>) {
        let mut room = tx.reserve(K::SLOT).unwrap();
        room[..message.len()].copy_from_slice(message);
        room.commit_to(message.len());
    }
    fn abort(tx: &mut Self::Sender) {
        drop(tx.reserve(K::SLOT).unwrap());
    }
    fn recv(rx: &mut Self::Receiver) {
        black_box(rx.recv().unwrap().len());
    }
    fn buffer() -> Vec<u8> {
        vec![0; BUFFER]
    }
    fn recv_copy(rx: &mut Self::Receiver, buffer: &mut Vec<u8>) {
        rx.recv_into(buffer).unwrap();
    }
    fn clone_sender(tx: &Self::Sender) -> Self::Sender {
        K::clone_sender(tx)
    }
    fn clone_receiver(rx: &Self::Receiver) -> Self::Receiver {
        K::clone_receiver(rx)
    }

    fn try_send(tx: &mut Self::Sender, number: u64) -> bool {
        let message = Self::message(tx, number);
        tx.try_send(&message).is_ok()
    }
    fn capacity(tx: &Self::Sender) -> u64 {
        match K::ROOM {
            0 => tx.capacity() as u64,
            // Without the rest before the end, and what must stay free.
            room => tx.capacity() as u64 / u64::from(room) - 1,
        }
    }
    fn send_within(tx: &mut Self::Sender, number: u64) -> Result<(), Refused> {
        let message = Self::message(tx, number);
        tx.send_timeout(&message, PATIENCE).map_err(refused_send)
    }
    fn recv_within(
        rx: &mut Self::Receiver,
        patience: Duration,
        look: &mut dyn FnMut(Received),
    ) -> Result<(), Refused> {
        let message = rx.recv_timeout(patience).map_err(refused_recv)?;
        look(Received {
            number: contents::number(&message),
            redelivered: message.is_redelivered(),
        });
        Ok(())
    }
    fn holding_slot(
        tx: &mut Self::Sender,
        number: u64,
        during: &mut dyn FnMut(),
    ) -> Result<(), Refused> {
        let (max, len) = (tx.max_record(), len::<K>(number, tx.max_record()));
        if len > max {
            during();
            return Self::send_within(tx, number);
        }
        // Of a slot just as much: more need not be free.
        let reserved = match Size::of(number) {
            Size::Any => max.min(len + len / 2),
            _ => len,
        };
        let mut room = tx
            .reserve_timeout(reserved, PATIENCE)
            .map_err(refused_send)?;
        during();
        fill(&mut room[..len], number);
        room.commit_to(len);
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

    fn trace(number: u64) -> Trace {
        match any_len::<K>(number) {
            len if len < NUMBERED => Trace::Tiny(len),
            len if len > PIECE => Trace::InParts,
            _ => Trace::Numbered,
        }
    }
}
