//! Where a receiver joins a message that came in parts.

use ringway_core::scratch::Scratch;

/// Memory of this process, as much as the longest message so far needed.
#[derive(Debug, Default)]
pub struct Joined {
    bytes: Vec<u8>,
    /// Where the message begins: at the first multiple of [`ALIGN`].
    at: usize,
}

/// To which a message is aligned, in bytes.
const ALIGN: usize = 8;

impl Scratch for Joined {
    const EXISTS: bool = true;

    fn begin(&mut self, len: usize) -> bool {
        self.bytes.clear();
        let Some(len) = len.checked_add(ALIGN) else {
            return false;
        };
        if self.bytes.try_reserve_exact(len).is_err() {
            return false;
        }
        // It stays where it is: no more than `len` bytes come.
        self.at = self.bytes.as_ptr().align_offset(ALIGN).min(ALIGN);
        self.bytes.resize(self.at, 0);
        true
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_aligned_and_replace_each_other() {
        let mut joined = Joined::default();
        assert!(joined.bytes().is_empty());
        for len in [3, 100_000, 1, 0] {
            assert!(joined.begin(len));
            for piece in vec![7; len].chunks(1000) {
                joined.push(piece);
            }
            assert_eq!(joined.bytes(), vec![7; len]);
            assert!(joined.bytes().as_ptr().cast::<u64>().is_aligned());
        }
        assert!(!joined.begin(usize::MAX));
    }
}
