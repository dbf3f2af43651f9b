//! What the models say about a mutant, read from what their test program prints.

use std::fmt;
use std::path::Path;
use std::process::ExitStatus;

/// What became of a mutant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Caught {
        model: String,
    },
    Hung {
        model: String,
    },
    Survived,
    /// The models could not be run at all.
    Broken(String),
}

impl Verdict {
    pub(crate) fn is_caught(&self) -> bool {
        matches!(self, Self::Caught { .. } | Self::Hung { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caught { model } => write!(f, "caught by {model}"),
            Self::Hung { model } => write!(f, "hung in {model}"),
            Self::Survived => write!(f, "SURVIVED"),
            Self::Broken(problem) => write!(f, "NOT RUN: {problem}"),
        }
    }
}

/// How far a test program has come.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The first model that failed.
    failed: Option<String>,
    /// The model that has started and not ended.
    running: Option<String>,
}

impl Progress {
    pub(crate) fn read(log: &Path) -> std::io::Result<Self> {
        Ok(Self::parse(&String::from_utf8_lossy(&std::fs::read(log)?)))
    }

    fn parse(log: &str) -> Self {
        let mut progress = Self::default();
        for line in log.lines() {
            // `test NAME ... ` while it runs, then `ok` or `FAILED` behind it.
            let test = line
                .strip_prefix("test ")
                .and_then(|test| test.split_once(" ..."));
            let Some((name, result)) = test else { continue };
            progress.running = result.trim().is_empty().then(|| name.to_owned());
            if result.trim() == "FAILED" && progress.failed.is_none() {
                progress.failed = Some(name.to_owned());
            }
        }
        progress
    }

    /// The verdict on the mutant, once there is one. `status` is that of the program if it ended.
    pub(crate) fn judge(self, status: Option<ExitStatus>, out_of_time: bool) -> Option<Verdict> {
        let running = self
            .running
            .unwrap_or_else(|| "no model by name".to_owned());
        match (self.failed, status) {
            (Some(model), _) => Some(Verdict::Caught { model }),
            (None, Some(status)) if status.success() => Some(Verdict::Survived),
            (None, Some(_)) => Some(Verdict::Caught { model: running }),
            (None, None) => out_of_time.then_some(Verdict::Hung { model: running }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_model_that_failed_or_is_still_running() {
        let some = |name: &str| Some(name.to_owned());
        let log = "running 3 tests\ntest a::x ... ok\ntest a::y ... FAILED\ntest a::z ... ";
        let progress = Progress::parse(log);
        assert_eq!(
            progress,
            Progress {
                failed: some("a::y"),
                running: some("a::z")
            }
        );
        let done = "test a ... ok\ntest b ... ignored\n\ntest result: ok. 1 passed; 0 failed";
        assert_eq!(Progress::parse(done), Progress::default());
    }

    #[test]
    fn a_running_program_gives_no_verdict_before_its_time() {
        let running = || Progress::parse("test a ... ");
        assert_eq!(running().judge(None, false), None);
        let hung = Verdict::Hung {
            model: "a".to_owned(),
        };
        assert_eq!(running().judge(None, true), Some(hung));
    }
}
