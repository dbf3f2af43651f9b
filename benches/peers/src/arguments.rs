//! The command line.

use std::path::PathBuf;

pub(crate) const HELP: &str = "\
Ringway beside other queues between threads.

Options:
  --quick        7 rounds instead of 15
  --repeats N    N rounds
  --case NAME    Only cases whose name contains NAME, as in `2 x 2` or `64 B`
  --tsv FILE     Where every sample goes [target/ringway-bench/peers.tsv]
  --json FILE    Also write the figures as JSON";

/// What to do.
pub(crate) struct Arguments {
    pub(crate) wants_help: bool,
    /// Rounds.
    pub(crate) repeats: usize,
    /// Only cases whose name contains it.
    pub(crate) filter: String,
    /// Where every sample is written to.
    pub(crate) tsv: PathBuf,
    /// Where the figures are written to.
    pub(crate) json: Option<PathBuf>,
}

impl Arguments {
    /// What `arguments` ask for, or what is wrong with them.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Arguments {
            wants_help: false,
            repeats: 15,
            filter: String::new(),
            tsv: "target/ringway-bench/peers.tsv".into(),
            json: None,
        };
        let mut repeats = None;
        while let Some(flag) = arguments.next() {
            let mut value = || {
                let value = arguments.next();
                value.ok_or_else(|| format!("{flag} needs a value"))
            };
            match &*flag {
                "--help" | "-h" => parsed.wants_help = true,
                "--quick" => parsed.repeats = 7,
                "--repeats" => repeats = Some(count(&value()?)?),
                "--case" => parsed.filter = value()?,
                "--tsv" => parsed.tsv = value()?.into(),
                "--json" => parsed.json = Some(value()?.into()),
                _ => return Err(format!("unexpected argument `{flag}`")),
            }
        }
        // It says more than `--quick`, wherever it stands.
        parsed.repeats = repeats.unwrap_or(parsed.repeats);
        Ok(parsed)
    }
}

fn count(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|&count| count > 0);
    count.ok_or_else(|| format!("--repeats does not take `{text}`"))
}
