//! The table of what was measured.

use super::placement::Placement;
use super::rounds::{self, Results};
use super::spread::Spread;
use super::table::{self, figure};

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
pub fn print(results: &[Results<'_>]) {
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
                    case.name.clone(),
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
    rounds::print_discarded(results);
}
