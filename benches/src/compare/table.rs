//! Rows of text in columns.

/// Prints `rows` below `heads`. A head that starts with a space is that of numbers, set right.
pub fn print(heads: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([heads[column].trim().len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |cells: &[&str]| {
        let mut line = String::new();
        for ((cell, head), &width) in cells.iter().zip(heads).zip(&widths) {
            if head.starts_with(' ') {
                line += &format!("{cell:>width$}  ");
            } else {
                line += &format!("{cell:<width$}  ");
            }
        }
        println!("{}", line.trim_end());
    };
    println!();
    line(&heads.iter().map(|head| head.trim()).collect::<Vec<_>>());
    for row in rows {
        line(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// Three digits or more.
#[must_use]
pub fn figure(value: f64) -> String {
    let decimals = if value < 100.0 { 1 } else { 0 };
    format!("{value:.decimals$}")
}
