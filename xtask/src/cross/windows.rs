//! The crates on Windows, whose programs Wine runs.

use super::debian::{Missing, Toolchain};
use super::lists::{self, Lists};
use super::programs::{self, Program};
use super::wine::{self, Wine};
use super::{Asked, folder, left_out};
use crate::leg::Legs;
use crate::tally::Tally;
use crate::workspace;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const TARGET: &str = "x86_64-pc-windows-gnu";

/// How long the tests of one program may take.
const MOST: Duration = Duration::from_secs(300);

/// What the examples in the documentation are called, as if they were one program.
const EXAMPLES: &str = "documentation";

pub(super) fn run(asked: &Asked, legs: &mut Legs) {
    let mut missing = Missing::default();
    let toolchain = Toolchain::find(&mut missing);
    let wine = Wine::find(&mut missing);
    let is_complete = missing.check().is_ok();
    legs.check("windows tools", "look for what is needed", || {
        missing.check().map(|()| "all there".to_owned())
    });
    if !is_complete {
        return;
    }
    let here = Windows { asked, toolchain };
    legs.run("windows lints", here.lints());
    legs.count("windows tests", "run them under Wine", || here.tests(&wine));
}

struct Windows<'a> {
    asked: &'a Asked,
    toolchain: Toolchain,
}

impl Windows<'_> {
    fn lints(&self) -> Command {
        self.toolchain.clippy(&self.asked.selection(), TARGET)
    }

    /// Cargo's tests of everything that is meant.
    fn cargo(&self) -> Command {
        let mut cargo = self.toolchain.cargo("test --all-features", TARGET);
        cargo.args(self.asked.selection());
        cargo.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", wine::COMPILER);
        cargo
    }

    /// Builds the tests, compares them with those of this machine, and runs them.
    fn tests(&self, wine: &Wine) -> Result<Tally, String> {
        let programs = programs::build(self.cargo())?;
        let windows = wine.set_up()?;
        let mut there = Lists::new();
        for program in &programs {
            let tests = programs::tests(|| windows.command(&program.path))?;
            there.insert(program.key.clone(), tests);
        }
        there.insert(
            EXAMPLES.to_owned(),
            programs::tests(|| {
                let mut cargo = examples(self.cargo());
                windows.admit_cargo(&mut cargo);
                cargo
            })?,
        );

        let mut sum = self.compare(&there)?;
        let logs = folder().join("logs");
        fs::create_dir_all(&logs).map_err(|error| format!("{}: {error}", logs.display()))?;
        for program in &programs {
            let command = command(&windows, program);
            sum += run_program(&windows, command, &program.key, &there, &logs)?;
        }
        let mut cargo = examples(self.cargo());
        windows.admit_cargo(&mut cargo);
        sum += run_program(&windows, cargo, EXAMPLES, &there, &logs)?;
        println!("under Wine: {sum}");
        Ok(sum)
    }

    /// Shows the tests of this machine beside those of Windows. What is missing there has failed.
    fn compare(&self, there: &Lists) -> Result<Tally, String> {
        let here = self.lists_of_here()?;
        let mut rows = left_out::read()?;
        if !self.asked.is_everything() {
            rows.retain(|row| here.keys().any(|key| row.is_about(key)));
        }
        let comparison = lists::compare(&here, there, &rows);
        println!("\n{comparison}");
        for problem in &comparison.problems {
            println!("FAILED: {problem}");
        }
        Ok(Tally {
            passed: 0,
            failed: comparison.problems.len() as u64,
        })
    }

    /// The tests of this machine.
    fn lists_of_here(&self) -> Result<Lists, String> {
        let cargo = || {
            // Built as `cargo xtask check` builds them, and so only once.
            let mut cargo = workspace::cargo("test --all-features");
            cargo.args(self.asked.selection_here());
            cargo
        };
        let mut lists = Lists::new();
        for program in programs::build(cargo())? {
            if program.is_of(workspace::LINUX_ONLY) {
                continue;
            }
            let tests = programs::tests(|| Command::new(&program.path))?;
            lists.insert(program.key, tests);
        }
        lists.insert(EXAMPLES.to_owned(), programs::tests(|| examples(cargo()))?);
        Ok(lists)
    }
}

/// Cargo's tests of the examples in the documentation only, up to the arguments of these.
fn examples(mut cargo: Command) -> Command {
    cargo.args(["--doc", "--no-fail-fast", "--"]);
    cargo
}

/// Starts the test program `program` as cargo does.
fn command(windows: &wine::Windows<'_>, program: &Program) -> Command {
    let mut command = windows.command(&program.path);
    command.current_dir(&program.folder);
    command.env("CARGO_MANIFEST_DIR", &program.folder);
    command
}

/// Runs the tests of the program `key`, and tells what became of them.
fn run_program(
    windows: &wine::Windows<'_>,
    command: Command,
    key: &str,
    lists: &Lists,
    logs: &Path,
) -> Result<Tally, String> {
    let none = BTreeSet::new();
    let tests = lists.get(key).unwrap_or(&none);
    let log = logs.join(key.replace('/', ".")).with_extension("log");
    let run = windows.run(command, &log, tests, MOST)?;
    println!("{key}: {} in {:.1} s", run.tally, run.took.as_secs_f64());
    if run.tally.failed > 0 {
        println!("FAILED: {key}: {}", run.failed.join(", "));
        println!("{}", workspace::read(&log)?);
    }
    Ok(run.tally)
}
