//! A histogram that a person can read.
//!
//! Most of the width goes to where most of the values are: the ranges reach from nearly the
//! smallest value to the 99th percentile, each wider than the one before by the same factor, and
//! one more row holds what lies beyond.

use super::screen::Screen;
use crate::exit::Failure;
use crate::format::nanoseconds;
use hdrhistogram::Histogram;

const RANGES: u32 = 10;

/// Characters of the longest bar.
const WIDTH: usize = 40;

/// The values of one row.
#[derive(Debug, PartialEq)]
struct Row {
    from: u64,
    /// Exclusive; `None` for all that is larger.
    to: Option<u64>,
    count: u64,
}

/// Draws the distribution of `times`, which are nanoseconds.
pub(crate) fn draw(screen: &Screen, times: &Histogram<u64>) -> Result<(), Failure> {
    let rows = rows(times);
    let most = rows.iter().map(|row| row.count).max().unwrap_or(0).max(1);
    for row in rows {
        let from = nanoseconds(row.from as f64);
        let range = match row.to {
            Some(to) => format!("{from:>7} - {:<7}", nanoseconds(to as f64)),
            None => format!("{from:>7} and more"),
        };
        let percent = row.count as f64 * 100.0 / times.len() as f64;
        let bar = screen.bar(row.count as f64 / most as f64, WIDTH);
        let line = format!("    {range:<18}{percent:>5.1} % {bar}");
        screen.line(line.trim_end())?;
    }
    Ok(())
}

fn rows(times: &Histogram<u64>) -> Vec<Row> {
    let low = times.value_at_quantile(0.001).max(1) as f64;
    let high = times.value_at_quantile(0.99).max(2) as f64;
    let edge = |index| {
        let share = f64::from(index) / f64::from(RANGES);
        (low * (high / low).powf(share)).round() as u64
    };
    let mut edges: Vec<u64> = (0..=RANGES).map(edge).collect();
    edges.dedup();
    let row = |(index, &from): (usize, &u64)| Row {
        from,
        to: edges.get(index + 1).copied(),
        count: 0,
    };
    let mut rows: Vec<Row> = edges.iter().enumerate().map(row).collect();
    for recorded in times.iter_recorded() {
        // What lies below the first edge, one in a thousand, is counted with the first range.
        let above = edges.partition_point(|edge| *edge <= recorded.value_iterated_to());
        rows[above.saturating_sub(1)].count += recorded.count_since_last_iteration();
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(values: impl IntoIterator<Item = u64>) -> Histogram<u64> {
        let mut histogram = Histogram::new(3).unwrap();
        for value in values {
            histogram.record(value).unwrap();
        }
        histogram
    }

    #[test]
    fn every_value_is_in_one_row() {
        for values in [vec![7; 5], (1..5000).collect(), vec![1, 1_000_000_000]] {
            let rows = rows(&histogram(values.iter().copied()));
            let counted: u64 = rows.iter().map(|row| row.count).sum();
            assert_eq!(counted, values.len() as u64, "{rows:?}");
            for pair in rows.windows(2) {
                assert_eq!(pair[0].to, Some(pair[1].from));
            }
        }
    }
}
