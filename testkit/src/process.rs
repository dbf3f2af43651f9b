//! What tests do to processes and ask of them, on every system.
#![allow(unsafe_code)]

#[cfg(unix)]
#[path = "process/unix.rs"]
mod system;
#[cfg(windows)]
#[path = "process/windows.rs"]
mod system;

use std::io;
use std::process::{Child, Command, Output, Stdio};

/// Starts a process.
///
/// Wine refuses to, once in some ten thousand times on a machine that is busy, with
/// `ERROR_INTERNAL_ERROR`: the new process is gone before it has told Wine's server who it is, and
/// thus before it has run anything of ours. Such a start is made again.
///
/// # Errors
///
/// It cannot be started.
pub fn start(command: &mut Command) -> io::Result<Child> {
    let mut tries = 1;
    loop {
        match command.spawn() {
            Err(error) if tries < TRIES && system::may_start_again(&error) => tries += 1,
            started => return started,
        }
    }
}

/// [Starts](start) a process, waits for its end, and collects what it writes.
///
/// # Errors
///
/// As [`start`], or its output cannot be read.
pub fn output(command: &mut Command) -> io::Result<Output> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    start(command)?.wait_with_output()
}

/// How often a process is [started](start) at most.
const TRIES: u32 = 5;

/// Processor time that this process has used, in microseconds.
#[must_use]
pub fn processor_time_us() -> u64 {
    system::processor_time_us()
}

/// Descriptors or handles that this process has open.
#[must_use]
pub fn open_handles() -> usize {
    system::open_handles()
}

/// Kills the process `pid`, of which nobody else waits for the end, as `kill -9` does.
///
/// # Panics
///
/// It is gone.
pub fn kill(pid: u32) {
    system::kill(pid);
}

/// Stops a child where it is, and waits until it stands still.
///
/// # Panics
///
/// It is gone.
pub(crate) fn stop(child: &Child) {
    system::stop(child);
}

/// Lets a child that was stopped go on.
///
/// # Panics
///
/// It is gone.
pub(crate) fn go_on(child: &Child) {
    system::go_on(child);
}
