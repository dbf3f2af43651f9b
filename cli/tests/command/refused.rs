//! What is not right is refused: each case has its text and its exit code.

use crate::tool::{Running, expect, expect_of, ringway, ringway_of, until_received_by_somebody};
use ringway_testkit::{TempDir, UniqueName};
use std::fs;
use std::process::{Command, Stdio};

/// Expects `args` to fail with `code` and a text that starts as all do and has all `parts`.
fn refused(code: i32, args: &[&str], parts: &[&str]) {
    refused_of(code, &mut ringway(args.iter().copied()), parts);
}

/// As [`refused`], of a command that is put together.
fn refused_of(code: i32, command: &mut Command, parts: &[&str]) {
    let (out, err) = expect_of(code, command);
    assert_eq!(out, "");
    assert!(err.starts_with("ringway: "), "{err}");
    for part in parts {
        assert!(err.contains(part), "{part:?} is missing in: {err}");
    }
}

#[test]
fn names_that_break_a_rule() {
    let long = "x".repeat(300);
    for name in ["a/b", "", ".hidden", "two words", "größe", &long] {
        for command in ["send", "recv", "stat", "rm"] {
            refused(2, &[command, name], &["name"]);
        }
    }
}

#[test]
fn what_does_not_exist() {
    let name = UniqueName::new("nothing");
    for command in ["stat", "rm"] {
        refused(
            3,
            &[command, name.as_str()],
            &[name.as_str(), "does not exist"],
        );
    }
    for command in ["send", "recv"] {
        refused(
            3,
            &[command, "--open-existing", name.as_str()],
            &["does not exist"],
        );
    }
    refused(3, &["send", "--file", "/nowhere/channel"], &["/nowhere"]);
}

#[test]
fn an_end_that_is_taken_and_a_name_that_exists() {
    let name = UniqueName::new("taken");
    let mut receiver = Running::recv(&name, &[]);
    until_received_by_somebody(&name);
    let process = receiver.0.id().to_string();
    refused(4, &["recv", name.as_str()], &["living receiver", &process]);
    refused(
        4,
        &["send", "--create-new", name.as_str()],
        &["exists already"],
    );
    receiver.kill();
}

#[test]
fn a_directory_in_place_of_a_channel() {
    let name = UniqueName::lasting("directory");
    fs::create_dir(name.file()).unwrap();
    for command in ["send", "recv", "stat", "rm"] {
        refused_of(
            8,
            &mut ringway_of(&name, &[command]),
            &["found a directory"],
        );
    }
}

#[test]
fn a_channel_of_another_type() {
    let name = UniqueName::new("type");
    let _other = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    refused(
        8,
        &["send", name.as_str()],
        &["an spsc channel", "an spsc channel of bytes"],
    );
    refused(
        8,
        &["send", "--raw", name.as_str()],
        &["an spsc channel", "a pipe"],
    );
}

#[test]
fn a_channel_of_another_capacity() {
    let name = UniqueName::new("capacity");
    let _receiver = Running::recv(&name, &[]);
    until_received_by_somebody(&name);
    let args = ["send", "--capacity", "64K", name.as_str()];
    refused(8, &args, &["1048576 bytes", "asks for 65536"]);
    refused(2, &["send", "--capacity", "0", "x"], &["capacity of 0"]);
}

#[test]
fn a_file_that_is_no_channel() {
    let directory = TempDir::new();
    let file = directory.file("thesis");
    fs::write(&file, "precious ".repeat(1000)).unwrap();
    let path = file.to_str().unwrap();
    for command in ["send", "recv", "stat", "rm"] {
        refused(8, &[command, "--file", path], &["not a ringway segment"]);
    }
    assert!(fs::exists(&file).unwrap());
    expect(0, ["rm", "--force", "--file", path]);
    assert!(!fs::exists(&file).unwrap());
}

#[test]
fn time_that_is_up() {
    let name = UniqueName::new("time");
    refused(
        6,
        &["recv", "--timeout", "0.05", name.as_str()],
        &["0.05 s"],
    );
    refused(
        6,
        &["recv", "--raw", "--timeout", "0.05", name.as_str()],
        &["0.05 s"],
    );
    for form in ["--framed", "--raw"] {
        let name = UniqueName::new("time-full");
        let options = [form, "--timeout", "0.05", "--capacity", "4K"];
        let (code, _, err) = Running::send_zeros(&name, &options).end();
        assert_eq!(code, Some(6), "{err}");
        assert!(err.contains("full"), "{err}");
    }
}

/// An empty input leaves nothing that could tell a receiver: somebody has to be there.
#[test]
fn nothing_to_send_and_nobody_to_tell() {
    for form in [&[][..], &["--framed"], &["--raw"]] {
        let name = UniqueName::new("time-empty");
        let options = [form, &["--timeout", "0.05"]].concat();
        let (code, _, err) = Running::send_from(&name, &options, Stdio::null()).end();
        assert_eq!(code, Some(6), "{err}");
        assert!(err.contains("nobody has come"), "{err}");
        assert!(!name.exists());
    }
}

/// One side says `--raw`, the other does not: both are told what there is and what to say.
#[test]
fn sides_that_do_not_say_the_same() {
    for (first, second) in [(&["--raw"][..], &[][..]), (&[], &["--raw"])] {
        let name = UniqueName::new("mode");
        let _receiver = Running::recv(&name, first);
        until_received_by_somebody(&name);
        let args = [&["send", name.as_str()], second].concat();
        refused(
            8,
            &args,
            &["a pipe", "an spsc channel of bytes", "--raw on both sides"],
        );
    }
    let name = UniqueName::new("mode-frames");
    let _receiver = Running::recv(&name, &["--raw"]);
    until_received_by_somebody(&name);
    refused(
        8,
        &["send", "--framed", name.as_str()],
        &["--raw on both sides"],
    );
}

#[test]
fn options_that_make_no_sense() {
    for args in [
        &["send", "x", "--mode", "888"][..],
        &["recv", "x", "--timeout", "soon"],
        &["send", "x", "--create-new", "--open-existing"],
        &["send", "x", "--raw", "--framed"],
        &["recv", "x", "--raw", "--limit", "5"],
        &["recv", "x", "--limit", "much"],
        &["recv", "x", "--quiet", "--progress"],
        &["send"],
        &["fly"],
    ] {
        let (_, err) = expect(2, args.iter().copied());
        assert!(err.contains("--help"), "{err}");
    }
}
