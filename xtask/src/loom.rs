//! `cargo xtask loom`: the models of the protocols, every schedule up to a bound.

use crate::args::{Args, Usage};
use crate::leg::Legs;
use crate::models;
use crate::tally::Tally;

const BOUND: u32 = 3;

pub(crate) const HELP: &str = "\
Run the loom models of the protocols.

Usage: cargo xtask loom [--bound N] [FILTER]

Arguments:
  FILTER       Only models whose name contains this

Options:
  --bound N    How many times a thread may be interrupted in one execution [default: 3]

When a model fails, run that one alone with LOOM_LOG=trace and LOOM_LOCATION=1 to see the
schedule.";

pub(crate) fn run(mut args: Args) -> Result<Tally, Usage> {
    let bound = args.option("--bound")?.unwrap_or(BOUND);
    let filter = args.positional();
    args.finish()?;

    let mut test = models::cargo(models::TEST);
    test.arg("--no-fail-fast")
        .env(models::BOUND, bound.to_string());
    if let Some(filter) = filter {
        test.args(["--", &filter]);
    }
    let mut legs = Legs::default();
    legs.run_tests("loom", test);
    Ok(legs.finish())
}
