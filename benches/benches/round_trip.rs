//! One message there and back between two cores, beside what the machine itself takes: a cache
//! line that bounces, and sides that sleep and wake each other.

use criterion::Criterion;
use ringway_benches::run::Across;
use ringway_benches::scenarios::{
    FUTEX, ONE_LINE, ROUND_TRIP_8, ROUND_TRIP_64, ROUND_TRIP_256, ROUND_TRIP_4096,
    ROUND_TRIP_PARKING, Scenario, TWO_LINES,
};
use ringway_benches::{follower, pairs};

const SCENARIOS: [Scenario; 8] = [
    ONE_LINE,
    TWO_LINES,
    ROUND_TRIP_8,
    ROUND_TRIP_64,
    ROUND_TRIP_256,
    ROUND_TRIP_4096,
    FUTEX,
    ROUND_TRIP_PARKING,
];

fn round_trip(criterion: &mut Criterion) {
    for across in [Across::Threads, Across::Processes] {
        let mut group = pairs::group(criterion, "round-trip", across);
        for scenario in SCENARIOS {
            pairs::bench(&mut group, &scenario, across);
        }
    }
}

fn main() {
    if !follower::is_one(&[]) {
        pairs::run(round_trip);
    }
}
