//! The second process fetches the handles from the first, the number of which and those of the handles
//! go through a pipe, its standard input, a line each.

use super::second;
use crate::exit::{Exit, Failure};
use ringway::{Attachment, Place, handover};
use std::fmt::Display;
use std::io::{self, Write};
use std::process::{Child, ChildStdin, Stdio};

/// Starts the second process.
pub(crate) fn spawn() -> io::Result<(Child, Second)> {
    let mut process = second()?.stdin(Stdio::piped()).spawn()?;
    let second = Second {
        pipe: process.stdin.take().expect("it is piped"),
    };
    Ok((process, second))
}

/// The way to the second process.
pub(crate) struct Second {
    pipe: ChildStdin,
}

impl Second {
    /// Hands over a channel; an error if nobody takes it.
    pub(crate) fn hand_over(&mut self, channel: &Attachment) -> Result<(), ()> {
        let handle = channel.segment().handle();
        let handle = handle.expect("what has no name has a handle");
        // It is open as long as this end of the channel, which waits for the other.
        let (process, number) = (std::process::id(), handover::number_of(handle));
        writeln!(self.pipe, "{process} {number}").map_err(drop)
    }
}

/// The way to the first process.
pub(crate) struct First;

impl First {
    #[allow(clippy::unnecessary_wraps)] // on other systems it can fail
    pub(crate) fn open() -> Result<Self, Failure> {
        Ok(First)
    }

    /// Where the next channel is.
    pub(crate) fn place(&self) -> Result<Place, Failure> {
        let mut line = String::new();
        io::stdin()
            .read_line(&mut line)
            .map_err(|error| Failure::io("reading the number of a handle", &error))?;
        let parse =
            |(process, number): (&str, &str)| Some((process.parse().ok()?, number.parse().ok()?));
        let (process, number) = line
            .trim_end()
            .split_once(' ')
            .and_then(parse)
            .ok_or_else(|| none("the other process closed the pipe before a handle came"))?;
        let handle = handover::fetch(process, number);
        handle.map(Place::Handle).map_err(none)
    }
}

fn none(why: impl Display) -> Failure {
    Failure::new(
        Exit::Other,
        format_args!("{why} (`demo-peer` is started by `ringway demo`)"),
    )
}
