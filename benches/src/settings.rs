//! How thoroughly to measure.

use std::env;

/// Set by `cargo xtask bench --quick`: do the benchmarks run, not what do they give.
const QUICK: &str = "RINGWAY_BENCH_QUICK";

/// Whether to measure briefly.
#[must_use]
pub fn is_quick() -> bool {
    env::var_os(QUICK).is_some_and(|value| value != "0")
}
