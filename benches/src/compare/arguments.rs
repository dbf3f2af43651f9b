//! The command line: `[--repeats N] [--tsv FILE] [FILTER]`.

use crate::settings;
use std::env;
use std::path::{Path, PathBuf};

/// What to do.
#[derive(Debug)]
pub struct Arguments {
    /// Rounds.
    pub repeats: usize,
    /// Only cases whose name contains it.
    pub filter: String,
    /// Where every sample is written to.
    pub tsv: PathBuf,
}

impl Arguments {
    /// Takes what it knows. Cargo adds `--bench`, and all benchmarks get the same arguments, so the
    /// rest is not for this one.
    ///
    /// `folder` is one for temporary files (`CARGO_TARGET_TMPDIR`); beside it lies what `bench` writes.
    #[must_use]
    pub fn parse(folder: &str, bench: &str) -> Self {
        let mut parsed = Arguments {
            repeats: if settings::is_quick() { 5 } else { 25 },
            filter: String::new(),
            tsv: Path::new(folder).with_file_name(format!("ringway-bench/{bench}.tsv")),
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
