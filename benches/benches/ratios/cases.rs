//! What is compared with what, and what is demanded.

use crate::claim::{Claim, Target};
use crate::peers::{self, Ringbuf, Rtrb};
use ringway_benches::cores::Cores;
use ringway_benches::item::{Item, Line};
use ringway_benches::run::Across::{self, Processes, Threads};
use ringway_benches::run::{Taken, sample};
use ringway_benches::scenarios::{
    BATCHES, FUTEX, ONE_LINE, ONE_WAY_8, ONE_WAY_8_POLLING, ONE_WAY_64, ONE_WAY_64_POLLING,
    ONE_WAY_LINE, ONE_WAY_LINE_POLLING, ROUND_TRIP_8, ROUND_TRIP_PARKING, ROUND_TRIP_POLLING,
    Scenario, TWO_LINES,
};
use ringway_benches::turns::Turns;
use std::time::Duration;

/// Subjects that do the same work.
pub(crate) struct Case {
    /// What work.
    pub(crate) name: &'static str,
    /// In what its result is told.
    pub(crate) unit: Unit,
    /// How much of it is one sample.
    pub(crate) turns: Turns,
    /// How the two sides share the cores.
    pub(crate) sides: Sides,
    /// Who does it.
    pub(crate) subjects: Vec<Subject>,
    /// Which of them are compared.
    pub(crate) claims: Vec<Claim>,
}

/// One of several that do the same work.
pub(crate) struct Subject {
    /// Unique in its case.
    pub(crate) name: &'static str,
    /// Takes one sample.
    pub(crate) sample: Box<dyn Fn(Turns, Cores) -> Taken>,
}

/// How the two sides of a sample share the cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sides {
    /// Each has one and never gives it up.
    Spinning,
    /// Each has one and sleeps now and then.
    Sleeping,
    /// One core for both.
    TakingTurns,
}

/// What is told of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Time a message.
    Nanos,
    /// Messages a second.
    MillionsPerSecond,
}

impl Unit {
    /// The result of a sample in this unit.
    pub(crate) fn of(self, elapsed: Duration, turns: Turns) -> f64 {
        let nanos = elapsed.as_nanos() as f64 / turns.count() as f64;
        match self {
            Unit::Nanos => nanos,
            Unit::MillionsPerSecond => 1_000.0 / nanos,
        }
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Unit::Nanos => "ns",
            Unit::MillionsPerSecond => "M/s",
        }
    }
}

/// The cases whose name contains `filter`.
pub(crate) fn all(filter: &str) -> Vec<Case> {
    let cases = [
        round_trip(),
        sleeping("round trip 8 B, sleeping, two cores", Sides::Sleeping),
        sleeping("round trip 8 B, sleeping, one core", Sides::TakingTurns),
        one_way::<u64>("one way 8 B", 1_000_000, ONE_WAY_8, ONE_WAY_8_POLLING),
        one_way::<[u64; 8]>("one way 64 B", 200_000, ONE_WAY_64, ONE_WAY_64_POLLING),
        one_way::<Line>(
            "one way 64 B aligned",
            200_000,
            ONE_WAY_LINE,
            ONE_WAY_LINE_POLLING,
        ),
        batches(),
    ];
    let is_wanted = |case: &Case| case.name.contains(filter);
    cases.into_iter().filter(is_wanted).collect()
}

fn round_trip() -> Case {
    let peers = ["rtrb", "ringbuf"];
    Case {
        name: "round trip 8 B",
        unit: Unit::Nanos,
        turns: Turns::new(15_000),
        sides: Sides::Spinning,
        subjects: vec![
            subject("one bare line", ONE_LINE, Processes),
            subject("ringway", ROUND_TRIP_8, Processes),
            subject("two bare lines", TWO_LINES, Processes),
            subject("ringway, polling", ROUND_TRIP_POLLING, Processes),
            peer("rtrb", peers::round_trip::<Rtrb>),
            subject("ringway, threads", ROUND_TRIP_8, Threads),
            peer("ringbuf", peers::round_trip::<Ringbuf>),
        ],
        claims: vec![
            Claim::new("ringway", &["two bare lines"], Target::AtMost(1.15)),
            Claim::new("ringway", &peers, Target::AtMost(1.1)),
            Claim::new("ringway", &["one bare line"], Target::None),
            Claim::new("ringway, polling", &["two bare lines"], Target::None),
            Claim::new("ringway, threads", &peers, Target::None),
        ],
    }
}

fn sleeping(name: &'static str, sides: Sides) -> Case {
    Case {
        name,
        unit: Unit::Nanos,
        turns: Turns::new(500),
        sides,
        subjects: vec![
            subject("bare futex", FUTEX, Processes),
            subject("ringway", ROUND_TRIP_PARKING, Processes),
        ],
        claims: vec![Claim::new("ringway", &["bare futex"], Target::AtMost(1.15))],
    }
}

fn one_way<T: Item>(name: &'static str, turns: u64, waiting: Scenario, polling: Scenario) -> Case {
    Case {
        name,
        unit: Unit::MillionsPerSecond,
        turns: Turns::new(turns),
        sides: Sides::Spinning,
        subjects: vec![
            peer("rtrb", peers::one_way::<Rtrb, T>),
            subject("ringway, threads", waiting, Threads),
            peer("ringbuf", peers::one_way::<Ringbuf, T>),
            subject("ringway, threads, polling", polling, Threads),
            subject("ringway", waiting, Processes),
            subject("ringway, polling", polling, Processes),
        ],
        claims: vec![
            Claim::new("ringway, threads", &["rtrb"], Target::AtLeast(1.0)),
            Claim::new("ringway, threads, polling", &["rtrb"], Target::AtLeast(1.0)),
            Claim::new("ringway", &["rtrb"], Target::AtLeast(1.0)),
            Claim::new("ringway, polling", &["rtrb"], Target::AtLeast(1.0)),
            Claim::new("ringway, threads", &["ringbuf"], Target::None),
        ],
    }
}

fn batches() -> Case {
    Case {
        name: "batches of 64 x 8 B",
        unit: Unit::MillionsPerSecond,
        turns: Turns::new(1_500_000),
        sides: Sides::Spinning,
        subjects: vec![
            peer("rtrb", peers::batches::<Rtrb>),
            subject("ringway, threads", BATCHES, Threads),
            subject("ringway, one by one", ONE_WAY_8, Threads),
            peer("ringbuf", peers::batches::<Ringbuf>),
            subject("ringway", BATCHES, Processes),
        ],
        claims: vec![
            Claim::new(
                "ringway, threads",
                &["ringway, one by one"],
                Target::AtLeast(1.0),
            ),
            Claim::new("ringway, threads", &["rtrb"], Target::None),
            Claim::new("ringway", &["rtrb"], Target::None),
            Claim::new("ringway, threads", &["ringbuf"], Target::None),
        ],
    }
}

fn subject(name: &'static str, scenario: Scenario, across: Across) -> Subject {
    peer(name, move |turns, cores| {
        sample(&scenario, across, turns, cores)
    })
}

fn peer(name: &'static str, sample: impl Fn(Turns, Cores) -> Taken + 'static) -> Subject {
    let sample = Box::new(sample);
    Subject { name, sample }
}
