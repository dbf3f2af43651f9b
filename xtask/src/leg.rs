//! Legs: named checks that run one after the other, each to its end, whatever the others give.

use crate::tally::Tally;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The legs run so far.
#[derive(Default)]
pub(crate) struct Legs {
    done: Vec<Leg>,
}

struct Leg {
    name: &'static str,
    took: Duration,
    tally: Tally,
}

impl Legs {
    /// Runs `command`; the leg passes if it exits with status 0.
    pub(crate) fn run(&mut self, name: &'static str, mut command: Command) {
        self.time(name, &describe(&command), || match command.status() {
            Ok(status) if status.success() => Tally::one(true),
            Ok(status) => fail(&status.to_string()),
            Err(error) => fail(&format!("cannot start it: {error}")),
        });
    }

    /// Runs `command`, which runs libtest, and counts each test. No test at all is a failure.
    pub(crate) fn run_tests(&mut self, name: &'static str, mut command: Command) {
        self.time(name, &describe(&command), || {
            match count_tests(&mut command) {
                Ok(tally) => tally,
                Err(problem) => fail(&problem),
            }
        });
    }

    /// Runs `count`, described by `what`; it gives the checks that it counted, or what is wrong.
    pub(crate) fn count(
        &mut self,
        name: &'static str,
        what: &str,
        count: impl FnOnce() -> Result<Tally, String>,
    ) {
        self.time(name, what, || {
            count().unwrap_or_else(|problem| fail(&problem))
        });
    }

    /// Runs `check`, described by `what`; it gives a line about what it found, or what is wrong.
    pub(crate) fn check(
        &mut self,
        name: &'static str,
        what: &str,
        check: impl FnOnce() -> Result<String, String>,
    ) {
        self.time(name, what, || match check() {
            Ok(found) => {
                println!("{found}");
                Tally::one(true)
            }
            Err(problem) => fail(&problem),
        });
    }

    fn time(&mut self, name: &'static str, what: &str, work: impl FnOnce() -> Tally) {
        println!("\n==> {name}: {what}");
        let start = Instant::now();
        let tally = work();
        self.done.push(Leg {
            name,
            took: start.elapsed(),
            tally,
        });
    }

    /// Prints one line for each leg and gives the sum.
    pub(crate) fn finish(self) -> Tally {
        let mut sum = Tally::default();
        println!();
        for Leg { name, took, tally } in self.done {
            let verdict = if tally.is_good() { "ok" } else { "FAILED" };
            println!(
                "{name:16} {verdict:6} {:7.1} s  {tally}",
                took.as_secs_f64()
            );
            sum += tally;
        }
        sum
    }
}

fn fail(problem: &str) -> Tally {
    println!("FAILED: {problem}");
    Tally::one(false)
}

/// Shows the output of `command` as it comes and adds up the results in it.
fn count_tests(command: &mut Command) -> Result<Tally, String> {
    let start = |error| format!("cannot start it: {error}");
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(start)?;
    let mut sum = Tally::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(|error| format!("cannot read its output: {error}"))?;
            println!("{line}");
            if let Some(tally) = Tally::of_test_result(&line) {
                sum += tally;
            }
        }
    }
    let status = child
        .wait()
        .map_err(|error| format!("cannot wait for it: {error}"))?;
    if !status.success() && sum.failed == 0 {
        // It did not build, or a test took its process down before it could be counted.
        println!("FAILED: {status}");
        sum.failed = 1;
    }
    if sum == Tally::default() {
        return Err("no test ran".to_owned());
    }
    Ok(sum)
}

/// `command` as one would type it in a shell.
fn describe(command: &Command) -> String {
    let mut words = Vec::new();
    for (key, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={:?}", key.display(), value.to_string_lossy()));
        }
    }
    let program = std::path::Path::new(command.get_program());
    words.push(
        program
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    );
    words.extend(
        command
            .get_args()
            .map(|arg| arg.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// What the leg gives for a test program that behaves like this shell script.
    fn tally_of(script: &str) -> Tally {
        let mut legs = Legs::default();
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        legs.run_tests("script", shell);
        legs.finish()
    }

    #[test]
    fn adds_up_the_tests_of_several_programs() {
        let script = "echo 'test result: ok. 2 passed; 0 failed'
            echo 'test result: FAILED. 3 passed; 1 failed'; exit 1";
        assert_eq!(
            tally_of(script),
            Tally {
                passed: 5,
                failed: 1
            }
        );
    }

    #[test]
    fn a_program_that_dies_or_runs_nothing_has_failed() {
        let died = "echo 'test result: ok. 2 passed; 0 failed'; kill -9 $$";
        assert_eq!(
            tally_of(died),
            Tally {
                passed: 2,
                failed: 1
            }
        );
        assert_eq!(tally_of("true"), Tally::one(false));
    }
}
