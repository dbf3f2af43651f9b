//! What is compared with what, and what is demanded.

use crate::peers::{self, Ringbuf, Rtrb};
use ringway_benches::compare::case::{Case, Sides, Subject, Unit};
use ringway_benches::compare::claim::{Claim, Target};
use ringway_benches::item::{Item, Line};
use ringway_benches::run::Across::{self, Processes, Threads};
use ringway_benches::run::sample;
use ringway_benches::scenarios::{
    BATCHES, FUTEX, ONE_LINE, ONE_WAY_8, ONE_WAY_8_POLLING, ONE_WAY_64, ONE_WAY_64_POLLING,
    ONE_WAY_LINE, ONE_WAY_LINE_POLLING, ROUND_TRIP_8, ROUND_TRIP_PARKING, ROUND_TRIP_POLLING,
    Scenario, TWO_LINES,
};
use ringway_benches::turns::Turns;

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
        name: "round trip 8 B".to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(15_000),
        sides: Sides::Spinning,
        subjects: vec![
            subject("one bare line", ONE_LINE, Processes),
            subject("ringway", ROUND_TRIP_8, Processes),
            subject("two bare lines", TWO_LINES, Processes),
            subject("ringway, polling", ROUND_TRIP_POLLING, Processes),
            Subject::new("rtrb", peers::round_trip::<Rtrb>),
            subject("ringway, threads", ROUND_TRIP_8, Threads),
            Subject::new("ringbuf", peers::round_trip::<Ringbuf>),
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

fn sleeping(name: &str, sides: Sides) -> Case {
    Case {
        name: name.to_owned(),
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

fn one_way<T: Item>(name: &str, turns: u64, waiting: Scenario, polling: Scenario) -> Case {
    Case {
        name: name.to_owned(),
        unit: Unit::MillionsPerSecond,
        turns: Turns::new(turns),
        sides: Sides::Spinning,
        subjects: vec![
            Subject::new("rtrb", peers::one_way::<Rtrb, T>),
            subject("ringway, threads", waiting, Threads),
            Subject::new("ringbuf", peers::one_way::<Ringbuf, T>),
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
        name: "batches of 64 x 8 B".to_owned(),
        unit: Unit::MillionsPerSecond,
        turns: Turns::new(1_500_000),
        sides: Sides::Spinning,
        subjects: vec![
            Subject::new("rtrb", peers::batches::<Rtrb>),
            subject("ringway, threads", BATCHES, Threads),
            subject("ringway, one by one", ONE_WAY_8, Threads),
            Subject::new("ringbuf", peers::batches::<Ringbuf>),
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
    Subject::new(name, move |turns, cores| {
        sample(&scenario, across, turns, cores)
    })
}
