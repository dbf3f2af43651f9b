//! `ringway ls`: which channels and objects there are.

use crate::exit::Failure;
use crate::format::bytes;
use crate::output;
use crate::report::{Content, Details, Object, Participant, State};
use ringway::{Entry, Place, Problem, User};
use serde::Serialize;
use std::io;

/// One channel or object in the list.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    pub(crate) name: String,
    /// Bytes.
    size: u64,
    owner: Option<Owner>,
    /// In octal, where the system has permission bits.
    mode: Option<String>,
    #[serde(flatten)]
    pub(crate) state: State,
    /// What is in it, if it is built and may be read.
    #[serde(flatten)]
    content: Content,
}

/// A number or, on Windows, a text.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Owner {
    Id(u32),
    Other(String),
}

impl From<User> for Owner {
    fn from(user: User) -> Self {
        match user {
            User::Id(id) => Owner::Id(id),
            other => Owner::Other(other.to_string()),
        }
    }
}

pub(crate) fn run(json: bool) -> Result<(), Failure> {
    let channels = list()?;
    if json {
        return output::json(&channels);
    }
    if channels.is_empty() {
        return output::line("no channels or objects");
    }
    let head = [
        "NAME", "KIND", "SIZE", "CAPACITY", "UNREAD", "ITEM", "SENDER", "RECEIVER", "ATTACHED",
        "STATE",
    ];
    let mut rows = vec![head.map(String::from)];
    rows.extend(channels.iter().map(row));
    output::table(&rows)
}

/// All named channels and objects of this machine, as they are now.
pub(crate) fn list() -> Result<Vec<Listed>, Failure> {
    let entries = ringway::list().map_err(no_list)?;
    Ok(entries.into_iter().filter_map(look).collect())
}

fn no_list(error: io::Error) -> Failure {
    Failure::io("listing the channels", &error)
}

/// `None` if it is gone by now.
fn look(entry: Entry) -> Option<Listed> {
    let name = entry.name.to_string();
    let (state, content) = match ringway::look(&Place::Named(entry.name)) {
        Ok((condition, seen)) => {
            let content = seen.as_ref().map(Content::of).unwrap_or_default();
            (State::of(&condition), content)
        }
        Err(error) => match error.problem {
            Problem::NotFound => return None,
            problem => {
                let reason = problem.to_string();
                (State::Unusable { reason }, Content::default())
            }
        },
    };
    Some(Listed {
        name,
        size: entry.len,
        owner: entry.owner.map(Owner::from),
        mode: entry.mode.map(|mode| format!("{mode:03o}")),
        state,
        content,
    })
}

fn row(listed: &Listed) -> [String; 10] {
    let [kind, capacity, unread, item, sender, receiver, attached] =
        match (&listed.content.channel, &listed.content.object) {
            (Some(channel), _) => of_channel(channel),
            (None, Some(object)) => of_object(object),
            (None, None) => std::array::from_fn(|_| "-".into()),
        };
    [
        listed.name.clone(),
        kind,
        bytes(listed.size as f64),
        capacity,
        unread,
        item,
        sender,
        receiver,
        attached,
        listed.state.to_string(),
    ]
}

fn of_channel(channel: &Details) -> [String; 7] {
    let capacity = match channel.capacity_unit {
        "bytes" => bytes(channel.capacity.into()),
        _ => channel.capacity.to_string(),
    };
    let unread = match (channel.unread, channel.unread_bytes) {
        (None, _) => "?".into(),
        (Some(unread), _) if channel.unit == "bytes" => bytes(unread as f64),
        (Some(unread), Some(long)) if unread > 0 => format!("{unread} ({})", bytes(long as f64)),
        (Some(unread), _) => unread.to_string(),
    };
    let kind = channel.kind.trim_end_matches(" of bytes");
    [
        kind.trim_end_matches(" channel").into(),
        capacity,
        unread,
        channel.item.name.clone(),
        holder(&channel.sender, channel.senders),
        holder(&channel.receiver, channel.receivers),
        (channel.senders + channel.receivers).to_string(),
    ]
}

fn of_object(object: &Object) -> [String; 7] {
    let none = || "-".to_string();
    [
        object.kind.clone(),
        none(),
        none(),
        object.item.name.clone(),
        none(),
        none(),
        object.attached.to_string(),
    ]
}

/// Of several ends how many live; of one the process, and what has become of it otherwise.
fn holder(participant: &Participant, alive: u32) -> String {
    match (alive, participant.state, participant.process) {
        (2.., ..) => format!("{alive} alive"),
        (_, "alive", Some(process)) => process.to_string(),
        (_, state, _) => state.into(),
    }
}
