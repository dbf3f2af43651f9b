//! Waiting for several things at once: until one of them, at least, is ready.
//!
//! ```text
//!   mark every gate ──▶ look at all once more ──▶ sleep on every word
//!        ▲                                              │
//!        └──────────── nothing was ready ◀──────────────┘
//! ```
//!
//! Each thing that is waited for has a [gate](super::Gate) at which whoever makes it ready rings.
//! A sleeper that marks all of them before it looks misses no ring, whichever gate it comes from.
//! It takes nothing: it only says what is ready. So a wake-up that was meant for one of several
//! must not end here, and it marks each gate as one behind whom others wait.

use super::{
    Company, Gate, Nanos, Outlook, Probe, SLICE, Sight, Spin, Wait, WaitResult, WaitStrategy, Word,
};
use crate::primitive::Ordering;
use core::fmt;
use core::time::Duration;

/// How many sources one call can wait for.
pub const MOST_SOURCES: usize = 128;

/// How long a sleep in turn lasts.
const NAP: Duration = Duration::from_millis(1);

/// How often to give way before sleeping.
const YIELDS: u32 = 16;

/// Something that can be waited for together with other things: an event, a receiver, a sender.
///
/// It is *ready* when the call that it is waited for would not wait: when there is a message, or
/// when there never will be one and the call says so at once. That is a hint. What many can take may
/// be gone by the time of the call.
///
/// To make something a source, give it a [`Gate`] and [notify](Gate::notify) that after each change
/// which may make it ready.
pub trait Source {
    /// Whether it is ready, by a look that takes nothing and does not wait.
    ///
    /// [`Sight::Last`] is asked for behind the mark on the gate, and must then be true.
    fn is_ready(&mut self, sight: Sight) -> bool;

    /// Where whoever makes it ready rings. Always the same place.
    fn spot(&self) -> Spot<'_>;

    /// For one that is not ready: whether it can still become so by a ring, and when to ask again.
    /// [`Outlook::Over`] if nobody is left to ring, so that it is ready now.
    fn outlook(&mut self, probe: Probe) -> Outlook {
        let _ = probe;
        Outlook::Open(SLICE)
    }
}

/// Where a [`Source`] is waited for.
#[derive(Clone, Copy)]
pub struct Spot<'a> {
    /// The gate.
    pub gate: &'a Gate,
    /// Its offset in its segment, in bytes.
    pub at: usize,
    /// How to sleep in that segment.
    pub wait: &'a dyn Wait,
}

impl Spot<'_> {
    fn word(&self) -> Word<'_> {
        self.gate.at(self.at)
    }
}

impl fmt::Debug for Spot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spot")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// Why [`wait_any`] could not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitAnyError {
    /// There is nothing to wait for.
    NoSources,
    /// There are more than [`MOST_SOURCES`].
    TooMany,
    /// The memory of one of them was taken away.
    Lost,
}

/// Why [`wait_any_timeout`] found nothing ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitAnyTimeoutError {
    /// None was ready until the deadline.
    Timeout,
    /// As for [`wait_any`].
    NoSources,
    /// As for [`wait_any`].
    TooMany,
    /// As for [`wait_any`].
    Lost,
}

const NO_SOURCES: &str = "there is nothing to wait for; give it at least one source";
const TOO_MANY: &str = "one call waits for at most 128 sources; spread them over several threads";
const LOST: &str = "the shared memory of a source was taken away; open it again";

impl fmt::Display for WaitAnyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WaitAnyError::NoSources => NO_SOURCES,
            WaitAnyError::TooMany => TOO_MANY,
            WaitAnyError::Lost => LOST,
        })
    }
}

impl fmt::Display for WaitAnyTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WaitAnyTimeoutError::Timeout => "nothing was ready until the deadline",
            WaitAnyTimeoutError::NoSources => NO_SOURCES,
            WaitAnyTimeoutError::TooMany => TOO_MANY,
            WaitAnyTimeoutError::Lost => LOST,
        })
    }
}

impl core::error::Error for WaitAnyError {}
impl core::error::Error for WaitAnyTimeoutError {}

impl WaitAnyTimeoutError {
    /// The same error of a call without a deadline, which cannot have passed.
    fn for_ever(self) -> WaitAnyError {
        match self {
            WaitAnyTimeoutError::NoSources => WaitAnyError::NoSources,
            WaitAnyTimeoutError::TooMany => WaitAnyError::TooMany,
            WaitAnyTimeoutError::Timeout | WaitAnyTimeoutError::Lost => WaitAnyError::Lost,
        }
    }
}

/// Waits until one of `sources` is ready, and says which: the first one that is.
///
/// Nothing is taken: what follows is a `try_` call on that source. It may find nothing after all, if
/// somebody else was quicker; then wait again. A source that is closed is ready: its `try_` call says
/// so, and it should not be waited for any more, since it stays ready.
///
/// A source that is always ready hides those behind it. Who wants to be fair calls `try_` on all of
/// them after each wait, or changes their order.
///
/// # Errors
///
/// There are no sources, or more than [`MOST_SOURCES`], or the memory of one was taken away.
pub fn wait_any(sources: &mut [&mut dyn Source]) -> Result<usize, WaitAnyError> {
    watch_any(sources, &mut short_spin(), None).map_err(WaitAnyTimeoutError::for_ever)
}

/// As [`wait_any`], for no longer than `timeout`.
///
/// # Errors
///
/// None was ready in that time; or as `wait_any`.
pub fn wait_any_timeout(
    sources: &mut [&mut dyn Source],
    timeout: Duration,
) -> Result<usize, WaitAnyTimeoutError> {
    let first = sources.first().ok_or(WaitAnyTimeoutError::NoSources)?;
    let deadline = first.spot().wait.now().after(timeout);
    wait_any_until(sources, deadline)
}

/// As [`wait_any`], until `deadline` on the clock of the first source.
///
/// # Errors
///
/// As [`wait_any_timeout`].
pub fn wait_any_until(
    sources: &mut [&mut dyn Source],
    deadline: Nanos,
) -> Result<usize, WaitAnyTimeoutError> {
    watch_any(sources, &mut short_spin(), Some(deadline))
}

/// The first of `sources` that is ready now, if any. Also finds out which are closed because their
/// peers died, and so asks the system about the peers of those that are not ready.
pub fn try_any(sources: &mut [&mut dyn Source]) -> Option<usize> {
    first_ready(sources, Sight::Last)
        .or_else(|| look_out(sources, Probe::Ask).err())
        .or_else(|| first_ready(sources, Sight::Last))
}

/// As [`wait_any_until`], with a spin of the caller's, which may have learnt something.
///
/// # Errors
///
/// As [`wait_any_timeout`].
pub fn watch_any(
    sources: &mut [&mut dyn Source],
    spin: &mut Spin,
    deadline: Option<Nanos>,
) -> Result<usize, WaitAnyTimeoutError> {
    if sources.is_empty() {
        return Err(WaitAnyTimeoutError::NoSources);
    }
    if sources.len() > MOST_SOURCES {
        return Err(WaitAnyTimeoutError::TooMany);
    }
    let mut marked = [0; MOST_SOURCES];
    let mut ask_at: Option<Nanos> = None;
    loop {
        if let Some(ready) = spin.poll(|sight| first_ready(sources, sight)) {
            return Ok(ready);
        }
        if spin.strategy() == WaitStrategy::Adaptive
            && let Some(ready) = give_way(sources)
        {
            return Ok(ready);
        }
        let sleeps = spin.strategy() != WaitStrategy::Spin;
        if sleeps {
            mark(sources, &mut marked);
        }
        if let Some(ready) = first_ready(sources, Sight::Last) {
            return Ok(ready);
        }
        let now = sources[0].spot().wait.now();
        let late = deadline.is_some_and(|deadline| deadline <= now);
        let probe = if late || ask_at.is_some_and(|at| at <= now) {
            Probe::Ask
        } else {
            Probe::Glance
        };
        let within = match look_out(sources, probe) {
            Ok(within) => within,
            Err(ready) => return Ok(ready),
        };
        if late {
            return first_ready(sources, Sight::Last).ok_or(WaitAnyTimeoutError::Timeout);
        }
        let due = now.after(within);
        if probe == Probe::Ask {
            ask_at = Some(due);
            continue;
        }
        let due = ask_at.map_or(due, |at| at.min(due));
        ask_at = Some(due);
        if sleeps {
            let until = deadline.map_or(due, |deadline| deadline.min(due));
            match sleep(sources, &marked, until) {
                WaitResult::Lost => return Err(WaitAnyTimeoutError::Lost),
                WaitResult::Died => ask_at = Some(now),
                WaitResult::Woken | WaitResult::TimedOut => {}
            }
            // Before the gates are marked again: that would cost the wakers needless wake-ups.
            if let Some(ready) = first_ready(sources, Sight::Last) {
                return Ok(ready);
            }
        }
    }
}

/// The spin of a call that has learnt nothing: looking for long, at many things, is seldom worth it.
fn short_spin() -> Spin {
    Spin::recall(WaitStrategy::Adaptive, 1)
}

fn first_ready(sources: &mut [&mut dyn Source], sight: Sight) -> Option<usize> {
    sources.iter_mut().position(|source| source.is_ready(sight))
}

fn give_way(sources: &mut [&mut dyn Source]) -> Option<usize> {
    (0..YIELDS).find_map(|_| {
        sources[0].spot().wait.yield_now();
        first_ready(sources, Sight::Passing)
    })
}

/// How long none of them can become ready but by a ring; `Err` is one that can no more, and so is.
fn look_out(sources: &mut [&mut dyn Source], probe: Probe) -> Result<Duration, usize> {
    let mut shortest = SLICE;
    for (index, source) in sources.iter_mut().enumerate() {
        match source.outlook(probe) {
            Outlook::Open(within) => shortest = shortest.min(within),
            Outlook::Over => return Err(index),
        }
    }
    Ok(shortest)
}

/// Marks each gate, and notes the value to sleep on.
fn mark(sources: &[&mut dyn Source], marked: &mut [u32; MOST_SOURCES]) {
    for (source, marked) in sources.iter().zip(marked) {
        let spot = source.spot();
        *marked = spot.gate.mark(&spot.wait, Company::OthersFirst);
    }
}

fn sleep(sources: &[&mut dyn Source], marked: &[u32; MOST_SOURCES], until: Nanos) -> WaitResult {
    let first = sources[0].spot();
    if sources.len() == 1 {
        return first.wait.wait(first.word(), marked[0], Some(until));
    }
    let mut words = [(first.word(), marked[0]); MOST_SOURCES];
    for (entry, (source, marked)) in words.iter_mut().zip(sources.iter().zip(marked)) {
        let spot = source.spot();
        *entry = (spot.gate.at(spot.at), *marked);
    }
    first.wait.wait_any(&words[..sources.len()], Some(until))
}

/// [`Wait::wait_any`] where the system can sleep on one word at a time only: sleeps on each for a
/// millisecond, and looks at all of them in between.
pub fn in_turn<W: Wait + ?Sized>(
    wait: &W,
    words: &[(Word<'_>, u32)],
    deadline: Option<Nanos>,
) -> WaitResult {
    loop {
        for &(word, expected) in words {
            let has_changed = |(word, expected): &(Word<'_>, u32)| {
                word.atomic.load(Ordering::Relaxed) != *expected
            };
            if words.iter().any(has_changed) {
                return WaitResult::Woken;
            }
            let now = wait.now();
            if deadline.is_some_and(|deadline| deadline <= now) {
                return WaitResult::TimedOut;
            }
            let nap = now.after(NAP);
            let until = deadline.map_or(nap, |deadline| deadline.min(nap));
            match wait.wait(word, expected, Some(until)) {
                WaitResult::TimedOut => {}
                other => return other,
            }
        }
        if words.is_empty() {
            return WaitResult::TimedOut;
        }
    }
}
