//! The channels with several senders, several receivers, or both.

use super::spsc::{Numbered, refused_recv, refused_send};
use super::{PATIENCE, Received, Refused, Subject};
use std::path::PathBuf;
use std::time::Duration;

/// Handles that can be attached at once: few, so that a segment is small.
const HANDLES: u32 = 16;

/// Words of a message: more than fit beside a stamp in one store, so that a torn one shows.
const WORDS: usize = 5;

macro_rules! subject {
    (
        $(#[$about:meta])* $channel:ident, $kind:ident, $name:literal,
        $senders:literal senders, cloned by $clone_sender:expr,
        $receivers:literal receivers, cloned by $clone_receiver:expr
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        pub struct $channel {
            name: String,
            capacity: u32,
        }

        impl Subject for $channel {
            const NAME: &'static str = $name;
            const MANY_SENDERS: bool = $senders;
            const MANY_RECEIVERS: bool = $receivers;
            const CLOSES: bool = true;
            const REFUSALS: u64 = 1;

            type Sender = ringway::$kind::Sender<Numbered<WORDS>>;
            type Receiver = ringway::$kind::Receiver<Numbered<WORDS>>;

            fn at(name: &str, capacity: u32) -> Self {
                let name = name.to_owned();
                $channel { name, capacity }
            }
            fn file(&self) -> PathBuf {
                PathBuf::from(format!("/dev/shm/ringway.{}", self.name))
            }
            fn sender(&self) -> Result<Self::Sender, String> {
                let channel = ringway::$kind(&self.name).capacity(self.capacity);
                channel.handles(HANDLES).sender().map_err(|error| error.to_string())
            }
            fn receiver(&self) -> Result<Self::Receiver, String> {
                let channel = ringway::$kind(&self.name).capacity(self.capacity);
                channel.handles(HANDLES).receiver().map_err(|error| error.to_string())
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
            fn clone_sender(tx: &Self::Sender) -> Self::Sender {
                $clone_sender(tx)
            }
            fn clone_receiver(rx: &Self::Receiver) -> Self::Receiver {
                $clone_receiver(rx)
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
            fn recv_within(rx: &mut Self::Receiver, patience: Duration, look: &mut dyn FnMut(Received)) -> Result<(), Refused> {
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
                tx.repair();
            }
            fn repair_as_receiver(rx: &mut Self::Receiver) {
                rx.repair();
            }
        }
    };
}

fn alone<End>(_: &End) -> End {
    unreachable!("there is one end of this kind")
}

subject! {
    /// [`ringway::mpmc()`]
    MpmcChannel, mpmc, "mpmc",
    true senders, cloned by Clone::clone,
    true receivers, cloned by Clone::clone
}

subject! {
    /// [`ringway::mpsc()`]
    MpscChannel, mpsc, "mpsc",
    true senders, cloned by Clone::clone,
    false receivers, cloned by alone
}

subject! {
    /// [`ringway::spmc()`]
    SpmcChannel, spmc, "spmc",
    false senders, cloned by alone,
    true receivers, cloned by Clone::clone
}
