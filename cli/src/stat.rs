//! `ringway stat`: everything about one channel.

use crate::args::Target;
use crate::exit::{Exit, Failure};
use crate::format::count;
use crate::output::{self, line};
use crate::report::{Details, Participant, State};
use ringway::Condition;
use serde::Serialize;

/// A channel in detail.
#[derive(Debug, Serialize)]
struct Stat {
    /// A name, or a path.
    place: String,
    #[serde(flatten)]
    state: State,
    /// `None` while it is being built.
    channel: Option<Details>,
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
        channel: seen.as_ref().map(Details::of),
    };
    if json {
        return output::json(&stat);
    }
    line(format_args!("{place}: {}", stat.state))?;
    match &stat.channel {
        Some(channel) => describe(channel),
        None => Ok(()),
    }
}

fn describe(channel: &Details) -> Result<(), Failure> {
    let Details { item, .. } = channel;
    let number = |number: Option<u64>| number.map_or("unknown: the ring is damaged".into(), count);
    let is_persistent = if channel.persistent { "yes" } else { "no" };
    let mut rows = vec![
        ("kind", channel.kind.clone()),
        (
            "item",
            format!(
                "{}, {} bytes, alignment {}",
                item.name, item.size, item.align
            ),
        ),
        (
            "capacity",
            format!("{} items", count(channel.capacity.into())),
        ),
        (
            "layout",
            format!(
                "{}, {} cells of {} bytes",
                channel.layout,
                count(channel.cells.into()),
                channel.stride
            ),
        ),
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
    rows.extend([
        ("received", number(channel.received)),
        ("unread", number(channel.unread)),
    ]);
    if let Some(losses) = &channel.casualties {
        rows.extend([
            ("lost", count(losses.lost.into())),
            ("skipped", count(losses.skipped.into())),
            ("redelivered", count(losses.redelivered.into())),
        ]);
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| [format!("  {name}"), value])
        .collect();
    output::table(&rows)
}

/// The ends of one role, of which there may be several.
fn ends(one: &Participant, alive: u32) -> String {
    match (alive, one.process) {
        (2.., Some(process)) => format!("{alive} alive (one is process {process})"),
        (2.., None) => format!("{alive} alive"),
        _ => one.to_string(),
    }
}
