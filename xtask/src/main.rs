//! The project's checks as commands: `cargo xtask check | loom | weaken | fuzz | cross |
//! bench | bench-peers`.
//!
//! Each command runs its legs to the end whatever fails, and closes with the line
//! `N passed, N failed`, which `.ci/run` adds up.

mod args;
mod bench;
mod bench_peers;
mod check;
mod cross;
mod fuzz;
mod json;
mod labels;
mod leg;
mod loom;
mod models;
mod msrv;
mod mutant;
mod parked;
mod patience;
mod tally;
mod trial;
mod verdict;
mod weaken;
mod workspace;

use args::Args;
use std::process::ExitCode;
use tally::Tally;

const HELP: &str = "\
The checks of ringway.

Usage: cargo xtask <COMMAND> [--help]

Commands:
  check        Everything that needs no model: format, lints, tests, docs, labels, dependencies
  parked       Run the tests with wait slots in place of the futex
  loom         Run the loom models of the protocols
  weaken       Weaken each memory ordering in turn and require that a model notices
  fuzz         Run the fuzz targets: lying peers, and honest ones against a plain model
  cross        Build and lint for Windows and macOS; run the tests as Windows programs under Wine
  bench        Run the benchmarks
  bench-peers  Measure ringway beside other queues and rings

Each command closes with the line `N passed, N failed`.
Exit status: 0 all passed, 1 something failed, 2 the command line was wrong.";

/// One command: its help, and what it does with the arguments that follow its name.
struct Task {
    name: &'static str,
    help: &'static str,
    run: fn(Args) -> Result<Tally, args::Usage>,
}

const TASKS: [Task; 8] = [
    Task {
        name: "check",
        help: check::HELP,
        run: check::run,
    },
    Task {
        name: "parked",
        help: parked::HELP,
        run: parked::run,
    },
    Task {
        name: "loom",
        help: loom::HELP,
        run: loom::run,
    },
    Task {
        name: "weaken",
        help: weaken::HELP,
        run: weaken::run,
    },
    Task {
        name: "fuzz",
        help: fuzz::HELP,
        run: fuzz::run,
    },
    Task {
        name: "cross",
        help: cross::HELP,
        run: cross::run,
    },
    Task {
        name: "bench",
        help: bench::HELP,
        run: bench::run,
    },
    Task {
        name: "bench-peers",
        help: bench_peers::HELP,
        run: bench_peers::run,
    },
];

fn main() -> ExitCode {
    let mut args = Args::from_command_line();
    let Some(name) = args.positional() else {
        if args.flag("--help") || args.flag("-h") {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        return misused("no command given", HELP);
    };
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        return misused(&format!("there is no command `{name}`"), HELP);
    };
    if args.flag("--help") || args.flag("-h") {
        println!("{}", task.help);
        return ExitCode::SUCCESS;
    }
    match (task.run)(args) {
        Ok(tally) => {
            println!("{tally}");
            ExitCode::from(u8::from(!tally.is_good()))
        }
        Err(usage) => misused(&usage.0, task.help),
    }
}

fn misused(problem: &str, help: &str) -> ExitCode {
    eprintln!("error: {problem}\n\n{help}");
    ExitCode::from(2)
}
