//! Attaching to a pipe.

use super::pair::Attached;
use super::{AttachError, Options};
use crate::channel::Role;
use crate::channel::pair::{End, Link};
use crate::layout::{Blueprint, Unfit};
use crate::pipe::{Reader, Writer};
use crate::platform::Platform;
use crate::slots::spsc::Cells;
use crate::slots::stream::{StreamReader, StreamWriter};

/// Attaches the writing end of a pipe, building the segment first if nobody has.
///
/// A writer that takes over from one that left or died continues behind the last byte that one
/// published.
///
/// # Errors
///
/// The segment does not fit the blueprint, or has a living writer.
pub fn writer<P: Platform>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Writer<P>, AttachError> {
    let attached = Attached::<Cells>::new(&platform, blueprint, Role::Sender, options)?;
    // SAFETY: `platform` goes into the end that is returned with the ring; the entry in the
    // participant table is claimed, so this is the only writer.
    let ring = match unsafe { StreamWriter::recover(attached.ring) } {
        Some(Ok(ring)) => ring,
        Some(Err(_)) => return Err(attached.give_up(Unfit::Corrupt)),
        None => return Err(attached.give_up(no_pipe(blueprint))),
    };
    let end = End::new(attached.parts, platform);
    Ok(Writer::new(ring, options.wait, end))
}

/// Attaches the reading end of a pipe, building the segment first if nobody has.
///
/// A reader that takes over from one that left or died continues behind the last byte that one
/// consumed.
///
/// # Errors
///
/// The segment does not fit the blueprint, or has a living reader.
pub fn reader<P: Platform>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Reader<P>, AttachError> {
    let attached = Attached::<Cells>::new(&platform, blueprint, Role::Receiver, options)?;
    // SAFETY: as in `writer`.
    let mut ring = match unsafe { StreamReader::recover(attached.ring) } {
        Some(Ok(ring)) => ring,
        Some(Err(_)) => return Err(attached.give_up(Unfit::Corrupt)),
        None => return Err(attached.give_up(no_pipe(blueprint))),
    };
    let is_empty = || ring.peek() == Ok(false);
    Link::forget_past(&attached.parts.peer, &platform, is_empty);
    let end = End::new(attached.parts, platform);
    Ok(Reader::new(ring, options.wait, end))
}

/// The blueprint is none of a pipe.
fn no_pipe(blueprint: &Blueprint) -> Unfit {
    Unfit::Kind {
        found: blueprint.kind as u32,
        expected: crate::layout::Kind::Pipe,
    }
}
