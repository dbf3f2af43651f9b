//! Where the project is, and how to call cargo in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The sources whose orderings are labelled and weakened, from the root.
pub(crate) const CORE_SOURCES: &str = "core-nostd/src/";

/// Sources of an adapter that publishes words of its own.
pub(crate) const WINDOWS_SOURCES: &str = "os-windows/src/";

/// Tells cargo which packages are meant where all are that this system can build.
pub(crate) const MEMBERS: &str = if cfg!(target_os = "linux") {
    "--workspace"
} else {
    EVERYWHERE
};

/// The same on systems other than Linux.
pub(crate) const EVERYWHERE: &str = "--workspace --exclude ringway-benches";

/// The package that is missing there: it measures beside what only Linux has.
pub(crate) const LINUX_ONLY: &str = "ringway-benches";

/// The root of the workspace. Cargo runs this program from `xtask`, which stands in it.
pub(crate) fn root() -> PathBuf {
    let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR");
    let xtask = manifest_dir
        .as_deref()
        .unwrap_or(OsStr::new(env!("CARGO_MANIFEST_DIR")));
    Path::new(xtask)
        .parent()
        .unwrap_or(Path::new("."))
        .to_owned()
}

/// The cargo that runs this program, at the root, with `args` separated by blanks.
pub(crate) fn cargo(args: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.current_dir(root()).args(args.split_whitespace());
    command
}

/// The folder `name` for what cargo builds, among those that this workspace builds into.
pub(crate) fn target(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or("target".into());
    Path::new(&target).join(name)
}

/// Runs `command` and gives what it wrote to its standard output.
pub(crate) fn output_of(mut command: Command) -> Result<String, String> {
    let output = command.stderr(std::process::Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cannot start {command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{command:?} did not print UTF-8"))
}

/// The text of the file at `path`, from the root.
pub(crate) fn read(path: impl AsRef<Path>) -> Result<String, String> {
    let path = root().join(path);
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Every Rust file below `folder`, from the root.
pub(crate) fn rust_files(folder: &str) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let problem = |error| format!("{}: {error}", folder.display());
        for entry in std::fs::read_dir(&folder).map_err(problem)? {
            let path = entry.map_err(problem)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension() == Some(OsStr::new("rs")) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
