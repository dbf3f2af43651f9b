//! `ringway gc`: removal of what dead processes left.

use crate::exit::Failure;
use crate::ls::{self, Listed};
use crate::output::{self, line};
use crate::report::State;
use ringway::{Place, Problem};
use serde::Serialize;

/// A channel or object that nobody needs.
#[derive(Debug, Serialize)]
struct Stale {
    name: String,
    /// Whether it is gone now.
    removed: bool,
    /// Why it could not be removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(skip)]
    failure: Option<Failure>,
}

pub(crate) fn run(dry_run: bool, json: bool) -> Result<(), Failure> {
    let mut found = Vec::new();
    for listed in ls::list()? {
        if matches!(listed.state, State::Abandoned | State::Unbuilt) {
            found.extend(collect(listed, dry_run));
        }
    }
    // Behind the segments, with which most of it goes.
    let swept = ringway::sweep(dry_run).map_err(|error| Failure::io("sweeping", &error))?;
    if json {
        output::json(&found)?;
    } else {
        tell(&found, swept, dry_run)?;
    }
    // The others are done; the first trouble decides the exit code.
    match found.into_iter().find_map(|stale| stale.failure) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// `None` if somebody else took it away or up in the meantime.
fn collect(listed: Listed, dry_run: bool) -> Option<Stale> {
    let stale = |removed, failure: Option<Failure>| Stale {
        name: listed.name.clone(),
        removed,
        problem: failure.as_ref().map(ToString::to_string),
        failure,
    };
    if dry_run {
        return Some(stale(false, None));
    }
    let place = Place::try_from(&*listed.name).ok()?;
    match ringway::remove_stale(&place, false) {
        Ok((_, true)) => Some(stale(true, None)),
        Ok((_, false)) => None,
        Err(error) if matches!(error.problem, Problem::NotFound) => None,
        Err(error) => Some(stale(false, Some(error.into()))),
    }
}

fn tell(found: &[Stale], swept: u64, dry_run: bool) -> Result<(), Failure> {
    for stale in found {
        match (dry_run, stale.removed) {
            (true, _) => line(format_args!("would remove {}", stale.name))?,
            (false, true) => line(format_args!("removed {}", stale.name))?,
            (false, false) => {}
        }
    }
    let verb = if dry_run { "would remove" } else { "removed" };
    match swept {
        0 => {}
        1 => line(format_args!("{verb} a FIFO of a dead process"))?,
        _ => line(format_args!("{verb} {swept} FIFOs of dead processes"))?,
    }
    if found.is_empty() && swept == 0 {
        line("nothing to remove")?;
    }
    Ok(())
}
