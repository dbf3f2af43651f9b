//! Four senders and four receivers of one channel, killed at random and replaced: every message is
//! accounted for.
//!
//! `RINGWAY_KILL_SECONDS` says for how long; a few seconds if it does not.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod many;
mod plain;

use ringway_testkit::kill::random::{Crowd, play_receiver, play_sender};
use ringway_testkit::roles;
use std::time::Duration;

roles! { sends, receives }

fn sends() {
    play_sender();
}

fn receives() {
    play_receiver();
}

fn killed_crowd() -> Crowd {
    let seconds = std::env::var("RINGWAY_KILL_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    Crowd {
        killed: true,
        time: Duration::from_secs(seconds.unwrap_or(5)),
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
