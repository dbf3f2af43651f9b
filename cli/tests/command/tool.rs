//! Starts the command and looks at what it does.

use ringway::Place;
use ringway_testkit::{UniqueName, process};
use serde_json::Value;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for what must happen.
const DEADLINE: Duration = Duration::from_secs(30);

/// The command with these arguments and no input.
pub(crate) fn ringway<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringway"));
    command.args(args).stdin(Stdio::null());
    command
}

/// The command with these arguments, for the channel of this name.
pub(crate) fn ringway_of(name: &UniqueName, args: &[&str]) -> Command {
    let mut command = ringway(args.iter().copied());
    match name.place() {
        Place::File(path) => command.arg("--file").arg(path),
        _ => command.arg(name.as_str()),
    };
    command
}

/// Runs it to its end, with `code` expected, and returns both of its outputs as text.
pub(crate) fn expect<'a>(code: i32, args: impl IntoIterator<Item = &'a str>) -> (String, String) {
    expect_of(code, &mut ringway(args))
}

/// As [`expect`], of a command that is put together.
pub(crate) fn expect_of(code: i32, command: &mut Command) -> (String, String) {
    let output = process::output(command).expect("the command can be started");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    (out, err)
}

/// As [`expect`] of success, for what prints JSON.
pub(crate) fn json<'a>(args: impl IntoIterator<Item = &'a str>) -> Value {
    json_of(&mut ringway(args))
}

/// As [`json`], of a command that is put together.
pub(crate) fn json_of(command: &mut Command) -> Value {
    let (out, _) = expect_of(0, command);
    serde_json::from_str(&out).expect("valid JSON")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A command that runs meanwhile, killed if a test ends before it.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Running(process::start(command).expect("the command can be started"))
    }

    /// `ringway send NAME` with `options`, and with `input` as its standard input.
    pub(crate) fn send(name: &UniqueName, options: &[&str], input: &Path) -> Self {
        let input = File::open(input).expect("the input can be read");
        Self::send_from(name, options, input)
    }

    /// As [`send`](Running::send), with what a test writes, or a program.
    pub(crate) fn send_from(name: &UniqueName, options: &[&str], input: impl Into<Stdio>) -> Self {
        let mut command = ringway_of(name, &["send"]);
        Self::start(command.args(options).stdin(input).stderr(Stdio::piped()))
    }

    /// As [`send`](Running::send), with what `write` writes, until it has or nobody reads it.
    pub(crate) fn send_written(
        name: &UniqueName,
        options: &[&str],
        write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
    ) -> Self {
        let mut sender = Self::send_from(name, options, Stdio::piped());
        let mut input = sender.0.stdin.take().expect("it is piped");
        thread::spawn(move || write(&mut input));
        sender
    }

    /// As [`send`](Running::send), with zeros without end.
    pub(crate) fn send_zeros(name: &UniqueName, options: &[&str]) -> Self {
        Self::send_written(name, options, |input| {
            loop {
                input.write_all(&[0; 4096])?;
            }
        })
    }

    /// `ringway recv NAME` with `options`, whose output is read by the test.
    pub(crate) fn recv(name: &UniqueName, options: &[&str]) -> Self {
        let mut command = ringway_of(name, &["recv"]);
        let command = command.args(options).stdout(Stdio::piped());
        Self::start(command.stderr(Stdio::piped()))
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().expect("it can be killed");
        self.0.wait().expect("it can be waited for");
    }

    /// The next `len` bytes that it writes.
    pub(crate) fn read(&mut self, len: usize) -> Vec<u8> {
        let mut output = self.0.stdout.take().expect("the test reads it");
        let (sender, seen) = mpsc::channel();
        thread::spawn(move || {
            let mut seen = vec![0; len];
            let read = output.read_exact(&mut seen);
            let _ = sender.send((read.map(|()| seen), output));
        });
        let (seen, output) = seen
            .recv_timeout(DEADLINE)
            .unwrap_or_else(|_| panic!("in {DEADLINE:?} not all of {len} bytes came"));
        self.0.stdout = Some(output);
        seen.unwrap_or_else(|error| panic!("it ended before {len} bytes had come: {error}"))
    }

    /// Waits until it ends: its exit code, and what it printed that was not read yet.
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<u8>, String) {
        let mut stdout = self.0.stdout.take();
        let reader = thread::spawn(move || {
            let mut out = Vec::new();
            if let Some(stdout) = &mut stdout {
                stdout.read_to_end(&mut out).expect("output can be read");
            }
            out
        });
        let code = until("the command ends", || {
            self.0.try_wait().expect("it can be waited for")
        });
        let out = reader.join().expect("output can be read");
        let mut err = String::new();
        if let Some(stderr) = &mut self.0.stderr {
            stderr.read_to_string(&mut err).expect("errors are text");
        }
        (code.code(), out, err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until `look` finds what must come.
pub(crate) fn until<R>(what: &str, mut look: impl FnMut() -> Option<R>) -> R {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            began.elapsed() < DEADLINE,
            "in {DEADLINE:?} not seen: {what}"
        );
        thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until `ringway stat` of a channel says what `accept` wants.
pub(crate) fn until_stat(name: &UniqueName, what: &str, accept: impl Fn(&Value) -> bool) -> Value {
    until(what, || {
        let output = process::output(&mut ringway_of(name, &["stat", "--json"]));
        let output = output.expect("the command can be started");
        let seen = serde_json::from_slice(&output.stdout).ok();
        seen.filter(&accept)
    })
}

/// Waits until the receiver of a channel is attached.
pub(crate) fn until_received_by_somebody(name: &UniqueName) {
    until_stat(name, "a receiver", |seen| {
        seen["channel"]["receiver"]["state"] == "alive"
    });
}
