//! Rounds of samples, each between two bounces.

use super::case::{Case, Sides, Subject};
use super::placement::{Bounce, Placement};
use crate::cores::Cores;
use crate::settings;
use std::io::IsTerminal;

/// All samples of one case.
#[derive(Debug)]
pub struct Results<'c> {
    /// What was measured.
    pub case: &'c Case,
    /// By round, then by subject.
    pub rounds: Vec<Vec<Sample>>,
}

/// What was measured, and where.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// In the unit of the case.
    pub value: f64,
    /// `None` if the cores moved or were taken away meanwhile: such a sample is thrown away.
    pub placement: Option<Placement>,
}

impl Results<'_> {
    /// The samples of `subject` taken in `placement`, by round.
    ///
    /// # Panics
    ///
    /// If the case has no such subject.
    pub fn values(&self, subject: &str, placement: Placement) -> impl Iterator<Item = Option<f64>> {
        let position = |name| self.case.subjects.iter().position(|s| s.name == name);
        let index = position(subject).expect("claims name subjects of their own case");
        self.rounds.iter().map(move |round| {
            let sample = round[index];
            (sample.placement == Some(placement)).then_some(sample.value)
        })
    }
}

/// Measures every subject of every case once in each of `repeats` rounds.
#[must_use]
pub fn measure(cases: &[Case], repeats: usize, cores: Cores) -> Vec<Results<'_>> {
    let empty = |case| Results {
        case,
        rounds: Vec::new(),
    };
    let mut results: Vec<_> = cases.iter().map(empty).collect();
    for number in 1..=repeats {
        if std::io::stderr().is_terminal() {
            eprintln!("round {number} of {repeats}");
        }
        for results in &mut results {
            results
                .rounds
                .push(round(results.case, attempts(repeats), cores));
        }
    }
    results
}

/// Says how many samples of `results` are not worth anything.
pub fn print_discarded(results: &[Results<'_>]) {
    let samples = || results.iter().flat_map(|case| case.rounds.iter().flatten());
    let moved = samples().filter(|sample| sample.placement.is_none());
    println!(
        "\n{} of {} samples thrown away: each time they were tried, the cores moved or had other work.",
        moved.count(),
        samples().count()
    );
}

/// How often a sample is taken, at most, if something disturbs it: one round says little anyway.
fn attempts(repeats: usize) -> usize {
    match repeats {
        1 => 1,
        _ if settings::is_quick() => 2,
        _ => 6,
    }
}

fn round(case: &Case, attempts: usize, cores: Cores) -> Vec<Sample> {
    let mut before = Bounce::measure(cores);
    let mut samples = Vec::new();
    for subject in &case.subjects {
        for attempt in 1..=attempts {
            let (sample, after) = sample(case, subject, cores, before);
            before = after;
            if sample.placement.is_some() || attempt == attempts {
                samples.push(sample);
                break;
            }
        }
    }
    samples
}

/// One sample, and the bounce after it.
fn sample(case: &Case, subject: &Subject, cores: Cores, before: Bounce) -> (Sample, Bounce) {
    let on = match case.sides {
        Sides::TakingTurns => cores.shared(),
        Sides::Spinning | Sides::Sleeping | Sides::Crowded => cores,
    };
    let taken = (subject.sample)(case.turns, on);
    let after = Bounce::measure(cores);
    // One that sleeps and is woken may well push another off its core: that is the work itself.
    let is_work = matches!(case.sides, Sides::Sleeping | Sides::TakingTurns);
    let is_disturbed = taken.preemptions > 0 && !is_work;
    let placement = match Placement::between(before, after) {
        placement if !is_disturbed => placement,
        _ => None,
    };
    let value = case.unit.of(taken.elapsed, case.turns);
    (Sample { value, placement }, after)
}
