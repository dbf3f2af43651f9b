//! What goes through a pipe under test. Each byte of a stream follows from its place in it, and the
//! pipe counts: so whoever reads knows whether it is the right one.

use super::Finding;
use super::contents::mixed;
use ringway::pipe::{Reader, Writer};
use ringway_core::wait::WaitStrategy;

/// The byte at `offset` of every stream.
fn byte(offset: u64) -> u8 {
    mixed(offset) as u8
}

/// The bytes from `offset` on.
pub(super) fn bytes(offset: u64, count: usize) -> Vec<u8> {
    (offset..).take(count).map(byte).collect()
}

/// Whether these are the bytes from `offset` on.
///
/// # Errors
///
/// They are not.
pub(super) fn check(offset: u64, found: &[u8]) -> Result<(), Finding> {
    let expected = bytes(offset, found.len());
    match found.iter().zip(&expected).position(|(a, b)| a != b) {
        None => Ok(()),
        Some(at) => Err(Finding::Unknown(format!("byte {}", offset + at as u64))),
    }
}

/// A pipe with a name.
pub(super) fn writer(name: &str, capacity: usize, wait: WaitStrategy) -> Result<Writer, Finding> {
    let pipe = ringway::pipe(name).capacity(capacity as u32).wait(wait);
    let wedged = |error| Finding::Wedged(format!("no writer can be attached: {error}"));
    pipe.writer().map_err(wedged)
}

/// As [`writer`].
pub(super) fn reader(name: &str, capacity: usize, wait: WaitStrategy) -> Result<Reader, Finding> {
    let pipe = ringway::pipe(name).capacity(capacity as u32).wait(wait);
    let wedged = |error| Finding::Wedged(format!("no reader can be attached: {error}"));
    pipe.reader().map_err(wedged)
}
