//! Channels from one sender to one receiver: how an end comes to be attached.
#![allow(unsafe_code)]

use crate::channel::{End, Link, Parts, Receiver, Role, Sender};
use crate::layout::handshake::State;
use crate::layout::header::{Contents, Header};
use crate::layout::{Blueprint, Entered, Geometry, Participant, Peer, Unfit};
use crate::liveness::{Liveness, PeerId};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::primitive::{AtomicU32, Ordering};
use crate::region::{Mapped, Memory, Overlay, overlay};
use crate::ring::spsc::{Progress, progress};
use crate::slots::{Cells, Reader, Writer};
use crate::wait::{Nanos, Spin, WaitStrategy};
use core::fmt;

/// How to attach.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How the end waits for the other one.
    pub wait: WaitStrategy,
    /// Until when to wait for a process that is building the segment; for ever if `None`.
    pub deadline: Option<Nanos>,
    /// Random number for a new segment.
    pub nonce: u64,
    /// For a receiver: write down every single message, so that at most one comes again after its
    /// death. Otherwise it may be all of one line, up to 60 items of one byte.
    pub acknowledge_each: bool,
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
                f.write_str("; an spsc channel has one sender and one receiver")
            }
        }
    }
}

impl core::error::Error for AttachError {}

/// Attaches the sending end, building the segment first if nobody has.
///
/// A sender that takes over from one that left or died continues behind the last message that one
/// published.
///
/// # Errors
///
/// The segment does not fit `T` and the blueprint, or it has a living sender.
pub fn sender<T: Plain, P: Platform>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Sender<T, P>, AttachError> {
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
    Ok(Sender::new(writer, Spin::new(options.wait), end))
}

/// Attaches the receiving end, building the segment first if nobody has.
///
/// A receiver that takes over from one that left or died continues where that one stopped; what it
/// had received but not finished comes again.
///
/// # Errors
///
/// The segment does not fit `T` and the blueprint, or it has a living receiver.
pub fn receiver<T: Plain, P: Platform>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
) -> Result<Receiver<T, P>, AttachError> {
    let attached = Attached::new(&platform, blueprint, Role::Receiver, options)?;
    let died = matches!(attached.before, Peer::Died(_));
    // SAFETY: as in `sender`.
    let reader = unsafe { Reader::<T>::recover(attached.cells, died, options.acknowledge_each) };
    let mut reader = match reader {
        Some(Ok(reader)) => reader,
        Some(Err(_)) => return Err(attached.give_up(Unfit::Corrupt)),
        None => return Err(attached.give_up(wrong_type::<T>(blueprint))),
    };
    let is_empty = || reader.peek() == Ok(false);
    Link::forget_past(&attached.parts.peer, &platform, is_empty);
    let end = End::new(attached.parts, platform);
    Ok(Receiver::new(reader, Spin::new(options.wait), end))
}

fn wrong_type<T: Plain>(blueprint: &Blueprint) -> Unfit {
    Unfit::Type {
        found: blueprint.item.clone(),
        expected: crate::layout::TypeTag::of::<T>(),
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
        let memory = platform.memory();
        let header: &Header = header(memory)?;
        header.check_magic()?;
        match header
            .handshake
            .enter(Header::STATE_OFFSET, platform, options.deadline)
        {
            Entered::Build => build(header, platform, blueprint, options.nonce)?,
            Entered::Join => {}
            Entered::Retired => return Err(Unfit::Retired.into()),
            Entered::Foreign(found) => return Err(no_state(found).into()),
            Entered::TimedOut => return Err(Unfit::Unfinished.into()),
        }
        let contents = header.read(memory.len() as u64)?;
        contents.check(blueprint)?;
        let geometry = contents.geometry;
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

fn header(memory: &impl Memory) -> Result<&Header, Unfit> {
    overlay(memory, 0).ok_or_else(|| truncated(memory, size_of::<Header>() as u64))
}

fn no_state(found: u32) -> Unfit {
    Unfit::Inconsistent {
        field: "state",
        found: u64::from(found),
    }
}

fn truncated(memory: &impl Memory, expected: u64) -> Unfit {
    Unfit::Truncated {
        found: memory.len() as u64,
        expected,
    }
}

/// Writes everything that an empty channel consists of, then lets others in.
fn build<P: Platform>(
    header: &Header,
    platform: &P,
    blueprint: &Blueprint,
    nonce: u64,
) -> Result<(), Unfit> {
    let memory = platform.memory();
    let built = blueprint.geometry().and_then(|geometry| {
        // SAFETY: only used while `memory` is borrowed.
        let cells = unsafe { Cells::new(memory, &geometry) };
        let cells = cells.ok_or_else(|| truncated(memory, geometry.total_len))?;
        wipe(memory, size_of::<Header>(), geometry.data_offset);
        crate::ring::initialise(&cells);
        header.write(blueprint, &geometry, nonce, platform.me().process);
        Ok(())
    });
    match built {
        Ok(()) => header.handshake.finish(Header::STATE_OFFSET, platform),
        Err(_) => header.handshake.abandon(Header::STATE_OFFSET, platform),
    }
    built
}

/// Zeros what a builder that died may have left between two offsets.
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

/// The first word of the first `len` bytes that is neither zero nor the state. What nobody has built
/// holds none, and has whole [`Words`] of them; a file that merely begins with zeros is somebody's.
fn first_trace(memory: &impl Memory, len: usize) -> Option<u32> {
    if !memory.len().is_multiple_of(size_of::<Words>()) {
        return Some(0);
    }
    (0..len)
        .step_by(size_of::<Words>())
        .filter_map(|offset| overlay::<Words>(memory, offset))
        .flat_map(|words| &words.0)
        .map(|word| word.load(Ordering::Relaxed))
        .enumerate()
        .find(|(index, word)| *word != 0 && index * size_of::<u32>() != Header::STATE_OFFSET)
        .map(|(_, word)| word)
}

/// A piece of memory that is wiped.
#[repr(C)]
struct Words([AtomicU32; 32]);
// SAFETY: `repr(C)`, atomics of explicit width only.
unsafe impl Overlay for Words {}

/// What has become of a segment, for whoever decides whether to join it, to replace it or to
/// remove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nobody has built it, or its builder died.
    Unbuilt,
    /// Somebody is attached, or building.
    InUse,
    /// Nobody is attached; it is persistent.
    Persistent,
    /// Nobody is attached. The sender left before any receiver came, and its messages wait.
    Waiting {
        /// How many.
        unread: u64,
    },
    /// Nobody is attached and nobody needs it.
    Abandoned,
    /// It is no segment, or a broken one.
    Unusable(Unfit),
}

/// Everything a bystander can see of a channel without disturbing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// What its header says.
    pub contents: Contents,
    /// The sending end.
    pub sender: Peer,
    /// The receiving end.
    pub receiver: Peer,
    /// How far it has got, unless that is corrupt.
    pub progress: Option<Progress>,
}

/// What has become of the segment in `memory`.
pub fn condition(memory: &impl Memory, liveness: &impl Liveness) -> Condition {
    let header = match header(memory) {
        Ok(header) => header,
        Err(unfit) => return Condition::Unusable(unfit),
    };
    if let Err(unfit) = header.check_magic() {
        return Condition::Unusable(unfit);
    }
    match header.handshake.state() {
        State::Empty => {
            // A builder that came meanwhile has changed the state first.
            return match first_trace(memory, memory.len()) {
                Some(found) if header.handshake.state() == State::Empty => {
                    Condition::Unusable(Unfit::Foreign { found })
                }
                _ => Condition::Unbuilt,
            };
        }
        State::Building(token) if !liveness.is_alive(PeerId::from_token(token)) => {
            // Its builder writes the magic when everything else is in place up to the cells.
            let unwritten = if header.has_magic() {
                0
            } else {
                Geometry::DATA_OFFSET
            };
            return match first_trace(memory, unwritten) {
                Some(found) => Condition::Unusable(Unfit::Foreign { found }),
                None => Condition::Unbuilt,
            };
        }
        State::Building(_) => return Condition::InUse,
        State::Retired => return Condition::Abandoned,
        State::Foreign(found) => return Condition::Unusable(no_state(found)),
        State::Ready => {}
    }
    let seen = match inspect(memory, liveness) {
        Ok(seen) => seen,
        Err(unfit) => return Condition::Unusable(unfit),
    };
    let lives = |peer| matches!(peer, Peer::Alive(_));
    match (seen.sender, seen.receiver, seen.progress) {
        (sender, receiver, _) if lives(sender) || lives(receiver) => Condition::InUse,
        _ if seen.contents.geometry.persistent => Condition::Persistent,
        (Peer::Left, Peer::Absent, Some(Progress { unread, .. })) if unread > 0 => {
            Condition::Waiting { unread }
        }
        _ => Condition::Abandoned,
    }
}

/// Looks at a channel that is built.
///
/// # Errors
///
/// Why it is none.
pub fn inspect(memory: &impl Memory, liveness: &impl Liveness) -> Result<Inspection, Unfit> {
    let contents = header(memory)?.read(memory.len() as u64)?;
    let Geometry { total_len, .. } = contents.geometry;
    let participant = |role: Role| {
        overlay::<Participant>(memory, contents.geometry.participant_offset(role as usize))
            .map(|entry| entry.peer(liveness))
            .ok_or_else(|| truncated(memory, total_len))
    };
    // SAFETY: only used while `memory` is borrowed.
    let cells = unsafe { Cells::new(memory, &contents.geometry) };
    let cells = cells.ok_or_else(|| truncated(memory, total_len))?;
    Ok(Inspection {
        sender: participant(Role::Sender)?,
        receiver: participant(Role::Receiver)?,
        progress: progress(&cells.control(), &cells).ok(),
        contents,
    })
}

/// Gives a segment up, so that nobody joins it any more. Only for whoever has made sure that
/// nobody is attached and nobody can be attaching.
///
/// # Errors
///
/// The memory is too small to be a segment.
pub fn retire<P: Platform>(platform: &P) -> Result<(), Unfit> {
    header(platform.memory())?
        .handshake
        .retire(Header::STATE_OFFSET, platform);
    Ok(())
}
