//! How long to look before sleeping.

use super::{Sight, Wait};
use crate::primitive::spin_loop;

/// How an endpoint waits for the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitStrategy {
    /// Never sleep. Lowest latency; takes a whole core while it waits, and on a machine with
    /// fewer free cores than spinners makes everything slower.
    Spin,
    /// Look for a while, then sleep; how long the while is follows what helped lately.
    #[default]
    Adaptive,
    /// Sleep at once. No processor time beyond the wake-up itself.
    Park,
}

/// Looks of a short spin: about one microsecond, enough for a peer that is just about to act.
const SHORT: u32 = 32;
/// Looks of a long spin: about 20 µs, the price of the sleep and the wake-up that it may save.
const LONG: u32 = 1024;
/// After a long spin was in vain, this many waits spin shortly before a long one is tried again,
/// so that two peers on one core, where spinning can never help, pay for it once in 64 waits.
const PENANCE: u32 = 64;
/// The same for one that does not give way: a few hundred nanoseconds.
const BRIEF: u32 = 4;
/// How often to give way before sleeping.
const YIELDS: u32 = 16;
/// Of so many looks one is as true as the last one before a sleep.
const LOOKS_PER_TRUE_ONE: u32 = 32;

/// The spin of one endpoint, and what it has learnt.
#[derive(Debug)]
pub struct Spin {
    strategy: WaitStrategy,
    /// Waits that still spin shortly.
    penance: u32,
    /// Looks that the last find took.
    looks: u32,
    /// Whether to give way before a sleep.
    gives_way: bool,
}

impl Spin {
    /// Nothing learnt yet.
    #[must_use]
    pub fn new(strategy: WaitStrategy) -> Self {
        Spin {
            strategy,
            penance: 0,
            looks: 0,
            gives_way: true,
        }
    }

    /// The same, going to sleep without giving way first, and soon where looking was in vain lately:
    /// where a wake-up comes at once, but those that one gives way to may be others, who keep the
    /// core for long.
    #[must_use]
    pub fn without_giving_way(self) -> Self {
        Spin {
            gives_way: false,
            ..self
        }
    }

    /// As [`new`](Spin::new), going on where another one stopped that has learnt so much.
    #[must_use]
    pub fn recall(strategy: WaitStrategy, learnt: u32) -> Self {
        Spin {
            penance: learnt.min(PENANCE),
            ..Self::new(strategy)
        }
    }

    /// What it has learnt, for [`recall`](Spin::recall): 0 if a long spin is worth trying, otherwise
    /// for how many waits it is not.
    #[must_use]
    pub fn learnt(&self) -> u32 {
        self.penance
    }

    /// The strategy it was made with.
    #[must_use]
    pub fn strategy(&self) -> WaitStrategy {
        self.strategy
    }

    /// How many looks the last find took; more than any number of looks if it took a sleep.
    #[must_use]
    pub fn looks(&self) -> u32 {
        self.looks
    }

    /// Looks until `poll` finds something or looking longer is not worth it.
    pub fn poll<R>(&mut self, mut poll: impl FnMut(Sight) -> Option<R>) -> Option<R> {
        self.looks = u32::MAX;
        let looks = match self.strategy {
            WaitStrategy::Park => return None,
            WaitStrategy::Adaptive if self.penance > 0 && self.gives_way => SHORT,
            WaitStrategy::Adaptive if self.penance > 0 => BRIEF,
            WaitStrategy::Adaptive | WaitStrategy::Spin => LONG,
        };
        for look in 1..=looks {
            let sight = if look % LOOKS_PER_TRUE_ONE == 0 {
                Sight::Last
            } else {
                Sight::Passing
            };
            if let Some(found) = poll(sight) {
                self.penance = 0;
                self.looks = look;
                return Some(found);
            }
            spin_loop();
        }
        self.penance = self.penance.checked_sub(1).unwrap_or(PENANCE);
        None
    }

    /// After a spin in vain, where there may be more threads than cores: lets others have the core,
    /// and looks each time it comes back, before a sleep that somebody has to end.
    pub fn give_way<R>(
        &mut self,
        wait: &impl Wait,
        mut poll: impl FnMut() -> Option<R>,
    ) -> Option<R> {
        if self.strategy != WaitStrategy::Adaptive || !self.gives_way {
            return None;
        }
        (0..YIELDS).find_map(|_| {
            wait.yield_now();
            poll()
        })
    }
}
