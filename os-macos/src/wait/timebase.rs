//! From ticks of `mach_absolute_time` to nanoseconds and back.

use ringway_core::wait::Nanos;

/// How long a tick is: `numer / denom` nanoseconds. 1/1 on Intel's processors, 125/3 on Apple's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timebase {
    numer: u32,
    denom: u32,
}

impl Timebase {
    /// A tick of `numer / denom` nanoseconds; of one if either is 0, which no system says.
    #[must_use]
    pub fn new(numer: u32, denom: u32) -> Self {
        match (numer, denom) {
            (0, _) | (_, 0) => Timebase { numer: 1, denom: 1 },
            _ => Timebase { numer, denom },
        }
    }

    /// The point at which `ticks` have passed, cut to whole nanoseconds.
    #[must_use]
    pub fn nanos(self, ticks: u64) -> Nanos {
        let nanos = u128::from(ticks) * u128::from(self.numer) / u128::from(self.denom);
        Nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// The first tick that is not before `point`.
    #[must_use]
    pub fn ticks(self, point: Nanos) -> u64 {
        let ticks = (u128::from(point.0) * u128::from(self.denom)).div_ceil(u128::from(self.numer));
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_in_ticks_is_never_early() {
        for timebase in [(1, 1), (125, 3), (3, 125), (1_000_000_000, 33_333_335)] {
            let timebase = Timebase::new(timebase.0, timebase.1);
            for point in [0, 1, 41, 42, 83, 84, 999_999_999, u64::MAX / 1000] {
                let ticks = timebase.ticks(Nanos(point));
                assert!(timebase.nanos(ticks).0 >= point, "{timebase:?} {point}");
                let before = ticks.saturating_sub(1);
                assert!(ticks == 0 || timebase.nanos(before).0 <= point);
            }
        }
    }

    #[test]
    fn the_ends_of_the_clock_and_impossible_answers_do_no_harm() {
        let timebase = Timebase::new(125, 3);
        assert_eq!(timebase.nanos(u64::MAX), Nanos(u64::MAX));
        assert_eq!(Timebase::new(3, 125).ticks(Nanos(u64::MAX)), u64::MAX);
        assert_eq!(Timebase::new(0, 7), Timebase::new(1, 1));
        assert_eq!(Timebase::new(7, 0), Timebase::new(1, 1));
    }
}
