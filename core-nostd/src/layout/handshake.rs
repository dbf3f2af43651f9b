//! Who builds a segment, and when the others may use it.
//!
//! ```text
//!            CAS                 store Release            last one out
//!   EMPTY ─────────▶ BUILDING(t) ─────────────▶ READY ─────────────────▶ RETIRED
//!                      │    ▲
//!                      └────┘ t is dead: CAS to BUILDING(own token)
//! ```
//!
//! One word. Its two low bits are the state, and while it is BUILDING the others are the
//! builder's token, so that a builder that died half-way is found out and replaced. READY and
//! RETIRED are whole words that random bytes do not hit by chance; zero is EMPTY, never live.

use crate::liveness::PeerId;
use crate::platform::Platform;
use crate::primitive::{AtomicU32, Ordering, wake_site};
use crate::wait::{Nanos, SLICE, WaitResult, Word};
use core::num::NonZeroU32;

const EMPTY: u32 = 0;
const BUILDING: u32 = 1;
const TAG: u32 = 3;
const READY: u32 = 0x5EAD_1E06; // low bits: 2
const RETIRED: u32 = 0x00DE_AD07; // low bits: 3

const _: () = assert!(READY & TAG == 2 && RETIRED & TAG == 3);

/// The state word of a segment.
#[repr(transparent)]
#[derive(Debug)]
pub struct Handshake {
    state: AtomicU32,
}

/// What [`Handshake::enter`] decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// The caller builds the segment and then calls [`Handshake::finish`].
    Build,
    /// The segment is built.
    Join,
    /// The segment was given up; it must be replaced by another.
    Retired,
    /// The word is none that this protocol writes: these are not the bytes of a segment.
    Foreign(u32),
    /// The builder is alive and did not finish before the deadline.
    TimedOut,
}

/// The state as a bystander sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has begun to build.
    Empty,
    /// Being built by the attachment with this token.
    Building(NonZeroU32),
    /// In use.
    Ready,
    /// Given up.
    Retired,
    /// Not a state.
    Foreign(u32),
}

impl Handshake {
    /// An empty segment's word. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        Handshake {
            state: AtomicU32::new(EMPTY),
        }
    }

    fn word(&self, at: usize) -> Word<'_> {
        Word {
            atomic: &self.state,
            offset: at,
        }
    }

    /// The state now. What was built is visible if it is [`State::Ready`].
    pub fn state(&self) -> State {
        // H2: makes what the builder wrote visible. Pairs with H1.
        decode(self.state.load(Ordering::Acquire))
    }

    /// Joins the segment, or takes on the building of it, or waits for its builder.
    ///
    /// `at` is the offset of the word in the segment, in bytes. Of several that find the segment
    /// empty, or its builder dead, one builds.
    pub fn enter<P: Platform>(&self, at: usize, platform: &P, deadline: Option<Nanos>) -> Entered {
        let me = platform.me().token;
        loop {
            let state = self.state();
            let free = match state {
                State::Empty => EMPTY,
                State::Building(token) if !platform.is_alive(PeerId::from_token(token)) => {
                    building(token)
                }
                State::Building(token) => {
                    let now = platform.now();
                    if deadline.is_some_and(|deadline| deadline <= now) {
                        return Entered::TimedOut;
                    }
                    let slice = now.after(SLICE);
                    let until = deadline.map_or(slice, |deadline| deadline.min(slice));
                    if platform.wait(self.word(at), building(token), Some(until))
                        == WaitResult::Lost
                    {
                        return Entered::Retired;
                    }
                    continue;
                }
                State::Ready => return Entered::Join,
                State::Retired => return Entered::Retired,
                State::Foreign(word) => return Entered::Foreign(word),
            };
            // The loser of this race looks again. Nothing is read from before: the builder writes
            // everything, so the order of the claim itself does not matter.
            let claim = self.state.compare_exchange(
                free,
                building(me),
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            if claim.is_ok() {
                return Entered::Build;
            }
            // Against a peer that keeps changing the word.
            if deadline.is_some_and(|deadline| deadline <= platform.now()) {
                return Entered::TimedOut;
            }
        }
    }

    /// Publishes what the caller built and lets everybody in.
    pub fn finish<P: Platform>(&self, at: usize, platform: &P) {
        // H1: publishes the header and the object. Pairs with H2.
        self.state.store(READY, Ordering::Release);
        if wake_site() {
            platform.wake(self.word(at), u32::MAX);
        }
    }

    /// Leaves the building of the segment to somebody else, before anything of it was written.
    pub fn abandon<P: Platform>(&self, at: usize, platform: &P) {
        // Nothing was written yet, so nothing is ordered.
        self.state.store(EMPTY, Ordering::Relaxed);
        if wake_site() {
            platform.wake(self.word(at), u32::MAX);
        }
    }

    /// Gives the segment up: nobody may join it any more.
    pub fn retire<P: Platform>(&self, at: usize, platform: &P) {
        self.state.store(RETIRED, Ordering::Relaxed);
        if wake_site() {
            platform.wake(self.word(at), u32::MAX);
        }
    }
}

impl Default for Handshake {
    fn default() -> Self {
        Self::new()
    }
}

fn building(token: NonZeroU32) -> u32 {
    token.get() << 2 | BUILDING
}

/// What a word means that anybody may have written.
fn decode(word: u32) -> State {
    match (word, word & TAG, NonZeroU32::new(word >> 2)) {
        (EMPTY, ..) => State::Empty,
        (READY, ..) => State::Ready,
        (RETIRED, ..) => State::Retired,
        (_, BUILDING, Some(token)) => State::Building(token),
        _ => State::Foreign(word),
    }
}

#[cfg(all(test, not(ringway_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_one_meaning() {
        let token = NonZeroU32::new(PeerId::MAX_TOKEN).unwrap();
        assert_eq!(decode(0), State::Empty);
        assert_eq!(decode(building(token)), State::Building(token));
        assert_eq!(decode(READY), State::Ready);
        assert_eq!(decode(RETIRED), State::Retired);
        for word in [BUILDING, 2, 3, 4, 0xA5A5_A5A6, 0xA5A5_A5A7, u32::MAX] {
            assert_eq!(decode(word), State::Foreign(word));
        }
    }
}
