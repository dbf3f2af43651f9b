//! How the loom models are built: with the cfg that puts loom's atomics into the core, in a
//! target directory of their own, so that switching back and forth rebuilds nothing.

use crate::json::Json;
use crate::workspace;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target directory of the models, from the root.
pub(crate) const TARGET_DIR: &str = "target-loom";

/// Tells loom how many times a thread may be interrupted in one execution.
pub(crate) const BOUND: &str = "LOOM_MAX_PREEMPTIONS";

/// Builds and runs the models.
pub(crate) const TEST: &str = "test --profile loom -p ringway-verify --tests";

/// Cargo with `args`, on code that is switched to loom.
pub(crate) fn cargo(args: &str) -> Command {
    let mut flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    flags += " --cfg ringway_loom";
    let mut cargo = workspace::cargo(args);
    cargo
        .args(["--target-dir", TARGET_DIR])
        .env("RUSTFLAGS", flags.trim_start());
    cargo
}

/// Builds the models and gives the test programs that hold them.
pub(crate) fn programs() -> Result<Vec<PathBuf>, String> {
    let mut build = cargo(TEST);
    build.args(["--no-run", "--message-format", "json-render-diagnostics"]);
    let messages = workspace::output_of(build)?;
    let mut programs = Vec::new();
    for message in messages.lines() {
        programs.extend(Json::parse(message)?.text("executable").map(PathBuf::from));
    }
    if programs.is_empty() {
        return Err("the package ringway-verify has no test program".to_owned());
    }
    Ok(programs)
}

/// The models that a test program holds.
pub(crate) fn names(program: &Path) -> Result<Vec<String>, String> {
    let mut list = Command::new(program);
    list.args(["--list", "--format=terse"]);
    let list = workspace::output_of(list)?;
    let names = list.lines().filter_map(|line| line.strip_suffix(": test"));
    Ok(names.map(str::to_owned).collect())
}
