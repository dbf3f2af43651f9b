//! Attaching to a channel with a table of participants.

use super::ranges as in_ranges;
use super::{AttachError, Options, open, truncated, wrong_type};
use crate::channel::crowd::{Member, Parts, Receiving, Sending};
use crate::channel::{
    Crowded, ManyReceivers, ManySenders, Membership, Mpmc, Mpsc, Role, Spmc, Topology, Unprotected,
};
use crate::error::SendTimeoutError;
use crate::layout::roster::Departure;
use crate::layout::{Blueprint, Geometry, Kind, TypeTag, Unfit};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Mapped;
use crate::ring::mpmc::{Claims, Consumer, Control, Producer, Shared, Sole, Unnamed};
use crate::ring::ranges;
use crate::ring::spsc::Corrupt;
use crate::slots::TableReader;
use crate::slots::bytes::{Bytes, BytesReader, BytesWriter};
use crate::slots::entries::MappedEntries;
use crate::slots::mpmc::{Cells, Items, Reader, Slot, Writer};
use crate::slots::ranges::{RangeReader, RangeWriter};
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
fn member<S: Fits, P: Platform>(
    platform: P,
    blueprint: &Blueprint,
    role: Role,
    options: Options,
) -> Result<(Member<P>, Cells, S), AttachError> {
    let geometry: Geometry = open(&platform, blueprint, options)?;
    let memory = platform.memory();
    // SAFETY: the platform holds the memory, and goes into the same end.
    let cells = unsafe { Cells::new(memory, &geometry) };
    let cells = cells.ok_or_else(|| truncated(memory, geometry.total_len))?;
    let slots = S::fit(blueprint, cells)?;
    let member = seat(platform, geometry, role, options)?;
    Ok((member, cells, slots))
}

/// An end that has a place in the table of a segment that fits.
pub(super) fn seat<P: Platform>(
    platform: P,
    geometry: Geometry,
    role: Role,
    options: Options,
) -> Result<Member<P>, AttachError> {
    // In all kinds of rings they stand at the same place.
    let at = geometry.object_offset + offset_of!(Control, commons);
    let memory = platform.memory();
    // SAFETY: the platform holds the memory, and goes into the same end.
    let places = unsafe {
        (
            MappedEntries::new(memory, &geometry),
            Mapped::new(memory, at),
        )
    };
    let (Some(entries), Some(commons)) = places else {
        return Err(truncated(memory, geometry.total_len).into());
    };
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
    Ok(member)
}

const _: () = assert!(offset_of!(Control, commons) == offset_of!(ranges::Control, commons));

/// Cells that can be those of one sort of messages only.
trait Fits: Slot {
    /// `cells` as such, if that is what `blueprint` describes and they are.
    fn fit(blueprint: &Blueprint, cells: Cells) -> Result<Self, Unfit>;
}

impl<T: Plain> Fits for Items<T> {
    fn fit(blueprint: &Blueprint, cells: Cells) -> Result<Self, Unfit> {
        let is_of = blueprint.item == TypeTag::of::<T>();
        let items = is_of.then(|| Items::over(cells)).flatten();
        items.ok_or_else(|| wrong_type::<T>(blueprint))
    }
}

impl Fits for Bytes {
    fn fit(blueprint: &Blueprint, cells: Cells) -> Result<Self, Unfit> {
        Bytes::over(cells).ok_or_else(|| {
            let TypeTag { size, .. } = blueprint.item;
            Unfit::Type {
                found: blueprint.item.clone(),
                expected: TypeTag::of_bytes(size as usize, size_of::<u64>()),
            }
        })
    }
}

fn sending<S: Fits, P: Platform, C: TakeUp>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Sending<Writer<S, C>, P>, AttachError> {
    let (mut member, cells, slots) = member(platform, blueprint, Role::Sender, options)?;
    member.note_end();
    let ring = C::producer(&cells).map_err(|Corrupt| Unfit::Corrupt)?;
    // SAFETY: the platform is in the member, which the end keeps; the table has let it in, so it is
    // the only one of its kind or has an entry of its own.
    let writer = unsafe { Writer::new(slots, ring) };
    Ok(Sending::new(writer, member))
}

fn receiving<S: Fits, P: Platform, C: TakeUp>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Receiving<Reader<S, C>, P>, AttachError> {
    let (mut member, cells, slots) = member(platform, blueprint, Role::Receiver, options)?;
    let died = cells.control().commons.roster.departure(Role::Receiver) == Some(Departure::Died);
    let ring = C::consumer(&cells, died).map_err(|Corrupt| Unfit::Corrupt)?;
    // SAFETY: as in `sending`.
    let reader = unsafe { Reader::new(slots, ring) };
    member.overlook_past(|member| reader.is_drained(member.table()));
    Ok(Receiving::new(reader, member))
}

/// Bytes in cells of one message each.
macro_rules! in_cells {
    ($senders:ident, $receivers:ident) => {
        type SendingBytes<P: Platform> = Sending<BytesWriter<$senders>, P>;
        type ReceivingBytes<P: Platform> = Receiving<BytesReader<$receivers>, P>;

        fn attach_sending_bytes<P: Platform>(
            platform: P,
            blueprint: &Blueprint,
            options: Options,
        ) -> Result<Self::SendingBytes<P>, AttachError> {
            sending(platform, blueprint, options)
        }

        fn attach_receiving_bytes<P: Platform>(
            platform: P,
            blueprint: &Blueprint,
            options: Options,
        ) -> Result<Self::ReceivingBytes<P>, AttachError> {
            receiving(platform, blueprint, options)
        }
    };
}

/// Bytes in ranges of granules.
macro_rules! in_ranges {
    ($senders:ident, $receivers:ident) => {
        type SendingBytes<P: Platform> = Sending<RangeWriter, P>;
        type ReceivingBytes<P: Platform> = Receiving<RangeReader, P>;

        fn attach_sending_bytes<P: Platform>(
            platform: P,
            blueprint: &Blueprint,
            options: Options,
        ) -> Result<Self::SendingBytes<P>, AttachError> {
            in_ranges::sending(platform, blueprint, options)
        }

        fn attach_receiving_bytes<P: Platform>(
            platform: P,
            blueprint: &Blueprint,
            options: Options,
        ) -> Result<Self::ReceivingBytes<P>, AttachError> {
            in_ranges::receiving(platform, blueprint, options)
        }
    };
}

macro_rules! topology {
    ($name:ident, $kind:ident, $bytes:ident $in:ident, $senders:ident, $receivers:ident) => {
        impl Topology for $name {
            const KIND: Kind = Kind::$kind;
            const BYTES: Kind = Kind::$bytes;
            type Sending<T: Plain, P: Platform> = Sending<Writer<Items<T>, $senders>, P>;
            type Receiving<T: Plain, P: Platform> = Receiving<Reader<Items<T>, $receivers>, P>;

            $in!($senders, $receivers);

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

            fn sending_member_of_bytes<P: Platform>(
                half: &Self::SendingBytes<P>,
            ) -> &dyn Membership {
                half.member()
            }

            fn receiving_member_of_bytes<P: Platform>(
                half: &Self::ReceivingBytes<P>,
            ) -> &dyn Membership {
                half.member()
            }

            fn join_bytes<P: Platform>(
                half: &mut Self::SendingBytes<P>,
                timeout: Option<Duration>,
            ) -> Result<(), SendTimeoutError<()>> {
                half.join(timeout)
            }

            fn was_redelivered_bytes<P: Platform>(half: &Self::ReceivingBytes<P>) -> bool {
                half.was_redelivered()
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
                half: &Self::SendingBytes<P>,
                late: bool,
            ) -> Result<Self::SendingBytes<P>, AttachError> {
                half.try_clone(late)
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
                half: &Self::ReceivingBytes<P>,
                late: bool,
            ) -> Result<Self::ReceivingBytes<P>, AttachError> {
                half.try_clone(late)
            }
        }
    )+ };
}

topology!(Mpsc, Mpsc, MpscBytes in_ranges, Shared, Sole);
topology!(Spmc, Spmc, Spmc in_cells, Sole, Shared);
topology!(Mpmc, Mpmc, Mpmc in_cells, Shared, Shared);
topology!(Unprotected, Mpmc, Mpmc in_cells, Unnamed, Unnamed);
crowded!(Mpsc, Spmc, Mpmc, Unprotected);
many_senders!(Mpsc, Mpmc, Unprotected);
many_receivers!(Spmc, Mpmc, Unprotected);
