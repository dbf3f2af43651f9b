//! Keeping a distance from a peer that is just as fast.

use super::Spin;
use crate::primitive::spin_loop;

/// Pauses for which a chaser holds back: long enough for the sender to get tens of items ahead.
const DISTANCE: u32 = 16;
/// A wait of at most so many looks was over at once. The peer of a round trip takes longer.
const AT_ONCE: u32 = 2;
/// So many waits in a row that were over at once, each for one item, are a chase.
const CHASE: u32 = 4;
/// Holding back must bring so many items at a time, or it was no chase.
const WORTH_IT: u64 = 4;

/// How closely a receiver follows its sender.
///
/// Where one stamp serves all items, a receiver that catches up at every item makes the line of
/// that stamp go to and fro for each of them, which halves the speed of both. One that lets the
/// sender get ahead now and then finds many items for each look (`docs/performance.md`).
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Waits in a row that were over at once and brought one item.
    chased: u32,
}

impl Pace {
    /// Before a wait: lets the sender get ahead, if this is a chase.
    pub(crate) fn hold_back(&self) {
        if self.chased >= CHASE {
            for _ in 0..DISTANCE {
                spin_loop();
            }
        }
    }

    /// After a wait that brought `items`: learns from it.
    pub(crate) fn learn(&mut self, spin: &Spin, items: u64) {
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
    }
}

#[cfg(all(test, not(ringway_loom)))]
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
        let mut pace = Pace::default();
        for _ in 0..CHASE {
            assert!(pace.chased < CHASE);
            pace.learn(&found_at_once(), 1);
        }
        assert!(pace.chased >= CHASE);
        pace.learn(&found_at_once(), WORTH_IT);
        assert!(pace.chased >= CHASE);
        pace.learn(&found_at_once(), 1);
        assert_eq!(pace.chased, 0, "a round trip, not a chase");
    }

    #[test]
    fn a_wait_of_many_looks_is_no_chase() {
        let mut pace = Pace::default();
        let mut spin = Spin::new(WaitStrategy::Spin);
        for _ in 0..2 * CHASE {
            let mut looks = 0;
            spin.poll(|_| {
                looks += 1;
                (looks > AT_ONCE).then_some(())
            });
            pace.learn(&spin, 1);
        }
        assert_eq!(pace.chased, 0);
    }
}
