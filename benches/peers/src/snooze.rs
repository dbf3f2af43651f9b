//! How to wait for a queue that does not wait itself: as the documentation of crossbeam's `Backoff`
//! recommends, first pauses, then giving the core away.

use crossbeam_utils::Backoff;

/// Tries to put `item` in until it is taken; `try_put` gives it back if there is no room.
#[inline(always)]
pub(crate) fn put<T>(mut item: T, mut try_put: impl FnMut(T) -> Result<(), T>) {
    let backoff = Backoff::new();
    while let Err(refused) = try_put(item) {
        item = refused;
        backoff.snooze();
    }
}

/// Tries to take until something is there.
#[inline(always)]
pub(crate) fn take<T>(mut try_take: impl FnMut() -> Option<T>) -> T {
    let backoff = Backoff::new();
    loop {
        if let Some(item) = try_take() {
            return item;
        }
        backoff.snooze();
    }
}
