//! `ringway rm`: removal of one channel or object.

use crate::args::Target;
use crate::exit::{Exit, Failure};
use ringway::{Condition, Peer, Place, Unfit};

pub(crate) fn run(target: &Target, force: bool) -> Result<(), Failure> {
    let place = target.place()?;
    let (found, removed) = ringway::remove_stale(&place, force)?;
    if removed {
        return Ok(());
    }
    match found {
        Condition::InUse => return Err(in_use(&place)),
        Condition::Unusable(reason @ Unfit::Foreign { .. }) => {
            return Err(foreign(&place, &reason));
        }
        _ => {}
    }
    // Nobody uses it. Messages may wait in it, or it may be damaged: whoever names it means that.
    match ringway::remove_stale(&place, true)? {
        (_, true) => Ok(()),
        (_, false) => Err(Failure::new(
            Exit::Permission,
            format_args!("{place}: it could not be removed; only its owner may"),
        )),
    }
}

fn in_use(place: &Place) -> Failure {
    let seen = ringway::look(place).ok().and_then(|(_, seen)| seen);
    let by = |peer| match peer {
        Peer::Alive(id) if id.process != 0 => Some(id.process.to_string()),
        _ => None,
    };
    let (senders, receivers, attached) = seen.as_ref().map_or((0, 0, 0), |seen| {
        (seen.senders, seen.receivers, seen.attached)
    });
    let processes: Vec<_> = seen
        .into_iter()
        .flat_map(|seen| [by(seen.sender), by(seen.receiver), by(seen.user)])
        .flatten()
        .collect();
    let who = match &processes[..] {
        [] => "it is in use".into(),
        [one] => format!("it is in use by process {one}"),
        more => format!("it is in use by processes {}", more.join(" and ")),
    };
    let who = if senders.max(receivers) > 1 {
        format!("{who} among {senders} senders and {receivers} receivers")
    } else if senders + receivers == 0 && attached > 1 {
        format!("{who} and {} more", attached - 1)
    } else {
        who
    };
    let advice = "end them first, or take it away with --force (they keep what they have mapped, \
                  and nobody finds them by this name any more)";
    Failure::new(Exit::InUse, format_args!("{place}: {who}; {advice}"))
}

fn foreign(place: &Place, reason: &Unfit) -> Failure {
    Failure::new(
        Exit::Unfit,
        format_args!("{place}: {reason} (with --force this command removes it)"),
    )
}
