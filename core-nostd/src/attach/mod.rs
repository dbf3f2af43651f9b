//! How an end of a channel, or a user of an object, comes to be attached to a segment, which it
//! builds if nobody has.
#![allow(unsafe_code)]

mod crowd;
mod object;
mod pair;
mod part;
mod pipe;
mod ranges;

pub use object::{Fresh, Initial, Object, Parties, Permits, Signal, object, object_checked};
pub use part::{Part, PartMemory};
pub use pipe::{reader, writer};

use crate::channel::{Message, Receiver, Role, Sender, Topology};
use crate::layout::header::{Header, PARKING_OFFSET};
use crate::layout::{Blueprint, Entered, Geometry, Kind, Unfit};
use crate::liveness::PeerId;
use crate::plain::Plain;
use crate::platform::Platform;
use crate::primitive::{AtomicU32, Ordering};
use crate::region::{ALIGN, Memory, Overlay, overlay};
use crate::ring;
use crate::slots::{mpmc, spsc};
use crate::wait::parking::Lot;
use crate::wait::{Nanos, WaitStrategy};
use core::fmt;
use core::ops::Range;

/// How to attach.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How an end of a channel waits for the other one.
    pub wait: WaitStrategy,
    /// Until when to wait for a process that is building the segment; for ever if `None`.
    pub deadline: Option<Nanos>,
    /// Random number for a new segment.
    pub nonce: u64,
    /// For a receiver: write down every single message, so that at most one comes again after its
    /// death. Otherwise it may be all of one line, up to 60 items of one byte.
    pub acknowledge_each: bool,
    /// For a receiver of bytes: the longest message that it takes, in bytes;
    /// [`DEFAULT_LIMIT`](Options::DEFAULT_LIMIT) if `None`.
    pub limit: Option<usize>,
}

impl Options {
    /// The longest message of bytes that a receiver takes of which nobody said how long: 64 MiB.
    pub const DEFAULT_LIMIT: usize = 64 << 20;
}

/// Why an end could not be attached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttachError {
    /// The segment is not what was asked for.
    Unfit(Unfit),
    /// The end is held by a living process.
    Occupied {
        /// Which end.
        role: Role,
        /// By whom.
        owner: PeerId,
    },
    /// All that the segment has room for are attached and alive.
    Crowded {
        /// How many that is.
        handles: u32,
    },
    /// Another process has begun to attach, to leave or to repair, and has not finished in time.
    Busy,
}

impl From<Unfit> for AttachError {
    fn from(unfit: Unfit) -> Self {
        AttachError::Unfit(unfit)
    }
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AttachError::Unfit(unfit) => unfit.fmt(f),
            AttachError::Occupied { role, owner } => {
                write!(f, "it has a living {role} already")?;
                if owner.process != 0 {
                    write!(f, " (process {})", owner.process)?;
                }
                write!(f, "; this kind of channel has one {role} at a time")
            }
            AttachError::Crowded { handles } => write!(
                f,
                "all {handles} handles that it was made for are in use; make it for more \
                 (`handles`), or drop some"
            ),
            AttachError::Busy => f.write_str(
                "another process has begun to attach, to leave or to repair and has not finished; \
                 is it stopped?",
            ),
        }
    }
}

impl core::error::Error for AttachError {}

/// Attaches a sending end, building the segment first if nobody has.
///
/// A sole sender that takes over from one that left or died continues behind the last message that
/// one published.
///
/// # Errors
///
/// The segment does not fit `T` and the blueprint, or has no room for another sender.
pub fn sender<T: Message + ?Sized, P: Platform, K: Topology>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Sender<T, P, K>, AttachError> {
    T::attach_sending::<P, K>(platform, blueprint, options).map(Sender::new)
}

/// Attaches a receiving end, building the segment first if nobody has.
///
/// A sole receiver that takes over from one that left or died continues where that one stopped;
/// what it had received but not finished comes again.
///
/// # Errors
///
/// The segment does not fit `T` and the blueprint, or has no room for another receiver.
pub fn receiver<T: Message + ?Sized, P: Platform, K: Topology>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Receiver<T, P, K>, AttachError> {
    T::attach_receiving::<P, K>(platform, blueprint, options).map(Receiver::new)
}

fn wrong_type<T: Plain>(blueprint: &Blueprint) -> Unfit {
    Unfit::Type {
        found: blueprint.item.clone(),
        expected: crate::layout::TypeTag::of::<T>(),
    }
}

/// Joins the channel of `platform`, or builds it if nobody has; where everything lies in it.
fn open<P: Platform>(
    platform: &P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Geometry, Unfit> {
    open_with(platform, blueprint, options, |geometry| {
        lay_out(platform.memory(), geometry)
    })
}

/// As [`open`], for a segment of any kind: `furnish` makes what lies behind the participants, all
/// zeros so far, ready for use.
fn open_with<P: Platform>(
    platform: &P,
    blueprint: &Blueprint,
    options: Options,
    furnish: impl FnOnce(&Geometry) -> Result<(), Unfit>,
) -> Result<Geometry, Unfit> {
    let blueprint = &Blueprint {
        wait_slots: P::WAIT_SLOTS,
        ..blueprint.clone()
    };
    let memory = platform.memory();
    let header: &Header = header(memory)?;
    header.check_magic()?;
    match header
        .handshake
        .enter(Header::STATE_OFFSET, platform, options.deadline)
    {
        Entered::Build => build(header, platform, blueprint, options.nonce, furnish)?,
        Entered::Join => {}
        Entered::Retired => return Err(Unfit::Retired),
        Entered::Foreign(found) => return Err(no_state(found)),
        Entered::TimedOut => return Err(Unfit::Unfinished),
    }
    let contents = header.read(memory.len() as u64)?;
    contents.check(blueprint)?;
    Ok(contents.geometry)
}

pub(crate) fn header(memory: &impl Memory) -> Result<&Header, Unfit> {
    overlay(memory, 0).ok_or_else(|| truncated(memory, size_of::<Header>() as u64))
}

pub(crate) fn no_state(found: u32) -> Unfit {
    Unfit::Inconsistent {
        field: "state",
        found: u64::from(found),
    }
}

pub(crate) fn truncated(memory: &impl Memory, expected: u64) -> Unfit {
    Unfit::Truncated {
        found: memory.len() as u64,
        expected,
    }
}

/// Makes the ring of a channel an empty one.
fn lay_out(memory: &impl Memory, geometry: &Geometry) -> Result<(), Unfit> {
    let too_short = || truncated(memory, geometry.total_len);
    if geometry.kind == Kind::MpscBytes {
        // Zeros, which lie there already, are an empty ring.
    } else if geometry.kind == Kind::SpscBytes {
        // No record is at the start.
        wipe(memory, geometry.data_offset, geometry.data_offset + ALIGN);
    } else if geometry.kind.has_table() {
        // SAFETY: only used while `memory` is borrowed.
        let cells = unsafe { mpmc::Cells::new(memory, geometry) };
        ring::mpmc::initialise(&cells.ok_or_else(too_short)?, 0);
    } else {
        // SAFETY: as above.
        let cells = unsafe { spsc::Cells::new(memory, geometry) };
        ring::initialise(&cells.ok_or_else(too_short)?);
    }
    Ok(())
}

/// Writes everything that a new segment consists of, then lets others in.
fn build<P: Platform>(
    header: &Header,
    platform: &P,
    blueprint: &Blueprint,
    nonce: u64,
    furnish: impl FnOnce(&Geometry) -> Result<(), Unfit>,
) -> Result<(), Unfit> {
    let memory = platform.memory();
    let built = blueprint.geometry().and_then(|geometry| {
        if geometry.total_len > memory.len() as u64 {
            return Err(truncated(memory, geometry.total_len));
        }
        if geometry.kind.is_channel() {
            wipe(memory, geometry.participant_offset(0), geometry.data_offset);
            furnish(&geometry)?;
            header.write(blueprint, &geometry, nonce, platform.me().process);
            Ok(())
        } else {
            wipe(
                memory,
                geometry.participant_offset(0),
                geometry.total_len as usize,
            );
            // First, so that what a builder that dies in `furnish` leaves is known for a segment's.
            header.write(blueprint, &geometry, nonce, platform.me().process);
            furnish(&geometry)
        }
    });
    match built {
        Ok(()) => header.handshake.finish(Header::STATE_OFFSET, platform),
        Err(_) => header.handshake.abandon(Header::STATE_OFFSET, platform),
    }
    built
}

/// Zeros what a builder that died may have left between two offsets. Never wait slots: others may
/// wait there for the segment to be built.
fn wipe(memory: &impl Memory, from: usize, to: usize) {
    for offset in (from..to).step_by(size_of::<Words>()) {
        if let Some(words) = overlay::<Words>(memory, offset) {
            for word in &words.0 {
                // Not yet visible to anybody: the handshake publishes it (H1).
                word.store(0, Ordering::Relaxed);
            }
        }
    }
}

/// The first word of the first `len` bytes that is neither zero, nor the state, nor one of the magic,
/// of which a builder may have written one word when it died (`check_magic` has looked at both).
/// What nobody has built holds none, and has whole [`Words`] of them; a file that merely begins with
/// zeros is somebody's.
pub(crate) fn first_trace(memory: &impl Memory, len: usize) -> Option<u32> {
    if !memory.len().is_multiple_of(size_of::<Words>()) {
        return Some(0);
    }
    (0..len)
        .step_by(size_of::<Words>())
        .filter_map(|offset| overlay::<Words>(memory, offset))
        .flat_map(|words| &words.0)
        .map(|word| word.load(Ordering::Relaxed))
        .enumerate()
        .find(|(index, word)| {
            let offset = index * size_of::<u32>();
            let is_known = offset < size_of_val(&Header::MAGIC)
                || offset == Header::STATE_OFFSET
                || WAIT_SLOTS_LIE.contains(&offset);
            *word != 0 && !is_known
        })
        .map(|(_, word)| word)
}

/// Where wait slots lie, if there are any: who waits for the segment to be built does it there.
const WAIT_SLOTS_LIE: Range<usize> = PARKING_OFFSET..PARKING_OFFSET + size_of::<Lot>();

/// A piece of memory that is wiped.
#[repr(C)]
struct Words([AtomicU32; 32]);
// SAFETY: `repr(C)`, atomics of explicit width only.
unsafe impl Overlay for Words {}
