//! What handles cost: attaching one, cloning one, telling the living from the dead, and memory, in a
//! channel for 2, 64 and 1,024 of them.
//!
//! `cargo run --release --example handles`

use ringway::mpmc::{Receiver, Sender};
use ringway::{Builder, Place};
use ringway_core::channel::Mpmc;
use std::time::{Duration, Instant};

type Error = Box<dyn std::error::Error>;

const ROUNDS: usize = 201;

fn main() -> Result<(), Error> {
    println!(
        "{:>8} {:>8} {:>10} {:>10} {:>10} {:>16} {:>17}",
        "handles", "bytes", "make", "attach", "clone", "repair, of clones", "of attached ends"
    );
    for handles in [2, 64, 1024] {
        measure(handles)?;
    }
    Ok(())
}

/// Times are medians. Repairs are those of a channel whose handles are all in use and alive.
fn measure(handles: u32) -> Result<(), Error> {
    let name = format!("handles-{}", std::process::id());
    let channel = || -> Builder<u64, Mpmc> { ringway::mpmc(&name).capacity(64).handles(handles) };

    let make = median(|| timed(|| channel().sender()))?;
    let mut tx: Sender<u64> = channel().sender()?;
    let attach = median(|| timed(|| channel().receiver()))?;
    let clone = median(|| timed(|| tx.try_clone()))?;

    let rx: Receiver<u64> = channel().receiver()?;
    let clones: Result<Vec<_>, _> = (2..handles).map(|_| rx.try_clone()).collect();
    let clones = clones?;
    let repair_clones = median(|| timed(|| Ok::<_, Error>(tx.repair())))?;
    drop((clones, rx));
    // As if each were in a process of its own: the system is asked about each.
    let attached: Result<Vec<_>, _> = (1..handles).map(|_| channel().receiver()).collect();
    let attached = attached?;
    let repair_attached = median(|| timed(|| Ok::<_, Error>(tx.repair())))?;
    drop(attached);

    let (_, seen) = ringway::look(&Place::try_from(name.as_str())?)?;
    let bytes = seen.map_or(0, |seen| seen.contents.geometry.total_len);
    println!(
        "{handles:>8} {bytes:>8} {make:>10.1?} {attach:>10.1?} {clone:>10.1?} {repair_clones:>16.1?} \
         {repair_attached:>17.1?}"
    );
    Ok(())
}

/// What is made is dropped outside of the time.
fn timed<R, E: Into<Error>>(once: impl FnOnce() -> Result<R, E>) -> Result<Duration, Error> {
    let began = Instant::now();
    let made = once();
    let took = began.elapsed();
    made.map(|_| took).map_err(Into::into)
}

fn median(mut once: impl FnMut() -> Result<Duration, Error>) -> Result<Duration, Error> {
    let mut took = (0..ROUNDS).map(|_| once()).collect::<Result<Vec<_>, _>>()?;
    took.sort_unstable();
    Ok(took[ROUNDS / 2])
}
