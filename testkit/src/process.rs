//! What tests do to processes and ask of them, on every system.
#![allow(unsafe_code)]

#[cfg(unix)]
#[path = "process/unix.rs"]
mod system;
#[cfg(windows)]
#[path = "process/windows.rs"]
mod system;

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
pub(crate) fn stop(child: &std::process::Child) {
    system::stop(child);
}

/// Lets a child that was stopped go on.
///
/// # Panics
///
/// It is gone.
pub(crate) fn go_on(child: &std::process::Child) {
    system::go_on(child);
}
