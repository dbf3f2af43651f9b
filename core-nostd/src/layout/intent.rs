//! What the owner of an entry is about to claim, or holds: written down before the claim is made.

use crate::primitive::{Ordering, Wide};

/// Bits of the kind, below those of the count.
const KIND_BITS: u32 = 2;
/// Bits below the position.
const POSITION_SHIFT: u32 = 32;

/// Positions that one handle claims.
///
/// ```text
///   63                            32 31                     2 1      0
///  ┌────────────────────────────────┬────────────────────────┬────────┐
///  │ low 32 bits of the first one   │ how many               │ kind   │
///  └────────────────────────────────┴────────────────────────┴────────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intent {
    kind: Kind,
    first: u32,
    count: u32,
}

/// In which direction a claim goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// Positions to write.
    Send = 1,
    /// Positions to read.
    Receive = 2,
}

impl Intent {
    /// The most positions that one intent can name.
    pub const MAX_COUNT: u32 = (1 << (POSITION_SHIFT - KIND_BITS)) - 1;

    /// `count` positions from `first` on.
    #[inline(always)]
    #[must_use]
    pub fn new(kind: Kind, first: u64, count: u32) -> Self {
        debug_assert!(count <= Self::MAX_COUNT);
        Intent {
            kind,
            first: first as u32,
            count,
        }
    }

    /// Whether it names `position`.
    #[must_use]
    pub fn names(self, kind: Kind, position: u64) -> bool {
        self.kind == kind && (position as u32).wrapping_sub(self.first) < self.count
    }

    /// How far behind `position` the first one lies that it names.
    #[must_use]
    pub fn offset(self, kind: Kind, position: u64) -> Option<u32> {
        (self.kind == kind).then(|| self.first.wrapping_sub(position as u32))
    }

    /// Whether it is of this kind.
    #[must_use]
    pub fn is(self, kind: Kind) -> bool {
        self.kind == kind
    }

    #[inline(always)]
    fn encode(self) -> u64 {
        u64::from(self.first) << POSITION_SHIFT
            | u64::from(self.count) << KIND_BITS
            | u64::from(self.kind as u32)
    }

    /// What a word means that anybody may have written.
    fn decode(word: u64) -> Option<Self> {
        let kind = match (word as u32) & ((1 << KIND_BITS) - 1) {
            1 => Kind::Send,
            2 => Kind::Receive,
            _ => return None,
        };
        Some(Intent {
            kind,
            first: (word >> POSITION_SHIFT) as u32,
            count: word as u32 >> KIND_BITS,
        })
    }
}

/// The word of an entry that holds its owner's intent.
#[repr(transparent)]
#[derive(Debug)]
pub struct IntentWord(Wide);

impl IntentWord {
    /// No intent. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        IntentWord(Wide::new(0))
    }

    /// Writes the intent down. The claim comes after it, by a compare-and-swap that publishes it.
    #[inline(always)]
    pub fn set(&self, intent: Intent) {
        // I1: what the owner claimed before is done with, so that whoever finds this intent in its
        // place finds the stamps of that. Pairs with I2.
        self.0.store(intent.encode(), Ordering::Release);
    }

    /// Takes the intent back: the claim is done with, or failed.
    #[inline(always)]
    pub fn clear(&self) {
        // I1: as in `set`. Pairs with I2.
        self.0.store(0, Ordering::Release);
    }

    /// What the owner claims, if anything.
    #[must_use]
    pub fn get(&self) -> Option<Intent> {
        // I2: makes the stamps visible of what was claimed before. Pairs with I1.
        Intent::decode(self.0.load(Ordering::Acquire))
    }
}

impl Default for IntentWord {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(ringway_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_range_names_its_positions_also_where_they_wrap() {
        let first = u64::from(u32::MAX) - 1;
        let intent = Intent::new(Kind::Send, first, 3);
        assert_eq!(Intent::decode(intent.encode()), Some(intent));
        for (position, named) in [(first - 1, false), (first, true), (first + 2, true)] {
            assert_eq!(intent.names(Kind::Send, position), named);
            assert!(!intent.names(Kind::Receive, position));
        }
        assert!(!intent.names(Kind::Send, first + 3));
    }

    #[test]
    fn a_word_without_a_kind_is_no_intent() {
        assert_eq!(Intent::decode(0), None);
        assert_eq!(Intent::decode(u64::MAX), None);
        assert_eq!(IntentWord::new().get(), None);
    }
}
