//! A benchmark whose result are ratios, from its command line to its tables.

use super::arguments::Arguments;
use super::case::Case;
use super::{claim, figures, machine, rounds, tsv};
use crate::cores::Cores;
use crate::follower;
use crate::scenarios::Scenario;

/// Measures those of `cases` that the command line asks for, and prints what came out. `folder` is
/// the `CARGO_TARGET_TMPDIR` of the benchmark `bench`.
///
/// In a process that was started as a follower it plays that part instead, of one of `scenarios`
/// or of those that all have.
pub fn main(folder: &str, bench: &str, scenarios: &[Scenario], cases: fn() -> Vec<Case>) {
    if follower::is_one(scenarios) {
        return;
    }
    let arguments = Arguments::parse(folder, bench);
    let Some(cores) = Cores::two() else {
        return println!("{bench}: skipped, it takes two cores");
    };
    let is_wanted = |case: &Case| case.name.contains(&arguments.filter);
    let cases: Vec<Case> = cases().into_iter().filter(is_wanted).collect();
    if cases.is_empty() {
        return;
    }
    println!("\n{}", machine::describe(cores));
    let results = rounds::measure(&cases, arguments.repeats, cores);
    figures::print(&results);
    claim::print(&results);
    println!("\nLoad at the end: {}.", machine::load());
    match tsv::write(&results, &arguments.tsv) {
        Ok(()) => println!("Every sample: {}", arguments.tsv.display()),
        Err(error) => eprintln!("{}: {error}", arguments.tsv.display()),
    }
}
