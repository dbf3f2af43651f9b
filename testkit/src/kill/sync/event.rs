//! An event of either mode.

use super::set::{Killed, Living, SOON, Set};
use super::{Case, case, demand, slow};
use crate::kill::Finding;
use crate::os::Segment;
use crate::scenario::Hall;
use ringway_core::handle::{Event as Handle, EventCell, EventTimeoutError};
use ringway_core::sync::EventMode;
use std::time::Duration;

type Event<'a> = Handle<&'a Segment>;

ringway_core::shared! {
    /// The event, alone in its segment.
    pub struct Bell {
        event: EventCell,
    }
}

const MANUAL: EventMode = EventMode::Manual;
const AUTOMATIC: EventMode = EventMode::Automatic;

pub(super) const CASES: &[Case] = &[
    case("set, manual", |set| {
        alone(set, MANUAL, false, |event| event.set())
    }),
    case("set, automatic", |set| {
        alone(set, AUTOMATIC, false, |event| event.set())
    }),
    case("set of one that is set", |set| {
        alone(set, AUTOMATIC, true, |event| event.set())
    }),
    case("reset", |set| alone(set, MANUAL, true, reset)),
    case("wait for one that is set, manual", |set| {
        alone(set, MANUAL, true, wait)
    }),
    case("wait for one that is set, automatic", |set| {
        alone(set, AUTOMATIC, true, wait)
    }),
    case("wait for nothing", |set| {
        alone(set, AUTOMATIC, false, in_vain)
    }),
    case("wait, manual", |set| awaited(set, MANUAL)),
    case("wait, automatic", |set| awaited(set, AUTOMATIC)),
    slow("set before one who waits, manual", |set| {
        before_others(set, MANUAL, 1)
    }),
    slow("set before two who wait, manual", |set| {
        before_others(set, MANUAL, 2)
    }),
    slow("set before one who waits, automatic", |set| {
        before_others(set, AUTOMATIC, 1)
    }),
    slow("set before two who wait, automatic", |set| {
        before_others(set, AUTOMATIC, 2)
    }),
    slow("wait beside one who waits too, manual", |set| {
        beside_another(set, MANUAL)
    }),
    slow("wait beside one who waits too, automatic", |set| {
        beside_another(set, AUTOMATIC)
    }),
];

fn reset(event: &Event<'_>) {
    event.reset();
}

fn wait(event: &Event<'_>) {
    event.wait().unwrap();
}

fn in_vain(event: &Event<'_>) {
    let waited = event.wait_timeout(Duration::from_millis(1));
    assert_eq!(waited, Err(EventTimeoutError::Timeout));
}

fn prepare(set: &Set<'_, '_>, mode: EventMode, is_set: bool) -> Hall<Bell> {
    let hall = set.enter::<Bell>();
    hall.look().event.initialise(mode, is_set);
    hall
}

/// Somebody sets it, others pass, and it is not set.
fn goes_on(set: &Set<'_, '_>, hall: &Hall<Bell>) -> Result<(), Finding> {
    let newcomer = set.enter::<Bell>();
    let (here, there) = (
        hall.bind(|bell| &bell.event),
        newcomer.bind(|bell| &bell.event),
    );
    here.reset();
    for (sets, waits) in [(&here, &there), (&there, &here)] {
        demand(!waits.try_wait(), || "it is set after a reset".to_owned())?;
        sets.set();
        let passed = waits.wait_timeout(SOON);
        passed.map_err(|error| Finding::Wedged(format!("a later wait: {error:?}")))?;
        let stays_set = waits.mode() == EventMode::Manual;
        demand(sets.reset() == stays_set, || {
            format!("after one has passed, it should be set: {stays_set}")
        })?;
    }
    Ok(())
}

/// One calls what changes or takes it.
fn alone(
    set: &mut Set<'_, '_>,
    mode: EventMode,
    is_set: bool,
    part: fn(&Event<'_>),
) -> Result<bool, Finding> {
    let hall = prepare(set, mode, is_set);
    let event = hall.bind(|bell| &bell.event);
    let killed = set.kill(|hall: &Hall<Bell>, stage| {
        let event = hall.bind(|bell| &bell.event);
        stage.begin();
        part(&event);
        stage.end(u64::from(event.is_set()));
    })?;
    if let Some(was_set) = killed.answer {
        demand(event.is_set() == (was_set == 1), || {
            "it is not as the dead one left it".to_owned()
        })?;
    }
    goes_on(set, &hall)?;
    Ok(killed.had_ended())
}

/// It is set while the victim sleeps.
fn awaited(set: &mut Set<'_, '_>, mode: EventMode) -> Result<bool, Finding> {
    let hall = prepare(set, mode, false);
    let event = hall.bind(|bell| &bell.event);
    let killed = set.kill_asleep(
        |hall: &Hall<Bell>, stage| {
            let event = hall.bind(|bell| &bell.event);
            stage.begin();
            wait(&event);
            stage.end(0);
        },
        || event.set(),
    )?;
    if killed.had_ended() {
        demand(event.is_set() == (mode == MANUAL), || {
            "one has passed".to_owned()
        })?;
    }
    goes_on(set, &hall)?;
    Ok(killed.had_ended())
}

fn wait_for_it(name: &str) -> Result<Living, Finding> {
    let living = Living::start(name, |hall: &Hall<Bell>| {
        wait(&hall.bind(|bell| &bell.event));
        0
    });
    living.wait_until_asleep()?;
    Ok(living)
}

/// Has all pass who wait: by themselves where it is set, or was and one of them passed.
fn let_pass(event: &Event<'_>, killed: Killed, others: Vec<Living>) -> Result<(), Finding> {
    let was_set = event.is_set() || !others.iter().all(Living::is_asleep);
    demand(was_set || !killed.had_ended(), || {
        "it was not set".to_owned()
    })?;
    if !was_set {
        event.set();
    }
    let is_automatic = event.mode() == EventMode::Automatic;
    let mut others = others;
    while let Some(index) = first_through(&others, is_automatic) {
        others.remove(index).told()?;
        if is_automatic && !others.is_empty() {
            event.set();
        }
    }
    Ok(())
}

/// Which of them is through, or will be.
fn first_through(others: &[Living], is_automatic: bool) -> Option<usize> {
    if others.is_empty() || !is_automatic {
        return others.len().checked_sub(1);
    }
    let start = std::time::Instant::now();
    while start.elapsed() < SOON {
        let through = others.iter().position(Living::is_over);
        if through.is_some() {
            return through;
        }
        std::thread::yield_now();
    }
    Some(0)
}

fn before_others(set: &mut Set<'_, '_>, mode: EventMode, count: usize) -> Result<bool, Finding> {
    let hall = prepare(set, mode, false);
    let event = hall.bind(|bell| &bell.event);
    let name = set.name();
    let mut others = Ok(Vec::new());
    let killed = set.kill_from(
        |hall: &Hall<Bell>, stage| {
            let event = hall.bind(|bell| &bell.event);
            stage.begin();
            event.set();
            stage.end(0);
        },
        || others = (0..count).map(|_| wait_for_it(&name)).collect(),
    )?;
    let_pass(&event, killed, others?)?;
    goes_on(set, &hall)?;
    Ok(killed.had_ended())
}

/// One who lives waits too. The victim is woken first, and what it did not take is the other's.
fn beside_another(set: &mut Set<'_, '_>, mode: EventMode) -> Result<bool, Finding> {
    let hall = prepare(set, mode, false);
    let event = hall.bind(|bell| &bell.event);
    let name = set.name();
    let mut other = Ok(None);
    let mut has_begun = false;
    let killed = set.kill_asleep(
        |hall: &Hall<Bell>, stage| {
            let event = hall.bind(|bell| &bell.event);
            stage.begin();
            wait(&event);
            stage.end(0);
        },
        || {
            if !has_begun {
                other = wait_for_it(&name).map(Some);
                has_begun = true;
            }
            event.set();
        },
    )?;
    if let Some(other) = other? {
        let was_taken = !event.is_set() && other.is_asleep();
        demand(!was_taken || mode == AUTOMATIC, || {
            "it was not set".to_owned()
        })?;
        if was_taken {
            event.set();
        }
        other.told()?;
    }
    goes_on(set, &hall)?;
    Ok(killed.had_ended())
}
