//! Four senders and four receivers of one channel, killed at random and replaced: every message is
//! accounted for. And processes that use locks and signals: what those guard stays in order.
//!
//! `RINGWAY_KILL_SECONDS` says for how long; a few seconds if it does not.

mod bytes;
mod many;
mod plain;
mod sync;

use ringway_testkit::kill::random::{Crowd, play_receiver, play_sender};
use ringway_testkit::kill::streams;
use ringway_testkit::roles;
use std::time::Duration;

roles! { sends, receives, works, writes, reads }

fn sends() {
    play_sender();
}

fn receives() {
    play_receiver();
}

fn writes() {
    streams::play_writer();
}

fn reads() {
    streams::play_reader();
}

fn works() {
    ringway_testkit::scenario::play_worker();
}

/// For how long processes are killed.
fn time() -> Duration {
    let seconds = std::env::var("RINGWAY_KILL_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(5))
}

fn killed_crowd() -> Crowd {
    Crowd {
        killed: true,
        time: time(),
        ..peaceful_crowd()
    }
}

fn peaceful_crowd() -> Crowd {
    Crowd {
        senders: 4,
        receivers: 4,
        killed: false,
        time: Duration::ZERO,
    }
}
