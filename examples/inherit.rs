//! A channel without a name, inherited by a child process: the child gets it as its standard input.
//!
//! ```text
//! cargo run --release --example inherit
//! ```
//!
//! A descriptor is closed when a process starts another program, unless it is given on purpose, as
//! here. There is nothing to type by hand: a shell cannot make such a channel. What it can do is
//! the same thing with a name, see the example `ticks`.

use ringway::Place;
use std::error::Error;
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::time::Duration;

const COUNT: u64 = 1000;

fn parent() -> Result<(), Box<dyn Error>> {
    let mut rx = ringway::spsc::<u64>(Place::Anonymous)
        .capacity(64)
        .receiver()?;
    let segment = rx.platform().segment();
    let handle = segment.handle().ok_or("a channel with a name has none")?;
    // The child gets a second descriptor of the same memory; this one stays here.
    let mut child = Command::new(std::env::current_exe()?)
        .arg("child")
        .stdin(Stdio::from(handle.try_clone_to_owned()?))
        .spawn()?;
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
    let handle = std::io::stdin().as_fd().try_clone_to_owned()?;
    // Whatever was inherited is checked: only a sealed segment of the right type passes.
    let mut tx = ringway::spsc::<u64>(Place::Handle(handle)).sender()?;
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
