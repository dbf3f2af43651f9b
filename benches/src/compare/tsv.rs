//! Every sample as a line of text, for whoever wants to compute something else from them.

use super::rounds::Results;
use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

/// Writes `results` to `file`, whose folder is made if need be.
///
/// # Errors
///
/// Whatever the system says.
pub fn write(results: &[Results<'_>], file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, lines(results))
}

fn lines(results: &[Results<'_>]) -> String {
    let mut lines = String::from("case\tsubject\tround\tplacement\tvalue\tunit\n");
    for results in results {
        let case = results.case;
        for (number, round) in (1..).zip(&results.rounds) {
            for (subject, sample) in case.subjects.iter().zip(round) {
                let placement = match sample.placement {
                    Some(placement) => placement.to_string(),
                    None => "moved".to_owned(),
                };
                // Writing to a string cannot fail.
                let _ = writeln!(
                    lines,
                    "{}\t{}\t{number}\t{placement}\t{:.3}\t{}",
                    case.name,
                    subject.name,
                    sample.value,
                    case.unit.name()
                );
            }
        }
    }
    lines
}
