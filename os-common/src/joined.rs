//! Where a receiver joins a message that came in parts.

use ringway_core::scratch::Scratch;

/// Memory of this process, as much as the longest message so far needed.
#[derive(Debug, Default)]
pub struct Joined(Vec<u8>);

impl Scratch for Joined {
    const EXISTS: bool = true;

    fn begin(&mut self, len: usize) -> bool {
        self.0.clear();
        self.0.try_reserve_exact(len).is_ok()
    }

    fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn bytes(&self) -> &[u8] {
        &self.0
    }
}
