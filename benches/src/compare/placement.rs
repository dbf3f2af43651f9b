//! Whether the two cores share a cache just now.

use crate::cores::Cores;
use crate::run::{Across, sample};
use crate::scenarios::ONE_LINE;
use crate::turns::Turns;
use std::fmt;

/// How far the two cores are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// They share a last-level cache.
    Near,
    /// They do not.
    Far,
}

impl Placement {
    /// Both.
    pub const ALL: [Placement; 2] = [Placement::Near, Placement::Far];

    /// The placement in which samples lie between the two bounces, if it is one placement: by more
    /// than this the bounces differ only if the cores moved or something else ran on them.
    #[must_use]
    pub fn between(before: Bounce, after: Bounce) -> Option<Self> {
        const LARGEST_CHANGE: f64 = 1.3;
        let (less, more) = (before.nanos.min(after.nanos), before.nanos.max(after.nanos));
        (more < less * LARGEST_CHANGE).then(|| before.placement())
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Placement::Near => "near",
            Placement::Far => "far",
        })
    }
}

/// What a cache line takes to the other core and back.
#[derive(Clone, Copy, Debug)]
pub struct Bounce {
    nanos: f64,
}

impl Bounce {
    /// Measures it: the median of a few short runs.
    #[must_use]
    pub fn measure(cores: Cores) -> Self {
        const RUNS: usize = 5;
        const TURNS: u64 = 4_000;
        let mut runs = [(); RUNS].map(|()| {
            let taken = sample(&ONE_LINE, Across::Threads, Turns::new(TURNS), cores);
            taken.elapsed.as_nanos() as f64 / TURNS as f64
        });
        runs.sort_by(f64::total_cmp);
        Bounce {
            nanos: runs[RUNS / 2],
        }
    }

    fn placement(self) -> Placement {
        /// Between the two there is nothing: a bounce takes up to 100 ns, or more than 300.
        const FAR: f64 = 200.0;
        if self.nanos < FAR {
            Placement::Near
        } else {
            Placement::Far
        }
    }
}
