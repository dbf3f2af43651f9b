//! The middle of several numbers, and how far they reach.

/// Where numbers lie.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// How many there are.
    pub count: usize,
    /// The one in the middle.
    pub median: f64,
    /// A quarter of them are less.
    pub low: f64,
    /// A quarter of them are more.
    pub high: f64,
}

impl Spread {
    /// Where `numbers` lie, or `None` if there are none.
    #[must_use]
    pub fn of(numbers: impl Iterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = numbers.collect();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        Some(Spread {
            count: sorted.len(),
            median: (sorted[last / 2] + sorted[last.div_ceil(2)]) / 2.0,
            low: sorted[last / 4],
            high: sorted[last - last / 4],
        })
    }
}
