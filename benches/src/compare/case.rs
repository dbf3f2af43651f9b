//! What is compared with what.

use super::claim::Claim;
use crate::cores::Cores;
use crate::run::{self, Across, Taken};
use crate::scenarios::Scenario;
use crate::turns::Turns;
use std::fmt;
use std::time::Duration;

/// Subjects that do the same work.
#[derive(Debug)]
pub struct Case {
    /// What work.
    pub name: String,
    /// In what its result is told.
    pub unit: Unit,
    /// How much of it is one sample.
    pub turns: Turns,
    /// How those who work share the cores.
    pub sides: Sides,
    /// Who does it.
    pub subjects: Vec<Subject>,
    /// Which of them are compared.
    pub claims: Vec<Claim>,
}

/// One of several that do the same work.
pub struct Subject {
    /// Unique in its case.
    pub name: &'static str,
    /// Takes one sample.
    pub sample: Box<dyn Fn(Turns, Cores) -> Taken>,
}

impl Subject {
    /// The subject `name`, measured by `sample`.
    pub fn new(name: &'static str, sample: impl Fn(Turns, Cores) -> Taken + 'static) -> Self {
        let sample = Box::new(sample);
        Subject { name, sample }
    }

    /// The subject `name`, which is a scenario.
    #[must_use]
    pub fn of(name: &'static str, scenario: Scenario, across: Across) -> Self {
        Subject::new(name, move |turns, cores| {
            run::sample(&scenario, across, turns, cores)
        })
    }

    /// The same, with one of `share` turns: for one so slow that something else would run on its
    /// cores before it is through with all of them.
    #[must_use]
    pub fn with_one_of(self, share: u32) -> Self {
        Subject::new(self.name, move |turns, cores| {
            let turns = Turns::new(turns.count() / u64::from(share));
            let taken = (self.sample)(turns, cores);
            Taken {
                elapsed: taken.elapsed * share,
                ..taken
            }
        })
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subject").field(&self.name).finish()
    }
}

/// How those who work share the cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// Two sides: each has a core and never gives it up.
    Spinning,
    /// Two sides: each has a core and sleeps now and then.
    Sleeping,
    /// Two sides on one core.
    TakingTurns,
    /// More threads than cores. They take the cores from each other, so a sample counts only the
    /// preemptions by others.
    Crowded,
}

/// What is told of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Time a message.
    Nanos,
    /// Messages a second.
    MillionsPerSecond,
    /// Bytes a second, in messages of so many bytes.
    GibibytesPerSecond(usize),
}

impl Unit {
    /// The result of a sample in this unit.
    #[must_use]
    pub fn of(self, elapsed: Duration, turns: Turns) -> f64 {
        let nanos = elapsed.as_nanos() as f64 / turns.count() as f64;
        match self {
            Unit::Nanos => nanos,
            Unit::MillionsPerSecond => 1_000.0 / nanos,
            Unit::GibibytesPerSecond(bytes) => bytes as f64 / nanos * 1e9 / f64::from(1 << 30),
        }
    }

    /// The better of two results.
    #[must_use]
    pub fn better(self, one: f64, two: f64) -> f64 {
        match self {
            Unit::Nanos => one.min(two),
            Unit::MillionsPerSecond | Unit::GibibytesPerSecond(_) => one.max(two),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Unit::Nanos => "ns",
            Unit::MillionsPerSecond => "M/s",
            Unit::GibibytesPerSecond(_) => "GiB/s",
        }
    }
}
