//! The figures for programs.

use crate::figures::{self, Row};
use crate::verdict::{self, GOAL, MUST, Verdict};
use ringway_benches::compare::rounds::Results;
use ringway_benches::compare::spread::Spread;
use serde_json::{Value, json};
use std::path::Path;
use std::{fs, io};

/// Writes what `results` come to into `file`.
pub(crate) fn write(results: &[Results<'_>], machine: &str, file: &Path) -> io::Result<()> {
    let rows = figures::rows(results);
    let verdicts = verdict::all(results);
    let figures = json!({
        "machine": machine,
        "unit": "million messages per second",
        "figures": rows.iter().map(row).collect::<Value>(),
        "verdicts": verdicts.iter().map(judged).collect::<Value>(),
    });
    fs::write(file, format!("{figures:#}\n"))
}

fn row(row: &Row) -> Value {
    json!({
        "case": row.case,
        "subject": row.subject,
        "placement": row.placement.to_string(),
        "rate": spread(&row.rate),
        "ringway_by_it": row.ratio.as_ref().map(spread),
    })
}

fn judged(verdict: &Verdict) -> Value {
    let ratio = verdict.ratio.median;
    json!({
        "case": verdict.case,
        "placement": verdict.placement.to_string(),
        "fastest_peer": verdict.fastest,
        "ringway_by_it": spread(&verdict.ratio),
        "ringway_by_best_of_each_round": verdict.against_best.as_ref().map(spread),
        "must": MUST.verdict(ratio),
        "goal": GOAL.verdict(ratio),
    })
}

fn spread(spread: &Spread) -> Value {
    json!({
        "count": spread.count,
        "median": spread.median,
        "low": spread.low,
        "high": spread.high,
    })
}
