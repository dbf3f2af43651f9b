//! Attaching to a channel with a table of participants.

use super::{AttachError, Options, open, truncated, wrong_type};
use crate::channel::crowd::{Member, Parts, Receiving, Sending};
use crate::channel::{
    Crowded, ManyReceivers, ManySenders, Membership, Mpmc, Mpsc, Role, Spmc, Topology, Unbuilt,
    Unprotected,
};
use crate::error::SendTimeoutError;
use crate::layout::roster::Departure;
use crate::layout::{Blueprint, Geometry, Kind, Unfit};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Mapped;
use crate::ring::mpmc::{Claims, Consumer, Control, Producer, Shared, Sole, Unnamed};
use crate::ring::spsc::Corrupt;
use crate::slots::TableReader;
use crate::slots::entries::MappedEntries;
use crate::slots::mpmc::{Cells, Items, Reader, Writer};
use core::mem::offset_of;
use core::time::Duration;

/// How an end takes up its side of the ring, once it has its place in the table.
trait TakeUp: Claims + Sized {
    fn producer(cells: &Cells) -> Result<Producer<Self>, Corrupt>;
    fn consumer(cells: &Cells, died: bool) -> Result<Consumer<Self>, Corrupt>;
}

impl TakeUp for Sole {
    fn producer(cells: &Cells) -> Result<Producer<Self>, Corrupt> {
        Producer::sole(&cells.control(), cells)
    }
    fn consumer(cells: &Cells, died: bool) -> Result<Consumer<Self>, Corrupt> {
        Consumer::sole(&cells.control(), cells, died)
    }
}
impl TakeUp for Shared {
    fn producer(_: &Cells) -> Result<Producer<Self>, Corrupt> {
        Ok(Producer::shared())
    }
    fn consumer(_: &Cells, _: bool) -> Result<Consumer<Self>, Corrupt> {
        Ok(Consumer::shared())
    }
}
impl TakeUp for Unnamed {
    fn producer(_: &Cells) -> Result<Producer<Self>, Corrupt> {
        Ok(Producer::shared())
    }
    fn consumer(_: &Cells, _: bool) -> Result<Consumer<Self>, Corrupt> {
        Ok(Consumer::shared())
    }
}

/// A segment that fits, and an end that has a place in its table.
fn member<T: Plain, P: Platform>(
    platform: P,
    blueprint: &Blueprint,
    role: Role,
    options: Options,
) -> Result<(Member<P>, Cells), AttachError> {
    let geometry: Geometry = open(&platform, blueprint, options)?;
    if blueprint.item != crate::layout::TypeTag::of::<T>() {
        return Err(wrong_type::<T>(blueprint).into());
    }
    let memory = platform.memory();
    // SAFETY: the platform holds the memory, and goes into the same end.
    let places = unsafe {
        (
            Cells::new(memory, &geometry),
            MappedEntries::new(memory, &geometry),
        )
    };
    let (Some(cells), Some(entries)) = places else {
        return Err(truncated(memory, geometry.total_len).into());
    };
    let at = geometry.object_offset + offset_of!(Control, commons);
    // SAFETY: as above.
    let commons = unsafe { Mapped::new(memory, at) };
    let commons = commons.ok_or_else(|| truncated(memory, geometry.total_len))?;
    let parts = Parts {
        role,
        geometry,
        commons,
        at,
        entries,
        strategy: options.wait,
    };
    let mut member = Member::new(parts, platform);
    member.enter(options.deadline)?;
    Ok((member, cells))
}

fn sending<T: Plain, P: Platform, C: TakeUp>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Sending<Writer<Items<T>, C>, P>, AttachError> {
    let (mut member, cells) = member::<T, P>(platform, blueprint, Role::Sender, options)?;
    member.note_end();
    let ring = C::producer(&cells).map_err(|Corrupt| Unfit::Corrupt)?;
    let items = Items::<T>::over(cells).ok_or_else(|| wrong_type::<T>(blueprint))?;
    // SAFETY: the platform is in the member, which the end keeps; the table has let it in, so it is
    // the only one of its kind or has an entry of its own.
    let writer = unsafe { Writer::new(items, ring) };
    Ok(Sending::new(writer, member))
}

fn receiving<T: Plain, P: Platform, C: TakeUp>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Receiving<Reader<Items<T>, C>, P>, AttachError> {
    let (mut member, cells) = member::<T, P>(platform, blueprint, Role::Receiver, options)?;
    let died = cells.control().commons.roster.departure(Role::Receiver) == Some(Departure::Died);
    let ring = C::consumer(&cells, died).map_err(|Corrupt| Unfit::Corrupt)?;
    let items = Items::<T>::over(cells).ok_or_else(|| wrong_type::<T>(blueprint))?;
    // SAFETY: as in `sending`.
    let reader = unsafe { Reader::new(items, ring) };
    member.overlook_past(|member| reader.is_drained(member.table()));
    Ok(Receiving::new(reader, member))
}

macro_rules! topology {
    ($name:ident, $kind:ident, $bytes:ident, $senders:ident, $receivers:ident) => {
        impl Topology for $name {
            const KIND: Kind = Kind::$kind;
            const BYTES: Kind = Kind::$bytes;
            type Sending<T: Plain, P: Platform> = Sending<Writer<Items<T>, $senders>, P>;
            type Receiving<T: Plain, P: Platform> = Receiving<Reader<Items<T>, $receivers>, P>;
            type SendingBytes<P: Platform> = Unbuilt;
            type ReceivingBytes<P: Platform> = Unbuilt;

            fn attach_sending<T: Plain, P: Platform>(
                platform: P,
                blueprint: &Blueprint,
                options: Options,
            ) -> Result<Self::Sending<T, P>, AttachError> {
                sending(platform, blueprint, options)
            }

            fn attach_receiving<T: Plain, P: Platform>(
                platform: P,
                blueprint: &Blueprint,
                options: Options,
            ) -> Result<Self::Receiving<T, P>, AttachError> {
                receiving(platform, blueprint, options)
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
    };
}

macro_rules! crowded {
    ($($name:ident),+) => { $(
        impl Crowded for $name {
            fn sending_member<T: Plain, P: Platform>(
                half: &Self::Sending<T, P>,
            ) -> &dyn Membership {
                half.member()
            }

            fn receiving_member<T: Plain, P: Platform>(
                half: &Self::Receiving<T, P>,
            ) -> &dyn Membership {
                half.member()
            }

            fn join<T: Plain, P: Platform>(
                half: &mut Self::Sending<T, P>,
                timeout: Option<Duration>,
            ) -> Result<(), SendTimeoutError<()>> {
                half.join(timeout)
            }

            fn was_redelivered<T: Plain, P: Platform>(half: &Self::Receiving<T, P>) -> bool {
                half.was_redelivered()
            }

            fn sending_member_of_bytes<P: Platform>(half: &Unbuilt) -> &dyn Membership {
                half
            }

            fn receiving_member_of_bytes<P: Platform>(half: &Unbuilt) -> &dyn Membership {
                half
            }

            fn join_bytes<P: Platform>(
                half: &mut Unbuilt,
                _: Option<Duration>,
            ) -> Result<(), SendTimeoutError<()>> {
                match *half {}
            }

            fn was_redelivered_bytes<P: Platform>(half: &Unbuilt) -> bool {
                match *half {}
            }
        }
    )+ };
}

macro_rules! many_senders {
    ($($name:ident),+) => { $(
        impl ManySenders for $name {
            fn clone_sending<T: Plain, P: Platform + Clone>(
                half: &Self::Sending<T, P>,
                late: bool,
            ) -> Result<Self::Sending<T, P>, AttachError> {
                half.try_clone(late)
            }

            fn clone_sending_bytes<P: Platform + Clone>(
                half: &Unbuilt,
                _: bool,
            ) -> Result<Unbuilt, AttachError> {
                match *half {}
            }
        }
    )+ };
}

macro_rules! many_receivers {
    ($($name:ident),+) => { $(
        impl ManyReceivers for $name {
            fn clone_receiving<T: Plain, P: Platform + Clone>(
                half: &Self::Receiving<T, P>,
                late: bool,
            ) -> Result<Self::Receiving<T, P>, AttachError> {
                half.try_clone(late)
            }

            fn clone_receiving_bytes<P: Platform + Clone>(
                half: &Unbuilt,
                _: bool,
            ) -> Result<Unbuilt, AttachError> {
                match *half {}
            }
        }
    )+ };
}

topology!(Mpsc, Mpsc, MpscBytes, Shared, Sole);
topology!(Spmc, Spmc, Spmc, Sole, Shared);
topology!(Mpmc, Mpmc, Mpmc, Shared, Shared);
topology!(Unprotected, Mpmc, Mpmc, Unnamed, Unnamed);
crowded!(Mpsc, Spmc, Mpmc, Unprotected);
many_senders!(Mpsc, Mpmc, Unprotected);
many_receivers!(Spmc, Mpmc, Unprotected);
