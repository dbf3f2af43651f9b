//! How the second process of the demonstration learns where the channels are.
//!
//! The channels between the two have no name: a handle of each is handed over. Nobody else finds
//! them, and whatever happens to either process, nothing is left behind.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{First, Second, spawn};
#[cfg(windows)]
pub(crate) use windows::{First, Second, spawn};

use std::env;
use std::io;
use std::process::Command;

/// The second process, yet to be started.
fn second() -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("demo-peer");
    Ok(command)
}
