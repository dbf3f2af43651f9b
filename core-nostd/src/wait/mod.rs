//! Sleeping and waking: what an adapter supplies ([`Wait`]) and what the protocols build on it.

mod any;
pub mod doorbell;
mod gate;
pub mod lock;
pub mod parking;
mod spin;

pub use any::{
    MOST_SOURCES, Source, Spot, WaitAnyError, WaitAnyTimeoutError, in_turn, try_any, wait_any,
    wait_any_timeout, wait_any_until, watch_any,
};
pub use doorbell::Armed;
pub use gate::{Company, Gate, Interrupted, Outlook, Probe, Sight, Waiting, Watch};
pub use spin::{Spin, WaitStrategy};

use crate::primitive::AtomicU32;
use core::time::Duration;

/// The longest sleep before a waiter looks again whether what it waits for can still come.
///
/// It bounds what a lost wake-up can cost, whoever lost it: a peer killed between publishing and
/// waking, or a hostile one that swallows wake-ups. With the probe that follows it keeps the
/// news of a death under 300 ms.
pub const SLICE: Duration = Duration::from_millis(200);

/// A point on the platform's monotonic clock, in nanoseconds from an arbitrary start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nanos(pub u64);

impl Nanos {
    /// This point and `span` more; the far end of the clock if that is too long.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        let span = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        Nanos(self.0.saturating_add(span))
    }
}

/// A 32-bit word in shared memory on which processes sleep.
///
/// Carries the atomic, for systems that sleep on an address, and its offset in the segment, for
/// systems that need a name which is the same in every process.
#[derive(Clone, Copy, Debug)]
pub struct Word<'a> {
    /// The word itself.
    pub atomic: &'a AtomicU32,
    /// Where it stands, in bytes from the start of the segment.
    pub offset: usize,
}

/// Why [`Wait::wait`] came back. Each of these is a hint: the word must be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitResult {
    /// Woken, interrupted, or the word did not hold the expected value.
    Woken,
    /// The deadline passed.
    TimedOut,
    /// The system says that a peer may have died, and the deadline may not have passed: whoever
    /// waits for what a peer does asks at once whether it lives. Said once of each death, not again
    /// and again: who waits on sleeps again.
    Died,
    /// The word cannot be waited on any more: its memory was taken away. The channel is lost.
    Lost,
}

/// Sleeping on words in shared memory, across processes.
pub trait Wait {
    /// The monotonic clock that deadlines refer to.
    fn now(&self) -> Nanos;

    /// Sleeps until another process wakes `word`, or `deadline` passes, or nothing happens at all:
    /// it may return at any time. It does not sleep if `word` does not hold `expected`, and no
    /// [`wake`](Wait::wake) that follows a change of the word is lost.
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult;

    /// Sleeps until another process wakes one of `words`, or `deadline` passes, or nothing happens at
    /// all, as [`wait`](Wait::wait): each word comes with the value that it is expected to hold. The
    /// words may lie in other segments than this one, so that only their addresses name them.
    ///
    /// As it is here, for systems without such a call, it looks at all of them every millisecond.
    fn wait_any(&self, words: &[(Word<'_>, u32)], deadline: Option<Nanos>) -> WaitResult {
        in_turn(self, words, deadline)
    }

    /// Wakes up to `count` sleepers on `word`, those that have slept longest first where the system
    /// keeps them in order, in whichever process they sleep. Says whether there was any.
    fn wake(&self, word: Word<'_>, count: u32) -> bool;

    /// Lets another thread have the processor, if one waits for it.
    fn yield_now(&self) {
        crate::primitive::spin_loop();
    }

    /// Whether a [`barrier_everywhere`](Wait::barrier_everywhere) by *another* process reaches
    /// this one, so that the threads here may leave out their own fence. `false`: they fence.
    fn is_reached_by_barriers(&self) -> bool {
        false
    }

    /// Makes every thread of every process for which
    /// [`is_reached_by_barriers`](Wait::is_reached_by_barriers) holds pass a full barrier, or
    /// returns `false` where the system cannot.
    fn barrier_everywhere(&self) -> bool {
        false
    }
}

/// The methods of [`Wait`], for a type that waits as what it stands on does.
///
/// ```
/// use ringway_core::wait::Wait;
///
/// struct Named<W> { name: &'static str, on: W }
///
/// impl<W: Wait> Wait for Named<W> {
///     ringway_core::waits_as!(self, self.on);
/// }
/// ```
#[macro_export]
macro_rules! waits_as {
    ($self:ident, $other:expr) => {
        #[inline(always)]
        fn now(&$self) -> $crate::wait::Nanos {
            $other.now()
        }
        #[inline(always)]
        fn wait(
            &$self,
            word: $crate::wait::Word<'_>,
            expected: u32,
            deadline: Option<$crate::wait::Nanos>,
        ) -> $crate::wait::WaitResult {
            $other.wait(word, expected, deadline)
        }
        fn wait_any(
            &$self,
            words: &[($crate::wait::Word<'_>, u32)],
            deadline: Option<$crate::wait::Nanos>,
        ) -> $crate::wait::WaitResult {
            $other.wait_any(words, deadline)
        }
        #[inline(always)]
        fn wake(&$self, word: $crate::wait::Word<'_>, count: u32) -> bool {
            $other.wake(word, count)
        }
        #[inline(always)]
        fn yield_now(&$self) {
            $other.yield_now();
        }
        #[inline(always)]
        fn is_reached_by_barriers(&$self) -> bool {
            $other.is_reached_by_barriers()
        }
        #[inline(always)]
        fn barrier_everywhere(&$self) -> bool {
            $other.barrier_everywhere()
        }
    };
}
