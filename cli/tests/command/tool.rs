//! Starts the command and looks at what it does.

use ringway_testkit::UniqueName;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
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

/// Runs it to its end.
pub(crate) fn run<'a>(args: impl IntoIterator<Item = &'a str>) -> Output {
    ringway(args).output().expect("the command can be started")
}

/// Runs it to its end, with `code` expected, and returns both of its outputs as text.
pub(crate) fn expect<'a>(code: i32, args: impl IntoIterator<Item = &'a str>) -> (String, String) {
    let output = run(args);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    (out, err)
}

/// As [`expect`] of success, for what prints JSON.
pub(crate) fn json<'a>(args: impl IntoIterator<Item = &'a str>) -> Value {
    let (out, _) = expect(0, args);
    serde_json::from_str(&out).expect("valid JSON")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A command that runs meanwhile, killed if a test ends before it.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Running(command.spawn().expect("the command can be started"))
    }

    /// `ringway send NAME` with `options`, and with `input` as its standard input.
    pub(crate) fn send(name: &UniqueName, options: &[&str], input: &Path) -> Self {
        let input = File::open(input).expect("the input can be read");
        Self::send_from(name, options, input)
    }

    /// As [`send`](Running::send), with what a test writes, or a program.
    pub(crate) fn send_from(name: &UniqueName, options: &[&str], input: impl Into<Stdio>) -> Self {
        let mut command = ringway(["send", name.as_str()]);
        Self::start(command.args(options).stdin(input).stderr(Stdio::piped()))
    }

    /// `ringway recv NAME` with `options`, whose output is read by the test.
    pub(crate) fn recv(name: &UniqueName, options: &[&str]) -> Self {
        let mut command = ringway(["recv", name.as_str()]);
        let command = command.args(options).stdout(Stdio::piped());
        Self::start(command.stderr(Stdio::piped()))
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().expect("it can be killed");
        self.0.wait().expect("it can be waited for");
    }

    /// The next `len` bytes that it writes.
    pub(crate) fn read(&mut self, len: usize) -> Vec<u8> {
        let mut seen = vec![0; len];
        let output = self.0.stdout.as_mut().expect("the test reads it");
        let deadline = Timespec::try_from(DEADLINE).expect("it is short");
        let mut have = 0;
        while have < len {
            let mut asked = [PollFd::new(output, PollFlags::IN)];
            let ready = poll(&mut asked, Some(&deadline)).expect("it can be asked");
            assert_eq!(ready, 1, "in {DEADLINE:?} only {have} of {len} bytes came");
            let more = output.read(&mut seen[have..]).expect("it can be read");
            assert_ne!(more, 0, "it ended after {have} of {len} bytes");
            have += more;
        }
        seen
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
        let output = run(["stat", "--json", name.as_str()]);
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
