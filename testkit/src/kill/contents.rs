//! What is in the bytes of a message: its number, its length, and in each place what nothing else
//! has there.

use crate::Random;

/// The number of a message that is in pieces.
pub(super) const TORN: u64 = u64::MAX;
/// Stands above the length in the number of a message that is too short to hold one.
const TINY: u64 = (u32::MAX as u64) << 32;
/// Fewer bytes than this hold no number.
pub(super) const NUMBERED: usize = 16;
const WORD: usize = size_of::<u64>();

/// The bytes of message `number`, `len` of them.
pub(super) fn bytes(number: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    fill(&mut bytes, number);
    bytes
}

/// Writes message `number`, as long as `bytes`.
pub(super) fn fill(bytes: &mut [u8], number: u64) {
    let len = bytes.len();
    let seed = if len < NUMBERED { TINY } else { number };
    let head = [number, len as u64];
    for (at, word) in bytes.chunks_mut(WORD).enumerate() {
        let value = match head.get(at) {
            Some(value) if len >= NUMBERED => *value,
            _ => pattern(seed, len, at),
        };
        word.copy_from_slice(&value.to_le_bytes()[..word.len()]);
    }
}

/// Which message these bytes are; [`TORN`] if they are none.
pub(super) fn number(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    let Some(head) = bytes.first_chunk::<WORD>().filter(|_| len >= NUMBERED) else {
        return if is_all_of(bytes, TINY) {
            TINY | len as u64
        } else {
            TORN
        };
    };
    let number = u64::from_le_bytes(*head);
    if is_all_of(bytes, number) {
        number
    } else {
        TORN
    }
}

/// The length that stands in a number for a message that is too short to hold one.
pub(super) fn tiny(number: u64) -> Option<usize> {
    let len = number ^ TINY;
    (len < NUMBERED as u64).then_some(len as usize)
}

fn is_all_of(bytes: &[u8], number: u64) -> bool {
    bytes == self::bytes(number, bytes.len())
}

fn pattern(number: u64, len: usize, at: usize) -> u64 {
    mixed(number ^ (len as u64) << 20 ^ at as u64)
}

/// A number that looks as if chosen, and is the same each time.
pub(super) fn mixed(number: u64) -> u64 {
    Random::with_seed(number).any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_by_its_bytes() {
        for len in NUMBERED..200 {
            assert_eq!(number(&bytes(77, len)), 77);
        }
        for len in 0..NUMBERED {
            assert_eq!(tiny(number(&bytes(77, len))), Some(len));
        }
        assert_eq!(tiny(77), None);
        assert_eq!(tiny(TORN), None);
    }

    #[test]
    fn a_byte_that_is_torn_shifted_or_missing_shows() {
        let whole = bytes(77, 100);
        for at in 0..whole.len() {
            let mut torn = whole.clone();
            torn[at] ^= 1;
            assert_eq!(number(&torn), TORN, "byte {at}");
            let shifted = [&whole[..at], &whole[at + 1..], &[0]].concat();
            assert_eq!(number(&shifted), TORN, "from byte {at}");
            assert_eq!(number(&whole[..at]), if at == 0 { TINY } else { TORN });
        }
    }
}
