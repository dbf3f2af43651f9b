//! The demonstration: two processes, a file that is moved and checked, and how long a message
//! takes.
//!
//! ```text
//!   this process                                  the second process
//!   ────────────                                  ──────────────────
//!   peer.rs     starts it, opens channels         serve.rs     does as it is told
//!   file.rs     sends a file            ────────▶ digests what comes
//!   rate.rs     sends numbers           ────────▶ checks each of them
//!   trip.rs     sends a number, waits   ◀───────▶ sends it back
//! ```
//!
//! Each of the last three files holds both sides of its task.

mod file;
mod histogram;
mod link;
mod machine;
mod peer;
mod rate;
mod screen;
mod serve;
mod trip;

use crate::exit::Failure;
use peer::Peer;
use ringway::WaitStrategy;
use screen::Screen;
use std::env;
use std::path::PathBuf;

pub(crate) use serve::play_peer;

/// Shows everything, with `path`, or this program itself, as the file to move.
pub(crate) fn run(path: Option<PathBuf>) -> Result<(), Failure> {
    let path = match path {
        Some(path) => path,
        None => env::current_exe().map_err(|error| Failure::io("finding this program", &error))?,
    };
    let file = file::open(&path)?;
    let screen = Screen::new();
    let mut peer = Peer::start()?;
    let processors = machine::processors();

    introduce(&screen, &peer, processors)?;
    file::show(&screen, &mut peer, &path, file)?;
    rate::show(&screen, &mut peer)?;
    screen.heading("Round trips: 8 bytes there and back, through two channels")?;
    screen.line("  (which processors the two run on, and what else runs there, decides much)")?;
    if processors > 1 {
        trip::show(&screen, &mut peer, WaitStrategy::Spin)?;
    } else {
        screen.line(
            "  spinning: skipped, since two processes that never sleep need two processors and \
             there is one",
        )?;
    }
    trip::show(&screen, &mut peer, WaitStrategy::Park)?;

    peer.finish()?;
    screen.heading("Everything arrived, in order and unchanged.")
}

fn introduce(screen: &Screen, peer: &Peer, processors: usize) -> Result<(), Failure> {
    screen.line(format_args!(
        "ringway {}: two processes, one shared memory, nothing in between",
        env!("CARGO_PKG_VERSION")
    ))?;
    screen.line(format_args!(
        "  machine    {}",
        machine::describe(processors)
    ))?;
    screen.line(format_args!(
        "  processes  {} (this one) and {}",
        std::process::id(),
        peer.id()
    ))?;
    if cfg!(debug_assertions) {
        screen.line("  a debug build: everything is checked, and the times mean little")?;
    }
    Ok(())
}
