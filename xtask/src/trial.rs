//! Running the models with one mutant, up to the first model that fails.

use crate::models;
use crate::mutant::{self, Mutant};
use crate::verdict::{Progress, Verdict};
use crate::workspace;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(10);

/// The models, built once, and what a run has in common for all mutants.
pub(crate) struct Trial {
    programs: Vec<PathBuf>,
    bound: String,
    timeout: Duration,
    logs: PathBuf,
}

impl Trial {
    /// Builds the models.
    pub(crate) fn build(bound: u32, timeout: Duration) -> Result<Self, String> {
        let programs = models::programs()?;
        let logs = workspace::root().join(models::TARGET_DIR).join("weaken");
        std::fs::create_dir_all(&logs).map_err(|error| format!("{}: {error}", logs.display()))?;
        Ok(Self {
            programs,
            bound: bound.to_string(),
            timeout,
            logs,
        })
    }

    /// Runs the models as they are and gives the sites that they recorded.
    pub(crate) fn record(&self) -> Result<String, String> {
        let record = self.logs.join("sites.tsv");
        // The models append to it: nothing of an earlier run may stay.
        File::create(&record).map_err(|error| format!("{}: {error}", record.display()))?;
        let log = self.logs.join("unweakened.log");
        match self.run_models(mutant::RECORD, &record.to_string_lossy(), &log) {
            Verdict::Survived => workspace::read(&record),
            verdict => Err(format!(
                "a model fails although nothing is weakened: {verdict}"
            )),
        }
    }

    /// Runs the models with `mutant`. The log is named by `index`.
    pub(crate) fn try_mutant(&self, index: usize, mutant: &Mutant) -> Verdict {
        let log = self.logs.join(format!("{index}.log"));
        self.run_models(mutant::WEAKEN, &mutant.key, &log)
    }

    /// Runs the models with the variable `key` set to `value`, up to the first that fails.
    fn run_models(&self, key: &str, value: &str, log: &Path) -> Verdict {
        let deadline = Instant::now() + self.timeout;
        for program in &self.programs {
            let mut command = Command::new(program);
            // One model at a time, so that the end of the log names the model that took the
            // process down or did not come to an end.
            command
                .current_dir(workspace::root())
                .arg("--test-threads=1");
            command.env(models::BOUND, &self.bound).env(key, value);
            match run_program(&mut command, log, deadline) {
                Ok(Verdict::Survived) => {}
                Ok(verdict) => return verdict,
                Err(error) => return Verdict::Broken(format!("{}: {error}", program.display())),
            }
        }
        Verdict::Survived
    }
}

fn run_program(command: &mut Command, log: &Path, deadline: Instant) -> std::io::Result<Verdict> {
    command
        .stdin(Stdio::null())
        .stdout(File::create(log)?)
        .stderr(Stdio::null());
    let mut child = command.spawn()?;
    loop {
        let status = child.try_wait()?;
        let progress = Progress::read(log)?;
        if let Some(verdict) = progress.judge(status, Instant::now() >= deadline) {
            if status.is_none() {
                child.kill()?;
                child.wait()?;
            }
            return Ok(verdict);
        }
        thread::sleep(POLL);
    }
}
