//! Messages in one direction as fast as they go, between two cores.

use criterion::{Criterion, Throughput};
use ringway_benches::run::Across;
use ringway_benches::scenarios::{
    BATCHES, ONE_WAY_8, ONE_WAY_64, ONE_WAY_256, ONE_WAY_4096, Scenario,
};
use ringway_benches::{follower, pairs};

/// Scenarios with the bytes of a message.
const SCENARIOS: [(Scenario, u64); 5] = [
    (ONE_WAY_8, 8),
    (ONE_WAY_64, 64),
    (ONE_WAY_256, 256),
    (ONE_WAY_4096, 4096),
    (BATCHES, 8),
];

fn one_way(criterion: &mut Criterion) {
    for across in [Across::Threads, Across::Processes] {
        let mut group = pairs::group(criterion, "one-way", across);
        for (scenario, bytes) in SCENARIOS {
            group.throughput(Throughput::ElementsAndBytes { elements: 1, bytes });
            pairs::bench(&mut group, &scenario, across);
        }
    }
}

fn main() {
    if !follower::is_one(&[]) {
        pairs::run(one_way);
    }
}
