//! Keeping a distance from a peer that is just as fast.

use crate::primitive::spin_loop;
use crate::wait::Spin;

/// Pauses for which a chaser holds back: long enough for the sender to get tens of items ahead.
const DISTANCE: u32 = 16;
/// The same where each item is claimed by a compare-and-swap, which waits for the lines of the items
/// before: they must not be on the way to the other side any more.
const DISTANCE_OF_CLAIMS: u32 = 128;
/// A wait of at most so many looks was over at once. The peer of a round trip takes longer.
const AT_ONCE: u32 = 2;
/// So many waits in a row that were over at once, each for one item, are a chase.
const CHASE: u32 = 4;
/// Holding back must bring so many items before the next wait, or it was no chase.
const WORTH_IT: u64 = 4;

/// Bytes of a stream that count as one item.
const UNIT: u64 = 256;

/// How closely an end follows one of the other side.
///
/// A receiver that catches up at every item makes the line that brings it go to and fro for each
/// of them, which slows both down by several times. One that lets the sender get ahead now and
/// then finds many items before it must wait again (`docs/performance.md`). The same holds for a
/// sender that waits for every single slot.
#[derive(Debug)]
pub(crate) struct Pace {
    distance: u32,
    /// How much counts as one item.
    unit: u64,
    /// Waits in a row that were over at once and brought one item.
    chased: u32,
    /// Items received before the last wait.
    received: u64,
}

impl Pace {
    /// For the only end of its side.
    pub(crate) fn of_one() -> Self {
        Self::keeping(DISTANCE, 1)
    }

    /// For an end of a stream of bytes.
    pub(crate) fn of_bytes() -> Self {
        Self::keeping(DISTANCE, UNIT)
    }

    /// For one of many.
    pub(crate) fn of_many() -> Self {
        Self::keeping(DISTANCE_OF_CLAIMS, 1)
    }

    fn keeping(distance: u32, unit: u64) -> Self {
        Pace {
            distance,
            unit,
            chased: 0,
            received: 0,
        }
    }

    /// Before a wait, with `received` items received so far: learns from the last wait, and lets
    /// the sender get ahead if this is a chase.
    pub(crate) fn keep(&mut self, spin: &Spin, received: u64) {
        let items = received.wrapping_sub(self.received).div_ceil(self.unit);
        self.received = received;
        let goes_on = if self.chased >= CHASE {
            items >= WORTH_IT
        } else {
            items == 1 && spin.looks() <= AT_ONCE
        };
        self.chased = if goes_on {
            self.chased.saturating_add(1)
        } else {
            0
        };
        if self.chased >= CHASE {
            for _ in 0..self.distance {
                spin_loop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::WaitStrategy;

    /// A spin that has just found something at its first look.
    fn found_at_once() -> Spin {
        let mut spin = Spin::new(WaitStrategy::Spin);
        spin.poll(|_| Some(()));
        spin
    }

    #[test]
    fn a_chase_is_held_back_while_that_brings_many() {
        let mut pace = Pace::of_one();
        let mut received = 0;
        for _ in 0..CHASE {
            assert!(pace.chased < CHASE);
            received += 1;
            pace.keep(&found_at_once(), received);
        }
        assert!(pace.chased >= CHASE);
        received += WORTH_IT;
        pace.keep(&found_at_once(), received);
        assert!(pace.chased >= CHASE);
        pace.keep(&found_at_once(), received + 1);
        assert_eq!(pace.chased, 0, "a round trip, not a chase");
    }

    #[test]
    fn a_wait_of_many_looks_is_no_chase() {
        let mut pace = Pace::of_one();
        let mut spin = Spin::new(WaitStrategy::Spin);
        for received in 0..u64::from(2 * CHASE) {
            let mut looks = 0;
            spin.poll(|_| {
                looks += 1;
                (looks > AT_ONCE).then_some(())
            });
            pace.keep(&spin, received);
        }
        assert_eq!(pace.chased, 0);
    }
}
