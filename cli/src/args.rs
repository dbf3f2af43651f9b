//! The command line, and the help that teaches it.

use crate::chunk::Chunk;
use crate::exit::{Exit, Failure};
use clap::{Args, Parser, Subcommand};
use ringway::{Builder, OpenError, Place, Problem};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

const ABOUT: &str = "\
Shared-memory channels between processes: no broker, no copies, no system calls while both sides \
are busy.

Without a command it shows what it does: two processes, a file moved and checked, and how long a \
message takes.

A channel of `send` and `recv` has one sender and one receiver. Either may start first; the first \
one makes the channel, and it is gone when both have left, unless messages wait in it. Programs \
also make channels with many senders or receivers: `ls`, `stat`, `gc` and `rm` know all kinds. A \
name has 1 to 247 of \
the characters A-Z a-z 0-9 . _ - and is the same for all processes of this machine.";

const EXAMPLES: &str = "\
Examples:
  ringway                               the demonstration, with this program as the file
  ringway demo /bin/bash                the same with a file of yours

  ringway recv logs > copy.log          in one terminal
  ringway send logs < today.log         in another

  tar c src | ringway send src          the archive waits in memory if it fits (4 MiB; see
  ringway recv src | tar t              --capacity), else the sender waits for the receiver

  ringway ls                            which channels there are, and who uses them
  ringway stat logs --json              one of them in detail
  ringway gc                            remove what dead processes left

Exit codes:
  0  it worked
  1  another failure
  2  the command line, or a name, is not right
  3  there is no such channel or file
  4  the channel is in use, its end is taken, or it exists already
  5  the other side died or left before everything was moved
  6  the time was up
  7  no permission
  8  it is not the channel that was expected: another type or capacity, damaged, or none at all
  141  the reader of the output left (as a shell reports SIGPIPE)";

/// What was asked for.
#[derive(Parser)]
#[command(
    name = "ringway",
    version,
    about = "Shared-memory channels between processes"
)]
#[command(long_about = ABOUT, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show it: two processes, a file moved and checked, round trips measured
    Demo {
        /// The file to move; this program itself if not given
        file: Option<PathBuf>,
    },

    /// Send standard input through a channel
    ///
    /// Reads standard input to its end, and hands each piece over as soon as it is read. Waits
    /// while the channel is full. May end before a receiver comes: what was sent waits.
    #[command(after_help = CHUNK)]
    Send {
        #[command(flatten)]
        end: EndArgs,
    },

    /// Receive from a channel to standard output
    ///
    /// Waits for a sender, writes what comes as soon as it comes, and ends when the sender has
    /// said that this was all. If the sender dies or leaves before that, everything it sent is
    /// written and the exit code is 5.
    #[command(after_help = CHUNK)]
    Recv {
        #[command(flatten)]
        end: EndArgs,
    },

    /// List the channels and objects of this machine
    ///
    /// SENDER and RECEIVER are process numbers; of a channel with many ends, how many live. ATTACHED
    /// counts all ends that live, or those who have an object (locks, signals, values) open.
    Ls {
        /// Print an array of JSON objects
        #[arg(long)]
        json: bool,
    },

    /// Show everything about one channel or object, without disturbing it
    ///
    /// Of a channel with many ends it also counts what deaths have cost: `lost` are places of
    /// senders that died before they sent, `skipped` the places that receivers passed over (those,
    /// and sends that were given up), `redelivered` the messages of receivers that died.
    Stat {
        #[command(flatten)]
        target: Target,

        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },

    /// Remove the channels and objects that dead processes left
    ///
    /// Keeps those that are in use, that are persistent, or whose messages wait for a receiver.
    Gc {
        /// Only say what would be removed
        #[arg(long)]
        dry_run: bool,

        /// Print an array of JSON objects
        #[arg(long)]
        json: bool,
    },

    /// Remove one channel, with the messages in it, or one object
    Rm {
        #[command(flatten)]
        target: Target,

        /// Also if it is in use (those who use it keep it until they leave), or is neither
        #[arg(long)]
        force: bool,
    },

    /// The second process of the demonstration
    #[command(hide = true)]
    DemoPeer,
}

const CHUNK: &str = "\
What travels, for programs that want to take part (kind 0: bytes, kind 1: that was all):
  #[repr(C)] struct Chunk { len: u32, kind: u32, bytes: [u8; 4088] }";

/// Which channel.
#[derive(Args)]
pub(crate) struct Target {
    /// The channel's name
    name: OsString,

    /// NAME is the path of a file that holds the channel
    #[arg(long)]
    file: bool,
}

impl Target {
    /// As it was given.
    pub(crate) fn text(&self) -> String {
        self.name.to_string_lossy().into_owned()
    }

    /// Where it is.
    pub(crate) fn place(&self) -> Result<Place, Failure> {
        if self.file {
            return Ok(Place::File(PathBuf::from(&self.name)));
        }
        // A name in another encoding breaks the rule for names all the same.
        let name = self.text();
        Place::try_from(&*name).map_err(|error| {
            OpenError::new(format_args!("channel {name:?}"), Problem::BadName(error)).into()
        })
    }
}

/// Which channel, and how to open one end of it.
#[derive(Args)]
pub(crate) struct EndArgs {
    #[command(flatten)]
    target: Target,

    /// How many messages of up to 4088 bytes fit; 1024 in a new channel
    #[arg(long, value_name = "MESSAGES")]
    capacity: Option<u32>,

    /// Permission bits of a new channel, in octal; 600 if not given
    #[arg(long, value_name = "OCTAL", value_parser = permission_bits)]
    mode: Option<u32>,

    /// Keep the channel and its unread messages until it is removed; to be given on both sides
    #[arg(long)]
    persistent: bool,

    /// Fail if there is such a channel
    #[arg(long, conflicts_with = "open_existing")]
    create_new: bool,

    /// Fail if there is no such channel
    #[arg(long)]
    open_existing: bool,

    /// Give up when the other side has done nothing for so long
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
}

impl EndArgs {
    /// Where the channel is.
    pub(crate) fn place(&self) -> Result<Place, Failure> {
        self.target.place()
    }

    /// The channel, ready to be opened at either end.
    pub(crate) fn channel(&self) -> Result<Builder<Chunk>, Failure> {
        let mut channel = ringway::spsc::<Chunk>(self.place()?);
        if let Some(capacity) = self.capacity {
            channel = channel.capacity(capacity);
        }
        if let Some(mode) = self.mode {
            channel = channel.mode(mode);
        }
        if self.persistent {
            channel = channel.persistent();
        }
        if self.create_new {
            channel = channel.create_new();
        }
        if self.open_existing {
            channel = channel.open_existing();
        }
        Ok(channel)
    }

    /// The failure of a call that took longer than `--timeout`.
    pub(crate) fn timed_out(&self, what: &str) -> Failure {
        let seconds = self.timeout.unwrap_or_default().as_secs_f64();
        Failure::new(Exit::Timeout, format!("{what} for {seconds} s (--timeout)"))
    }
}

fn permission_bits(text: &str) -> Result<u32, String> {
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|bits| *bits <= 0o777)
        .ok_or_else(|| "expected octal permission bits from 0 to 777, such as 660".into())
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "expected a number of seconds, such as 2.5".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn modes_are_octal() {
        assert_eq!(permission_bits("660"), Ok(0o660));
        for wrong in ["8", "1000", "rw", "-1", ""] {
            assert!(permission_bits(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn seconds_may_have_fractions() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for wrong in ["-1", "NaN", "inf", "1e99", "soon", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
