//! What is told of a channel or an object, by `ls`, `stat` and `gc`, in words and as JSON.

use ringway::{Condition, Inspection, Kind, Peer};
use serde::Serialize;
use std::fmt;

/// What has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(crate) enum State {
    /// Nobody has built it, or its builder died.
    Unbuilt,
    /// Somebody is attached.
    InUse,
    /// Nobody is attached; it stays until it is removed.
    Persistent,
    /// Nobody is attached; messages wait for a receiver.
    Waiting,
    /// Nobody needs it any more.
    Abandoned,
    /// It is neither channel nor object, or a broken one, or may not be read.
    Unusable {
        /// Why.
        reason: String,
    },
}

impl State {
    pub(crate) fn of(condition: &Condition) -> Self {
        match condition {
            Condition::Unbuilt => State::Unbuilt,
            Condition::InUse => State::InUse,
            Condition::Persistent => State::Persistent,
            Condition::Waiting { .. } => State::Waiting,
            Condition::Abandoned => State::Abandoned,
            Condition::Unusable(unfit) => State::Unusable {
                reason: unfit.to_string(),
            },
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Unbuilt => f.write_str("unbuilt"),
            State::InUse => f.write_str("in use"),
            State::Persistent => f.write_str("persistent"),
            State::Waiting => f.write_str("waiting for a receiver"),
            State::Abandoned => f.write_str("abandoned"),
            State::Unusable { reason } => write!(f, "unusable: {reason}"),
        }
    }
}

/// What it is, if it is built and may be read: one of these.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Content {
    pub(crate) channel: Option<Details>,
    pub(crate) object: Option<Object>,
}

impl Content {
    pub(crate) fn of(seen: &Inspection) -> Self {
        if seen.contents.geometry.kind.is_channel() {
            Content {
                channel: Some(Details::of(seen)),
                object: None,
            }
        } else {
            Content {
                channel: None,
                object: Some(Object::of(seen)),
            }
        }
    }
}

/// What can be seen of locks, signals and values that are built.
#[derive(Debug, Serialize)]
pub(crate) struct Object {
    pub(crate) kind: String,
    #[serde(rename = "type")]
    pub(crate) item: Item,
    /// Bytes in all.
    pub(crate) size: u64,
    pub(crate) persistent: bool,
    pub(crate) nonce: String,
    pub(crate) builder: u32,
    /// How many can have it open at a time.
    pub(crate) handles: u32,
    /// How many live who have.
    pub(crate) attached: u32,
    /// One of them, or else one that died.
    pub(crate) user: Participant,
}

impl Object {
    fn of(seen: &Inspection) -> Self {
        let contents = &seen.contents;
        let geometry = &contents.geometry;
        Object {
            kind: geometry.kind.to_string(),
            item: Item::of(contents),
            size: geometry.total_len,
            persistent: geometry.persistent,
            nonce: format!("{:016x}", contents.nonce),
            builder: contents.builder_process,
            handles: geometry.participants,
            attached: seen.attached,
            user: Participant::of(seen.user),
        }
    }
}

/// What can be seen of a channel that is built.
#[derive(Debug, Serialize)]
pub(crate) struct Details {
    pub(crate) kind: String,
    pub(crate) item: Item,
    pub(crate) layout: String,
    /// Items that fit at least; of a ring of bytes, its bytes.
    pub(crate) capacity: u32,
    /// What the capacity counts: `items`, `messages` or `bytes`.
    pub(crate) capacity_unit: &'static str,
    /// The longest message of bytes, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_len: Option<u64>,
    pub(crate) cells: u32,
    /// Bytes from one cell to the next.
    pub(crate) stride: u32,
    /// Bytes in all.
    pub(crate) size: u64,
    pub(crate) persistent: bool,
    pub(crate) nonce: String,
    pub(crate) builder: u32,
    /// Ends that can be attached at a time, of both roles together.
    pub(crate) handles: u32,
    /// How many live.
    pub(crate) senders: u32,
    pub(crate) receivers: u32,
    /// Of several, one that lives, or else one that died.
    pub(crate) sender: Participant,
    pub(crate) receiver: Participant,
    /// `None` if the ring is damaged.
    pub(crate) received: Option<u64>,
    pub(crate) unread: Option<u64>,
    /// What the two above count: `items`, `messages` or `bytes`.
    pub(crate) unit: &'static str,
    /// Bytes that unread messages take in the ring, where they have a length of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unread_bytes: Option<u64>,
    /// What deaths have cost; `None` of a kind with one end on each side.
    #[serde(flatten)]
    pub(crate) casualties: Option<Losses>,
}

/// What deaths, and sends that were given up, have cost.
#[derive(Debug, Serialize)]
pub(crate) struct Losses {
    /// Places of senders that died.
    pub(crate) lost: u32,
    /// Places that receivers passed over.
    pub(crate) skipped: u32,
    /// Messages of receivers that died.
    pub(crate) redelivered: u32,
}

/// The type of the items, or of the object.
#[derive(Debug, Serialize)]
pub(crate) struct Item {
    pub(crate) name: String,
    /// Bytes; of messages that have a length of their own, the longest, or 1 if any length goes.
    pub(crate) size: u64,
    pub(crate) align: u32,
    /// As a person is told.
    #[serde(skip)]
    length: Length,
}

/// How long an item is.
#[derive(Clone, Copy, Debug)]
enum Length {
    /// All alike.
    Fixed,
    /// Each as it is.
    Any,
    /// Each as it is, up to the size of the item.
    UpTo,
}

/// Whether each item has a length of its own.
fn is_any_length(contents: &ringway::Contents) -> bool {
    contents.geometry.kind.is_of_bytes() || contents.item.name.as_str() == "[u8]"
}

/// Who holds an end.
#[derive(Debug, Serialize)]
pub(crate) struct Participant {
    pub(crate) state: &'static str,
    /// Where it is known.
    pub(crate) process: Option<u32>,
}

impl Item {
    fn of(contents: &ringway::Contents) -> Self {
        Item {
            name: contents.item.name.to_string(),
            size: contents.item.size,
            align: contents.item.align,
            length: match is_any_length(contents) {
                true if contents.geometry.kind.is_of_bytes() => Length::Any,
                true => Length::UpTo,
                false => Length::Fixed,
            },
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Item {
            name, size, align, ..
        } = self;
        match self.length {
            Length::Fixed => write!(f, "{name}, {size} bytes, alignment {align}"),
            Length::Any => write!(f, "{name}, any length, alignment {align}"),
            Length::UpTo => write!(f, "{name}, up to {size} bytes, alignment {align}"),
        }
    }
}

impl Details {
    pub(crate) fn of(seen: &Inspection) -> Self {
        let contents = &seen.contents;
        let geometry = &contents.geometry;
        let is_any_length = is_any_length(contents);
        let unit = match geometry.kind {
            Kind::Pipe => "bytes",
            _ if is_any_length => "messages",
            _ => "items",
        };
        Details {
            kind: match Kind::from_number(contents.kind) {
                Some(kind) => kind.to_string(),
                None => format!("unknown kind {}", contents.kind),
            },
            item: Item::of(contents),
            layout: geometry.shape.layout.to_string(),
            capacity: geometry.capacity(),
            capacity_unit: match geometry.kind.is_of_bytes() {
                true => "bytes",
                false => unit,
            },
            max_len: (is_any_length && geometry.kind.is_stamped()).then_some(contents.item.size),
            cells: geometry.cells,
            stride: geometry.shape.stride,
            size: geometry.total_len,
            persistent: geometry.persistent,
            nonce: format!("{:016x}", contents.nonce),
            builder: contents.builder_process,
            handles: geometry.participants,
            senders: seen.senders,
            receivers: seen.receivers,
            sender: Participant::of(seen.sender),
            receiver: Participant::of(seen.receiver),
            received: seen.progress.map(|progress| progress.received),
            unread: seen.progress.map(|progress| progress.unread),
            unit,
            unread_bytes: seen.unread_bytes,
            casualties: seen.casualties.map(|seen| Losses {
                lost: seen.lost,
                skipped: seen.skipped,
                redelivered: seen.redelivered,
            }),
        }
    }
}

impl Participant {
    fn of(peer: Peer) -> Self {
        let (state, id) = match peer {
            Peer::Absent => ("absent", None),
            Peer::Alive(id) => ("alive", Some(id)),
            Peer::Left => ("left", None),
            Peer::Died(id) => ("died", Some(id)),
        };
        let process = id.map(|id| id.process).filter(|process| *process != 0);
        Participant { state, process }
    }
}

impl fmt::Display for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.process {
            Some(process) => write!(f, "{} (process {process})", self.state),
            None => f.write_str(self.state),
        }
    }
}
