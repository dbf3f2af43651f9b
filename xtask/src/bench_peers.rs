//! `cargo xtask bench-peers`: ringway beside other queues, which are dependencies of a workspace
//! of their own.

use crate::args::{Args, Usage};
use crate::leg::Legs;
use crate::tally::Tally;
use crate::workspace;

/// The workspace.
pub(crate) const MANIFEST: &str = "benches/peers/Cargo.toml";

pub(crate) const HELP: &str = "\
Measure ringway beside other queues between threads, in one run.

Usage: cargo xtask bench-peers [--quick] [OPTIONS]

Options:
  --quick        7 rounds instead of 15
  --repeats N    N rounds
  --case NAME    Only cases whose name contains NAME, as in `2 x 2` or `64 B`
  --tsv FILE     Where every sample goes [target/ringway-bench/peers.tsv]
  --json FILE    Also write the figures as JSON

It fails if a message is lost or garbled, not if a number is bad.";

pub(crate) fn run(mut args: Args) -> Result<Tally, Usage> {
    let mut passed_on = Vec::new();
    if args.flag("--quick") {
        passed_on.push("--quick".to_owned());
    }
    for option in ["--repeats", "--case", "--tsv", "--json"] {
        if let Some(value) = args.option::<String>(option)? {
            passed_on.extend([option.to_owned(), value]);
        }
    }
    args.finish()?;

    let mut program = workspace::cargo("run --release --locked --manifest-path");
    program.arg(MANIFEST);
    program.arg("--target-dir").arg(workspace::target("peers"));
    program.arg("--").args(passed_on);
    let mut legs = Legs::default();
    legs.run("bench-peers", program);
    Ok(legs.finish())
}
