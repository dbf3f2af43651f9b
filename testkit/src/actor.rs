//! A process that plays a role.

use crate::process;
use std::env;
use std::fmt::Display;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::str::FromStr;

const ROLE: &str = "RINGWAY_TEST_ROLE";
const ARGS: &str = "RINGWAY_TEST_ARGS";
/// Stands before everything that a role reports, since the test harness writes lines of its own.
const MARK: char = '\u{1}';

/// Names the functions of a test file that other processes may play. One that is not on every
/// system has its `#[cfg]` before it.
#[macro_export]
macro_rules! roles {
    ($($(#[$only:meta])* $role:ident),+ $(,)?) => {
        /// Not a test: the entry of the processes that tests start.
        #[test]
        fn plays_a_role() {
            $crate::play(&[$($(#[$only])* (stringify!($role), $role as fn())),+]);
        }
    };
}

/// Plays the role that this process was started for, and ends the process; returns at once in the
/// process of the tests themselves.
pub fn play(roles: &[(&str, fn())]) {
    let Ok(wanted) = env::var(ROLE) else { return };
    for (name, role) in roles {
        if *name == wanted {
            role();
            std::process::exit(0);
        }
    }
    panic!("no role {wanted:?} in this file; is it named in roles!?");
}

/// The arguments that this process was started with.
#[must_use]
pub fn args() -> Vec<String> {
    let args = env::var(ARGS).unwrap_or_default();
    args.split('\n').map(str::to_owned).collect()
}

/// Argument number `index` of this process.
///
/// # Panics
///
/// It is missing, or is no `T`.
#[must_use]
pub fn arg<T: FromStr>(index: usize) -> T {
    let args = args();
    let text = args
        .get(index)
        .unwrap_or_else(|| panic!("argument {index} is missing"));
    text.parse()
        .unwrap_or_else(|_| panic!("argument {index} is {text:?}"))
}

/// Tells the test something.
///
/// # Panics
///
/// The test is gone; then there is nobody to tell.
pub fn report(what: impl Display) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{MARK}{what}")
        .and_then(|()| out.flush())
        .expect("the test should be there");
}

/// A process that plays a role of this test file. It is killed when it is dropped.
#[derive(Debug)]
pub struct Actor {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Actor {
    /// Starts a process for `role`.
    ///
    /// # Panics
    ///
    /// No process can be started.
    #[must_use]
    pub fn start(role: &str, args: &[&str]) -> Self {
        Self::start_with(role, args, Stdio::piped())
    }

    /// Starts a process for `role` with `input` as its standard input.
    ///
    /// # Panics
    ///
    /// No process can be started.
    #[must_use]
    pub fn start_with(role: &str, args: &[&str], input: Stdio) -> Self {
        let program = env::current_exe().expect("a test knows its own program");
        let mut command = Command::new(program);
        command
            .args(["--exact", "plays_a_role", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .env(ARGS, args.join("\n"))
            .stdin(input)
            .stdout(Stdio::piped());
        let mut process = process::start(&mut command).expect("a test program should start again");
        let lines = BufReader::new(process.stdout.take().expect("it is piped"));
        Actor { process, lines }
    }

    /// The next thing the role reports, as a `T`.
    ///
    /// # Panics
    ///
    /// The process ended before, or reported something else.
    pub fn heard<T: FromStr>(&mut self) -> T {
        let text = self
            .next_line()
            .unwrap_or_else(|| panic!("the process ended without a word"));
        text.parse()
            .unwrap_or_else(|_| panic!("the process said {text:?}"))
    }

    /// The next thing the role reports, if any.
    pub fn next_line(&mut self) -> Option<String> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some((_, text)) = line.split_once(MARK) {
                return Some(text.trim_end().to_owned());
            }
        }
    }

    /// Waits until the role reports exactly this.
    ///
    /// # Panics
    ///
    /// It reports something else, or ends.
    pub fn expect(&mut self, what: &str) {
        assert_eq!(self.heard::<String>(), what);
    }

    /// The process number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Stops the process where it is, and waits until it stands still. Killing works nevertheless.
    ///
    /// # Panics
    ///
    /// It is gone.
    pub fn stop(&self) {
        process::stop(&self.process);
    }

    /// Lets the process go on after [`stop`](Actor::stop).
    ///
    /// # Panics
    ///
    /// It is gone.
    pub fn go_on(&self) {
        process::go_on(&self.process);
    }

    /// Sends a signal.
    ///
    /// # Panics
    ///
    /// The process cannot be signalled.
    #[cfg(unix)]
    pub fn signal(&self, signal: i32) {
        crate::signals::send(self.pid(), signal);
    }

    /// Kills the process as `kill -9` does (`TerminateProcess` on Windows), and waits for its end.
    ///
    /// # Panics
    ///
    /// It cannot be waited for.
    pub fn kill(mut self) {
        self.kill_now();
    }

    /// As [`kill`](Actor::kill), and keeps what there was of it.
    ///
    /// # Panics
    ///
    /// It cannot be waited for.
    pub fn kill_now(&mut self) {
        let _ = self.process.kill();
        self.process.wait().expect("a child can be waited for");
    }

    /// Waits for an end in good order.
    ///
    /// # Panics
    ///
    /// The role panicked or was killed.
    pub fn finish(mut self) {
        drop(self.process.stdin.take());
        let status = self.process.wait().expect("a child can be waited for");
        assert!(status.success(), "the role ended with {status}");
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
