//! Attaching to a channel of messages of any length, from many senders to one receiver.

use super::crowd::seat;
use super::{AttachError, Options, open, truncated};
use crate::channel::crowd::{Member, Receiving, Sending};
use crate::layout::roster::Departure;
use crate::layout::{Blueprint, Role, Unfit};
use crate::platform::Platform;
use crate::ring::spsc::Corrupt;
use crate::slots::TableReader as _;
use crate::slots::ranges::{Granules, PartsLock, RangeReader, RangeWriter};

/// A segment that fits, and an end that has a place in its table.
fn member<P: Platform>(
    platform: P,
    blueprint: &Blueprint,
    role: Role,
    options: Options,
) -> Result<(Member<P>, Granules, PartsLock), AttachError> {
    let geometry = open(&platform, blueprint, options)?;
    let memory = platform.memory();
    // SAFETY: the platform holds the memory, and goes into the same end.
    let places = unsafe {
        (
            Granules::new(memory, &geometry),
            PartsLock::new(memory, &geometry),
        )
    };
    let (Some(granules), Some(parts)) = places else {
        return Err(truncated(memory, geometry.total_len).into());
    };
    let member = seat(platform, geometry, role, options)?;
    Ok((member, granules, parts))
}

pub(super) fn sending<P: Platform>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Sending<RangeWriter, P>, AttachError> {
    let (mut member, granules, parts) = member(platform, blueprint, Role::Sender, options)?;
    member.note_end();
    // SAFETY: the platform is in the member, which the end keeps; the table has given it an entry of its
    // own.
    let writer = unsafe { RangeWriter::new(granules, parts) };
    Ok(Sending::new(writer, member))
}

pub(super) fn receiving<P: Platform>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Receiving<RangeReader, P>, AttachError> {
    let (mut member, granules, _) = member(platform, blueprint, Role::Receiver, options)?;
    let roster = &granules.control().commons.roster;
    let died = roster.departure(Role::Receiver) == Some(Departure::Died);
    // SAFETY: the platform is in the member, which the end keeps; the table has let it in, so it is
    // the only one.
    let reader = unsafe { RangeReader::recover(granules, died) };
    let reader = reader.map_err(|Corrupt| Unfit::Corrupt)?;
    member.overlook_past(|member| reader.is_drained(member.table()));
    Ok(Receiving::new(reader, member))
}
