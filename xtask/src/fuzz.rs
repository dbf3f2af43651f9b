//! `cargo xtask fuzz`: inputs that libFuzzer thinks up, guided by the code that they reach.

use crate::args::{Args, Usage};
use crate::leg::Legs;
use crate::tally::Tally;
use crate::{patience, workspace};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

/// The workspace of the targets.
pub(crate) const MANIFEST: &str = "fuzz/Cargo.toml";

/// The targets, each a file in `fuzz/targets`.
const TARGETS: [&str; 6] = ["segment", "items", "frames", "bytes", "model", "pipe"];

pub(crate) const HELP: &str = "\
Run the fuzz targets: what a lying peer writes does no harm, and what an honest one sends arrives.

Usage: cargo xtask fuzz [TARGET] [--seconds N]
       cargo xtask fuzz TARGET --input FILE

Arguments:
  TARGET        Only this one [default: all, one after the other]:
                  segment  any bytes are attached to as a channel or as an object
                  items    words of a channel of fixed items change under its ends
                  frames   a ring of records: against a plain model, or its words change
                  bytes    words of a channel of messages of bytes change under its ends
                  model    a channel of messages of bytes against a plain queue
                  pipe     a pipe: against a plain count of bytes, or its words change

Options:
  --seconds N   How long each target runs once it is built [default: 60]
  --input FILE  Only play what is in FILE, such as an input that failed

It starts from fuzz/corpus and from what earlier runs have found. When a target fails, the input is
kept, and the command that plays it again is printed.

Needs a nightly toolchain, which has AddressSanitizer (rustup toolchain install nightly), and a C++
compiler, which builds libFuzzer.";

/// An input longer than this many bytes says no more than two shorter ones.
const MOST_BYTES: u32 = 2048;
/// An input takes well below a millisecond. After so many seconds it counts as endless.
const ENDLESS: u32 = 10;
/// How much longer than asked a run may take before it is stopped from outside.
const GRACE: Duration = Duration::from_secs(60);

/// Tells the code which edges are reached and which values are compared, looks for bytes touched
/// outside of what they belong to, and has the core tell of its looks at shared words.
const INSTRUMENTED: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Zsanitizer=address",
    "--cfg=ringway_watched",
];

const NIGHTLY_MISSING: &str = "\
there is no nightly toolchain, which AddressSanitizer needs: rustup toolchain install nightly";

pub(crate) fn run(mut args: Args) -> Result<Tally, Usage> {
    let seconds = args.option("--seconds")?.unwrap_or(60);
    let input = args.option::<PathBuf>("--input")?;
    let mut wanted = TARGETS.to_vec();
    if let Some(name) = args.positional() {
        wanted.retain(|target| *target == name);
        if wanted.is_empty() {
            return Err(Usage(format!("there is no target `{name}`")));
        }
    }
    args.finish()?;
    if input.is_some() && wanted.len() != 1 {
        return Err(Usage("--input needs a TARGET".to_owned()));
    }

    let mut legs = Legs::default();
    let mut programs = None;
    legs.check("build", "the targets, on nightly, instrumented", || {
        programs = Some(build()?);
        Ok("built".to_owned())
    });
    for target in wanted {
        let Some(programs) = &programs else { break };
        match &input {
            Some(input) => legs.check(target, "play an input", || {
                play(&programs.join(target), input)
            }),
            None => legs.check(target, &format!("{seconds} s of inputs"), || {
                search(target, &programs.join(target), seconds)
            }),
        }
    }
    Ok(legs.finish())
}

/// Builds the targets and gives the folder in which their programs lie.
fn build() -> Result<PathBuf, String> {
    let mut version = nightly("rustc");
    version.arg("-vV").stderr(Stdio::null());
    let version = workspace::output_of(version).map_err(|_| NIGHTLY_MISSING)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("`rustc -vV` names no host")?;

    let mut flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    for flag in INSTRUMENTED {
        flags += " ";
        flags += flag;
    }
    let mut cargo = nightly("cargo");
    cargo.args(["build", "--release", "--bins", "--locked"]);
    // With a target named, build scripts and macros are not instrumented.
    cargo.args(["--manifest-path", MANIFEST, "--target", host]);
    cargo.arg("--target-dir").arg(folder());
    cargo.env("RUSTFLAGS", flags.trim_start());
    match cargo.status() {
        Ok(status) if status.success() => Ok(folder().join(host).join("release")),
        Ok(status) => Err(format!("{cargo:?}: {status}")),
        Err(error) => Err(format!("cannot start {cargo:?}: {error}")),
    }
}

/// A program of the nightly toolchain, which is never fetched for this.
fn nightly(program: &str) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", program]);
    command.env("RUSTUP_AUTO_INSTALL", "0");
    command.current_dir(workspace::root());
    command
}

/// Where everything about fuzzing goes that is not committed.
fn folder() -> PathBuf {
    workspace::root().join(workspace::target("fuzz"))
}

/// A run of a target that ends at the first failure.
fn target(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root());
    command.arg(format!("-timeout={ENDLESS}"));
    // An end whose process died is not dropped, and gives no memory back.
    command.env("ASAN_OPTIONS", "detect_leaks=0:quarantine_size_mb=16");
    command
}

/// Plays one input, and says whether it does no harm.
fn play(program: &Path, input: &Path) -> Result<String, String> {
    // Cargo has moved to the root only for the program that it starts, not for who typed the path.
    let input = std::path::absolute(input).map_err(|error| error.to_string())?;
    let status = target(program).arg(&input).status();
    match status.map_err(|error| error.to_string())? {
        status if status.success() => Ok(format!("{} does no harm", input.display())),
        status => Err(status.to_string()),
    }
}

/// Looks for an input that does harm, for so long.
fn search(name: &str, program: &Path, seconds: u64) -> Result<String, String> {
    let found = folder().join("corpus").join(name);
    let failed = folder().join("failed").join(name);
    let log = folder().join(name).with_extension("log");
    for folder in [&found, &failed] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let logged = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;

    let mut command = target(program);
    command.arg(&found);
    let seeds = workspace::root().join("fuzz/corpus").join(name);
    command.arg(seeds);
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-max_len={MOST_BYTES}"));
    command.arg(format!("-artifact_prefix={}/", failed.display()));
    command.arg("-print_final_stats=1");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let child = command.stderr(logged).spawn();
    let mut child = child.map_err(|error| format!("cannot start {command:?}: {error}"))?;
    let status = patience::wait(&mut child, Duration::from_secs(seconds) + GRACE)?;

    let log = workspace::read(&log)?;
    match status {
        Some(status) if status.success() => Ok(summary(&log)),
        Some(status) => Err(failure(name, status, &log)),
        None => Err(format!("it does not end:\n{log}")),
    }
}

/// What libFuzzer counted.
fn summary(log: &str) -> String {
    let count = |name: &str| {
        let counted = log.lines().find_map(|line| line.strip_prefix(name));
        counted.unwrap_or(": ?").trim_start_matches(':').trim()
    };
    let runs = count("stat::number_of_executed_units");
    let rate = count("stat::average_exec_per_sec");
    format!("{runs} inputs, {rate} in a second, no harm done")
}

/// What went wrong, without the lines of progress before, and how to see it again.
fn failure(name: &str, status: ExitStatus, log: &str) -> String {
    let is_progress = |line: &&str| line.starts_with('#') && line.contains("exec/s:");
    let told: Vec<&str> = log.lines().filter(|line| !is_progress(line)).collect();
    let mut problem = format!("{status}\n{}", told.join("\n"));
    let kept = "Test unit written to ";
    if let Some(at) = log.lines().find_map(|line| Some(line.split_once(kept)?.1)) {
        problem += &format!("\nagain: cargo xtask fuzz {name} --input {at}");
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_known() {
        let files = workspace::rust_files("fuzz/targets").unwrap();
        let mut names = TARGETS.map(|name| format!("{name}.rs")).to_vec();
        names.sort();
        let is_one = |(file, name): (&PathBuf, &String)| file.ends_with(name);
        assert_eq!(files.len(), names.len());
        assert!(files.iter().zip(&names).all(is_one), "{files:?}");
        assert!(
            TARGETS
                .iter()
                .all(|name| HELP.contains(&format!("\n                  {name} ")))
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_failure_says_how_to_see_it_again() {
        use std::os::unix::process::ExitStatusExt;
        let log = "#12\tNEW    cov: 3 exec/s: 0\nthread panicked\n\
            artifact_prefix='x/'; Test unit written to x/crash-1\n";
        let told = failure("items", ExitStatus::from_raw(77 << 8), log);
        assert!(
            told.ends_with("again: cargo xtask fuzz items --input x/crash-1"),
            "{told}"
        );
        assert!(
            told.contains("thread panicked") && !told.contains("NEW"),
            "{told}"
        );
    }

    #[test]
    fn counts_what_was_run() {
        let log =
            "Done 7 runs\nstat::number_of_executed_units: 7\nstat::average_exec_per_sec:     3\n";
        assert_eq!(summary(log), "7 inputs, 3 in a second, no harm done");
    }
}
