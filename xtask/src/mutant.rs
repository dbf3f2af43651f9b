//! Sites and mutants: which operations the models execute, and how each can be weakened.
//!
//! The core, built for the models, knows the place of each of its atomic operations. It appends
//! a line for each one it executes to the file named by [`RECORD`], and weakens the one named by
//! [`WEAKEN`].

use crate::labels;
use crate::workspace;

/// Names the file that takes the sites.
pub(crate) const RECORD: &str = "RINGWAY_WEAKEN_RECORD";

/// Names the mutant: a place, and for one half of an `AcqRel` the half that is taken away.
pub(crate) const WEAKEN: &str = "RINGWAY_WEAKEN";

/// An operation in the sources that a model executes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Site {
    file: String,
    line: usize,
    column: usize,
    operation: String,
    ordering: String,
}

/// A site with one weakening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutant {
    /// The value of [`WEAKEN`].
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) operation: String,
    /// What happens to it: `Release -> Relaxed`.
    pub(crate) change: String,
}

impl Mutant {
    /// The place that it weakens, as it is recorded.
    pub(crate) fn place(&self) -> &str {
        let key = self.key.as_str();
        key.split_once('#').map_or(key, |(place, _)| place)
    }
}

/// Every mutant of the sites in `record`, in the order of the sources.
pub(crate) fn all(record: &str) -> Result<Vec<Mutant>, String> {
    let sites: Result<Vec<Site>, String> = record.lines().map(Site::parse).collect();
    let mut sites = sites?;
    // What models and their stand-ins for the system do is not the core's to defend.
    sites.retain(|site| site.file.starts_with(workspace::CORE_SOURCES));
    sites.sort();
    sites.dedup();
    let mut mutants = Vec::new();
    for site in &sites {
        mutants.extend(site.mutants()?);
    }
    Ok(mutants)
}

impl Site {
    /// Reads `file:line:column<TAB>operation<TAB>ordering`; a wake has the ordering `-`.
    fn parse(text: &str) -> Result<Self, String> {
        let parts = || {
            let mut fields = text.split('\t');
            let (place, operation, ordering) = (fields.next()?, fields.next()?, fields.next()?);
            let mut place = place.rsplitn(3, ':');
            let (column, line, file) = (place.next()?, place.next()?, place.next()?);
            Some(Self {
                file: file.to_owned(),
                line: line.parse().ok()?,
                column: column.parse().ok()?,
                operation: operation.to_owned(),
                ordering: ordering.to_owned(),
            })
        };
        parts().ok_or_else(|| format!("not a site: `{text}`"))
    }

    fn mutants(&self) -> Result<Vec<Mutant>, String> {
        let weaker: &[(&str, &str)] = match (self.operation.as_str(), self.ordering.as_str()) {
            ("wake" | "fence", _) => &[("", "dropped")],
            (_, "Relaxed") => &[],
            (_, "Acquire" | "Release" | "SeqCst") => &[("", "Relaxed")],
            (_, "AcqRel") => &[("#acquire", "Release"), ("#release", "Acquire")],
            (operation, ordering) => {
                return Err(format!(
                    "{}: {operation} with ordering `{ordering}`",
                    self.place()
                ));
            }
        };
        let source = workspace::read(&self.file)?;
        let label = labels::near(&source, self.line).unwrap_or("-");
        let mutant = |&(suffix, weakened): &(&str, &str)| Mutant {
            key: format!("{}{suffix}", self.place()),
            label: label.to_owned(),
            operation: self.operation.clone(),
            change: format!("{} -> {weakened}", self.ordering)
                .trim_start()
                .to_owned(),
        };
        Ok(weaker.iter().map(mutant).collect())
    }

    fn place(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // A file that exists: its labels are looked up.
    const FILE: &str = "core-nostd/src/lib.rs";

    fn changes(record: &str) -> Vec<(String, String)> {
        let mutants = all(record).unwrap();
        mutants
            .into_iter()
            .map(|mutant| (mutant.key, mutant.change))
            .collect()
    }

    #[test]
    fn weakens_each_site_once_and_both_halves_of_acq_rel() {
        let record = format!(
            "{FILE}:9:1\tcompare_exchange\tAcqRel\n{FILE}:2:7\tstore\tRelease\n\
             {FILE}:2:7\tstore\tRelease\n{FILE}:3:1\tload\tRelaxed\n"
        );
        let expected = [
            (":2:7", "Release -> Relaxed"),
            (":9:1#acquire", "AcqRel -> Release"),
            (":9:1#release", "AcqRel -> Acquire"),
        ];
        let expected = expected.map(|(at, change)| (format!("{FILE}{at}"), change.to_owned()));
        assert_eq!(changes(&record), expected);
    }

    #[test]
    fn drops_fences_and_wakes() {
        let record = format!("{FILE}:1:1\tfence\tSeqCst\n{FILE}:2:1\twake\t-\n");
        let changes: Vec<_> = changes(&record)
            .into_iter()
            .map(|(_, change)| change)
            .collect();
        assert_eq!(changes, ["SeqCst -> dropped", "- -> dropped"]);
    }

    #[test]
    fn leaves_other_sources_alone_and_refuses_what_it_cannot_read() {
        assert_eq!(changes("verify/src/futex.rs:1:1\tstore\tRelease"), []);
        assert!(all("core-nostd/src/lib.rs:1\tstore\tRelease").is_err());
        assert!(all(&format!("{FILE}:1:1\tstore\tStrong")).is_err());
    }
}
