//! `cargo xtask bench-peers`: ringway beside other queues and rings, which are dependencies of a
//! workspace of their own.

use crate::args::{Args, Usage};
use crate::bench::QUICK;
use crate::leg::Legs;
use crate::tally::Tally;
use crate::workspace;
use std::process::Command;

/// The workspace.
pub(crate) const MANIFEST: &str = "benches/peers/Cargo.toml";

pub(crate) const HELP: &str = "\
Measure ringway beside others, in one run.

Usage: cargo xtask bench-peers [PROGRAM] [--quick] [OPTIONS]

Programs, both unless one is named:
  queues         Queues of items between threads, for several senders and receivers
  bytes          Rings of records of any length, between threads and between processes

Options:
  --quick        7 rounds of queues instead of 15, 5 of bytes instead of 25
  --repeats N    N rounds
  --case NAME    Only cases whose name contains NAME, as in `2 x 2` or `64 B`, of the queues if no
                 program is named
  --tsv FILE     Where every sample of the program named goes, of the queues if none is
                 [target/ringway-bench/peers.tsv, target/ringway-bench/bytes-peers.tsv]
  --json FILE    Also write the figures of the queues as JSON

It fails if a message is lost or garbled, not if a number is bad.";

/// What the command line asks of both programs.
struct Asked {
    is_quick: bool,
    repeats: Option<String>,
    case: Option<String>,
    tsv: Option<String>,
    json: Option<String>,
}

pub(crate) fn run(mut args: Args) -> Result<Tally, Usage> {
    let program = args.positional();
    let asked = Asked {
        is_quick: args.flag("--quick"),
        repeats: args.option("--repeats")?,
        case: args.option("--case")?,
        tsv: args.option("--tsv")?,
        json: args.option("--json")?,
    };
    args.finish()?;
    let is_narrow = asked.case.is_some() || asked.tsv.is_some() || asked.json.is_some();

    let mut legs = Legs::default();
    match program.as_deref() {
        Some("bytes") if asked.json.is_some() => {
            return Err(Usage("--json is for the queues".to_owned()));
        }
        Some("bytes") => legs.run("bench-peers bytes", bytes(asked)),
        Some("queues") => legs.run("bench-peers queues", queues(&asked)),
        Some(name) => return Err(Usage(format!("there is no program `{name}`"))),
        None => {
            legs.run("bench-peers queues", queues(&asked));
            if !is_narrow {
                legs.run("bench-peers bytes", bytes(asked));
            }
        }
    }
    Ok(legs.finish())
}

fn program(name: &str) -> Command {
    let mut program = workspace::cargo("run --release --locked --manifest-path");
    program.args([MANIFEST, "--bin", name]);
    program.arg("--target-dir").arg(workspace::target("peers"));
    program.arg("--");
    program
}

fn queues(asked: &Asked) -> Command {
    let mut program = program("ringway-bench-peers");
    if asked.is_quick {
        program.arg("--quick");
    }
    let options = [
        ("--repeats", &asked.repeats),
        ("--case", &asked.case),
        ("--tsv", &asked.tsv),
        ("--json", &asked.json),
    ];
    for (option, value) in options {
        program.args(value.iter().flat_map(|value| [option, value]));
    }
    program
}

/// Its command line is that of the benchmarks, of which `--bench` is told by cargo to each.
fn bytes(asked: Asked) -> Command {
    let mut program = program("bytes");
    if asked.is_quick {
        program.env(QUICK, "1");
    }
    program.arg("--bench");
    for (option, value) in [("--repeats", asked.repeats), ("--tsv", asked.tsv)] {
        program.args(
            value
                .into_iter()
                .flat_map(|value| [option.to_owned(), value]),
        );
    }
    program.args(asked.case);
    program
}
