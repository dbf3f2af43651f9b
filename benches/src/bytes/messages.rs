//! The messages: made before the clock starts, and told apart by their first and last words.
//!
//! A message that is written just before it is sent would lie in the store buffer, in pieces that
//! a copy cannot read as a whole: each would wait until all stores before have reached the cache,
//! those to the ring included.

use crate::item::{Item, Line};
use ringway::IntoBytes;
use std::hint::black_box;

/// Bytes of messages that are sent in turns: they stay in the sender's second-level cache.
const BYTES: usize = 128 << 10;
/// So many are enough to tell one from its neighbours.
const MOST: usize = 64;
const LINE: usize = size_of::<Line>();
const WORD: usize = size_of::<u64>();

/// Messages of one length, sent in turns.
#[derive(Debug)]
pub struct Messages {
    lines: Vec<Line>,
    len: usize,
    mask: u64,
}

impl Messages {
    /// Messages of `len` bytes.
    ///
    /// # Panics
    ///
    /// If that is not a power of two, or less than a line.
    #[must_use]
    pub fn of(len: usize) -> Self {
        assert!(len.is_power_of_two() && len >= LINE);
        let count = count(len);
        let mut lines = memory(len * count);
        for (number, message) in (0_u64..).zip(lines.as_mut_bytes().chunks_exact_mut(len)) {
            message.fill(number as u8);
            message[..WORD].copy_from_slice(&number.to_ne_bytes());
            message[len - WORD..].copy_from_slice(&number.to_ne_bytes());
        }
        Messages {
            lines,
            // Lengths are known only at run time, as they are to those who send messages of any.
            len: black_box(len),
            mask: count as u64 - 1,
        }
    }

    /// What is sent as message `number`.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, number: u64) -> &[u8] {
        let start = (number & self.mask) as usize * self.len;
        &self.lines.as_bytes()[start..start + self.len]
    }
}

/// Where messages of one length are received.
#[derive(Debug)]
pub struct Received {
    lines: Vec<Line>,
    len: usize,
    mask: u64,
}

impl Received {
    /// For messages of `len` bytes.
    #[must_use]
    pub fn of(len: usize) -> Self {
        Received {
            lines: memory(len),
            len: black_box(len),
            mask: count(len) as u64 - 1,
        }
    }

    /// The memory.
    #[inline(always)]
    #[must_use]
    pub fn buffer(&mut self) -> &mut [u8] {
        self.lines.as_mut_bytes()
    }

    /// What came, to be sent back.
    #[inline(always)]
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.lines.as_bytes()
    }

    /// Sees that message `number` came, with `len` bytes, and ends the process if not: the other
    /// side would wait for ever.
    #[inline(always)]
    pub fn check(&self, len: usize, number: u64) {
        let bytes = self.lines.as_bytes();
        let (first, last) = (word(bytes, 0), word(bytes, self.len - WORD));
        let expected = number & self.mask;
        if len != self.len || first != expected || last != expected {
            wrong(number, len, first, last);
        }
    }
}

fn memory(bytes: usize) -> Vec<Line> {
    vec![Line::numbered(0); bytes / LINE]
}

fn count(len: usize) -> usize {
    (BYTES / len).clamp(2, MOST)
}

#[inline(always)]
fn word(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; WORD];
    word.copy_from_slice(&bytes[at..at + WORD]);
    u64::from_ne_bytes(word)
}

#[cold]
fn wrong(number: u64, len: usize, first: u64, last: u64) -> ! {
    eprintln!("message {number} was expected, {len} bytes with {first} and {last} came");
    std::process::exit(1);
}
