//! `cargo xtask bench`: the benchmarks of this project.

use crate::args::{Args, Usage};
use crate::leg::Legs;
use crate::tally::Tally;
use crate::workspace;

/// Tells the benchmarks to measure briefly: do they run, not what do they give.
pub(crate) const QUICK: &str = "RINGWAY_BENCH_QUICK";

pub(crate) const HELP: &str = "\
Run the benchmarks.

Usage: cargo xtask bench [--quick] [-- ARGS...]

Options:
  --quick    Measure briefly: the same benchmarks, with numbers that say little
  ARGS       For cargo bench, as in `--bench NAME`";

pub(crate) fn run(mut args: Args) -> Result<Tally, Usage> {
    let is_quick = args.flag("--quick");
    let passed_on = args.passed_on();
    args.finish()?;

    let mut bench = workspace::cargo("bench --package ringway-benches");
    bench.args(passed_on);
    if is_quick {
        bench.env(QUICK, "1");
    }
    let mut legs = Legs::default();
    legs.run("bench", bench);
    Ok(legs.finish())
}
