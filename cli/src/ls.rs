//! `ringway ls`: which channels there are.

use crate::exit::Failure;
use crate::format::bytes;
use crate::output;
use crate::report::{Details, Participant, State};
use ringway::{Entry, Place, Problem};
use serde::Serialize;
use std::io;

/// One channel in the list.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    pub(crate) name: String,
    /// Bytes.
    size: u64,
    owner: u32,
    /// In octal.
    mode: String,
    #[serde(flatten)]
    pub(crate) state: State,
    /// What is in it, if it is built and may be read.
    channel: Option<Details>,
}

pub(crate) fn run(json: bool) -> Result<(), Failure> {
    let channels = list()?;
    if json {
        return output::json(&channels);
    }
    if channels.is_empty() {
        return output::line("no channels");
    }
    let head = [
        "NAME", "KIND", "SIZE", "CAPACITY", "UNREAD", "ITEM", "SENDER", "RECEIVER", "STATE",
    ];
    let mut rows = vec![head.map(String::from)];
    rows.extend(channels.iter().map(row));
    output::table(&rows)
}

/// All named channels of this machine, as they are now.
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
    let (state, channel) = match ringway::look(&Place::Named(entry.name)) {
        Ok((condition, seen)) => (State::of(&condition), seen.as_ref().map(Details::of)),
        Err(error) => match error.problem {
            Problem::NotFound => return None,
            problem => {
                let reason = problem.to_string();
                (State::Unusable { reason }, None)
            }
        },
    };
    Some(Listed {
        name,
        size: entry.len,
        owner: entry.owner,
        mode: format!("{:03o}", entry.mode),
        state,
        channel,
    })
}

fn row(listed: &Listed) -> [String; 9] {
    let size = bytes(listed.size as f64);
    let state = listed.state.to_string();
    let Some(channel) = &listed.channel else {
        let dash = || "-".to_string();
        let name = listed.name.clone();
        return [
            name,
            dash(),
            size,
            dash(),
            dash(),
            dash(),
            dash(),
            dash(),
            state,
        ];
    };
    let kind = channel.kind.trim_end_matches(" channel");
    [
        listed.name.clone(),
        kind.into(),
        size,
        channel.capacity.to_string(),
        channel
            .unread
            .map_or("?".into(), |unread| unread.to_string()),
        channel.item.name.clone(),
        holder(&channel.sender, channel.senders),
        holder(&channel.receiver, channel.receivers),
        state,
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
