//! Attaching to a channel with one sender and one receiver.

use super::{AttachError, Options, open, truncated, wrong_type};
use crate::channel::pair::{End, Link, Parts, Receiving, Sending};
use crate::channel::{Role, Spsc, Topology};
use crate::layout::{Blueprint, Geometry, Kind, Participant, Peer, Unfit};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::{Mapped, Memory};
use crate::ring::spsc::{Control, Corrupt};
use crate::slots::SoleReader;
use crate::slots::frames::{FrameReader, FrameWriter, Units};
use crate::slots::spsc::{Cells, Reader, Writer};
use crate::wait::Spin;

impl Topology for Spsc {
    const KIND: Kind = Kind::Spsc;
    const BYTES: Kind = Kind::SpscBytes;
    type Sending<T: Plain, P: Platform> = Sending<Writer<T>, P>;
    type Receiving<T: Plain, P: Platform> = Receiving<Reader<T>, P>;
    type SendingBytes<P: Platform> = Sending<FrameWriter, P>;
    type ReceivingBytes<P: Platform> = Receiving<FrameReader, P>;

    fn attach_sending<T: Plain, P: Platform>(
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Sending<Writer<T>, P>, AttachError> {
        let attached = Attached::<Cells>::new(&platform, blueprint, Role::Sender, options)?;
        // SAFETY: `platform` goes into the end that is returned with the writer; the entry in the
        // participant table is claimed, so this is the only writer.
        let writer = unsafe { Writer::<T>::recover(attached.ring) };
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
        let attached = Attached::<Cells>::new(&platform, blueprint, Role::Receiver, options)?;
        let died = matches!(attached.before, Peer::Died(_));
        // SAFETY: as in `attach_sending`.
        let reader = unsafe { Reader::<T>::recover(attached.ring, died, options.acknowledge_each) };
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
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Sending<FrameWriter, P>, AttachError> {
        let attached = Attached::<Units>::new(&platform, blueprint, Role::Sender, options)?;
        // SAFETY: as in `attach_sending`.
        let writer = unsafe { FrameWriter::recover(attached.ring) };
        let writer = writer.map_err(|Corrupt| attached.give_up(Unfit::Corrupt))?;
        let end = End::new(attached.parts, platform);
        Ok(Sending::new(writer, Spin::new(options.wait), end))
    }

    fn attach_receiving_bytes<P: Platform>(
        platform: P,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Receiving<FrameReader, P>, AttachError> {
        let attached = Attached::<Units>::new(&platform, blueprint, Role::Receiver, options)?;
        let died = matches!(attached.before, Peer::Died(_));
        // SAFETY: as in `attach_sending`.
        let reader = unsafe { FrameReader::recover(attached.ring, died) };
        let mut reader = reader.map_err(|Corrupt| attached.give_up(Unfit::Corrupt))?;
        let is_empty = || reader.peek() == Ok(false);
        Link::forget_past(&attached.parts.peer, &platform, is_empty);
        let end = End::new(attached.parts, platform);
        Ok(Receiving::new(reader, Spin::new(options.wait), end))
    }
}

/// Where a ring with one sender and one receiver lies.
pub(super) trait Ring: Copy {
    /// The ring that `geometry` describes, or `None` if it does not lie wholly in `memory`.
    ///
    /// # Safety
    ///
    /// `memory` outlives the result.
    unsafe fn over(memory: &impl Memory, geometry: &Geometry) -> Option<Self>;

    fn control(&self) -> Mapped<Control>;
}

impl Ring for Cells {
    unsafe fn over(memory: &impl Memory, geometry: &Geometry) -> Option<Self> {
        // SAFETY: this function has the same contract.
        unsafe { Cells::new(memory, geometry) }
    }

    fn control(&self) -> Mapped<Control> {
        self.control()
    }
}

impl Ring for Units {
    unsafe fn over(memory: &impl Memory, geometry: &Geometry) -> Option<Self> {
        // SAFETY: this function has the same contract.
        unsafe { Units::new(memory, geometry) }
    }

    fn control(&self) -> Mapped<Control> {
        self.control()
    }
}

/// A segment that fits, with one end of it claimed.
pub(super) struct Attached<R> {
    pub(super) parts: Parts,
    pub(super) ring: R,
    /// Who held the end before.
    before: Peer,
}

impl<R: Ring> Attached<R> {
    pub(super) fn new<P: Platform>(
        platform: &P,
        blueprint: &Blueprint,
        role: Role,
        options: Options,
    ) -> Result<Self, AttachError> {
        let geometry = open(platform, blueprint, options)?;
        let memory = platform.memory();
        // SAFETY: the platform holds the memory, and the caller moves it into the same end.
        let (ring, me, peer) = unsafe {
            (
                R::over(memory, &geometry),
                Mapped::new(memory, geometry.participant_offset(role as usize)),
                Mapped::new(memory, geometry.participant_offset(role.peer() as usize)),
            )
        };
        let (Some(ring), Some(me), Some(peer)) = (ring, me, peer) else {
            return Err(truncated(memory, geometry.total_len).into());
        };
        let me: Mapped<Participant> = me;
        let before = me
            .claim(platform)
            .map_err(|owner| AttachError::Occupied { role, owner })?;
        let parts = Parts {
            role,
            geometry,
            control: ring.control(),
            me,
            peer,
            strategy: options.wait,
        };
        Ok(Attached {
            parts,
            ring,
            before,
        })
    }

    /// Lets the end go again.
    pub(super) fn give_up(&self, why: Unfit) -> AttachError {
        self.parts.me.leave();
        why.into()
    }
}
