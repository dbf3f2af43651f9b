//! The messages: numbered, so that the other side can check each.

use ringway::{FromBytes, Immutable, IntoBytes, Plain};

/// Items that a ring holds in every benchmark.
pub const CAPACITY: u32 = 1_024;

/// A message that carries its number in its first and its last word.
pub trait Item: Plain {
    /// Message `number`, all of it written.
    fn numbered(number: u64) -> Self;
    /// The number, or something else if the ends of the message do not fit together.
    fn number(&self) -> u64;
}

impl Item for u64 {
    #[inline(always)]
    fn numbered(number: u64) -> Self {
        number
    }
    #[inline(always)]
    fn number(&self) -> u64 {
        *self
    }
}

impl<const WORDS: usize> Item for [u64; WORDS]
where
    [u64; WORDS]: Plain,
{
    #[inline(always)]
    fn numbered(number: u64) -> Self {
        [number; WORDS]
    }
    #[inline(always)]
    fn number(&self) -> u64 {
        let (first, last) = (self[0], self[WORDS - 1]);
        first | (first ^ last)
    }
}

/// 64 bytes that fill a cache line of their own.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable)]
#[repr(C, align(64))]
pub struct Line([u64; 8]);

impl Item for Line {
    #[inline(always)]
    fn numbered(number: u64) -> Self {
        Line(Item::numbered(number))
    }
    #[inline(always)]
    fn number(&self) -> u64 {
        self.0.number()
    }
}

/// Sees that message `number` came, and ends the process if another did: the other side would
/// wait for ever.
#[inline(always)]
pub fn check(item: &impl Item, number: u64) {
    if item.number() != number {
        wrong(item.number(), number);
    }
}

#[cold]
fn wrong(found: u64, expected: u64) -> ! {
    eprintln!("message {expected} was expected, {found} came");
    std::process::exit(1);
}
