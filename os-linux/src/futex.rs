//! Sleeping on an address: `futex`.
//!
//! Always the shared kind. The private one is faster, is found by the address in this process, and
//! so never meets a waiter of another.

use crate::segment::Segment;
use ringway_core::wait::{MOST_SOURCES, Nanos, WaitResult, Word, in_turn};
use rustix::io::Errno;
use rustix::thread::futex::{
    self, Flags, Timespec, Wait, WaitFlags, WaitPtr, WaitvFlags, wait_bitset,
};
use rustix::time::ClockId;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Every waiter is woken, whichever bits it waits for.
const ANY: NonZeroU32 = NonZeroU32::MAX;

/// The kernel takes the count as a signed number, and `u32::MAX` wakes a single waiter.
const ALL: u32 = i32::MAX.unsigned_abs();

/// Whether the system refused to sleep on several words: it is older than 5.16, or a sandbox that is.
static HAS_NO_WAITV: AtomicBool = AtomicBool::new(false);

pub(crate) fn wait(
    _: &Segment,
    word: Word<'_>,
    expected: u32,
    deadline: Option<Nanos>,
) -> WaitResult {
    // `WAIT_BITSET` and not `WAIT`: only its timeout is a point in time.
    let deadline = deadline.map(timespec);
    let result = wait_bitset(
        word.atomic,
        Flags::empty(),
        expected,
        deadline.as_ref(),
        ANY,
    );
    match result {
        Err(Errno::TIMEDOUT) => WaitResult::TimedOut,
        Err(Errno::FAULT) => WaitResult::Lost,
        // Woken, the value differed (EAGAIN), or a signal came (EINTR).
        _ => WaitResult::Woken,
    }
}

pub(crate) fn wait_any(
    segment: &Segment,
    words: &[(Word<'_>, u32)],
    deadline: Option<Nanos>,
) -> WaitResult {
    if words.len() > MOST_SOURCES || HAS_NO_WAITV.load(Ordering::Relaxed) {
        return in_turn(segment, words, deadline);
    }
    match wait_on_all(words, deadline) {
        Err(Errno::TIMEDOUT) => WaitResult::TimedOut,
        Err(Errno::FAULT) => WaitResult::Lost,
        Err(Errno::NOSYS | Errno::PERM) => {
            HAS_NO_WAITV.store(true, Ordering::Relaxed);
            in_turn(segment, words, deadline)
        }
        // As in `wait`.
        _ => WaitResult::Woken,
    }
}

/// Wakes those asleep on the address, and then, as far as `count` goes, the doorbells in the wait
/// slots, which a segment without any has never used.
pub(crate) fn wake(segment: &Segment, word: Word<'_>, count: u32) -> bool {
    if count == 0 {
        return false; // the kernel would wake one
    }
    let Ok(woken) = futex::wake(word.atomic, Flags::empty(), count.min(ALL)) else {
        return false; // the page is gone, which the waiters find out by themselves
    };
    let left = match count {
        u32::MAX => u32::MAX,
        _ => count.saturating_sub(u32::try_from(woken).unwrap_or(u32::MAX)),
    };
    let has_rung = segment
        .lot()
        .is_some_and(|lot| lot.wake(segment, word, left));
    woken > 0 || has_rung
}

/// Sleeps on up to [`MOST_SOURCES`] words, which is as many as the kernel takes.
fn wait_on_all(words: &[(Word<'_>, u32)], deadline: Option<Nanos>) -> Result<usize, Errno> {
    let mut waiters = [Wait::new(); MOST_SOURCES];
    for (waiter, (word, expected)) in waiters.iter_mut().zip(words) {
        waiter.val = u64::from(*expected);
        waiter.uaddr = WaitPtr::new(word.atomic.as_ptr().cast());
        waiter.flags = WaitFlags::SIZE_U32;
    }
    let deadline = deadline.map(timespec);
    futex::waitv(
        &waiters[..words.len()],
        WaitvFlags::empty(),
        deadline.as_ref(),
        ClockId::Monotonic,
    )
}

fn timespec(point: Nanos) -> Timespec {
    // Both fit: u64::MAX nanoseconds are 585 years.
    Timespec {
        tv_sec: (point.0 / NANOS_PER_SECOND) as _,
        tv_nsec: (point.0 % NANOS_PER_SECOND) as _,
    }
}
