//! `ringway stat`: everything about one channel.

use crate::args::Target;
use crate::exit::{Exit, Failure};
use crate::format::count;
use crate::output::{self, line};
use crate::report::{Details, State};
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
    let rows = [
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
        ("sender", channel.sender.to_string()),
        ("receiver", channel.receiver.to_string()),
        ("received", number(channel.received)),
        ("unread", number(channel.unread)),
    ];
    output::table(&rows.map(|(name, value)| [format!("  {name}"), value]))
}
