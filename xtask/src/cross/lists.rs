//! The tests of this machine beside those of another system.

use super::left_out::Row;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The tests of each program.
pub(super) type Lists = BTreeMap<String, BTreeSet<String>>;

/// How many tests a program has here and there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) here: usize,
    pub(super) both: usize,
    /// Those of here that a row of the table leaves out there.
    pub(super) left_out: usize,
    /// Those of here that are neither there nor in the table.
    pub(super) missing: usize,
    pub(super) only_there: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.here += other.here;
        self.both += other.both;
        self.left_out += other.left_out;
        self.missing += other.missing;
        self.only_there += other.only_there;
    }
}

/// What is here and there, program by program.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) programs: BTreeMap<String, Counts>,
    /// Tests of here that are missing there, and rows of the table that leave out nothing.
    pub(super) problems: Vec<String>,
}

/// Compares the tests of this machine with those of another system.
pub(super) fn compare(here: &Lists, there: &Lists, rows: &[Row]) -> Comparison {
    let none = BTreeSet::new();
    let mut comparison = Comparison::default();
    let mut is_used = vec![false; rows.len()];
    let keys: BTreeSet<&String> = here.keys().chain(there.keys()).collect();
    for key in keys {
        let theirs = there.get(key).unwrap_or(&none);
        let ours = here.get(key).unwrap_or(&none);
        let mut counts = Counts {
            here: ours.len(),
            both: ours.intersection(theirs).count(),
            only_there: theirs.difference(ours).count(),
            ..Counts::default()
        };
        for name in ours.difference(theirs) {
            let mut is_covered = false;
            for (row, is_used) in rows.iter().zip(&mut is_used) {
                if row.covers(key, name) {
                    (is_covered, *is_used) = (true, true);
                }
            }
            if is_covered {
                counts.left_out += 1;
            } else {
                counts.missing += 1;
                let problem = format!("{key} {name} does not run there, and no row says why");
                comparison.problems.push(problem);
            }
        }
        comparison.programs.insert(key.clone(), counts);
    }
    for (row, is_used) in rows.iter().zip(is_used) {
        if !is_used {
            let problem = format!("the row {} leaves out no test", row.text());
            comparison.problems.push(problem);
        }
    }
    comparison
}

impl Comparison {
    pub(super) fn sum(&self) -> Counts {
        let mut sum = Counts::default();
        for counts in self.programs.values() {
            sum.add(*counts);
        }
        sum
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.programs.keys().map(String::len).max().unwrap_or(0);
        let width = width.max("program".len());
        let mut row = |name: &str, cells: [&dyn fmt::Display; 5]| {
            let [here, both, left_out, missing, only] = cells;
            writeln!(
                f,
                "{name:width$}  {here:>7}  {both:>7}  {left_out:>8}  {missing:>7}  {only:>10}"
            )
        };
        row(
            "program",
            [&"here", &"there", &"left out", &"missing", &"only there"],
        )?;
        let sum = self.sum();
        let programs = self.programs.iter();
        let programs = programs.map(|(key, counts)| (&**key, counts));
        for (key, counts) in programs.chain([("all", &sum)]) {
            row(
                key,
                [
                    &counts.here,
                    &counts.both,
                    &counts.left_out,
                    &counts.missing,
                    &counts.only_there,
                ],
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::left_out::rows;
    use super::*;

    fn lists(lists: &[(&str, &[&str])]) -> Lists {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let lists = lists.iter();
        lists
            .map(|(key, names)| ((*key).to_owned(), set(names)))
            .collect()
    }

    #[test]
    fn counts_program_by_program() {
        let here = lists(&[("a/lib", &["x", "y", "z"]), ("b/lib", &["x"])]);
        let there = lists(&[("a/lib", &["x", "w"])]);
        let rows = rows("| `b/*` | `*` | Linux |\n| `a/lib` | `y` | Linux |\n");
        let comparison = compare(&here, &there, &rows);
        let a = Counts {
            here: 3,
            both: 1,
            left_out: 1,
            missing: 1,
            only_there: 1,
        };
        assert_eq!(comparison.programs["a/lib"], a);
        assert_eq!(comparison.programs["b/lib"].left_out, 1);
        assert_eq!(comparison.sum().here, 4);
        let [problem] = &comparison.problems[..] else {
            panic!("{:?}", comparison.problems)
        };
        assert!(problem.starts_with("a/lib z "), "{problem}");
    }

    #[test]
    fn a_row_that_leaves_out_nothing_is_a_problem() {
        let both = lists(&[("a/lib", &["x"])]);
        let comparison = compare(&both, &both, &rows("| `a/lib` | `x` | Linux |\n"));
        assert_eq!(
            comparison.problems,
            ["the row | `a/lib` | `x` | leaves out no test"]
        );
    }

    #[test]
    fn the_table_shows_both_sides() {
        let here = lists(&[("a/lib", &["x", "y"])]);
        let table = compare(&here, &lists(&[("a/lib", &["x"])]), &[]).to_string();
        let last: Vec<&str> = table.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(last, ["all", "2", "1", "0", "1", "0"]);
    }
}
