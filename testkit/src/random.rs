//! Numbers for tests that choose: small, seeded, printed.

use std::hash::{BuildHasher, RandomState};

/// A generator (SplitMix64) whose seed a failing test prints, and which `RINGWAY_TEST_SEED` sets.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator with a new seed, or the one that the environment gives.
    #[must_use]
    pub fn new() -> Self {
        let given = std::env::var("RINGWAY_TEST_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0));
        println!("RINGWAY_TEST_SEED={seed}");
        Random(seed)
    }

    /// A generator whose numbers are the same each time.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        Random(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.any() % end
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}
