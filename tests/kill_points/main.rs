//! Processes killed after every instruction of every call: nobody is wedged, and every message is
//! accounted for.
//!
//! Each case prints how many instructions its call has and how many kills were tried.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod bytes;
mod many;
mod pair;
mod plain;
mod sync;

use ringway_testkit::kill::{Bag, Hunt, Points, play_hunt};
use ringway_testkit::roles;

roles! { hunts }

fn hunts() {
    play_hunt();
}

/// Kills at every instruction of the calls that send and receive, clone and drop a clone.
fn work(subject: &'static str) -> Bag {
    hunt(subject, false, Points::EveryInstruction)
}

/// Kills at every change while ends come and go.
fn coming_and_going(subject: &'static str) -> Bag {
    hunt(subject, true, Points::EveryChange)
}

fn hunt(subject: &'static str, long: bool, points: Points) -> Bag {
    let hunt = Hunt {
        subject,
        long,
        points,
    };
    hunt.run("hunts")
}

#[track_caller]
fn all_sound(bag: &Bag) {
    assert!(!bag.sound.is_empty(), "no case was tried");
    assert!(bag.found.is_empty(), "{}", bag.found.join("\n"));
}
