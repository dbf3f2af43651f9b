//! Attaching to a channel with one sender and one receiver.

use super::{AttachError, Options, open, truncated, wrong_type};
use crate::channel::pair::{End, Link, Parts, Receiving, Sending};
use crate::channel::{Role, Spsc, Topology, Unbuilt};
use crate::layout::{Blueprint, Kind, Participant, Peer, Unfit};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Mapped;
use crate::slots::SoleReader as _;
use crate::slots::spsc::{Cells, Reader, Writer};
use crate::wait::Spin;

impl Topology for Spsc {
    const KIND: Kind = Kind::Spsc;
    const BYTES: Kind = Kind::SpscBytes;
    type Sending<T: Plain, P: Platform> = Sending<Writer<T>, P>;
    type Receiving<T: Plain, P: Platform> = Receiving<Reader<T>, P>;
    type SendingBytes<P: Platform> = Unbuilt;
    type ReceivingBytes<P: Platform> = Unbuilt;

    fn attach_sending<T: Plain, P: Platform>(
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Sending<Writer<T>, P>, AttachError> {
        let attached = Attached::new(&platform, blueprint, Role::Sender, options)?;
        // SAFETY: `platform` goes into the end that is returned with the writer; the entry in the
        // participant table is claimed, so this is the only writer.
        let writer = unsafe { Writer::<T>::recover(attached.cells) };
        let writer = match writer {
            Some(Ok(writer)) => writer,
            Some(Err(_)) => return Err(attached.give_up(Unfit::Corrupt)),
            None => return Err(attached.give_up(wrong_type::<T>(blueprint))),
        };
        let end = End::new(attached.parts, platform);
        Ok(Sending::new(writer, Spin::new(options.wait), end))
    }

    fn attach_receiving<T: Plain, P: Platform>(
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Receiving<Reader<T>, P>, AttachError> {
        let attached = Attached::new(&platform, blueprint, Role::Receiver, options)?;
        let died = matches!(attached.before, Peer::Died(_));
        // SAFETY: as in `attach_sending`.
        let reader =
            unsafe { Reader::<T>::recover(attached.cells, died, options.acknowledge_each) };
        let mut reader = match reader {
            Some(Ok(reader)) => reader,
            Some(Err(_)) => return Err(attached.give_up(Unfit::Corrupt)),
            None => return Err(attached.give_up(wrong_type::<T>(blueprint))),
        };
        let is_empty = || reader.peek() == Ok(false);
        Link::forget_past(&attached.parts.peer, &platform, is_empty);
        let end = End::new(attached.parts, platform);
        Ok(Receiving::new(reader, Spin::new(options.wait), end))
    }

    fn attach_sending_bytes<P: Platform>(
        _: P,
        _: &Blueprint,
        _: Options,
    ) -> Result<Unbuilt, AttachError> {
        Err(Unbuilt::refused())
    }

    fn attach_receiving_bytes<P: Platform>(
        _: P,
        _: &Blueprint,
        _: Options,
    ) -> Result<Unbuilt, AttachError> {
        Err(Unbuilt::refused())
    }
}

/// A segment that fits, with one end of it claimed.
struct Attached {
    parts: Parts,
    cells: Cells,
    /// Who held the end before.
    before: Peer,
}

impl Attached {
    fn new<P: Platform>(
        platform: &P,
        blueprint: &Blueprint,
        role: Role,
        options: Options,
    ) -> Result<Self, AttachError> {
        let geometry = open(platform, blueprint, options)?;
        let memory = platform.memory();
        // SAFETY: the platform holds the memory, and the caller moves it into the same end.
        let (cells, me, peer) = unsafe {
            (
                Cells::new(memory, &geometry),
                Mapped::new(memory, geometry.participant_offset(role as usize)),
                Mapped::new(memory, geometry.participant_offset(role.peer() as usize)),
            )
        };
        let (Some(cells), Some(me), Some(peer)) = (cells, me, peer) else {
            return Err(truncated(memory, geometry.total_len).into());
        };
        let me: Mapped<Participant> = me;
        let before = me
            .claim(platform)
            .map_err(|owner| AttachError::Occupied { role, owner })?;
        let parts = Parts {
            role,
            geometry,
            control: cells.control(),
            me,
            peer,
            strategy: options.wait,
        };
        Ok(Attached {
            parts,
            cells,
            before,
        })
    }

    /// Lets the end go again.
    fn give_up(&self, why: Unfit) -> AttachError {
        self.parts.me.leave();
        why.into()
    }
}
