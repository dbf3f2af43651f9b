//! Standard output of the commands that report.

use crate::exit::Failure;
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write};

/// Writes one line.
pub(crate) fn line(text: impl Display) -> Result<(), Failure> {
    writeln!(io::stdout(), "{text}").map_err(|error| Failure::output(&error))
}

/// Writes `value` as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).expect("strings and numbers only");
    line(text)
}

/// Writes a table: columns as wide as they need to be, two spaces between them.
pub(crate) fn table<const N: usize>(rows: &[[String; N]]) -> Result<(), Failure> {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in rows {
        let cells = row.iter().zip(widths);
        let text: String = cells
            .map(|(cell, width)| format!("{cell:<width$}  "))
            .collect();
        line(text.trim_end())?;
    }
    Ok(())
}
