//! The ways to use ringway, a file for each kind of channel. All wait as they do by default.

mod mpmc;
mod mpsc;
mod spmc;
mod spsc;

pub(crate) use mpmc::{Mpmc, MpmcTry, NoIntents};
pub(crate) use mpsc::Mpsc;
pub(crate) use spmc::Spmc;
pub(crate) use spsc::Spsc;

use std::sync::atomic::{AtomicU32, Ordering};

/// Why opening does not fail.
const NEW: &str = "the channel is this sample's own";
/// Why sending and receiving do not fail.
const STAYS: &str = "the other side stays for the whole sample";

/// A name that no other sample has.
fn channel() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("peers-{}-{number}", std::process::id())
}
