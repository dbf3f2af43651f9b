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
    /// Those first that end first: most mutants are caught by many models.
    models: Vec<Model>,
    bound: String,
    timeout: Duration,
    logs: PathBuf,
}

/// One model, in the program that holds it.
struct Model {
    program: PathBuf,
    name: String,
    /// The sites that it executes, as it recorded them.
    sites: String,
    took: Duration,
}

impl Model {
    /// Whether it executes what `mutant` weakens: no other can notice it.
    fn executes(&self, mutant: &Mutant) -> bool {
        let place = mutant.place();
        let is_it = |site: &str| site.split_once('\t').is_some_and(|(at, _)| at == place);
        self.sites.lines().any(is_it)
    }
}

impl Trial {
    /// Builds the models, and runs each once as it is.
    pub(crate) fn build(bound: u32, timeout: Duration) -> Result<Self, String> {
        let programs = models::programs()?;
        let logs = workspace::root().join(models::TARGET_DIR).join("weaken");
        std::fs::create_dir_all(&logs).map_err(|error| format!("{}: {error}", logs.display()))?;
        let mut trial = Self {
            models: Vec::new(),
            bound: bound.to_string(),
            timeout,
            logs,
        };
        for program in programs {
            for name in models::names(&program)? {
                trial.models.push(Model {
                    program: program.clone(),
                    name,
                    sites: String::new(),
                    took: Duration::ZERO,
                });
            }
        }
        let mut models = std::mem::take(&mut trial.models);
        for model in &mut models {
            let start = Instant::now();
            model.sites = trial.record(model)?;
            model.took = start.elapsed();
        }
        models.sort_by_key(|model| model.took);
        trial.models = models;
        Ok(trial)
    }

    /// Runs a model as it is and gives the sites that it recorded.
    fn record(&self, model: &Model) -> Result<String, String> {
        let record = self.logs.join("sites.tsv");
        // The model appends to it: nothing of an earlier one may stay.
        File::create(&record).map_err(|error| format!("{}: {error}", record.display()))?;
        let log = self.logs.join("unweakened.log");
        let plan = (mutant::RECORD, &*record.to_string_lossy());
        match self.run(model, plan, &log, Instant::now() + self.timeout) {
            Verdict::Survived => workspace::read(&record),
            verdict => Err(format!(
                "a model fails although nothing is weakened: {verdict}"
            )),
        }
    }

    /// The sites that the models execute.
    pub(crate) fn sites(&self) -> String {
        self.models.iter().map(|model| &*model.sites).collect()
    }

    /// Runs the models with `mutant`, up to the first that fails. The log is named by `index`.
    pub(crate) fn try_mutant(&self, index: usize, mutant: &Mutant) -> Verdict {
        let log = self.logs.join(format!("{index}.log"));
        let deadline = Instant::now() + self.timeout;
        let plan = (mutant::WEAKEN, &*mutant.key);
        let concerned = self.models.iter().filter(|model| model.executes(mutant));
        concerned
            .map(|model| self.run(model, plan, &log, deadline))
            .find(|verdict| *verdict != Verdict::Survived)
            .unwrap_or(Verdict::Survived)
    }

    /// Runs a model with the variable that `plan` names set to its value.
    fn run(&self, model: &Model, plan: (&str, &str), log: &Path, deadline: Instant) -> Verdict {
        let program = &model.program;
        let mut command = Command::new(program);
        command.current_dir(workspace::root());
        // With one thread the log names the model before it ends: it may take the process down, or
        // not come to an end.
        command.args(["--exact", &model.name, "--test-threads=1"]);
        command.env(models::BOUND, &self.bound).env(plan.0, plan.1);
        run_program(&mut command, log, deadline)
            .unwrap_or_else(|error| Verdict::Broken(format!("{}: {error}", program.display())))
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
