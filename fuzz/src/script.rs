//! What an input says, read byte by byte.

use std::cell::Cell;

/// An input that is not used up. Behind its end there are zeros.
#[derive(Debug)]
pub(crate) struct Script<'i> {
    input: &'i [u8],
    at: Cell<usize>,
}

impl<'i> Script<'i> {
    pub(crate) fn new(input: &'i [u8]) -> Self {
        Script {
            input,
            at: Cell::new(0),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.at.get() == self.input.len()
    }

    /// The next bytes, at most so many.
    pub(crate) fn take(&self, len: usize) -> &'i [u8] {
        let rest = &self.input[self.at.get()..];
        let taken = &rest[..len.min(rest.len())];
        self.at.set(self.at.get() + taken.len());
        taken
    }

    fn bytes<const N: usize>(&self) -> [u8; N] {
        let taken = self.take(N);
        let mut bytes = [0; N];
        bytes[..taken.len()].copy_from_slice(taken);
        bytes
    }

    pub(crate) fn byte(&self) -> u8 {
        let [byte] = self.bytes();
        byte
    }

    pub(crate) fn half(&self) -> u16 {
        u16::from_le_bytes(self.bytes())
    }

    pub(crate) fn word(&self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    /// One of `end` numbers from 0 on, by one byte.
    pub(crate) fn below(&self, end: u8) -> u8 {
        self.byte() % end
    }

    pub(crate) fn coin(&self) -> bool {
        self.byte() & 1 == 1
    }
}
