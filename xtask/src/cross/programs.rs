//! Test programs: those that cargo has built, and the tests that each of them holds.

use crate::json::Json;
use crate::workspace;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A test program.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// The package and the target in it, as in `ringway/death`; `lib` and `bin` for tests among the
    /// sources.
    pub(super) key: String,
    pub(super) path: PathBuf,
    /// The package's folder, where its tests run.
    pub(super) folder: PathBuf,
}

impl Program {
    pub(super) fn is_of(&self, package: &str) -> bool {
        let rest = self.key.strip_prefix(package);
        rest.is_some_and(|rest| rest.starts_with('/'))
    }
}

/// The test programs that `cargo`, which builds and tells in JSON, has built.
pub(super) fn build(mut cargo: Command) -> Result<Vec<Program>, String> {
    cargo.args(["--no-run", "--message-format", "json-render-diagnostics"]);
    let programs = of_messages(&workspace::output_of(cargo)?)?;
    if programs.is_empty() {
        return Err("there is no test program".to_owned());
    }
    Ok(programs)
}

fn of_messages(messages: &str) -> Result<Vec<Program>, String> {
    let mut programs = Vec::new();
    for message in messages.lines() {
        programs.extend(of_message(&Json::parse(message)?));
    }
    programs.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(programs)
}

/// The test program that a message tells of. Most tell of a library, or of a program that tests call.
fn of_message(message: &Json) -> Option<Program> {
    let path = message.text("executable")?;
    let is_test = message.get("profile")?.get("test")? == &Json::Bare("true".to_owned());
    if !is_test {
        return None;
    }
    let target = message.get("target")?;
    let name = match target.list("kind") {
        [Json::Text(kind)] if kind == "lib" || kind == "bin" => kind,
        _ => target.text("name")?,
    };
    Some(Program {
        key: format!("{}/{name}", package(message.text("package_id")?)),
        path: path.into(),
        folder: Path::new(message.text("manifest_path")?).parent()?.into(),
    })
}

/// The package's name in an identifier such as `path+file:///there/core#ringway-core@0.1.0`, which
/// leaves it out where the folder has the same.
fn package(id: &str) -> &str {
    let (place, version) = id.split_once('#').unwrap_or((id, ""));
    match version.split_once('@') {
        Some((name, _)) => name,
        None => place.rsplit('/').next().unwrap_or(place),
    }
}

/// The tests that a test program says it runs, of which `command` calls one.
pub(super) fn tests(command: impl Fn() -> Command) -> Result<BTreeSet<String>, String> {
    let list = |args: &[&str]| {
        let mut command = command();
        command.args(["--list", "--format=terse"]).args(args);
        workspace::output_of(command).map(|list| names(&list))
    };
    let mut tests = list(&[])?;
    for ignored in list(&["--ignored"])? {
        tests.remove(&ignored);
    }
    Ok(tests)
}

/// The names in what a test program lists.
pub(super) fn names(list: &str) -> BTreeSet<String> {
    let tests = list.lines().filter_map(|line| line.strip_suffix(": test"));
    tests.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, kind: &str, name: &str, test: bool) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","package_id":"{id}","manifest_path":"/w/a/Cargo.toml","target":{{"kind":["{kind}"],"name":"{name}"}},"profile":{{"test":{test}}},"executable":"/t/{name}.exe"}}"#
        )
    }

    #[test]
    fn names_programs_by_package_and_target() {
        let messages = [
            message(
                "path+file:///w/core-nostd#ringway-core@0.1.0",
                "lib",
                "ringway_core",
                true,
            ),
            message("path+file:///w/ringway#0.1.0", "test", "death", true),
            message(
                "path+file:///w/cli#ringway-cli@0.1.0",
                "bin",
                "ringway",
                true,
            ),
            message(
                "path+file:///w/cli#ringway-cli@0.1.0",
                "bin",
                "ringway",
                false,
            ),
            r#"{"reason":"compiler-artifact","executable":null}"#.to_owned(),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
        ];
        let programs = of_messages(&messages.join("\n")).unwrap();
        let keys: Vec<&str> = programs.iter().map(|program| &*program.key).collect();
        assert_eq!(
            keys,
            ["ringway-cli/bin", "ringway-core/lib", "ringway/death"]
        );
        assert_eq!(programs[2].path, Path::new("/t/death.exe"));
        assert_eq!(programs[2].folder, Path::new("/w/a"));
        assert!(programs[2].is_of("ringway") && !programs[1].is_of("ringway"));
    }

    #[test]
    fn reads_what_a_test_program_lists() {
        let list =
            "WARNING: one\na::b: test\r\nsrc/lib.rs - X (line 3): test\nc: benchmark\n\n2 tests";
        let names: Vec<String> = names(list).into_iter().collect();
        assert_eq!(names, ["a::b", "src/lib.rs - X (line 3)"]);
    }

    #[cfg(unix)]
    #[test]
    fn an_ignored_test_is_none() {
        let program = || {
            let mut shell = Command::new("sh");
            let script = "echo 'a: test'; [ \"$3\" = --ignored ] || echo 'b: test'";
            shell.args(["-c", script, "sh"]);
            shell
        };
        let tests = tests(program).unwrap();
        assert_eq!(tests.into_iter().collect::<Vec<_>>(), ["b"]);
    }
}
