//! `cargo xtask weaken`: every ordering in the core, every fence and every wake is weakened in
//! turn, and a model must then fail. What survives is either not needed or not defended.

use crate::args::{Args, Usage};
use crate::mutant::{self, Mutant};
use crate::tally::Tally;
use crate::trial::Trial;
use crate::verdict::Verdict;
use crate::workspace;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const BOUND: u32 = 2;
const TIMEOUT_SECONDS: u64 = 120;

pub(crate) const HELP: &str = "\
Weaken each memory ordering in turn and require that a loom model fails.

Usage: cargo xtask weaken [--bound N] [--timeout SECONDS] [FILTER]

Arguments:
  FILTER               Only this label, as in `P1`, or places that contain this, as in `gate.rs`

Options:
  --bound N            How many times a thread may be interrupted in one execution [default: 2]
  --timeout SECONDS    How long the models may take on one mutant [default: 120]

Only the models that execute a place are tried on it, the quickest first. A place whose label is
`-` has no comment such as `// P1: …` in the six lines above it. A model that hangs has noticed too.
What the models printed stays in target-loom/weaken/.";

pub(crate) fn run(mut args: Args) -> Result<Tally, Usage> {
    let bound = args.option("--bound")?.unwrap_or(BOUND);
    let timeout = args.option("--timeout")?.unwrap_or(TIMEOUT_SECONDS);
    let filter = args.positional().unwrap_or_default();
    args.finish()?;
    let tally = weaken(bound, Duration::from_secs(timeout), &filter);
    Ok(tally.unwrap_or_else(|problem| {
        println!("FAILED: {problem}");
        Tally::one(false)
    }))
}

fn weaken(bound: u32, timeout: Duration, filter: &str) -> Result<Tally, String> {
    let trial = Trial::build(bound, timeout)?;
    let mut mutants = mutant::all(&trial.sites())?;
    if mutants.is_empty() {
        let sources = workspace::CORE_SOURCES;
        return Err(format!("the models execute no ordering in {sources}"));
    }
    mutants.retain(|mutant| mutant.label == filter || mutant.key.contains(filter));
    if mutants.is_empty() {
        return Err(format!("there is nothing to weaken at `{filter}`"));
    }
    Ok(try_all(&trial, &mutants))
}

/// Tries the mutants, as many at a time as there are processors, and prints the table.
fn try_all(trial: &Trial, mutants: &[Mutant]) -> Tally {
    let table = Table::for_mutants(mutants);
    table.print_head();
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    let mut tally = Tally::default();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some((index, mutant)) = take(mutants, next) {
                    let start = Instant::now();
                    let verdict = trial.try_mutant(index, mutant);
                    if sender.send((mutant, verdict, start.elapsed())).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (mutant, verdict, took) in results {
            table.print_row(mutant, &verdict, took);
            tally += Tally::one(verdict.is_caught());
        }
    });
    println!("{} mutants caught, {} not", tally.passed, tally.failed);
    tally
}

fn take<'a>(mutants: &'a [Mutant], next: &AtomicUsize) -> Option<(usize, &'a Mutant)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((index, mutants.get(index)?))
}

/// The table of verdicts, as wide as its mutants need.
struct Table {
    widths: [usize; 5],
}

impl Table {
    const HEAD: [&str; 5] = ["place", "label", "operation", "change", "time"];

    fn for_mutants(mutants: &[Mutant]) -> Self {
        let mut widths = Self::HEAD.map(str::len);
        for mutant in mutants {
            for (width, cell) in widths.iter_mut().zip(Self::cells(mutant, "123.4 s")) {
                *width = cell.len().max(*width);
            }
        }
        Self { widths }
    }

    fn cells<'a>(mutant: &'a Mutant, took: &'a str) -> [&'a str; 5] {
        [
            &mutant.key,
            &mutant.label,
            &mutant.operation,
            &mutant.change,
            took,
        ]
    }

    fn print_head(&self) {
        self.print(Self::HEAD, "verdict");
    }

    fn print_row(&self, mutant: &Mutant, verdict: &Verdict, took: Duration) {
        let took = format!("{:.1} s", took.as_secs_f64());
        self.print(Self::cells(mutant, &took), &verdict.to_string());
    }

    fn print(&self, cells: [&str; 5], verdict: &str) {
        for (cell, width) in cells.into_iter().zip(self.widths) {
            print!("{cell:width$}  ");
        }
        println!("{verdict}");
    }
}
