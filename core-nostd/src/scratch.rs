//! Private memory for what does not fit into the ring in one piece.

/// Where a receiver joins a message that came in parts.
///
/// `()` is none: such a message is refused then, as one that is longer than the receiver's limit.
pub trait Scratch: Default {
    /// Whether there is any such memory.
    const EXISTS: bool;

    /// Begins a message of `len` bytes, of which nothing is there yet. What was there before is
    /// given up. `false` if the memory cannot be had.
    fn begin(&mut self, len: usize) -> bool;

    /// The next bytes of the message.
    fn push(&mut self, bytes: &[u8]);

    /// What is there so far, aligned to 8 bytes.
    fn bytes(&self) -> &[u8];
}

impl Scratch for () {
    const EXISTS: bool = false;

    fn begin(&mut self, _: usize) -> bool {
        false
    }

    fn push(&mut self, _: &[u8]) {}

    fn bytes(&self) -> &[u8] {
        &[]
    }
}
