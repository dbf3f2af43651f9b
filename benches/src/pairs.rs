//! Scenarios as benchmarks of criterion.

use crate::cores::Cores;
use crate::run::{Across, sample};
use crate::scenarios::Scenario;
use crate::settings;
use crate::turns::Turns;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode};
use std::time::Duration;

/// Runs `benchmarks` with the settings and the command line of this run.
pub fn run(benchmarks: impl FnOnce(&mut Criterion)) {
    let criterion = if settings::is_quick() {
        Criterion::default()
            .sample_size(10)
            .warm_up_time(Duration::from_millis(50))
            .measurement_time(Duration::from_millis(150))
            .nresamples(1_000)
    } else {
        Criterion::default()
            .sample_size(30)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(2))
    };
    let mut criterion = criterion.configure_from_args();
    benchmarks(&mut criterion);
    criterion.final_summary();
}

/// A group of scenarios `what`, all with the follower in the same place.
pub fn group<'c>(
    criterion: &'c mut Criterion,
    what: &str,
    across: Across,
) -> BenchmarkGroup<'c, WallTime> {
    let place = match across {
        Across::Threads => "threads",
        Across::Processes => "processes",
    };
    let mut group = criterion.benchmark_group(format!("{what}/{place}"));
    // All samples of the same length: each starts a follower anew.
    group.sampling_mode(SamplingMode::Flat);
    group
}

/// Measures `scenario` on two cores; on a machine with one core there is nothing to measure.
pub fn bench(group: &mut BenchmarkGroup<'_, WallTime>, scenario: &Scenario, across: Across) {
    let Some(cores) = Cores::two() else {
        println!("{}: skipped, it takes two cores", scenario.name);
        return;
    };
    group.bench_function(scenario.name, |bencher| {
        bencher.iter_custom(|turns| sample(scenario, across, Turns::new(turns), cores).elapsed);
    });
}
