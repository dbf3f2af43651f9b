//! `ringway stat`: everything about one channel or object.

use crate::args::Target;
use crate::exit::{Exit, Failure};
use crate::format::count;
use crate::output::{self, line};
use crate::report::{Content, Details, Object, Participant, State};
use ringway::Condition;
use serde::Serialize;

/// A channel or an object in detail.
#[derive(Debug, Serialize)]
struct Stat {
    /// A name, or a path.
    place: String,
    #[serde(flatten)]
    state: State,
    /// Nothing while it is being built.
    #[serde(flatten)]
    content: Content,
}

pub(crate) fn run(target: &Target, json: bool) -> Result<(), Failure> {
    let place = target.place()?;
    let (condition, seen) = ringway::look(&place)?;
    if let Condition::Unusable(reason) = condition {
        return Err(Failure::new(Exit::Unfit, format_args!("{place}: {reason}")));
    }
    let stat = Stat {
        place: target.text(),
        state: State::of(&condition),
        content: seen.as_ref().map(Content::of).unwrap_or_default(),
    };
    if json {
        return output::json(&stat);
    }
    line(format_args!("{place}: {}", stat.state))?;
    match (&stat.content.channel, &stat.content.object) {
        (Some(channel), _) => describe(channel),
        (None, Some(object)) => describe_object(object),
        (None, None) => Ok(()),
    }
}

fn describe(channel: &Details) -> Result<(), Failure> {
    let number = |number: Option<u64>| match number {
        Some(number) => format!("{} {}", count(number), channel.unit),
        None => "unknown: the ring is damaged".into(),
    };
    let mut unread = number(channel.unread);
    if let Some(bytes) = channel.unread_bytes {
        unread = format!("{unread}, {} bytes of the ring", count(bytes));
    }
    let layout = match channel.capacity_unit {
        "bytes" => format!(
            "{}, {} bytes",
            channel.layout,
            count(channel.capacity.into())
        ),
        _ => format!(
            "{}, {} cells of {} bytes",
            channel.layout,
            count(channel.cells.into()),
            channel.stride
        ),
    };
    let is_persistent = if channel.persistent { "yes" } else { "no" };
    let mut rows = vec![
        ("kind", channel.kind.clone()),
        ("item", channel.item.to_string()),
        (
            "capacity",
            format!(
                "{} {}",
                count(channel.capacity.into()),
                channel.capacity_unit
            ),
        ),
        ("layout", layout),
        ("size", format!("{} bytes", count(channel.size))),
        ("persistent", is_persistent.into()),
        ("nonce", channel.nonce.clone()),
        ("built by", format!("process {}", channel.builder)),
    ];
    match &channel.casualties {
        None => rows.extend([
            ("sender", channel.sender.to_string()),
            ("receiver", channel.receiver.to_string()),
        ]),
        Some(_) => rows.extend([
            (
                "handles",
                format!("{} at a time", count(channel.handles.into())),
            ),
            ("senders", ends(&channel.sender, channel.senders)),
            ("receivers", ends(&channel.receiver, channel.receivers)),
        ]),
    }
    rows.extend([("received", number(channel.received)), ("unread", unread)]);
    if let Some(losses) = &channel.casualties {
        rows.extend([
            ("lost", count(losses.lost.into())),
            ("skipped", count(losses.skipped.into())),
            ("redelivered", count(losses.redelivered.into())),
        ]);
    }
    table(rows)
}

fn describe_object(object: &Object) -> Result<(), Failure> {
    let is_persistent = if object.persistent { "yes" } else { "no" };
    table(vec![
        ("kind", object.kind.clone()),
        ("type", object.item.to_string()),
        ("size", format!("{} bytes", count(object.size))),
        ("persistent", is_persistent.into()),
        ("nonce", object.nonce.clone()),
        ("built by", format!("process {}", object.builder)),
        (
            "handles",
            format!("{} at a time", count(object.handles.into())),
        ),
        ("attached", ends(&object.user, object.attached)),
    ])
}

fn table(rows: Vec<(&str, String)>) -> Result<(), Failure> {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| [format!("  {name}"), value])
        .collect();
    output::table(&rows)
}

/// The ends of one role, or the users of an object, of which there may be several.
fn ends(one: &Participant, alive: u32) -> String {
    match (alive, one.process) {
        (2.., Some(process)) => format!("{alive} alive (one is process {process})"),
        (2.., None) => format!("{alive} alive"),
        _ => one.to_string(),
    }
}
