//! A channel without a name, inherited by a child process: on Unix the child gets it as its standard
//! input, on Windows as a handle whose number is an argument.
//!
//! ```text
//! cargo run --release --example inherit
//! ```
//!
//! A descriptor is closed when a process starts another program, and a handle not inherited, unless
//! it is given on purpose, as here. There is nothing to type by hand: a shell cannot make such a channel. What it can do is
//! the same thing with a name, see the example `ticks`.

use ringway::{BorrowedSystemHandle, Place, SystemHandle};
use std::error::Error;
use std::process::{Child, Command};
use std::time::Duration;

const COUNT: u64 = 1000;

/// Starts a child that inherits `handle`: a second descriptor of the same memory.
#[cfg(unix)]
fn start_child(handle: BorrowedSystemHandle<'_>) -> Result<Child, Box<dyn Error>> {
    let input = handle.try_clone_to_owned()?;
    let mut child = Command::new(std::env::current_exe()?);
    Ok(child.arg("child").stdin(input).spawn()?)
}

/// Starts a child that inherits `handle`: a second handle of the same memory, under the same number.
#[cfg(windows)]
fn start_child(handle: BorrowedSystemHandle<'_>) -> Result<Child, Box<dyn Error>> {
    let (_until_it_is_started, number) = ringway::handover::inheritable(handle)?;
    let mut child = Command::new(std::env::current_exe()?);
    Ok(child.args(["child", &number.to_string()]).spawn()?)
}

/// What this child has inherited.
#[cfg(unix)]
fn inherited() -> Result<SystemHandle, Box<dyn Error>> {
    use std::os::fd::AsFd;
    Ok(std::io::stdin().as_fd().try_clone_to_owned()?)
}

/// What this child has inherited.
#[cfg(windows)]
fn inherited() -> Result<SystemHandle, Box<dyn Error>> {
    let number = std::env::args().nth(2).ok_or("there is no number")?;
    // SAFETY: the parent lets this process inherit it for this, and nobody else knows its number.
    Ok(unsafe { ringway::handover::take(number.parse()?) }?)
}

fn parent() -> Result<(), Box<dyn Error>> {
    let mut rx = ringway::spsc::<u64>(Place::Anonymous)
        .capacity(64)
        .receiver()?;
    let segment = rx.platform().segment();
    let handle = segment.handle().ok_or("a channel with a name has none")?;
    let mut child = start_child(handle)?;
    for expected in 0..COUNT {
        // The child may fail before it is attached; so do not wait for ever.
        let number = *rx.recv_timeout(Duration::from_secs(10))?;
        if number != expected {
            return Err(format!("found {number}, expected {expected}").into());
        }
    }
    println!("received {COUNT} numbers from process {}", child.id());
    match child.wait()? {
        ended if ended.success() => Ok(()),
        ended => Err(format!("the child ended with {ended}").into()),
    }
}

fn child() -> Result<(), Box<dyn Error>> {
    // Whatever was inherited is checked: only an anonymous segment of the right type passes.
    let mut tx = ringway::spsc::<u64>(Place::Handle(inherited()?)).sender()?;
    for number in 0..COUNT {
        tx.send(number)?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        None => parent(),
        Some("child") => child(),
        Some(other) => Err(format!("no argument is expected, not `{other}`").into()),
    }
}
