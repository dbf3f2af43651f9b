//! Debian's Rust, found by its packages: rustup's comes first on the path, and without the source of
//! std it builds for no other system.

use super::folder;
use crate::workspace;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The parts of std that tests need.
const STD: &str = "-Zbuild-std=std,panic_unwind,test";

/// Tools that are not there, and how to get them.
#[derive(Default)]
pub(super) struct Missing {
    apt: Vec<&'static str>,
    pip: Vec<&'static str>,
}

impl Missing {
    /// The file of a Debian package whose path ends with `ending`.
    pub(super) fn file(&mut self, package: &'static str, ending: &str) -> PathBuf {
        let found = of_package(package, ending);
        found.unwrap_or_else(|| {
            self.package(package);
            PathBuf::new()
        })
    }

    /// The package is needed and not there.
    fn package(&mut self, package: &'static str) {
        if !self.apt.contains(&package) {
            self.apt.push(package);
        }
    }

    /// A command that works if the Debian package `package` is there.
    pub(super) fn command(&mut self, command: Command, package: &'static str) {
        if !works(command) {
            self.package(package);
        }
    }

    /// A command that works if the Python package `package` is there.
    pub(super) fn python(&mut self, command: Command, package: &'static str) {
        if !works(command) {
            self.pip.push(package);
        }
    }

    /// What to install, if anything is missing.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut commands = Vec::new();
        if !self.apt.is_empty() {
            commands.push(format!("apt-get install --yes {}", self.apt.join(" ")));
        }
        if !self.pip.is_empty() {
            commands.push(format!("pip install {}", self.pip.join(" ")));
        }
        if commands.is_empty() {
            return Ok(());
        }
        let commands = commands.join("\n  ");
        Err(format!(
            "tools are missing, which Debian 12 has (.ci/tools installs them all):\n  {commands}"
        ))
    }
}

fn works(mut command: Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The file of a Debian package whose path ends with `ending`.
fn of_package(package: &str, ending: &str) -> Option<PathBuf> {
    let mut list = Command::new("dpkg");
    list.args(["-L", package]).stderr(Stdio::null());
    let list = String::from_utf8(list.output().ok()?.stdout).ok()?;
    let files = list.lines().filter(|line| line.ends_with(ending));
    let mut files = files.map(PathBuf::from);
    files.find(|path| path.is_file())
}

/// Debian's Rust.
pub(super) struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    rustdoc: PathBuf,
    clippy: PathBuf,
}

impl Toolchain {
    pub(super) fn find(missing: &mut Missing) -> Self {
        // Only named: the source of std is looked for by rustc.
        missing.file("rust-web-src", "/library/std/Cargo.toml");
        Self {
            cargo: missing.file("cargo-web", "/usr/bin/cargo"),
            rustc: missing.file("rustc-web", "/usr/bin/rustc"),
            rustdoc: missing.file("rustc-web", "/usr/bin/rustdoc"),
            clippy: missing.file("rust-web-clippy", "/usr/bin/cargo-clippy"),
        }
    }

    /// Cargo at the root, with `args` separated by blanks, building for `target`.
    pub(super) fn cargo(&self, args: &str, target: &str) -> Command {
        self.command(&self.cargo, args, target)
    }

    /// The same by a program that calls cargo.
    pub(super) fn through(&self, program: &str, args: &str, target: &str) -> Command {
        self.command(Path::new(program), args, target)
    }

    /// Clippy on the packages of `selection`, which admits no warning.
    pub(super) fn clippy(&self, selection: &[String], target: &str) -> Command {
        let mut clippy = self.command(&self.clippy, "clippy --all-targets --all-features", target);
        clippy.args(selection);
        clippy.args(["--", "-D", "warnings"]);
        clippy
    }

    fn command(&self, program: &Path, args: &str, target: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(workspace::root())
            .args(args.split_whitespace());
        command.args([STD, "--target", target]);
        command.arg("--target-dir").arg(folder());
        command
            .env("CARGO", &self.cargo)
            .env("RUSTC", &self.rustc)
            .env("RUSTDOC", &self.rustdoc)
            .env("RUSTC_BOOTSTRAP", "1");
        // It is built once, and nobody looks at it with a debugger.
        command
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0");
        // Those of the toolchain that this program was started by.
        command
            .env_remove("LD_LIBRARY_PATH")
            .env_remove("RUSTUP_TOOLCHAIN");
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_once_how_to_install_what_is_missing() {
        let mut missing = Missing::default();
        missing.check().unwrap();
        missing.package("wine64");
        missing.package("cargo-web");
        missing.package("wine64");
        missing.python(Command::new("/nowhere/zig"), "ziglang==1");
        let told = missing.check().unwrap_err();
        assert!(
            told.ends_with(":\n  apt-get install --yes wine64 cargo-web\n  pip install ziglang==1"),
            "{told}"
        );
    }
}
