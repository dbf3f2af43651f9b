//! Waiting in the wait slots of a segment, whatever its bells are.

use ringway_core::platform::Platform;
use ringway_core::region::Memory;
use ringway_core::wait::parking::{Bells, Lot, nap_on};
use ringway_core::wait::{Nanos, WaitResult, Word};
use std::thread;
use std::time::Duration;

/// As [`Wait::wait`](ringway_core::wait::Wait::wait).
pub fn wait(
    segment: &(impl Platform + Bells),
    word: Word<'_>,
    expected: u32,
    deadline: Option<Nanos>,
) -> WaitResult {
    wait_any(segment, &[(word, expected)], deadline)
}

/// As [`Wait::wait_any`](ringway_core::wait::Wait::wait_any): words of other segments are looked at
/// every millisecond.
pub fn wait_any(
    segment: &(impl Platform + Bells),
    words: &[(Word<'_>, u32)],
    deadline: Option<Nanos>,
) -> WaitResult {
    let memory = segment.memory();
    match Lot::of(memory) {
        Some(lot) if words.iter().all(|(word, _)| lies_in(memory, *word)) => {
            lot.wait_any(segment, words, deadline)
        }
        _ => nap_on(segment, words, deadline),
    }
}

/// As [`Wait::wake`](ringway_core::wait::Wait::wake).
pub fn wake(segment: &(impl Platform + Bells), word: Word<'_>, count: u32) -> bool {
    Lot::of(segment.memory()).is_some_and(|lot| lot.wake(segment, word, count))
}

fn lies_in(memory: &impl Memory, word: Word<'_>) -> bool {
    let address = core::ptr::from_ref(word.atomic).addr();
    address.wrapping_sub(memory.base().addr().get()) < memory.len()
}

/// As [`Bells::nap`], from `now` on.
pub fn nap(now: Nanos, until: Nanos) {
    thread::sleep(Duration::from_nanos(until.0.saturating_sub(now.0)));
}
