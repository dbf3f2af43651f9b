//! Ringway beside the queues that a Rust program uses between its threads: several senders,
//! several receivers, all in one process, in one run.
//!
//! ```text
//!   core 0            core 1                    every sender puts its numbers in, one by one;
//!   ┌──────────┐      ┌──────────┐              every receiver takes what it gets, and adds up;
//!   │ sender   │      │ sender   │              the sums must be right.
//!   │ receiver │      │ receiver │
//!   └──────────┘      └──────────┘              2 x 2; the other shapes: [`shape`]
//! ```
//!
//! How samples are compared: [`ringway_benches::compare`]. A queue to compare with is one file in
//! [`peers`] and one line in [`cases`].

mod arguments;
mod cases;
mod crew;
mod figures;
mod json;
mod payload;
mod peers;
mod ringway;
mod shape;
mod snooze;
mod start;
mod subject;
mod verdict;

use arguments::{Arguments, HELP};
use ringway_benches::compare::{machine, rounds, tsv};
use ringway_benches::cores::Cores;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("error: {problem}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    if arguments.wants_help {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let Some(cores) = Cores::two() else {
        println!("skipped: it takes two cores");
        return ExitCode::SUCCESS;
    };
    let cases = cases::all(&arguments.filter);
    if cases.is_empty() {
        eprintln!("error: no case's name contains `{}`", arguments.filter);
        return ExitCode::from(2);
    }

    let machine = machine::describe(cores);
    println!("{machine}");
    let results = rounds::measure(&cases, arguments.repeats, cores);
    figures::print(&results);
    verdict::print(&results);
    println!("\nLoad at the end: {}.", machine::load());

    let mut written = vec![(&arguments.tsv, tsv::write(&results, &arguments.tsv))];
    if let Some(file) = &arguments.json {
        written.push((file, json::write(&results, &machine, file)));
    }
    let mut status = ExitCode::SUCCESS;
    for (file, result) in written {
        match result {
            Ok(()) => println!("Written: {}", file.display()),
            Err(error) => {
                eprintln!("{}: {error}", file.display());
                status = ExitCode::FAILURE;
            }
        }
    }
    status
}
