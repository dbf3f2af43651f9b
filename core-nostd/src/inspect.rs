//! What has become of a segment, as a bystander sees it.
#![allow(unsafe_code)]

use crate::attach::{first_trace, header, no_state, truncated};
use crate::layout::handshake::State;
use crate::layout::header::{Contents, Header};
use crate::layout::roster::{Departure, Entries as _};
use crate::layout::{Casualties, Geometry, Kind, Participant, Peer, Role, Unfit};
use crate::liveness::{Liveness, PeerId};
use crate::platform::Platform;
use crate::region::{Memory, overlay};
use crate::ring::mpmc::Control;
use crate::ring::spsc::{Progress, progress};
use crate::ring::table::Commons;
use crate::ring::{self, repair};
use crate::slots::entries::MappedEntries;
use crate::slots::{frames, mpmc, ranges, spsc};
use core::mem::offset_of;

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
    /// Nobody is attached, and messages wait: the sender left before any receiver came, or, in a
    /// channel with many ends, the last sender left in good order and the last receiver did not.
    Waiting {
        /// How many.
        unread: u64,
    },
    /// Nobody is attached and nobody needs it.
    Abandoned,
    /// It is no segment, or a broken one.
    Unusable(Unfit),
}

/// Everything a bystander can see of a segment without disturbing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// What its header says.
    pub contents: Contents,
    /// The sending end, if it is a channel; of several, one that lives, or else one that died.
    pub sender: Peer,
    /// The receiving end; of several, as above.
    pub receiver: Peer,
    /// How many live who are attached to it: to an object, or as ends of a channel.
    pub attached: u32,
    /// Of an object, one who is attached to it, or else one who died.
    pub user: Peer,
    /// How many senders live.
    pub senders: u32,
    /// How many receivers live.
    pub receivers: u32,
    /// What deaths have cost so far, in a channel that may have several ends of a role.
    pub casualties: Option<Casualties>,
    /// How far a channel has got, unless that is corrupt.
    pub progress: Option<Progress>,
    /// Of a channel of messages of any length from one sender: the bytes that unread messages take in
    /// the ring.
    pub unread_bytes: Option<u64>,
    /// Messages that are nobody's any more and wait for the next receiver.
    is_waiting: bool,
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
                Geometry::LEAST_DATA_OFFSET
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
    match seen.progress {
        _ if seen.attached > 0 => Condition::InUse,
        _ if seen.contents.geometry.persistent => Condition::Persistent,
        Some(Progress { unread, .. }) if seen.is_waiting && unread > 0 => {
            Condition::Waiting { unread }
        }
        _ => Condition::Abandoned,
    }
}

/// Looks at a segment that is built.
///
/// # Errors
///
/// Why it is none.
pub fn inspect(memory: &impl Memory, liveness: &impl Liveness) -> Result<Inspection, Unfit> {
    let contents = header(memory)?.read(memory.len() as u64)?;
    let lies_outside = truncated(memory, contents.geometry.total_len);
    let seen = match contents.geometry.kind {
        Kind::Spsc | Kind::SpscBytes | Kind::Pipe => pair(memory, contents, liveness),
        Kind::Mpsc | Kind::Spmc | Kind::Mpmc | Kind::MpscBytes => crowd(memory, contents, liveness),
        Kind::Object => object(memory, contents, liveness),
    };
    seen.ok_or(lies_outside)
}

fn pair(memory: &impl Memory, contents: Contents, liveness: &impl Liveness) -> Option<Inspection> {
    let participant = |role: Role| {
        let at = contents.geometry.participant_offset(role as usize);
        overlay::<Participant>(memory, at).map(|entry| entry.peer(liveness))
    };
    let (progress, unread_bytes) = progress_of_pair(memory, &contents.geometry)?;
    let (sender, receiver) = (participant(Role::Sender)?, participant(Role::Receiver)?);
    let lives = |peer| u32::from(matches!(peer, Peer::Alive(_)));
    Some(Inspection {
        sender,
        receiver,
        attached: lives(sender) + lives(receiver),
        user: Peer::Absent,
        senders: lives(sender),
        receivers: lives(receiver),
        casualties: None,
        progress,
        unread_bytes,
        is_waiting: (sender, receiver) == (Peer::Left, Peer::Absent),
        contents,
    })
}

/// How far a ring with one sender and one receiver has got, unless it is corrupt, and the bytes that
/// unread records take in it; `None` if it does not lie in `memory`.
fn progress_of_pair(
    memory: &impl Memory,
    geometry: &Geometry,
) -> Option<(Option<Progress>, Option<u64>)> {
    if geometry.kind == Kind::SpscBytes {
        // SAFETY: only used while `memory` is borrowed.
        let units = unsafe { frames::Units::new(memory, geometry) }?;
        let seen = ring::frames::progress(&units.control(), &units);
        let progress = Progress {
            received: seen.received,
            unread: seen.unread,
        };
        return Some((Some(progress), Some(seen.unread_bytes)));
    }
    // SAFETY: as above.
    let cells = unsafe { spsc::Cells::new(memory, geometry) }?;
    Some((progress(&cells.control(), &cells).ok(), None))
}

fn crowd(memory: &impl Memory, contents: Contents, liveness: &impl Liveness) -> Option<Inspection> {
    let geometry = contents.geometry;
    // SAFETY: only used while `memory` is borrowed.
    let entries = unsafe { MappedEntries::new(memory, &geometry) }?;
    // In all kinds of rings they stand at the same place.
    let at = geometry.object_offset + offset_of!(Control, commons);
    let roster = &overlay::<Commons>(memory, at)?.roster;
    let (progress, unread_bytes) = progress_of_crowd(memory, &geometry)?;
    let used = roster.used(entries.len());
    let side = |role: Role| {
        let mut side = Side::default();
        for entry in (0..used).map(|index| entries.entry(index)) {
            match entry.peer(liveness) {
                Peer::Alive(owner) if entry.role() == role => {
                    side.alive += 1;
                    side.living = side.living.or(Some(owner));
                }
                Peer::Died(owner) if entry.role() == role => side.dead = Some(owner),
                _ => {}
            }
        }
        side.last = roster.departure(role);
        side
    };
    let (senders, receivers) = (side(Role::Sender), side(Role::Receiver));
    Some(Inspection {
        sender: senders.peer(),
        receiver: receivers.peer(),
        attached: senders.alive + receivers.alive,
        user: Peer::Absent,
        senders: senders.alive,
        receivers: receivers.alive,
        casualties: Some(roster.casualties()),
        progress,
        unread_bytes,
        is_waiting: senders.is_done() && !receivers.is_done(),
        contents,
    })
}

/// As [`progress_of_pair`], of a ring with a table.
fn progress_of_crowd(
    memory: &impl Memory,
    geometry: &Geometry,
) -> Option<(Option<Progress>, Option<u64>)> {
    if geometry.kind == Kind::MpscBytes {
        // SAFETY: only used while `memory` is borrowed.
        let granules = unsafe { ranges::Granules::new(memory, geometry) }?;
        let seen = granules.progress().ok();
        let progress = seen.map(|seen| Progress {
            received: seen.received,
            unread: seen.unread,
        });
        return Some((progress, seen.map(|seen| seen.unread_bytes)));
    }
    // SAFETY: as above.
    let cells = unsafe { mpmc::Cells::new(memory, geometry) }?;
    let progress = repair::progress(&cells.control(), &cells, geometry.kind);
    Some((progress.ok(), None))
}

fn object(
    memory: &impl Memory,
    contents: Contents,
    liveness: &impl Liveness,
) -> Option<Inspection> {
    // SAFETY: only used while `memory` is borrowed.
    let entries = unsafe { MappedEntries::new(memory, &contents.geometry) }?;
    let mut users = Side::default();
    for index in 0..entries.len() {
        match entries.entry(index).peer(liveness) {
            Peer::Alive(owner) => {
                users.alive += 1;
                users.living = users.living.or(Some(owner));
            }
            Peer::Died(owner) => users.dead = Some(owner),
            Peer::Left => users.last = Some(Departure::Left),
            Peer::Absent => {}
        }
    }
    Some(Inspection {
        attached: users.alive,
        user: users.peer(),
        sender: Peer::Absent,
        receiver: Peer::Absent,
        senders: 0,
        receivers: 0,
        casualties: None,
        progress: None,
        unread_bytes: None,
        is_waiting: false,
        contents,
    })
}

/// The ends of one role, or those who are attached to an object.
#[derive(Default)]
struct Side {
    alive: u32,
    living: Option<PeerId>,
    /// One that died and was not missed yet.
    dead: Option<PeerId>,
    /// How the last of those went who were missed.
    last: Option<Departure>,
}

impl Side {
    /// Whether the last one left in good order.
    fn is_done(&self) -> bool {
        self.dead.is_none() && self.last == Some(Departure::Left)
    }

    fn peer(&self) -> Peer {
        match (self.living, self.dead, self.last) {
            (Some(owner), ..) => Peer::Alive(owner),
            (None, Some(owner), _) => Peer::Died(owner),
            (None, None, Some(_)) => Peer::Left,
            (None, None, None) => Peer::Absent,
        }
    }
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
