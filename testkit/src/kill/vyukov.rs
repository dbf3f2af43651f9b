//! The textbook ring, which does not survive what the others must.

use super::{Call, Received, Refused, Subject};
use crate::vyukov::Vyukov;
use ringway_core::wait::WaitStrategy;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

/// [`Vyukov`], in a file.
#[derive(Debug)]
pub struct VyukovQueue {
    file: PathBuf,
    capacity: u32,
}

/// Tries of a survivor. Nobody else is at work then, so that one try would tell.
const TRIES: u32 = 1_000;

impl VyukovQueue {
    fn open(&self) -> Vyukov {
        if self.file.exists() {
            Vyukov::open(&self.file)
        } else {
            Vyukov::create(&self.file, self.capacity)
        }
    }
}

fn insist<T>(mut attempt: impl FnMut() -> Option<T>) -> Result<T, Refused> {
    for _ in 0..TRIES {
        if let Some(found) = attempt() {
            return Ok(found);
        }
        std::thread::yield_now();
    }
    Err(Refused::Nothing)
}

/// What a victim's call does: waits; for ever, were it not a test.
fn wait<T>(attempt: impl FnMut() -> Option<T>) -> T {
    insist(attempt).unwrap_or_else(|_| std::process::exit(1))
}

impl Subject for VyukovQueue {
    const MANY_SENDERS: bool = true;
    const MANY_RECEIVERS: bool = true;
    const CLOSES: bool = false;
    const REFUSALS: u64 = 20;

    type Sender = Vyukov;
    type Receiver = Vyukov;
    type Message = u64;

    fn name() -> String {
        "Vyukov".to_owned()
    }
    fn has(call: Call) -> bool {
        matches!(
            call,
            Call::Send
                | Call::Recv
                | Call::AttachSender
                | Call::AttachReceiver
                | Call::DetachSender
                | Call::DetachReceiver
        )
    }

    fn at(name: &str, capacity: u32, _: WaitStrategy) -> Self {
        let file = crate::name::file(name);
        VyukovQueue { file, capacity }
    }
    #[cfg(target_os = "linux")]
    fn file(&self) -> PathBuf {
        self.file.clone()
    }
    fn sender(&self) -> Result<Vyukov, String> {
        Ok(self.open())
    }
    fn receiver(&self) -> Result<Vyukov, String> {
        Ok(self.open())
    }

    fn message(_: &Vyukov, number: u64) -> u64 {
        number
    }
    fn send(tx: &mut Vyukov, number: &u64) {
        let cell = wait(|| tx.claim_free());
        tx.publish(cell, *number);
    }
    fn send_in_place(tx: &mut Vyukov, number: &u64) {
        Self::send(tx, number);
    }
    fn abort(_: &mut Vyukov) {
        unreachable!("what is claimed can only be published")
    }
    fn recv(rx: &mut Vyukov) {
        let cell = wait(|| rx.claim_written());
        black_box(rx.number(cell));
        rx.release(cell);
    }
    fn buffer() -> u64 {
        0
    }
    fn recv_copy(rx: &mut Vyukov, _: &mut u64) {
        Self::recv(rx);
    }
    fn clone_sender(_: &Vyukov) -> Vyukov {
        unreachable!("an end has no handle of its own")
    }
    fn clone_receiver(_: &Vyukov) -> Vyukov {
        unreachable!("an end has no handle of its own")
    }

    fn try_send(tx: &mut Vyukov, number: u64) -> bool {
        let cell = tx.claim_free();
        cell.map(|cell| tx.publish(cell, number)).is_some()
    }
    fn capacity(tx: &Vyukov) -> u64 {
        tx.capacity()
    }
    fn send_within(tx: &mut Vyukov, number: u64) -> Result<(), Refused> {
        Self::holding_slot(tx, number, &mut || ())
    }
    fn recv_within(
        rx: &mut Vyukov,
        _: Duration,
        look: &mut dyn FnMut(Received),
    ) -> Result<(), Refused> {
        let cell = insist(|| rx.claim_written())?;
        look(Received {
            number: rx.number(cell),
            redelivered: false,
        });
        rx.release(cell);
        Ok(())
    }
    fn holding_slot(tx: &mut Vyukov, number: u64, during: &mut dyn FnMut()) -> Result<(), Refused> {
        let cell = insist(|| tx.claim_free())?;
        during();
        tx.publish(cell, number);
        Ok(())
    }
}
