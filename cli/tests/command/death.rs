//! One side is killed: the other says so, by a text and by an exit code.

use crate::tool::{Running, ringway, until_received_by_somebody};
use ringway_testkit::{TempDir, UniqueName, process};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

/// What is sent before the sender is killed; more than a pipe and an output buffer hold.
fn published(form: &str) -> (Vec<u8>, &'static str) {
    let line: Vec<u8> = (0..99).map(|n| b'a' + n % 26).collect();
    let (before, after, said) = match form {
        "--framed" => (&[99, 0, 0, 0][..], &b""[..], "3000 messages (297000 bytes)"),
        "--raw" => (&[][..], &b"\n"[..], "300000 bytes"),
        _ => (&[][..], &b"\n"[..], "3000 messages (297000 bytes)"),
    };
    ([before, &line, after].concat().repeat(3000), said)
}

#[test]
fn recv_writes_everything_a_killed_sender_had_sent() {
    for form in ["--quiet", "--framed", "--raw"] {
        let name = UniqueName::lasting("sender-dies");
        let mut sender = Running::send_from(&name, &[form], Stdio::piped());
        let mut receiver = Running::recv(&name, &[form]);
        // Held open: the sender has more to come.
        let mut input = sender.0.stdin.take().unwrap();
        let (bytes, said) = published(form);
        input.write_all(&bytes).unwrap();
        let seen = receiver.read(bytes.len());
        sender.kill();

        let (code, rest, err) = receiver.end();
        assert_eq!(code, Some(5), "{err}");
        assert!(
            err.contains("the sender died") && err.contains(said),
            "{err}"
        );
        assert!(seen == bytes && rest.is_empty());
        assert!(!name.exists());
    }
}

/// A line whose newline had not come was never a message.
#[test]
fn half_a_line_is_not_sent() {
    let name = UniqueName::lasting("half-line");
    let mut sender = Running::send_from(&name, &[], Stdio::piped());
    let mut receiver = Running::recv(&name, &[]);
    let mut input = sender.0.stdin.take().unwrap();
    input.write_all(b"whole\nhal").unwrap();
    assert_eq!(receiver.read(6), b"whole\n");
    sender.kill();
    let (code, rest, err) = receiver.end();
    assert_eq!((code, &*rest), (Some(5), &b""[..]), "{err}");
}

#[test]
fn send_learns_that_the_receiver_was_killed_while_it_sends() {
    // To `--framed`, zeros are empty messages.
    for form in ["--framed", "--raw"] {
        let name = UniqueName::lasting("receiver-dies");
        let sender = Running::send_zeros(&name, &[form]);
        let mut receiver = Running::recv(&name, &[form]);
        receiver.read(100_000);
        receiver.kill();

        let (code, _, err) = sender.end();
        assert_eq!(code, Some(5), "{err}");
        assert!(err.contains("the receiver died"), "{err}");
        assert!(!name.exists());
    }
}

/// There is room, and nothing to send: the sender must look for itself.
#[test]
fn send_learns_of_a_killed_receiver_while_its_input_is_silent() {
    for form in ["--quiet", "--framed", "--raw"] {
        let name = UniqueName::lasting("slow-input");
        let mut sender = Running::send_from(&name, &[form], Stdio::piped());
        let mut receiver = Running::recv(&name, &[form]);
        let mut input = sender.0.stdin.take().unwrap();
        input.write_all(b"\x01\0\0\0\n").unwrap();
        receiver.read(1);
        receiver.kill();

        let (code, _, err) = sender.end();
        assert_eq!(code, Some(5), "{err}");
        assert!(err.contains("the receiver died"), "{err}");
        drop(input);
        assert!(!name.exists());
    }
}

/// The end of the input never came: what arrived is not all.
#[test]
fn recv_learns_that_the_input_of_send_failed() {
    for form in ["--quiet", "--framed", "--raw"] {
        let name = UniqueName::new("bad-input");
        let receiver = Running::recv(&name, &[form]);
        until_received_by_somebody(&name);
        let directory = TempDir::new();
        // What was opened for writing cannot be read.
        let input = fs::File::create(directory.file("input")).unwrap();
        let (code, _, err) = Running::send_from(&name, &[form], input).end();
        let refused = if cfg!(windows) { 7 } else { 1 };
        assert_eq!(code, Some(refused), "{err}");
        let (code, _, err) = receiver.end();
        assert_eq!(code, Some(5), "{err}");
        assert!(err.contains("the sender died, or failed"), "{err}");
        assert!(!name.exists());
    }
}

/// Each place where frames can be cut off: what is whole arrives, and nothing else.
#[test]
fn frames_that_are_cut_off_are_an_error_on_both_sides() {
    let directory = TempDir::new();
    let path = directory.file("input");
    let frames = b"\x02\0\0\0ab\x03\0\0\0xyz";
    for (len, said) in [
        (1, "the length of frame 1: 1 of 4"),
        (4, "frame 1: 0 of its 2"),
        (5, "frame 1: 1 of its 2"),
        (9, "the length of frame 2: 3 of 4"),
        (10, "frame 2: 0 of its 3"),
        (12, "frame 2: 2 of its 3"),
    ] {
        let name = UniqueName::new("cut-off");
        fs::write(&path, &frames[..len]).unwrap();
        let receiver = Running::recv(&name, &["--framed"]);
        until_received_by_somebody(&name);
        let (code, _, err) = Running::send(&name, &["--framed"], &path).end();
        assert_eq!(code, Some(1), "{err}");
        assert!(err.contains(said), "{err}");
        let (code, out, err) = receiver.end();
        assert_eq!(code, Some(5), "{err}");
        let whole = if len < 6 { 0 } else { 6 };
        assert_eq!(out, frames[..whole]);
    }
}

/// A receiver that comes later must not take the beginning for all there was.
#[test]
fn what_a_failed_sender_left_behind_is_dropped() {
    let directory = TempDir::new();
    let path = directory.file("input");
    let name = UniqueName::lasting("failed-alone");
    fs::write(&path, b"\x01\0\0\0a\x01").unwrap();
    assert_eq!(Running::send(&name, &["--framed"], &path).end().0, Some(1));
    let receiver = Running::recv(&name, &[]);
    until_received_by_somebody(&name);
    fs::write(&path, "again").unwrap();
    assert_eq!(Running::send(&name, &[], &path).end().0, Some(0));
    let (code, out, err) = receiver.end();
    assert_eq!((code, &*out), (Some(0), &b"again\n"[..]), "{err}");
}

#[test]
fn the_demonstration_says_that_its_second_process_was_killed() {
    let mut command = ringway(["demo"]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut demo = Running::start(command);
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines();
    let second: u32 = lines
        .find_map(|line| {
            Some(
                line.unwrap()
                    .split_once("(this one) and ")?
                    .1
                    .parse()
                    .unwrap(),
            )
        })
        .expect("it says which processes there are");
    process::kill(second);
    // The rest of what it says goes nowhere.
    std::thread::spawn(move || lines.count());

    let (code, _, err) = demo.end();
    assert_eq!(code, Some(5), "{err}");
    assert!(
        err.contains(&format!("the second process ({second})")),
        "{err}"
    );
    if cfg!(unix) {
        assert!(err.contains("signal: 9"), "{err}");
    }
}
