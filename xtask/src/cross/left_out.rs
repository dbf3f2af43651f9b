//! Which tests do not run under Wine, and why: the table of `docs/platforms.md`, with rows such as
//! `` | `ringway/quiet` | `counts_*` | what its test counts are system calls of Linux | ``.

use crate::workspace;

/// The file with the table, and the heading that it stands below.
const FILE: &str = "docs/platforms.md";
const HEADING: &str = "## Tests that do not run under Wine";

/// A row of the table: which tests of which programs are left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    program: String,
    tests: Vec<String>,
}

impl Row {
    /// Whether it leaves out the test `name` of the program `key`.
    pub(super) fn covers(&self, key: &str, name: &str) -> bool {
        self.is_about(key) && self.tests.iter().any(|pattern| matches(pattern, name))
    }

    /// Whether it may leave out tests of the program `key`.
    pub(super) fn is_about(&self, key: &str) -> bool {
        matches(&self.program, key)
    }

    /// How the row begins.
    pub(super) fn text(&self) -> String {
        format!("| `{}` | `{}` |", self.program, self.tests.join("`, `"))
    }
}

/// Whether `name` is `pattern`, in which a `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(name) = name.strip_prefix(head) else {
        return false;
    };
    let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    ends.into_iter().any(|at| matches(rest, &name[at..]))
}

/// The rows of the table.
pub(super) fn read() -> Result<Vec<Row>, String> {
    parse(&workspace::read(FILE)?)
}

fn parse(text: &str) -> Result<Vec<Row>, String> {
    let mut lines = text.lines();
    if !lines.any(|line| line == HEADING) {
        return Err(format!("{FILE} has no heading `{HEADING}`"));
    }
    let section = lines.take_while(|line| !line.starts_with("## "));
    // The first two lines of a table are its head.
    let rows = section.filter(|line| line.starts_with('|')).skip(2);
    rows.map(row).collect()
}

fn row(line: &str) -> Result<Row, String> {
    let problem = || format!("{FILE}: a row is `| `PROGRAM` | `TESTS`, … | why |`, not {line}");
    let cells: Vec<&str> = line.trim().trim_matches('|').split(" | ").collect();
    let [program, tests, why] = cells[..] else {
        return Err(problem());
    };
    let (programs, tests) = (quoted(program), quoted(tests));
    let [program] = &programs[..] else {
        return Err(problem());
    };
    if tests.is_empty() || why.trim().is_empty() {
        return Err(problem());
    }
    Ok(Row {
        program: program.clone(),
        tests,
    })
}

/// What stands between backticks in a cell.
fn quoted(cell: &str) -> Vec<String> {
    let parts = cell.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

#[cfg(test)]
const HEAD: &str =
    "## Tests that do not run under Wine\n\n| program | tests | why |\n|---|---|---|\n";

/// The rows of a table, for tests.
#[cfg(test)]
pub(super) fn rows(table: &str) -> Vec<Row> {
    parse(&format!("{HEAD}{table}")).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_rows_of_its_table_only() {
        let text = format!(
            "| `x` | `y` | z |\n{HEAD}| `a/b` | `c`, `d::*` | calls \\| of Linux |\n\n## Next\n| `e` | `f` | g |\n"
        );
        let rows = parse(&text).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].text(), "| `a/b` | `c`, `d::*` |");
        assert!(rows[0].covers("a/b", "d::e") && rows[0].covers("a/b", "c"));
        assert!(!rows[0].covers("a/b", "cc") && !rows[0].covers("a/bb", "c"));
    }

    #[test]
    fn refuses_rows_without_a_reason_and_a_missing_table() {
        for row in [
            "| `a` | `b` | |",
            "| `a` | b | why |",
            "| a | `b` | why |",
            "| `a` | `b` |",
        ] {
            assert!(parse(&format!("{HEAD}{row}\n")).is_err(), "{row}");
        }
        assert!(parse("## Another\n").is_err());
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name) in [("*", ""), ("a*", "a"), ("a*c", "abc"), ("*é*", "xéy")] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a*c", "abd"), ("", "a"), ("a*b*c", "ac")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn the_committed_table_can_be_read() {
        read().unwrap();
    }
}
