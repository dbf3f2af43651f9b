//! The table of what was measured.

use crate::cases::RINGWAY;
use ringway_benches::compare::claim::{Claim, Target};
use ringway_benches::compare::placement::Placement;
use ringway_benches::compare::rounds::{self, Results};
use ringway_benches::compare::spread::Spread;
use ringway_benches::compare::table::{self, figure};

/// A subject in a placement.
pub(crate) struct Row {
    pub(crate) case: String,
    pub(crate) subject: &'static str,
    pub(crate) placement: Placement,
    /// Millions of messages a second.
    pub(crate) rate: Spread,
    /// How many times as fast ringway is.
    pub(crate) ratio: Option<Spread>,
}

/// A row for each subject in each placement that it was met in.
pub(crate) fn rows(results: &[Results<'_>]) -> Vec<Row> {
    let mut rows = Vec::new();
    for results in results {
        for placement in Placement::ALL {
            for subject in results.case.subjects.iter().map(|subject| subject.name) {
                let rates = results.values(subject, placement).flatten();
                let Some(rate) = Spread::of(rates) else {
                    continue;
                };
                rows.push(Row {
                    case: results.case.name.clone(),
                    subject,
                    placement,
                    rate,
                    ratio: (subject != RINGWAY)
                        .then(|| ratio(results, &[subject], placement))
                        .flatten(),
                });
            }
        }
    }
    rows
}

/// How many times as fast ringway is as the best of `others` in the same round, if it is among
/// the subjects.
pub(crate) fn ratio(
    results: &Results<'_>,
    others: &[&'static str],
    placement: Placement,
) -> Option<Spread> {
    let mut subjects = results.case.subjects.iter();
    subjects.find(|subject| subject.name == RINGWAY)?;
    Claim::new(RINGWAY, others, Target::None).ratios(results, placement)
}

const HEADS: [&str; 8] = [
    "case",
    "subject",
    "placement",
    " samples",
    " M/s",
    " quartiles",
    " ringway/it",
    " quartiles",
];

/// Prints the rows.
pub(crate) fn print(results: &[Results<'_>]) {
    let line = |row: Row| {
        let rate = row.rate;
        let (ratio, quartiles) = row.ratio.map_or_else(Default::default, |ratio| {
            (
                format!("{:.2}", ratio.median),
                format!("{:.2} .. {:.2}", ratio.low, ratio.high),
            )
        });
        vec![
            row.case,
            row.subject.to_owned(),
            row.placement.to_string(),
            rate.count.to_string(),
            figure(rate.median),
            format!("{} .. {}", figure(rate.low), figure(rate.high)),
            ratio,
            quartiles,
        ]
    };
    let lines: Vec<_> = rows(results).into_iter().map(line).collect();
    table::print(&HEADS, &lines);
    rounds::print_discarded(results);
}
