//! One thread that listens to several processes at once: to two channels and to a signal that the day
//! is over. It sleeps until one of them has something to say.
//!
//! `cargo run --release --example switchboard`

use ringway::{TryRecvError, wait_any};
use std::process::{Command, ExitCode};
use std::time::Duration;

type Error = Box<dyn std::error::Error>;

const CALLS: u64 = 10_000;
const ALARMS: u64 = 5;

fn main() -> Result<ExitCode, Error> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next(), arguments.next()) {
        (Some(role), Some(name)) if role == "caller" => caller(&name)?,
        (Some(role), Some(name)) if role == "watchman" => watchman(&name)?,
        _ => switchboard()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The process that listens.
fn switchboard() -> Result<(), Error> {
    let name = format!("switchboard-{}", std::process::id());
    let mut over = ringway::event(format!("{name}-over")).open()?;
    let mut alarms = ringway::spsc::<u64>(format!("{name}-alarms")).receiver()?;
    let mut calls = ringway::mpsc::<u64>(format!("{name}-calls")).receiver()?;

    let program = std::env::current_exe()?;
    let start = |role| Command::new(&program).args([role, name.as_str()]).spawn();
    let mut others = [start("caller")?, start("caller")?, start("watchman")?];

    let (mut heard, mut alarmed) = (0, 0);
    loop {
        // What comes first in the list goes first.
        match wait_any(&mut [&mut over, &mut alarms, &mut calls])? {
            0 => break,
            1 => match alarms.try_recv() {
                Ok(alarm) => {
                    alarmed += 1;
                    println!("alarm {} after {heard} calls", *alarm);
                }
                Err(TryRecvError::Empty) => {}
                // One that is closed stays ready: it must not be waited for any more.
                Err(other) => return Err(other.into()),
            },
            _ => match calls.try_recv() {
                Ok(_call) => heard += 1,
                Err(TryRecvError::Empty) => {}
                Err(other) => return Err(other.into()),
            },
        }
        if heard == 2 * CALLS && alarmed == ALARMS {
            // The others wait for this, too.
            over.set();
        }
    }
    println!("{heard} calls from two processes, {alarmed} alarms from a third");
    for other in &mut others {
        other.wait()?;
    }
    Ok(())
}

/// A process that calls as often as it can, and stays until the day is over.
fn caller(name: &str) -> Result<(), Error> {
    let over = ringway::event(format!("{name}-over")).open()?;
    let mut calls = ringway::mpsc::<u64>(format!("{name}-calls")).sender()?;
    for call in 0..CALLS {
        calls.send(call)?;
    }
    Ok(over.wait()?)
}

/// A process that has something to say now and then.
fn watchman(name: &str) -> Result<(), Error> {
    let over = ringway::event(format!("{name}-over")).open()?;
    let mut alarms = ringway::spsc::<u64>(format!("{name}-alarms")).sender()?;
    for alarm in 1..=ALARMS {
        std::thread::sleep(Duration::from_millis(2));
        alarms.send(alarm)?;
    }
    Ok(over.wait()?)
}
