//! A channel without an operating system: memory that the program sets aside, and no waiting that
//! is more than looking again.
//!
//! ```text
//! cargo run --release --example no_os
//! ```
//!
//! Two threads stand in for what would be two cores, or a main loop and an interrupt handler. All
//! that is used of ringway here is `ringway-core`, which needs neither `std` nor `alloc`; the
//! threads and the printing are this program's own.

use ringway_core::error::{RecvError, TrySendError};
use ringway_core::local;
use ringway_core::region::StaticRegion;
use std::error::Error;
use std::thread;

/// A reading of a sensor, say.
type Sample = u32;

/// 2 KiB for everything: the ring takes what the control words leave.
static REGION: StaticRegion<2048> = StaticRegion::new();

const COUNT: Sample = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    // Each end may go to one context. `split` refuses a second pair while this one is there.
    let (mut tx, mut rx) = local::split::<Sample>(&REGION)?;
    println!("the ring holds {} samples", tx.capacity());

    thread::scope(|scope| {
        // An interrupt handler must not wait: it tries, and what does not fit is counted or, as
        // here, tried again.
        let handler = scope.spawn(move || -> Result<u64, TrySendError<Sample>> {
            let mut full = 0;
            for sample in 0..COUNT {
                loop {
                    match tx.try_send(sample) {
                        Ok(()) => break,
                        Err(TrySendError::Full(_)) => full += 1,
                        Err(refused) => return Err(refused),
                    }
                    thread::yield_now();
                }
            }
            Ok(full)
        });

        // The main loop takes what has come, as much as there is at a time.
        let mut samples = [0; 32];
        let (mut expected, mut batches) = (0, 0_u64);
        loop {
            match rx.recv_batch(&mut samples) {
                Ok(count) => {
                    for sample in &samples[..count] {
                        if *sample != expected {
                            return Err(format!("found {sample}, expected {expected}").into());
                        }
                        expected += 1;
                    }
                    batches += 1;
                }
                // The sender was dropped, and everything it sent has been received.
                Err(RecvError::Closed) => break,
                Err(broken) => return Err(broken.into()),
            }
        }
        println!("{expected} samples in {batches} batches");
        match handler.join() {
            Ok(full) => println!("the ring was found full {} times", full?),
            Err(_) => return Err("the handler panicked".into()),
        }
        Ok(())
    })
}
