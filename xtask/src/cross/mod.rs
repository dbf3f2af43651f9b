//! `cargo xtask cross`: the crates on systems that this machine is not.

mod debian;
mod left_out;
mod lists;
mod macos;
mod programs;
mod windows;
mod wine;

use crate::args::{Args, Usage};
use crate::leg::Legs;
use crate::tally::Tally;
use crate::workspace;
use std::path::PathBuf;

pub(crate) const HELP: &str = "\
Build, lint and, where that can be done, run the crates on other systems.

Usage: cargo xtask cross [SYSTEM]... [--package NAME]...

Systems, all unless some are named:
  windows          x86_64-pc-windows-gnu: builds, lints, and runs the tests under Wine. Each test that
                   there is on this machine must run there too, or stand in the table of
                   docs/platforms.md that says why not
  macos            aarch64-apple-darwin and x86_64-apple-darwin: builds, lints, and links the test
                   programs, which nothing here can run

Options:
  --package NAME   Only this package (may be repeated) [default: all but ringway-benches, which
                   measures beside what only Linux has]

It uses Debian's Rust, whose package has the source of std, and says which package is missing.
What it builds, the logs of the tests and Wine's folder lie in target/cross.";

/// What `cargo xtask cross` is asked to look at.
struct Asked {
    packages: Vec<String>,
}

impl Asked {
    /// Tells cargo which packages are meant.
    fn selection(&self) -> Vec<String> {
        self.selection_or(workspace::EVERYWHERE)
    }

    /// The same for this machine, which has more.
    fn selection_here(&self) -> Vec<String> {
        self.selection_or(workspace::MEMBERS)
    }

    fn selection_or(&self, everything: &str) -> Vec<String> {
        if self.is_everything() {
            return everything.split(' ').map(str::to_owned).collect();
        }
        let packages = self.packages.iter();
        packages
            .flat_map(|name| ["--package".to_owned(), name.clone()])
            .collect()
    }

    fn is_everything(&self) -> bool {
        self.packages.is_empty()
    }
}

pub(crate) fn run(mut args: Args) -> Result<Tally, Usage> {
    let mut packages = Vec::new();
    while let Some(name) = args.option("--package")? {
        packages.push(name);
    }
    let (mut is_windows, mut is_macos) = (false, false);
    while let Some(system) = args.positional() {
        match &*system {
            "windows" => is_windows = true,
            "macos" => is_macos = true,
            _ => return Err(Usage(format!("there is no system `{system}`"))),
        }
    }
    args.finish()?;
    let is_any = !is_windows && !is_macos;
    let asked = Asked { packages };

    let mut legs = Legs::default();
    if is_windows || is_any {
        windows::run(&asked, &mut legs);
    }
    if is_macos || is_any {
        macos::run(&asked, &mut legs);
    }
    Ok(legs.finish())
}

/// Where everything of these checks goes that is not committed.
fn folder() -> PathBuf {
    workspace::root().join(workspace::target("cross"))
}
