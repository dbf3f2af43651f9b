//! The table of ratios, and what is demanded of them.

use super::placement::Placement;
use super::rounds::Results;
use super::spread::Spread;
use super::table;
use std::fmt;

/// One subject compared with the best of others.
#[derive(Clone, Debug)]
pub struct Claim {
    subject: &'static str,
    others: Vec<&'static str>,
    target: Target,
}

/// What is demanded of a ratio.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// For times.
    AtMost(f64),
    /// For rates.
    AtLeast(f64),
    /// Nothing: it is told for comparison.
    None,
}

impl Target {
    /// Whether `ratio` meets it, in a word.
    #[must_use]
    pub fn verdict(self, ratio: f64) -> &'static str {
        match self {
            Target::AtMost(limit) if ratio > limit => "missed",
            Target::AtLeast(limit) if ratio < limit => "missed",
            Target::None => "",
            _ => "met",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::AtMost(limit) => write!(f, "<= {limit:.2}"),
            Target::AtLeast(limit) => write!(f, ">= {limit:.2}"),
            Target::None => Ok(()),
        }
    }
}

impl Claim {
    /// `subject` has `target` against the best of `others`.
    #[must_use]
    pub fn new(subject: &'static str, others: &[&'static str], target: Target) -> Self {
        Claim {
            subject,
            others: others.to_vec(),
            target,
        }
    }

    /// The ratios of the rounds in which all that are compared were in `placement`.
    #[must_use]
    pub fn ratios(&self, results: &Results<'_>, placement: Placement) -> Option<Spread> {
        let unit = results.case.unit;
        let mut others: Vec<Option<f64>> = results.values(self.others[0], placement).collect();
        for name in &self.others[1..] {
            for (best_yet, value) in others.iter_mut().zip(results.values(name, placement)) {
                *best_yet = best_yet.zip(value).map(|(one, two)| unit.better(one, two));
            }
        }
        let pairs = results.values(self.subject, placement).zip(others);
        Spread::of(pairs.filter_map(|(value, other)| Some(value? / other?)))
    }
}

const HEADS: [&str; 8] = [
    "case",
    "subject",
    "against",
    "placement",
    " rounds",
    " ratio",
    " quartiles",
    "target",
];

/// Prints a line for each claim in each placement in which it can be judged.
pub fn print(results: &[Results<'_>]) {
    let mut rows = Vec::new();
    for results in results {
        for claim in &results.case.claims {
            for placement in Placement::ALL {
                let Some(spread) = claim.ratios(results, placement) else {
                    continue;
                };
                let verdict = claim.target.verdict(spread.median);
                rows.push(vec![
                    results.case.name.clone(),
                    claim.subject.to_owned(),
                    claim.others.join(" or "),
                    placement.to_string(),
                    spread.count.to_string(),
                    format!("{:.2}", spread.median),
                    format!("{:.2} .. {:.2}", spread.low, spread.high),
                    format!("{} {verdict}", claim.target),
                ]);
            }
        }
    }
    table::print(&HEADS, &rows);
}
