//! The table of what was measured.

use crate::placement::Placement;
use crate::rounds::Results;
use crate::spread::Spread;
use crate::table;

const HEADS: [&str; 7] = [
    "case",
    "subject",
    "placement",
    " samples",
    " median",
    " quartiles",
    "unit",
];

/// Prints a line for each subject in each placement that it was met in.
pub(crate) fn print(results: &[Results<'_>]) {
    let mut rows = Vec::new();
    for results in results {
        let case = results.case;
        for placement in Placement::ALL {
            for subject in &case.subjects {
                let values = results.values(subject.name, placement).flatten();
                let Some(spread) = Spread::of(values) else {
                    continue;
                };
                rows.push(vec![
                    case.name.to_owned(),
                    subject.name.to_owned(),
                    placement.to_string(),
                    spread.count.to_string(),
                    figure(spread.median),
                    format!("{} .. {}", figure(spread.low), figure(spread.high)),
                    case.unit.name().to_owned(),
                ]);
            }
        }
    }
    table::print(&HEADS, &rows);
    let samples = || results.iter().flat_map(|case| case.rounds.iter().flatten());
    let moved = samples().filter(|sample| sample.placement.is_none());
    println!(
        "\n{} of {} samples thrown away: each time they were tried, the cores moved or had other work.",
        moved.count(),
        samples().count()
    );
}

/// Three digits or more.
fn figure(value: f64) -> String {
    let decimals = if value < 100.0 { 1 } else { 0 };
    format!("{value:.decimals$}")
}
