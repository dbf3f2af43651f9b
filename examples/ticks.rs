//! A producer of ticks and a consumer of them, as two processes.
//!
//! ```text
//! cargo run --release --example ticks
//! ```
//!
//! starts both. To see them as they are, give each its own terminal; either may come first:
//!
//! ```text
//! cargo run --release --example ticks -- produce
//! cargo run --release --example ticks -- consume
//! ```

use ringway::{FromBytes, Immutable, IntoBytes, RecvError};
use std::error::Error;
use std::process::Command;
use std::time::Duration;

/// Both processes meet at this name. It is all that they have to agree on, besides [`Tick`].
const NAME: &str = "example-ticks";
const COUNT: u64 = 1_000_000;

/// What crosses must mean the same in both processes: plain numbers in a fixed order, no pointer
/// and no padding. The derives check that when this is compiled.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
struct Tick {
    price: i64,
    volume: u64,
}

fn produce() -> Result<(), Box<dyn Error>> {
    let mut tx = ringway::spsc::<Tick>(NAME).capacity(1024).sender()?;
    for number in 0..COUNT {
        // The slot lies in shared memory. Nothing is copied later, and nobody sees it before
        // `commit`. While the ring is full, this waits.
        let mut slot = tx.reserve()?;
        slot.price = 10_000 + (number % 100) as i64;
        slot.volume = number;
        slot.commit();
    }
    // Dropping the sender closes the channel; what it sent can still be received.
    Ok(())
}

fn consume() -> Result<(), Box<dyn Error>> {
    // The capacity is left to the producer, or, if that comes second, is 1024 by default.
    let mut rx = ringway::spsc::<Tick>(NAME).receiver()?;
    // A producer may never come; so wait for the first tick only so long.
    let first = *rx.recv_timeout(Duration::from_secs(10))?;
    println!("first: {first:?}");

    let (mut count, mut volume) = (1, first.volume);
    loop {
        // A producer that has come may be waited for without a limit: if it leaves or dies, this
        // ends.
        match rx.recv() {
            // A reference to where the producer wrote it. Dropping it frees the slot.
            Ok(tick) => {
                count += 1;
                volume += tick.volume;
            }
            Err(RecvError::Closed) => break,
            Err(broken) => return Err(broken.into()),
        }
    }
    println!("{count} ticks, {volume} in all");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("produce") => produce(),
        Some("consume") => consume(),
        Some(other) => Err(format!("say `produce`, `consume` or nothing, not `{other}`").into()),
        None => {
            let mut producer = Command::new(std::env::current_exe()?)
                .arg("produce")
                .spawn()?;
            consume()?;
            match producer.wait()? {
                ended if ended.success() => Ok(()),
                ended => Err(format!("the producer ended with {ended}").into()),
            }
        }
    }
}
