//! The crates on macOS: built and linked. Nothing here can run them.

use super::Asked;
use super::debian::{Missing, Toolchain};
use super::programs;
use crate::leg::Legs;
use crate::workspace;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Command;

/// The processors, and what the head of a program for each says.
const TARGETS: [Target; 2] = [
    Target {
        name: "aarch64-apple-darwin",
        lints: "macos arm64 lints",
        links: "macos arm64",
        processor: 0x0100_000c,
    },
    Target {
        name: "x86_64-apple-darwin",
        lints: "macos x86-64 lints",
        links: "macos x86-64",
        processor: 0x0100_0007,
    },
];

struct Target {
    name: &'static str,
    lints: &'static str,
    links: &'static str,
    /// `cputype` of Mach-O.
    processor: u32,
}

/// What a Mach-O file of 64 bits begins with.
const MAGIC: u32 = 0xfeed_facf;

const ZIG: &str = "ziglang==0.17.1";
const ZIGBUILD: &str = "cargo-zigbuild==0.24.0";

pub(super) fn run(asked: &Asked, legs: &mut Legs) {
    let mut missing = Missing::default();
    let toolchain = Toolchain::find(&mut missing);
    let mut zigbuild = Command::new("cargo-zigbuild");
    zigbuild.arg("--version");
    missing.python(zigbuild, ZIGBUILD);
    let mut zig = Command::new("python3");
    zig.args(["-m", "ziglang", "version"]);
    missing.python(zig, ZIG);
    let is_complete = missing.check().is_ok();
    legs.check("macos tools", "look for what is needed", || {
        missing.check().map(|()| "all there".to_owned())
    });
    if !is_complete {
        return;
    }
    for target in &TARGETS {
        let selection = asked.selection();
        legs.run(target.lints, toolchain.clippy(&selection, target.name));
        legs.check(target.links, "build and link the test programs", || {
            let args = "test --all-features";
            let mut zigbuild = toolchain.through("cargo-zigbuild", args, target.name);
            zigbuild.args(selection);
            zigbuild.env("PATH", path_with_objcopy()?);
            link(zigbuild, target)
        });
    }
}

/// The search path, and behind it the programs that come with this machine's own Rust: rustc strips
/// Mach-O files by `rust-objcopy`, which Debian's package lacks. A link fails where there is none; one
/// that cannot strip is a warning.
fn path_with_objcopy() -> Result<OsString, String> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir"]);
    let libraries = workspace::output_of(rustc)?;
    let programs = Path::new(libraries.trim_end()).with_file_name("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([programs]);
    std::env::join_paths(folders).map_err(|error| error.to_string())
}

/// Links the test programs and looks whether they are what they should be.
fn link(zigbuild: Command, target: &Target) -> Result<String, String> {
    let programs = programs::build(zigbuild)?;
    for program in &programs {
        let path = &program.path;
        let problem = |error| format!("{}: {error}", path.display());
        let head = head(path).map_err(problem)?;
        if head != (MAGIC, target.processor) {
            let (magic, processor) = head;
            let path = path.display();
            return Err(format!(
                "{path} is no program of {}: it begins with {magic:#x} {processor:#x}",
                target.name
            ));
        }
    }
    let count = programs.len();
    Ok(format!(
        "{count} test programs linked; nothing here can run them"
    ))
}

/// The first two words of a file.
fn head(path: &Path) -> std::io::Result<(u32, u32)> {
    let mut words = [[0; 4]; 2];
    let mut file = File::open(path)?;
    for word in &mut words {
        file.read_exact(word)?;
    }
    let [magic, processor] = words.map(u32::from_le_bytes);
    Ok((magic, processor))
}
