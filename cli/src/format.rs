//! Numbers as a person reads them.

use std::time::Duration;

/// A whole number in groups of three digits: `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Bytes: `512 B`, `4.00 KiB`, `12.3 MiB`.
pub(crate) fn bytes(number: f64) -> String {
    scaled(
        number,
        &[
            (1.0, "B"),
            (1024.0, "KiB"),
            (1024.0 * 1024.0, "MiB"),
            (1024.0 * 1024.0 * 1024.0, "GiB"),
        ],
    )
}

/// A time span: `480 ns`, `31.2 µs`, `1.50 ms`, `2.00 s`.
pub(crate) fn nanoseconds(number: f64) -> String {
    scaled(number, &[(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")])
}

/// As [`nanoseconds`].
pub(crate) fn duration(time: Duration) -> String {
    nanoseconds(time.as_secs_f64() * 1e9)
}

/// Whole seconds as a clock has them: `0:07`, `12:34`, `1:02:03`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// How many in each second: `1.23 million`.
pub(crate) fn rate(number: u64, time: Duration) -> String {
    let each_second = number as f64 / time.as_secs_f64().max(f64::MIN_POSITIVE);
    scaled(
        each_second,
        &[
            (1.0, ""),
            (1e3, "thousand"),
            (1e6, "million"),
            (1e9, "billion"),
        ],
    )
}

/// Three digits and the largest unit that leaves at least one before the point.
fn scaled(number: f64, units: &[(f64, &str)]) -> String {
    let fitting = units.iter().rev().find(|(size, _)| number >= *size);
    let (size, unit) = fitting.unwrap_or(&units[0]);
    let value = number / size;
    let decimals = match value {
        _ if value.fract() == 0.0 && *size == 1.0 => 0,
        _ if value < 10.0 => 2,
        _ if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}").trim_end().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(12_345_678), "12,345,678");
    }

    #[test]
    fn units_follow_the_size() {
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(1000.0), "1000 B");
        assert_eq!(bytes(4096.0), "4.00 KiB");
        assert_eq!(nanoseconds(480.0), "480 ns");
        assert_eq!(nanoseconds(31_240.0), "31.2 µs");
        assert_eq!(duration(Duration::from_millis(1500)), "1.50 s");
        assert_eq!(clock(Duration::from_secs(7)), "0:07");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
        assert_eq!(rate(3, Duration::from_micros(1)), "3.00 million");
    }
}
