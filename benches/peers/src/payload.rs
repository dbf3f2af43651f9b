//! Messages whose every byte is looked at.

use ringway_benches::item::Item;

/// A message for a sum: a receiver that left out part of a message would be faster than it is, and
/// one that got halves of two messages must not go unnoticed.
pub(crate) trait Payload: Item {
    /// The number of the message, or something else if its words do not fit together.
    fn whole_number(&self) -> u64;
}

impl Payload for u64 {
    #[inline(always)]
    fn whole_number(&self) -> u64 {
        *self
    }
}

impl<const WORDS: usize> Payload for [u64; WORDS]
where
    [u64; WORDS]: Item,
{
    #[inline(always)]
    fn whole_number(&self) -> u64 {
        let first = self[0];
        self.iter().fold(first, |sum, word| sum | (first ^ word))
    }
}
