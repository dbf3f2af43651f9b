//! The command line: `[--repeats N] [--tsv FILE] [FILTER]`.

use ringway_benches::settings;
use std::env;
use std::path::{Path, PathBuf};

/// What to do.
pub(crate) struct Arguments {
    /// Rounds.
    pub(crate) repeats: usize,
    /// Only cases whose name contains it.
    pub(crate) filter: String,
    /// Where every sample is written to.
    pub(crate) tsv: PathBuf,
}

impl Arguments {
    /// Takes what it knows. Cargo adds `--bench`, and all benchmarks get the same arguments, so the
    /// rest is not for this one.
    pub(crate) fn parse() -> Self {
        let mut parsed = Arguments {
            repeats: if settings::is_quick() { 5 } else { 25 },
            filter: String::new(),
            tsv: Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("ringway-bench/ratios.tsv"),
        };
        let mut is_bench = false;
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().unwrap_or_default();
            match &*argument {
                "--bench" => is_bench = true,
                "--repeats" => parsed.repeats = value().parse().unwrap_or(parsed.repeats),
                "--tsv" => parsed.tsv = value().into(),
                flag if flag.starts_with('-') => {}
                filter => parsed.filter = filter.to_owned(),
            }
        }
        if !is_bench {
            // `cargo test` only wants to see that it runs.
            parsed.repeats = 1;
        }
        parsed
    }
}
