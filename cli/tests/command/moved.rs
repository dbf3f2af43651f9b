//! `send` and `recv`: what goes in comes out, whoever starts first.

use crate::tool::{
    Running, expect, json, json_of, ringway, ringway_of, text, until_received_by_somebody,
    until_stat,
};
use ringway_testkit::{Random, TempDir, UniqueName, process};
use std::fs;
use std::io::Write;
use std::process::Stdio;

/// What the input may look like.
const FORMS: [&str; 3] = ["--quiet", "--framed", "--raw"];

/// Sizes around the edges of a record and of the ring (64 KiB), and one of many rings.
const SIZES: [usize; 9] = [
    0, 1, 32_700, 32_768, 65_535, 65_536, 65_537, 100_000, 3_000_001,
];

/// Input of this form with one message of `size` bytes in it, or `size` bytes.
fn input(form: &str, size: usize) -> Vec<u8> {
    let mut random = Random::new();
    let bytes: Vec<u8> = (0..size).map(|_| random.any() as u8).collect();
    match form {
        "--raw" => bytes,
        "--framed" => [&b"a"[..], &bytes, b"", b"\nb\0"].map(frame).concat(),
        _ => {
            let line: Vec<u8> = bytes.iter().map(|byte| byte | 0x80).collect();
            [b"a\n", &*line, b"\n\nlast\n"].concat()
        }
    }
}

fn frame(message: &[u8]) -> Vec<u8> {
    let len = u32::try_from(message.len()).unwrap();
    [&len.to_le_bytes(), message].concat()
}

#[test]
fn any_size_arrives_whole_if_the_sender_starts_first() {
    let directory = TempDir::new();
    let path = directory.file("input");
    for (form, size) in FORMS.iter().flat_map(|form| SIZES.map(|size| (form, size))) {
        let name = UniqueName::lasting("first-send");
        let bytes = input(form, size);
        fs::write(&path, &bytes).unwrap();
        let sender = Running::send(&name, &[form, "--capacity", "64K"], &path);
        until_stat(&name, "a channel", |seen| !seen["channel"].is_null());
        let (code, out, err) = Running::recv(&name, &[form]).end();
        assert_eq!((code, &*err), (Some(0), ""), "{form} {size}");
        assert!(
            out == bytes,
            "{form}: {size} bytes did not arrive as they were"
        );
        assert_eq!(sender.end().0, Some(0));
        assert!(!name.exists());
    }
}

#[test]
fn any_size_arrives_whole_if_the_receiver_starts_first() {
    let directory = TempDir::new();
    let path = directory.file("input");
    for (form, size) in FORMS.iter().flat_map(|form| SIZES.map(|size| (form, size))) {
        let name = UniqueName::lasting("first-recv");
        let bytes = input(form, size);
        fs::write(&path, &bytes).unwrap();
        let receiver = Running::recv(&name, &[form, "--capacity", "64K"]);
        until_received_by_somebody(&name);
        let sender = Running::send(&name, &[form], &path);
        let (code, out, err) = receiver.end();
        assert_eq!((code, &*err), (Some(0), ""), "{form} {size}");
        assert!(
            out == bytes,
            "{form}: {size} bytes did not arrive as they were"
        );
        assert_eq!(sender.end().0, Some(0));
        assert!(!name.exists());
    }
}

/// Through a pipe, in pieces of all sizes.
#[test]
fn a_million_lines_arrive_in_order() {
    let name = UniqueName::lasting("seq");
    let sender = Running::send_written(&name, &[], |input| {
        let lines: Vec<String> = (1..=1_000_000)
            .map(|number| format!("{number}\n"))
            .collect();
        let lines = lines.concat();
        let (mut rest, mut random) = (lines.as_bytes(), Random::new());
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(rest.len().min(1 + random.below(30_000) as usize));
            input.write_all(piece)?;
            rest = behind;
        }
        Ok(())
    });
    let (code, out, err) = Running::recv(&name, &[]).end();
    assert_eq!((code, &*err), (Some(0), ""));
    let mut lines = out.split(|byte| *byte == b'\n');
    for number in 1..=1_000_000 {
        assert_eq!(lines.next(), Some(number.to_string().as_bytes()));
    }
    assert_eq!((lines.next(), lines.next()), (Some(&b""[..]), None));
    assert_eq!(sender.end().0, Some(0));
}

/// What fits waits in the channel after its sender has ended.
#[test]
fn what_was_sent_waits_for_its_receiver() {
    let directory = TempDir::new();
    let path = directory.file("input");
    for form in FORMS {
        let name = UniqueName::lasting("waits");
        let bytes = input(form, 100_000);
        fs::write(&path, &bytes).unwrap();
        assert_eq!(Running::send(&name, &[form], &path).end().0, Some(0));
        assert_eq!(
            json_of(&mut ringway_of(&name, &["stat", "--json"]))["state"],
            "waiting"
        );
        let output = process::output(&mut ringway_of(&name, &["recv", form])).unwrap();
        assert!(output.status.success());
        assert!(output.stdout == bytes, "{form}");
        assert!(!name.exists());
    }
}

/// Lines and frames are matters of each side alone.
#[test]
fn lines_come_out_as_frames_and_frames_as_lines() {
    let directory = TempDir::new();
    let path = directory.file("input");
    for (from, into, there, here) in [
        (
            "--quiet",
            "--framed",
            &b"a\n\nend"[..],
            [&b"a"[..], b"", b"end"].map(frame).concat(),
        ),
        (
            "--framed",
            "--quiet",
            &frame(b"a\nb\0"),
            b"a\nb\0\n".to_vec(),
        ),
    ] {
        let name = UniqueName::lasting("mixed");
        fs::write(&path, there).unwrap();
        assert_eq!(Running::send(&name, &[from], &path).end().0, Some(0));
        let output = process::output(&mut ringway_of(&name, &["recv", into])).unwrap();
        assert_eq!(text(&output.stdout), text(&here));
    }
}

/// What another program sends may hold anything, and is printed as it is.
#[test]
fn messages_of_programs_are_printed_as_they_are() {
    let name = UniqueName::lasting("program");
    let mut tx = ringway::spsc::<[u8]>(name.place()).sender().unwrap();
    for message in [&b"two\nlines"[..], b"", b"\xff\0"] {
        tx.send(message).unwrap();
    }
    drop(tx);
    assert_eq!(
        process::output(&mut ringway_of(&name, &["recv"]))
            .unwrap()
            .stdout,
        b"two\nlines\n\n\xff\0\n"
    );

    let path = TempDir::new().file("channel");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "one\ntwo").unwrap();
    let mut rx = ringway::spsc::<[u8]>(name.place()).receiver().unwrap();
    assert_eq!(Running::send(&name, &[], &path).end().0, Some(0));
    assert_eq!(*rx.recv().unwrap(), *b"one");
    assert_eq!(*rx.recv().unwrap(), *b"two");
    assert!(rx.recv().is_err());
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

/// What was typed arrives while the sender waits for more.
#[test]
fn what_is_short_goes_through_at_once() {
    for (form, pieces) in [
        ("--quiet", [b"one\n".to_vec(), b"two\n".to_vec()]),
        ("--framed", [frame(b"one"), frame(b"")]),
        ("--raw", [b"x".to_vec(), b"yz".to_vec()]),
    ] {
        let name = UniqueName::lasting("short");
        let mut sender = Running::send_from(&name, &[form], Stdio::piped());
        let mut receiver = Running::recv(&name, &[form]);
        let mut input = sender.0.stdin.take().unwrap();
        for piece in pieces {
            input.write_all(&piece).unwrap();
            assert_eq!(receiver.read(piece.len()), piece);
        }
        drop(input);
        assert_eq!(sender.end().0, Some(0));
        assert_eq!(receiver.end().0, Some(0));
    }
}

/// Sessions through a persistent channel in a file are one stream to the next receiver; one that
/// finds nothing waits for another sender.
#[test]
fn a_file_keeps_one_stream_after_the_other() {
    let directory = TempDir::new();
    let path = directory.file("input");
    for form in FORMS {
        let bytes = input(form, 10_000);
        fs::write(&path, &bytes).unwrap();
        let channel = directory.file("channel");
        let channel = channel.to_str().unwrap();
        let with = |command| ringway([command, form, "--file", channel, "--persistent"]);
        for _ in 0..2 {
            let input = fs::File::open(&path).unwrap();
            assert!(with("send").stdin(input).status().unwrap().success());
        }
        let output = process::output(&mut with("recv")).unwrap();
        assert!(output.status.success());
        assert!(output.stdout == [&*bytes, &bytes].concat());
        let output = process::output(with("recv").args(["--timeout", "0.3"])).unwrap();
        assert_eq!(output.status.code(), Some(6), "{}", text(&output.stderr));
        let seen = json(["stat", "--file", channel, "--json"]);
        assert_eq!(seen["state"], "persistent");

        let mut receiver = with("recv");
        let receiver = Running::start(receiver.stdout(Stdio::piped()));
        let input = fs::File::open(&path).unwrap();
        assert!(with("send").stdin(input).status().unwrap().success());
        let (code, out, _) = receiver.end();
        assert_eq!(code, Some(0));
        assert!(out == bytes);
        expect(0, ["rm", "--file", channel]);
        assert!(!fs::exists(channel).unwrap());
    }
}

/// The reader of the output leaves: no complaint, and the sender learns of it.
#[test]
fn recv_ends_quietly_when_nobody_reads_its_output() {
    // To `--framed`, zeros are empty messages.
    for form in ["--framed", "--raw"] {
        let name = UniqueName::lasting("head");
        let sender = Running::send_zeros(&name, &[form]);
        let mut receiver = Running::recv(&name, &[form]);
        drop(receiver.0.stdout.take());
        let (code, _, err) = receiver.end();
        assert_eq!((code, &*err), (Some(141), ""));
        let (code, _, err) = sender.end();
        assert_eq!(code, Some(5));
        assert!(err.contains("the receiver left"), "{err}");
        assert!(!name.exists());
    }
}

/// A message that is too long for the receiver is missing, and that is said, also by the exit code.
#[test]
fn recv_drops_what_is_longer_than_its_limit() {
    let directory = TempDir::new();
    let path = directory.file("input");
    for long in [6, 2_000_000] {
        let name = UniqueName::lasting("limit");
        fs::write(&path, format!("five5\n{}\nlast\n", "x".repeat(long))).unwrap();
        let receiver = Running::recv(&name, &["--limit", "5"]);
        let sender = Running::send(&name, &[], &path);
        let (code, out, err) = receiver.end();
        assert_eq!((code, &*text(&out)), (Some(1), "five5\nlast\n"), "{err}");
        assert!(
            err.contains(&format!("a message of {long} bytes was dropped")),
            "{err}"
        );
        assert!(err.contains("2 messages (9 bytes)"), "{err}");
        assert_eq!(sender.end().0, Some(0));
    }
}

/// The sender's memory has a limit, too.
#[test]
fn send_ends_at_what_is_longer_than_its_limit() {
    let directory = TempDir::new();
    let path = directory.file("input");
    for (form, text) in [
        ("--quiet", "line 2 has more than 1000"),
        ("--framed", "frame 2 has 1001"),
    ] {
        let name = UniqueName::new("send-limit");
        let receiver = Running::recv(&name, &[form]);
        until_received_by_somebody(&name);
        let long = "x".repeat(1001);
        let bytes = match form {
            "--framed" => [frame(b"one"), frame(long.as_bytes())].concat(),
            _ => format!("one\n{long}").into_bytes(),
        };
        fs::write(&path, bytes).unwrap();
        let (code, _, err) = Running::send(&name, &[form, "--limit", "1000"], &path).end();
        assert_eq!(code, Some(1), "{err}");
        assert!(err.contains(text), "{err}");
        let (code, _, err) = receiver.end();
        assert_eq!(code, Some(5), "{err}");
        assert!(err.contains("1 message (3 bytes)"), "{err}");
    }
}
