//! Help that teaches.

use crate::tool::expect;

#[test]
fn help_explains_channels_and_exit_codes() {
    let (out, _) = expect(0, ["--help"]);
    for part in [
        "one a line",
        "Exit codes:",
        "  5  the other side died",
        "Examples:",
    ] {
        assert!(out.contains(part), "{part:?} is missing in:\n{out}");
    }
    for command in ["demo", "send", "recv", "ls", "stat", "gc", "rm"] {
        assert!(
            out.contains(&format!("\n  {command}")),
            "{command} is missing in:\n{out}"
        );
    }
    assert!(!out.contains("demo-peer"), "{out}");
}

#[test]
fn each_command_has_its_own_help() {
    for command in ["demo", "send", "recv", "ls", "stat", "gc", "rm"] {
        let (out, _) = expect(0, [command, "--help"]);
        assert!(out.contains("Usage: ringway"), "{out}");
    }
    let (out, _) = expect(0, ["send", "--help"]);
    assert!(out.contains("little-endian"), "{out}");
}

#[test]
fn version_is_the_packages() {
    let (out, _) = expect(0, ["--version"]);
    assert_eq!(out.trim(), concat!("ringway ", env!("CARGO_PKG_VERSION")));
}
