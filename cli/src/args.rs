//! The command line, and the help that teaches it.

use crate::exit::{Exit, Failure};
use crate::meter::Wanted;
use clap::{Args, Parser, Subcommand};
use ringway::{Builder, OpenError, Place, Problem, pipe};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

const ABOUT: &str = "\
Shared-memory channels between processes: no broker, no copies, no system calls while both sides \
are busy.

Without a command it shows what it does: two processes, a file moved and checked, and how long a \
message takes.

`send` and `recv` move messages, one a line, or with --raw a stream of bytes, from one sender to one \
receiver. Either may start first; the first one makes the channel, and it is gone when both have \
left, unless something waits in it. Programs also make channels with many senders or receivers: `ls`, \
`stat`, `gc` and `rm` know all kinds. A name has 1 to 247 of the characters A-Z a-z 0-9 . _ - and is \
the same for all processes of this machine.";

const EXAMPLES: &str = "\
Examples:
  ringway                               the demonstration, with this program as the file
  ringway demo /bin/bash                the same with a file of yours

  ringway recv logs > copy.log          in one terminal
  ringway send logs < today.log         in another: each line is a message

  tar c src | ringway send --raw src    the archive waits in memory if it fits (256 KiB; see
  ringway recv --raw src | tar t        --capacity), else the sender waits for the receiver

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
    /// Each line, without its newline, is a message, and is sent as soon as it is read; so is a last
    /// line that has no newline. With --framed or --raw the input is something else. Waits while the
    /// channel is full. May end before a receiver comes: what was sent waits. If there was nothing to
    /// send it waits for a receiver, and tells it so.
    #[command(after_help = FORMS)]
    Send {
        #[command(flatten)]
        end: EndArgs,
    },

    /// Receive from a channel to standard output
    ///
    /// Waits for a sender, writes each message, as it is, and a newline as soon as it comes, and ends
    /// when the sender has left. If the sender dies or fails before that, everything it sent is
    /// written and the exit code is 5.
    #[command(after_help = FORMS)]
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

const FORMS: &str = "\
A message has any length and any bytes. Lines and frames are only what it looks like in the input \
or the output, and each side may choose: `seq 9 | ringway send x` and `ringway recv --framed x` go \
together. Programs take part with `ringway::spsc::<[u8]>(NAME)`. With --raw there are no messages, \
and both sides have to say so; for programs it is `ringway::pipe(NAME)`.

Examples:
  ls | ringway send names               and in another terminal:  ringway recv names
  tar c src | ringway send --raw src    ringway recv --raw src | tar t
  ringway recv --framed x | ringway send --framed y      as they are, newlines and all

If one side dies:
  A sender that is killed, or whose input cannot be read, has not left in good order: `recv` \
writes what came and ends with exit code 5. If no receiver had come yet, what it had sent is dropped.
  A receiver that is killed, or whose output is closed, ends `send` with exit code 5, also while \
there is nothing to send. With --persistent `send` goes on, and the next receiver gets the rest.

What several senders sent through a persistent channel, one after the other, is one stream to the \
receiver that comes next; it ends when the last of them has left.";

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

    /// Standard input or output has frames instead of lines: a length, a u32 in little-endian order,
    /// and so many bytes, for each message
    #[arg(long, conflicts_with = "raw")]
    framed: bool,

    /// Bytes, without messages: whatever it is, at full speed. Both sides must say so
    #[arg(long)]
    raw: bool,

    /// The longest message; 64M if not given. `send` ends (1) at a longer one, `recv` drops it, says
    /// so, goes on, and ends with 1
    #[arg(long, value_name = "BYTES", value_parser = size, conflicts_with = "raw")]
    limit: Option<u64>,

    /// Bytes of the ring, a power of two; in a new channel 1M, with --raw 256K. Longer messages go
    /// through it, too
    #[arg(long, value_name = "BYTES", value_parser = ring_size)]
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

    /// Show on standard error how much was moved and how fast; by itself if that is a terminal and
    /// the bytes do not come from one or go to one
    #[arg(long, conflicts_with = "quiet")]
    progress: bool,

    /// Do not show it
    #[arg(long, short)]
    quiet: bool,
}

/// What standard input or output looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Each line is a message.
    Lines,
    /// Each message comes behind its length.
    Framed,
    /// There are no messages.
    Raw,
}

/// What both kinds of builders are told alike.
macro_rules! told {
    ($builder:expr, $args:expr) => {{
        let mut builder = $builder;
        if let Some(capacity) = $args.capacity {
            builder = builder.capacity(capacity);
        }
        if let Some(mode) = $args.mode {
            builder = builder.mode(mode);
        }
        if $args.persistent {
            builder = builder.persistent();
        }
        if $args.create_new {
            builder = builder.create_new();
        }
        if $args.open_existing {
            builder = builder.open_existing();
        }
        builder
    }};
}

impl EndArgs {
    /// Where the channel is.
    pub(crate) fn place(&self) -> Result<Place, Failure> {
        self.target.place()
    }

    /// What the input or the output looks like.
    pub(crate) fn form(&self) -> Form {
        match (self.raw, self.framed) {
            (true, _) => Form::Raw,
            (_, true) => Form::Framed,
            _ => Form::Lines,
        }
    }

    /// The longest message, in bytes.
    pub(crate) fn limit(&self) -> usize {
        self.limit.map_or(DEFAULT_LIMIT, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        })
    }

    /// Whether to show how fast it goes.
    pub(crate) fn wanted(&self) -> Wanted {
        match (self.quiet, self.progress) {
            (true, _) => Wanted::Never,
            (_, true) => Wanted::Always,
            _ => Wanted::WhereItFits,
        }
    }

    /// A channel of messages, ready to be opened at either end.
    pub(crate) fn messages(&self) -> Result<Builder<[u8]>, Failure> {
        let channel = ringway::spsc::<[u8]>(self.place()?).limit(self.limit());
        Ok(told!(channel, self))
    }

    /// A stream, ready to be opened at either end.
    pub(crate) fn stream(&self) -> Result<pipe::Builder, Failure> {
        let stream = pipe(self.place()?);
        Ok(told!(stream, self))
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

/// Bytes of the longest message, of which nobody said anything: the library's.
const DEFAULT_LIMIT: usize = 64 << 20;

/// A number of bytes, with K, M or G behind it for so many times 1024.
fn size(text: &str) -> Result<u64, String> {
    let units = [("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30)];
    let unit = units
        .iter()
        .find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes)));
    let (digits, unit) = unit.unwrap_or((text, 1));
    let number = digits.parse::<u64>().ok();
    number
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(|| "expected a number of bytes, such as 65536, 64K or 1M".into())
}

fn ring_size(text: &str) -> Result<u32, String> {
    u32::try_from(size(text)?).map_err(|_| "expected less than 4G".into())
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
    fn sizes_may_have_units() {
        assert_eq!(size("0"), Ok(0));
        assert_eq!(size("64K"), Ok(65536));
        assert_eq!(size("5G"), Ok(5 << 30));
        for wrong in ["", "K", "-1", "1.5M", "1T", "99999999999G"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
        assert!(ring_size("5G").is_err());
    }

    #[test]
    fn seconds_may_have_fractions() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for wrong in ["-1", "NaN", "inf", "1e99", "soon", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
