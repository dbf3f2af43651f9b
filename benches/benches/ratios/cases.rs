//! What is compared with what, and what is demanded.

use crate::peers::{self, Ringbuf, Rtrb};
use ringway_benches::compare::case::{Case, Sides, Subject, Unit};
use ringway_benches::compare::claim::{Claim, Target};
use ringway_benches::item::{Item, Line};
use ringway_benches::run::Across::{Processes, Threads};
use ringway_benches::scenarios::{
    BATCHES, FUTEX, ONE_LINE, ONE_WAY_8, ONE_WAY_8_POLLING, ONE_WAY_64, ONE_WAY_64_POLLING,
    ONE_WAY_LINE, ONE_WAY_LINE_POLLING, ROUND_TRIP_8, ROUND_TRIP_PARKING, ROUND_TRIP_POLLING,
    Scenario, TWO_LINES,
};
use ringway_benches::turns::Turns;

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    vec![
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
    ]
}

fn round_trip() -> Case {
    let peers = ["rtrb", "ringbuf"];
    Case {
        name: "round trip 8 B".to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(15_000),
        sides: Sides::Spinning,
        subjects: vec![
            Subject::of("one bare line", ONE_LINE, Processes),
            Subject::of("ringway", ROUND_TRIP_8, Processes),
            Subject::of("two bare lines", TWO_LINES, Processes),
            Subject::of("ringway, polling", ROUND_TRIP_POLLING, Processes),
            Subject::new("rtrb", peers::round_trip::<Rtrb>),
            Subject::of("ringway, threads", ROUND_TRIP_8, Threads),
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
            Subject::of("bare futex", FUTEX, Processes),
            Subject::of("ringway", ROUND_TRIP_PARKING, Processes),
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
            Subject::of("ringway, threads", waiting, Threads),
            Subject::new("ringbuf", peers::one_way::<Ringbuf, T>),
            Subject::of("ringway, threads, polling", polling, Threads),
            Subject::of("ringway", waiting, Processes),
            Subject::of("ringway, polling", polling, Processes),
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
            Subject::of("ringway, threads", BATCHES, Threads),
            Subject::of("ringway, one by one", ONE_WAY_8, Threads),
            Subject::new("ringbuf", peers::batches::<Ringbuf>),
            Subject::of("ringway", BATCHES, Processes),
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
