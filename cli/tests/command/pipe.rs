//! `send` and `recv`: what goes in comes out, whoever starts first.

use crate::tool::{Running, expect, json, ringway, run, text, until_received_by_somebody};
use ringway_testkit::{Random, TempDir, UniqueName};
use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::Stdio;

/// Sizes around the edges of a message (4088 bytes), and one of many rings.
const SIZES: [usize; 8] = [0, 1, 4087, 4088, 4089, 8176, 100_000, 9_000_001];

fn input(directory: &TempDir, size: usize) -> (PathBuf, Vec<u8>) {
    let mut random = Random::new();
    let bytes: Vec<u8> = (0..size).map(|_| random.any() as u8).collect();
    let path = directory.file("input");
    fs::write(&path, &bytes).unwrap();
    (path, bytes)
}

#[test]
fn any_size_arrives_whole_if_the_sender_starts_first() {
    let directory = TempDir::new();
    for size in SIZES {
        let name = UniqueName::new("first-send");
        let (path, bytes) = input(&directory, size);
        let sender = Running::send(&name, &path);
        crate::tool::until_stat(&name, "a channel", |seen| !seen["channel"].is_null());
        let (code, out, err) = Running::recv(&name).end();
        assert_eq!((code, &*err), (Some(0), ""));
        assert!(out == bytes, "{size} bytes did not arrive as they were");
        assert_eq!(sender.end().0, Some(0));
        assert!(!name.exists());
    }
}

#[test]
fn any_size_arrives_whole_if_the_receiver_starts_first() {
    let directory = TempDir::new();
    for size in SIZES {
        let name = UniqueName::new("first-recv");
        let (path, bytes) = input(&directory, size);
        let receiver = Running::recv(&name);
        until_received_by_somebody(&name);
        let sender = Running::send(&name, &path);
        let (code, out, err) = receiver.end();
        assert_eq!((code, &*err), (Some(0), ""));
        assert!(out == bytes, "{size} bytes did not arrive as they were");
        assert_eq!(sender.end().0, Some(0));
        assert!(!name.exists());
    }
}

/// What fits waits in the channel after its sender has ended.
#[test]
fn what_was_sent_waits_for_its_receiver() {
    let directory = TempDir::new();
    let name = UniqueName::new("waits");
    for size in [0, 1, 100_000] {
        let (path, bytes) = input(&directory, size);
        assert_eq!(Running::send(&name, &path).end().0, Some(0));
        assert_eq!(json(["stat", name.as_str(), "--json"])["state"], "waiting");
        let output = run(["recv", name.as_str()]);
        assert!(output.status.success());
        assert!(output.stdout == bytes, "{size} bytes");
        assert!(!name.exists());
    }
}

/// A line that was typed arrives while the sender waits for the next one.
#[test]
fn a_short_line_goes_through_at_once() {
    let name = UniqueName::new("line");
    let mut command = ringway(["send", name.as_str()]);
    let mut sender = Running::start(command.stdin(Stdio::piped()));
    let mut receiver = Running::recv(&name);
    let mut input = sender.0.stdin.take().unwrap();
    for line in ["one\n", "two\n"] {
        input.write_all(line.as_bytes()).unwrap();
        let mut seen = vec![0; line.len()];
        let output = receiver.0.stdout.as_mut().unwrap();
        output.read_exact(&mut seen).unwrap();
        assert_eq!(text(&seen), line);
    }
    drop(input);
    assert_eq!(sender.end().0, Some(0));
    assert_eq!(receiver.end().0, Some(0));
}

/// Two sessions through a persistent channel in a file: each receiver gets one of them.
#[test]
fn a_file_keeps_one_stream_after_the_other() {
    let directory = TempDir::new();
    let (path, bytes) = input(&directory, 10_000);
    let channel = directory.file("channel");
    let channel = channel.to_str().unwrap();
    for _ in 0..2 {
        let input = fs::File::open(&path).unwrap();
        let mut send = ringway(["send", "--file", channel, "--persistent"]);
        assert!(send.stdin(input).status().unwrap().success());
    }
    for _ in 0..2 {
        let output = run(["recv", "--file", channel, "--persistent"]);
        assert!(output.status.success());
        assert!(output.stdout == bytes);
    }
    assert_eq!(
        json(["stat", "--file", channel, "--json"])["state"],
        "persistent"
    );
    expect(0, ["rm", "--file", channel]);
    assert!(!fs::exists(channel).unwrap());
}

/// The reader of the output leaves: no complaint, and the sender learns of it.
#[test]
fn recv_ends_quietly_when_nobody_reads_its_output() {
    let name = UniqueName::new("head");
    let endless = std::path::Path::new("/dev/zero");
    let sender = Running::send(&name, endless);
    let mut receiver = Running::recv(&name);
    drop(receiver.0.stdout.take());
    let (code, _, err) = receiver.end();
    assert_eq!((code, &*err), (Some(141), ""));
    let (code, _, err) = sender.end();
    assert_eq!(code, Some(5));
    assert!(err.contains("the receiver left"), "{err}");
}
