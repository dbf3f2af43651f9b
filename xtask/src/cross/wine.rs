//! Wine, with a folder for its Windows that is made anew for each run.

use super::debian::Missing;
use super::folder;
use crate::patience;
use crate::tally::Tally;
use crate::workspace;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The compiler of C, which also links for Rust.
pub(super) const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// Stands in for a DLL that Wine 8 lacks.
const PROCESS_PRNG: &str = "xtask/src/cross/process_prng.c";

/// How long it may take to make the folder of a Windows.
const SET_UP: Duration = Duration::from_secs(120);

/// The programs of Wine.
pub(super) struct Wine {
    wine: PathBuf,
    server: PathBuf,
}

impl Wine {
    pub(super) fn find(missing: &mut Missing) -> Self {
        let mut compiler = Command::new(COMPILER);
        compiler.arg("--version");
        missing.command(compiler, "gcc-mingw-w64-x86-64");
        Self {
            wine: missing.file("wine64", "/wine/wine64"),
            server: missing.file("wine64", "/wine/wineserver64"),
        }
    }

    /// Makes the folder of a Windows.
    pub(super) fn set_up(&self) -> Result<Windows<'_>, String> {
        let prefix = folder().join("wine");
        let windows = Windows { wine: self, prefix };
        windows.stop();
        let problem = |error| format!("{}: {error}", windows.prefix.display());
        if windows.prefix.exists() {
            fs::remove_dir_all(&windows.prefix).map_err(problem)?;
        }
        fs::create_dir_all(&windows.prefix).map_err(problem)?;
        let mut boot = windows.command(Path::new("wineboot"));
        boot.arg("--init").stderr(Stdio::null());
        let mut child = boot.spawn().map_err(problem)?;
        match patience::wait(&mut child, SET_UP)? {
            Some(status) if status.success() => {}
            Some(status) => return Err(format!("{boot:?}: {status}")),
            None => return Err(format!("{boot:?} does not end")),
        }
        let mut compile = Command::new(COMPILER);
        compile.current_dir(workspace::root());
        compile.args(["-O1", "-Wall", "-Werror", "-shared", PROCESS_PRNG, "-o"]);
        let system = windows.prefix.join("drive_c/windows/system32");
        compile.arg(system.join("bcryptprimitives.dll"));
        compile.arg("-ladvapi32");
        workspace::output_of(compile)?;
        Ok(windows)
    }
}

/// A Windows that runs programs. All of them end with it.
pub(super) struct Windows<'a> {
    wine: &'a Wine,
    prefix: PathBuf,
}

impl Windows<'_> {
    /// A Windows program.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(&self.wine.wine);
        command.arg(program);
        self.admit(&mut command);
        command
    }

    /// Has `command` find this Windows, and what it starts.
    pub(super) fn admit(&self, command: &mut Command) {
        command
            .env("WINEPREFIX", &self.prefix)
            .env("WINEARCH", "win64")
            .env("WINEDEBUG", "-all");
        // A program that crashes ends at once: nobody is there for a debugger, and no browser or
        // .NET is to be installed.
        command.env("WINEDLLOVERRIDES", "winedbg.exe,mscoree,mshtml=");
        command.env_remove("DISPLAY");
    }

    /// Has cargo run its tests here.
    pub(super) fn admit_cargo(&self, cargo: &mut Command) {
        self.admit(cargo);
        cargo.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", &self.wine.wine);
    }

    /// Ends all that runs here.
    pub(super) fn stop(&self) {
        for what in ["--kill", "--wait"] {
            let mut server = Command::new(&self.wine.server);
            self.admit(&mut server);
            server.arg(what).stderr(Stdio::null());
            // There may be none to stop.
            let _ = server.status();
        }
    }

    /// Runs `command`, a test program or what starts several, which holds `tests`.
    pub(super) fn run(
        &self,
        mut command: Command,
        log: &Path,
        tests: &BTreeSet<String>,
        most: Duration,
    ) -> Result<Run, String> {
        let start = Instant::now();
        let problem = |error| format!("{}: {error}", log.display());
        let file = File::create(log).map_err(problem)?;
        let errors = file.try_clone().map_err(problem)?;
        command.stdin(Stdio::null()).stdout(file).stderr(errors);
        let child = command.spawn();
        let mut child = child.map_err(|error| format!("cannot start {command:?}: {error}"))?;
        let status = patience::wait(&mut child, most)?;
        let is_well = status.is_some_and(|status| status.success());
        if !is_well {
            self.stop();
        }
        let log = fs::read(log).map_err(problem)?;
        let run = Run::of(&String::from_utf8_lossy(&log), tests, is_well);
        Ok(Run {
            took: start.elapsed(),
            ..run
        })
    }
}

impl Drop for Windows<'_> {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What became of the tests of a program.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) tally: Tally,
    /// Those that failed or did not come to an end.
    pub(super) failed: Vec<String>,
    pub(super) took: Duration,
}

impl Run {
    /// What `log` tells of `tests`, of a program that ended well or not.
    fn of(log: &str, tests: &BTreeSet<String>, is_well: bool) -> Self {
        let results = log.lines().filter_map(Tally::of_test_result);
        let mut tally = Tally::default();
        results.for_each(|result| tally += result);

        // A process that a test started may write into the middle of a line: names only help to
        // find what is wrong, and what is wrong is told by numbers.
        let passed: BTreeSet<&str> = log.lines().filter_map(passed).collect();
        let is_failed = |name: &&String| !passed.contains(name.as_str());
        let mut failed: Vec<String> = tests.iter().filter(is_failed).cloned().collect();

        let expected = tests.len() as u64;
        tally.failed = tally.failed.max(expected.saturating_sub(tally.passed));
        if !is_well {
            tally.failed = tally.failed.max(1);
        }
        if tally.failed == 0 {
            failed.clear();
        }
        Self {
            tally,
            failed,
            took: Duration::ZERO,
        }
    }
}

/// The name of the test that passed, in a line such as `test death::told ... ok`.
fn passed(line: &str) -> Option<&str> {
    let name = line.strip_prefix("test ")?.strip_suffix(" ... ok")?;
    // The page says more of some of its examples than their list does.
    let name = name.strip_suffix(" - compile fail").unwrap_or(name);
    let name = name.strip_suffix(" - compile").unwrap_or(name);
    Some(name.strip_suffix(" - should panic").unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    const GOOD: &str = "running 2 tests\ntest a ... ok\ntest b ... ok\r\n\n\
        test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";

    fn tally(passed: u64, failed: u64) -> Tally {
        Tally { passed, failed }
    }

    #[test]
    fn counts_what_passed() {
        let run = Run::of(GOOD, &set(&["a", "b"]), true);
        assert_eq!((run.tally, run.failed), (tally(2, 0), vec![]));
        // Two programs in one log, and a line that something else wrote into.
        let twice = GOOD.repeat(2).replace("test a ...", "noise test a ...");
        let run = Run::of(&twice, &set(&["a", "b", "c", "d"]), true);
        assert_eq!((run.tally, run.failed), (tally(4, 0), vec![]));
        let example = "test x.rs - X (line 3) - compile fail ... ok";
        assert_eq!(passed(example), Some("x.rs - X (line 3)"));
    }

    #[test]
    fn a_test_that_did_not_end_has_failed() {
        let run = Run::of("test a ... ok\n", &set(&["a", "b"]), false);
        assert_eq!(run.failed, ["b"]);
        assert_eq!(run.tally.failed, 2, "no sum was printed");
        let run = Run::of(GOOD, &set(&["a", "b", "c"]), true);
        assert_eq!((run.tally, run.failed), (tally(2, 1), vec!["c".to_owned()]));
    }

    #[test]
    fn a_program_that_ends_badly_has_failed() {
        assert_eq!(Run::of(GOOD, &set(&["a", "b"]), false).tally, tally(2, 1));
        assert_eq!(Run::of("", &set(&[]), true).tally, tally(0, 0));
    }
}
