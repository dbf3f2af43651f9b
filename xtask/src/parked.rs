//! `cargo xtask parked`: the tests on Linux, with wait slots instead of the futex, and on the double of
//! macOS.

use crate::args::{Args, Usage};
use crate::leg::Legs;
use crate::tally::Tally;
use crate::workspace;
use std::process::Command;

pub(crate) const HELP: &str = "\
Run the tests of the facade, the Linux adapter and the command with everybody asleep in the wait
slots of the segment, and never on an address: as on systems that have nothing like a futex.
Then those of the facade and of the macOS adapter on the double of macOS, as on 14.4, where one sleeps
on an address; in full also as on 11, where one sleeps in the wait slots.

Usage: cargo xtask parked [--full]

Options:
  --full  as many kills as in the other build, and macOS 11; it takes far longer";

/// How the short form of a test is asked for: a variable, and what it is set to.
type Short = (&'static str, &'static str);

const SHORT: [Short; 2] = [("RINGWAY_KILL_MOST", "10"), ("RINGWAY_KILL_SECONDS", "2")];

pub(crate) fn run(mut args: Args) -> Result<Tally, Usage> {
    let is_full = args.flag("--full");
    let short: &[Short] = if is_full { &[] } else { &SHORT };
    args.finish()?;
    let mut legs = Legs::default();
    for (name, packages) in [
        ("adapter", "-p ringway-os-common -p ringway-os-linux"),
        ("facade", "-p ringway --all-targets"),
        ("command", "-p ringway-cli"),
    ] {
        let mut tests = built_as("parked", &format!("test --no-fail-fast {packages}"));
        tests.envs(short.iter().copied());
        legs.run_tests(name, tests);
    }
    let versions = [("macos 14.4", "14.4"), ("macos 11", "11")];
    for (name, version) in &versions[..if is_full { 2 } else { 1 }] {
        let mut tests = built_as(
            "macos",
            "test --no-fail-fast -p ringway-os-macos -p ringway",
        );
        tests.args(["--tests", "--"]);
        tests.args(NOT_ON_MACOS.iter().flat_map(|test| ["--skip", *test]));
        tests.envs(short.iter().copied());
        tests.env("RINGWAY_DOUBLE_OF", version);
        legs.run_tests(name, tests);
    }
    Ok(legs.finish())
}

/// Tests that the double of macOS leaves out: docs/platforms.md says why.
const NOT_ON_MACOS: [&str; 5] = [
    "may_be_killed_at_every",
    "a_plain_ring_is_wedged_by_every_call",
    "a_handle_of_something_else",
    "a_segment_that_this_user_may_not_open",
    "more_than_the_file_system_has_room_for",
];

/// Cargo with `args`, on code that is built with `--cfg ringway_<what>`.
fn built_as(what: &str, args: &str) -> Command {
    let mut flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    flags += &format!(" --cfg ringway_{what}");
    let mut cargo = workspace::cargo(args);
    cargo.arg("--target-dir").arg(workspace::target(what));
    cargo.env("RUSTFLAGS", flags.trim_start());
    cargo
}
