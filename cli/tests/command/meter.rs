//! How fast it goes: shown on a terminal, and nowhere else unless asked for.

#[cfg(unix)]
use crate::tool::ringway;
use crate::tool::{Running, text};
use ringway_testkit::UniqueName;
#[cfg(unix)]
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
#[cfg(unix)]
use rustix::termios::{Winsize, tcsetwinsize};
#[cfg(unix)]
use std::fs::File;
#[cfg(unix)]
use std::io::Read;
use std::io::Write;
use std::process::Stdio;
#[cfg(unix)]
use std::thread;
#[cfg(unix)]
use std::time::Duration;

#[cfg(unix)]
/// A terminal: the side of the person, and that of the program.
fn terminal() -> (File, File) {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let path = ptsname(&person, Vec::new()).unwrap();
    let path = path.to_str().unwrap();
    let program = File::options().read(true).write(true).open(path).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&program, size).unwrap();
    (person.into(), program)
}

#[cfg(unix)]
/// What was shown on it, with nobody left who writes.
fn shown(mut person: File) -> String {
    let mut all = Vec::new();
    let mut piece = [0; 1024];
    // It ends with an error.
    while let Ok(len @ 1..) = person.read(&mut piece) {
        all.extend_from_slice(&piece[..len]);
    }
    text(&all)
}

#[cfg(unix)]
/// Sends `pieces` slowly, with the options, and standard error on a terminal; what it showed.
fn sent_slowly(options: &[&str]) -> String {
    let name = UniqueName::new("meter");
    let form = if options.contains(&"--raw") {
        &["--raw"][..]
    } else {
        &[]
    };
    let receiver = Running::recv(&name, form);
    let (person, program) = terminal();
    let mut command = ringway(["send", name.as_str()]);
    let command = command.args(options).stdin(Stdio::piped()).stderr(program);
    let mut sender = Running::start(command);
    // The command holds the terminal, too.
    command.stderr(Stdio::null());
    let mut input = sender.0.stdin.take().unwrap();
    for _ in 0..4 {
        input.write_all(b"1234567\n").unwrap();
        thread::sleep(Duration::from_millis(200));
    }
    drop(input);
    assert_eq!(sender.end().0, Some(0));
    assert_eq!(receiver.end().0, Some(0));
    shown(person)
}

#[cfg(unix)]
#[test]
fn a_terminal_shows_a_line_that_is_written_over() {
    let out = sent_slowly(&[]);
    assert!(out.contains("messages, "), "{out:?}");
    assert!(out.matches("B/s").count() > 2, "{out:?}");
    let (line, last) = out
        .trim_end()
        .rsplit_once('\r')
        .expect("it is written over");
    assert!(line.contains("\x1b["), "{out:?}");
    assert!(last.contains("28 B, 4 messages in "), "{out:?}");
}

#[cfg(unix)]
#[test]
fn a_stream_has_no_messages() {
    let out = sent_slowly(&["--raw"]);
    assert!(
        out.contains("32 B in ") && !out.contains("messages"),
        "{out:?}"
    );
}

#[cfg(unix)]
#[test]
fn quiet_is_quiet() {
    assert_eq!(sent_slowly(&["--quiet"]), "");
}

#[cfg(unix)]
/// What is received and how fast would be mixed up.
#[test]
fn recv_shows_nothing_among_its_output() {
    let name = UniqueName::new("meter-output");
    let (person, program) = terminal();
    let mut command = ringway(["recv", name.as_str()]);
    let command = command.stdout(program.try_clone().unwrap()).stderr(program);
    let receiver = Running::start(command);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let sender = Running::send_from(&name, &[], Stdio::piped());
    let mut sender = sender;
    sender
        .0
        .stdin
        .take()
        .unwrap()
        .write_all(b"hello\n")
        .unwrap();
    assert_eq!(sender.end().0, Some(0));
    assert_eq!(receiver.end().0, Some(0));
    assert_eq!(shown(person), "hello\r\n");
}

/// Without a terminal there are plain lines.
#[test]
fn progress_can_be_asked_for() {
    let name = UniqueName::lasting("meter-asked");
    let receiver = Running::recv(&name, &["--progress"]);
    let mut sender = Running::send_from(&name, &[], Stdio::piped());
    sender
        .0
        .stdin
        .take()
        .unwrap()
        .write_all(b"hello\n")
        .unwrap();
    assert_eq!(sender.end().2, "");
    let (code, out, err) = receiver.end();
    assert_eq!((code, &*text(&out)), (Some(0), "hello\n"));
    assert!(
        err.contains("5 B, 1 messages in ") && !err.contains('\r'),
        "{err:?}"
    );
}
