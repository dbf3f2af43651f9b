//! Labels on memory orderings: comments such as `// P1: publishes the payload. Pairs with C1.`,
//! each listed in `docs/memory-model.md` by a row of a table that begins with it: `| P1 | … |`.

use crate::workspace;
use std::collections::BTreeSet;

const LIST: &str = "docs/memory-model.md";

/// How far above an operation its label may stand: a comment of a few lines.
const REACH: usize = 6;

/// Whether the labels in the sources of the core and of the Windows adapter and those in the list are the same.
pub(crate) fn check() -> Result<String, String> {
    let mut in_sources = BTreeSet::new();
    for sources in [workspace::CORE_SOURCES, workspace::WINDOWS_SOURCES] {
        for file in workspace::rust_files(sources)? {
            let text = workspace::read(file)?;
            in_sources.extend(text.lines().filter_map(of_comment).map(str::to_owned));
        }
    }
    let list = workspace::read(LIST)?;
    let listed: BTreeSet<String> = list.lines().filter_map(of_row).map(str::to_owned).collect();
    compare(&in_sources, &listed)
}

fn compare(in_sources: &BTreeSet<String>, listed: &BTreeSet<String>) -> Result<String, String> {
    let mut problems = String::new();
    for label in in_sources.difference(listed) {
        problems += &format!("\n  {label} has no row `| {label} | … |` in {LIST}");
    }
    for label in listed.difference(in_sources) {
        problems += &format!("\n  {label} is listed, but no comment `// {label}: …` has it");
    }
    if in_sources.is_empty() {
        problems += &format!("\n  {} has no label at all", workspace::CORE_SOURCES);
    }
    if problems.is_empty() {
        Ok(format!("{} labels, each listed in {LIST}", listed.len()))
    } else {
        Err(format!("sources and {LIST} differ:{problems}"))
    }
}

/// The label of the operation in line number `line` (from 1) of `source`: the nearest above it
/// in the same function.
pub(crate) fn near(source: &str, line: usize) -> Option<&str> {
    let above: Vec<&str> = source.lines().take(line).collect();
    for line in above.into_iter().rev().take(REACH + 1) {
        if let Some(label) = of_comment(line) {
            return Some(label);
        }
        if line.contains("fn ") {
            break;
        }
    }
    None
}

/// The label that the comment in `line` begins with.
fn of_comment(line: &str) -> Option<&str> {
    let comment = line
        .split_once("//")?
        .1
        .trim_start_matches(['/', '!'])
        .trim_start();
    let (label, _) = comment.split_once(':')?;
    is_label(label).then_some(label)
}

/// The label in the first cell of a Markdown table's row.
fn of_row(line: &str) -> Option<&str> {
    let (cell, _) = line.trim_start().strip_prefix('|')?.split_once('|')?;
    let cell = cell.trim().trim_matches(['*', '`']);
    is_label(cell).then_some(cell)
}

/// One or two capitals and a number.
fn is_label(text: &str) -> bool {
    let number = text.trim_start_matches(|char: char| char.is_ascii_uppercase());
    let letters = text.len() - number.len();
    (1..=2).contains(&letters)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_labels_in_comments_and_rows() {
        assert_eq!(
            of_comment("    // P1: publishes. Pairs with C1: see there."),
            Some("P1")
        );
        assert_eq!(
            of_comment("x.store(1, Release); // AB12: why"),
            Some("AB12")
        );
        assert_eq!(of_comment("/// G2: why"), Some("G2"));
        for line in [
            "// P1 publishes",
            "// See P1: it",
            "P1: no comment",
            "// ABC1: x",
            "// P: x",
        ] {
            assert_eq!(of_comment(line), None, "{line}");
        }
        assert_eq!(of_row("| **P1** | Release |"), Some("P1"));
        assert_eq!(of_row("| label | ordering |"), None);
        assert_eq!(of_row("P1 | x |"), None);
    }

    #[test]
    fn takes_the_nearest_label_above() {
        let source = "// P1: a\nx();\n// P2: b\n// more\ny();\n\n\n\n\n\n\nz();";
        assert_eq!(near(source, 2), Some("P1"));
        assert_eq!(near(source, 5), Some("P2"));
        assert_eq!(near(source, 12), None);
        assert_eq!(near("// P1: a\nx();\nfn f() {\ny();", 4), None);
    }

    #[test]
    fn names_each_difference() {
        let set = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect();
        assert!(compare(&set(&["P1"]), &set(&["P1"])).is_ok());
        let problem = compare(&set(&["P1", "P2"]), &set(&["P1", "C1"])).unwrap_err();
        assert!(
            problem.contains("P2 has no row") && problem.contains("C1 is listed"),
            "{problem}"
        );
        assert!(compare(&set(&[]), &set(&[])).is_err());
    }
}
