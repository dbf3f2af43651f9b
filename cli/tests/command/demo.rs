//! The demonstration, away from a terminal.

use crate::tool::{expect, ringway, text};
use ringway_testkit::{TempDir, process};
use std::fs;

#[test]
fn without_arguments_it_shows_everything_in_plain_lines() {
    let (out, err) = expect(0, []);
    for part in [
        "SHA-256 there",
        "10,000,000 messages, each one checked",
        "sleeping",
        "p50 ",
        "p99.9 ",
        "####",
        "Everything arrived, in order and unchanged.",
    ] {
        assert!(out.contains(part), "{part:?} is missing in:\n{out}");
    }
    assert!(
        out.is_ascii() && !out.contains('\x1b') && !out.contains('\r'),
        "{out}"
    );
    assert_eq!(err, "");
}

#[test]
fn it_moves_a_file_of_ones_own() {
    let directory = TempDir::new();
    let file = directory.file("hello");
    for (content, digest) in [
        // As `sha256sum` has it.
        (
            "hello\n",
            "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
        ),
        (
            "",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
    ] {
        fs::write(&file, content).unwrap();
        let (out, _) = expect(0, ["demo", file.to_str().unwrap()]);
        assert_eq!(out.matches(digest).count(), 2, "{out}");
    }
}

#[test]
fn it_refuses_what_it_cannot_read_twice() {
    if cfg!(unix) {
        let (_, err) = expect(1, ["demo", "/dev/null"]);
        assert!(
            err.contains("/dev/null") && err.contains("regular file"),
            "{err}"
        );
    }
    expect(3, ["demo", "/nowhere/at/all"]);
}

#[cfg(target_os = "linux")]
/// With one processor two spinning processes would only wait for each other.
#[test]
fn on_one_processor_it_does_not_spin() {
    let mut command = std::process::Command::new("taskset");
    let output = command
        .args([
            "-c",
            "0",
            env!("CARGO_BIN_EXE_ringway"),
            "demo",
            "/etc/hostname",
        ])
        .output()
        .expect("taskset is there (util-linux)");
    let out = text(&output.stdout);
    assert!(output.status.success(), "{out}{}", text(&output.stderr));
    assert!(out.contains("spinning: skipped"), "{out}");
}

#[test]
fn its_second_process_does_nothing_on_its_own() {
    let output = process::output(&mut ringway(["demo-peer"])).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("ringway demo"));
}
