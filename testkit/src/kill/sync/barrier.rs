//! A barrier for two.

use super::set::{Killed, Living, SOON, Set};
use super::{Case, case, demand, slow};
use crate::kill::Finding;
use crate::os::Segment;
use crate::scenario::Hall;
use ringway_core::handle::{Barrier as Handle, BarrierCell, BarrierError};
use ringway_core::wait::Nanos;
use std::time::{Duration, Instant};

const SEATS: usize = 4;
const PARTIES: u32 = 2;

type Barrier<'a> = Handle<&'a Segment, SEATS>;

ringway_core::shared! {
    /// The barrier, alone in its segment.
    pub struct Line {
        start: BarrierCell<SEATS>,
    }
}

pub(super) const CASES: &[Case] = &[
    case("join", |set| {
        alone(set, |line, begin| {
            begin();
            line.join().unwrap();
        })
    }),
    case("leave", |set| {
        alone(set, |line, begin| {
            let other = line.clone();
            other.join().unwrap();
            begin();
            drop(other);
        })
    }),
    case("abort", |set| {
        alone(set, |line, begin| {
            line.join().unwrap();
            begin();
            line.abort();
        })
    }),
    case("reset", |set| {
        alone(set, |line, begin| {
            line.abort();
            begin();
            line.reset().unwrap();
        })
    }),
    case("wait in vain", |set| {
        alone(set, |line, begin| {
            begin();
            let waited = line.wait_until(Nanos(1));
            assert_eq!(waited.err(), Some(BarrierError::Timeout));
        })
    }),
    slow("first wait, the last to come", |set| last(set, false)),
    slow("wait, the last to come", |set| last(set, true)),
    slow("wait, the first to come", first),
    slow("wait in vain before another", |set| {
        before_another(set, |line, begin| {
            begin();
            line.abort();
        })
    }),
    slow("leave before another", |set| {
        before_another(set, |line, begin| {
            let other = line.clone();
            other.join().unwrap();
            begin();
            drop(other);
        })
    }),
];

type Part = fn(&Barrier<'_>, &dyn Fn());

fn prepare(set: &Set<'_, '_>) -> Hall<Line> {
    let hall = set.enter::<Line>();
    hall.look()
        .start
        .initialise(PARTIES)
        .expect("there are seats");
    hall
}

const PASSED: u8 = 0;
const BROKEN: u8 = 1;

/// Starts one who waits, and tells whether it passed.
fn wait_there(name: &str) -> Living {
    Living::start(name, |hall: &Hall<Line>| {
        let line = hall.bind(|line| &line.start);
        tell(line.wait())
    })
}

fn tell<T>(waited: Result<T, BarrierError>) -> u8 {
    match waited {
        Ok(_) => PASSED,
        Err(BarrierError::Broken) => BROKEN,
        Err(other) => panic!("{other:?}"),
    }
}

/// With a reset, two pass twice.
fn goes_on(set: &Set<'_, '_>, hall: &Hall<Line>, killed: Killed) -> Result<bool, Finding> {
    let line = hall.bind(|line| &line.start);
    line.reset()
        .map_err(|error| Finding::Wedged(format!("reset: {error:?}")))?;
    demand(!line.is_broken(), || "broken after a reset".to_owned())?;
    let other = Living::start(&set.name(), |hall: &Hall<Line>| {
        let line = hall.bind(|line| &line.start);
        (0..2).map(|_| tell(line.wait())).max().unwrap_or(BROKEN)
    });
    for round in 0..2 {
        let waited = line.wait_timeout(SOON);
        waited.map_err(|error| Finding::Wedged(format!("round {round} later: {error:?}")))?;
    }
    let told = other.told()?;
    demand(told == PASSED, || "broken for the other".to_owned())?;
    Ok(killed.had_ended())
}

fn alone(set: &mut Set<'_, '_>, part: Part) -> Result<bool, Finding> {
    let hall = prepare(set);
    let killed = set.kill(|hall: &Hall<Line>, stage| {
        let line = hall.bind(|line| &line.start);
        part(&line, &|| stage.begin());
        stage.end(0);
    })?;
    goes_on(set, &hall, killed)
}

/// Another one waits already.
fn last(set: &mut Set<'_, '_>, has_joined: bool) -> Result<bool, Finding> {
    let hall = prepare(set);
    let name = set.name();
    let mut other = Err(Finding::Wedged("nobody waited".to_owned()));
    let killed = set.kill_from(
        |hall: &Hall<Line>, stage| {
            let line = hall.bind(|line| &line.start);
            if has_joined {
                line.join().unwrap();
            }
            stage.begin();
            line.wait().unwrap();
            stage.end(0);
        },
        || {
            let living = wait_there(&name);
            other = living.wait_until_asleep().map(|()| living);
        },
    )?;
    let other = other?;
    let line = hall.bind(|line| &line.start);
    if !killed.had_ended() && !has_joined {
        // Of one who had not joined the barrier knows nothing, and it can be replaced.
        let start = Instant::now();
        while !other.is_over() && start.elapsed() < Duration::from_millis(400) {
            std::thread::yield_now();
        }
        if !other.is_over() {
            let _ = line.wait_timeout(SOON);
        }
    }
    let told = other.told()?;
    demand(told == PASSED || !killed.had_ended(), || {
        "all have come, and it is broken".to_owned()
    })?;
    drop(line);
    goes_on(set, &hall, killed)
}

/// A survivor comes when the victim sleeps, or is dead.
fn first(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = prepare(set);
    let line = hall.bind(|line| &line.start);
    line.join().expect("there are seats");
    let mut waited = None;
    let killed = set.kill_asleep(
        |hall: &Hall<Line>, stage| {
            let line = hall.bind(|line| &line.start);
            line.join().unwrap();
            stage.begin();
            line.wait().unwrap();
            stage.end(0);
        },
        || {
            if waited.is_none() {
                waited = Some(line.wait_timeout(SOON));
            }
        },
    )?;
    let came_early = waited.is_some();
    let waited = waited.unwrap_or_else(|| line.wait_timeout(SOON));
    demand(waited.is_ok() || !came_early, || {
        format!("both have come, and {waited:?}")
    })?;
    demand(matches!(waited, Ok(_) | Err(BarrierError::Broken)), || {
        format!("one died, and {waited:?}")
    })?;
    let next = line.wait_timeout(SOON);
    demand(matches!(next, Err(BarrierError::Broken)), || {
        format!("one died, and then {next:?}")
    })?;
    drop(line);
    goes_on(set, &hall, killed)
}

/// Another one waits, and the victim does not come.
fn before_another(set: &mut Set<'_, '_>, part: Part) -> Result<bool, Finding> {
    let hall = prepare(set);
    let name = set.name();
    let mut other = Err(Finding::Wedged("nobody waited".to_owned()));
    let killed = set.kill_from(
        |hall: &Hall<Line>, stage| {
            let line = hall.bind(|line| &line.start);
            part(&line, &|| stage.begin());
            stage.end(0);
        },
        || {
            let living = wait_there(&name);
            other = living.wait_until_asleep().map(|()| living);
        },
    )?;
    let other = other?;
    let line = hall.bind(|line| &line.start);
    // It is told, or there is room for another one.
    let start = Instant::now();
    while !other.is_over() && start.elapsed() < Duration::from_millis(400) {
        std::thread::yield_now();
    }
    if !other.is_over() {
        let _ = line.wait_timeout(SOON);
    }
    other.told()?;
    drop(line);
    goes_on(set, &hall, killed)
}
