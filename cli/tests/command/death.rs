//! One side is killed: the other says so, by a text and by an exit code.

use crate::tool::{Running, ringway, until, until_received_by_somebody};
use ringway_testkit::{TempDir, UniqueName};
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// More than a pipe and an output buffer hold, so that it comes out while the sender lives.
const PUBLISHED: usize = 300_000;

#[test]
fn recv_writes_everything_a_killed_sender_had_sent() {
    let name = UniqueName::new("sender-dies");
    let mut command = ringway(["send", name.as_str()]);
    let mut sender = Running::start(command.stdin(Stdio::piped()));
    let mut receiver = Running::recv(&name);
    // Held open: the sender has more to come.
    let mut input = sender.0.stdin.take().unwrap();
    let bytes: Vec<u8> = (0..PUBLISHED).map(|n| (n % 251) as u8).collect();
    input.write_all(&bytes).unwrap();
    let mut seen = vec![0; PUBLISHED];
    let output = receiver.0.stdout.as_mut().unwrap();
    output.read_exact(&mut seen).unwrap();
    sender.kill();

    let (code, rest, err) = receiver.end();
    assert_eq!(code, Some(5), "{err}");
    assert!(
        err.contains("the sender died") && err.contains("300000 bytes"),
        "{err}"
    );
    assert!(seen == bytes && rest.is_empty());
    assert!(!name.exists());
}

#[test]
fn send_learns_that_the_receiver_was_killed_while_it_sends() {
    let name = UniqueName::new("receiver-dies");
    let sender = Running::send(&name, Path::new("/dev/zero"));
    let mut receiver = Running::recv(&name);
    let output = receiver.0.stdout.as_mut().unwrap();
    output.read_exact(&mut [0; 100_000]).unwrap();
    receiver.kill();

    let (code, _, err) = sender.end();
    assert_eq!(code, Some(5), "{err}");
    assert!(err.contains("the receiver died"), "{err}");
    assert!(!name.exists());
}

/// There is always room for a short line: the sender must look for itself.
#[test]
fn send_learns_of_a_killed_receiver_while_there_is_room() {
    let name = UniqueName::new("slow-input");
    let mut command = ringway(["send", name.as_str()]);
    let command = command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut sender = Running::start(command);
    let mut receiver = Running::recv(&name);
    let mut input = sender.0.stdin.take().unwrap();
    input.write_all(b"x").unwrap();
    let output = receiver.0.stdout.as_mut().unwrap();
    output.read_exact(&mut [0]).unwrap();
    receiver.kill();

    until("the sender ends", || {
        let _ = input.write_all(b"x");
        sender.0.try_wait().unwrap()
    });
    let (code, _, err) = sender.end();
    assert_eq!(code, Some(5), "{err}");
    assert!(err.contains("the receiver died"), "{err}");
}

/// The end of the input never came: what arrived is not all.
#[test]
fn recv_learns_that_the_input_of_send_failed() {
    let name = UniqueName::new("bad-input");
    let receiver = Running::recv(&name);
    // A sender that left before anybody came, and sent nothing, would leave nothing to learn from.
    until_received_by_somebody(&name);
    let directory = TempDir::new();
    // Reading a directory fails.
    let sender = Running::send(&name, &directory.file("."));
    let (code, _, err) = sender.end();
    assert_eq!(code, Some(1), "{err}");
    let (code, _, err) = receiver.end();
    assert_eq!(code, Some(5), "{err}");
    assert!(err.contains("the sender left"), "{err}");
}

#[test]
fn the_demonstration_says_that_its_second_process_was_killed() {
    let mut command = ringway(["demo"]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let demo = Running::start(command);
    let id = demo.0.id();
    let children = format!("/proc/{id}/task/{id}/children");
    let second = until("the second process", || {
        let children = fs::read_to_string(&children).ok()?;
        children.split_whitespace().next().map(String::from)
    });
    let killed = Command::new("kill").args(["-KILL", &second]).status();
    assert!(killed.unwrap().success());

    let (code, _, err) = demo.end();
    assert_eq!(code, Some(5), "{err}");
    assert!(
        err.contains(&format!("the second process ({second})")),
        "{err}"
    );
    assert!(err.contains("signal: 9"), "{err}");
}
