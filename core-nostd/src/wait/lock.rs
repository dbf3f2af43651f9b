//! A lock for what is done seldom: taking an entry of a table, giving it back, repairing what the
//! dead left. It survives its holder.
//!
//! ```text
//!   31                            2     1        0
//!  ┌───────────────────────────────┬──────────┬──────┐
//!  │ token of the holder           │ SLEEPERS │ HELD │     0: free
//!  └───────────────────────────────┴──────────┴──────┘
//! ```
//!
//! Whoever finds the holder dead takes the lock from it, in the one compare-and-swap that names
//! it. So what is done under the lock must be such that a successor can begin at any step of it.

use super::{Nanos, SLICE, Wait, WaitResult, Word};
use crate::liveness::{Liveness, PeerId};
use crate::primitive::{AtomicU32, Ordering, spin_loop, wake_site};
use core::num::NonZeroU32;

const FREE: u32 = 0;
const HELD: u32 = 1;
const SLEEPERS: u32 = 2;
const TOKEN_SHIFT: u32 = 2;

/// Looks at a lock that is held before asking who holds it: about what is done under it takes.
const LOOKS: u32 = if cfg!(ringway_loom) { 1 } else { 128 };

/// The word of a lock.
#[repr(transparent)]
#[derive(Debug)]
pub struct Lock {
    word: AtomicU32,
}

/// A lock that is held until this is dropped.
#[derive(Debug)]
#[must_use = "dropping it gives the lock back"]
pub struct Held<'a, W: Wait> {
    lock: &'a Lock,
    at: usize,
    wait: &'a W,
}

impl Lock {
    /// A free lock. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        Lock {
            word: AtomicU32::new(FREE),
        }
    }

    /// Takes the lock if it is free or its holder is dead. `at` is the offset of the word in the
    /// segment, in bytes.
    pub fn try_take<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
    ) -> Option<Held<'a, W>> {
        let word = self.word.load(Ordering::Relaxed);
        let free = word == FREE || !is_held(word, platform);
        let taken = free && self.exchange(word, platform.me());
        // Made only if it is true: dropping it would give back what is another's.
        taken.then(|| Held {
            lock: self,
            at,
            wait: platform,
        })
    }

    /// Takes the lock, and waits for it until `deadline`. A holder that is stopped keeps it.
    pub fn take<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
        deadline: Option<Nanos>,
    ) -> Option<Held<'a, W>> {
        loop {
            for _ in 0..LOOKS {
                if self.word.load(Ordering::Relaxed) == FREE {
                    break;
                }
                spin_loop();
            }
            if let Some(held) = self.try_take(at, platform) {
                return Some(held);
            }
            let now = platform.now();
            if deadline.is_some_and(|deadline| deadline <= now) {
                return None;
            }
            let before = self.word.fetch_or(SLEEPERS, Ordering::Relaxed);
            if before == FREE {
                // Given back meanwhile, and now nobody's: the next try takes it for a dead one's.
                continue;
            }
            let slice = now.after(SLICE);
            let until = deadline.map_or(slice, |deadline| deadline.min(slice));
            let word = Word {
                atomic: &self.word,
                offset: at,
            };
            if platform.wait(word, before | SLEEPERS, Some(until)) == WaitResult::Lost {
                return None;
            }
        }
    }

    fn exchange(&self, found: u32, me: PeerId) -> bool {
        let mine = me.token.get() << TOKEN_SHIFT | HELD | found & SLEEPERS;
        // K1: makes what the last holder did visible. Pairs with K2.
        self.word
            .compare_exchange(found, mine, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }
}

/// Whether somebody alive holds the lock; not so if its word is none that this protocol writes.
fn is_held(word: u32, liveness: &impl Liveness) -> bool {
    let holder = NonZeroU32::new(word >> TOKEN_SHIFT).map(PeerId::from_token);
    word & HELD != 0 && holder.is_some_and(|holder| liveness.is_alive(holder))
}

impl<W: Wait> Drop for Held<'_, W> {
    fn drop(&mut self) {
        // K2: what was done under the lock. Pairs with K1.
        let word = self.lock.word.swap(FREE, Ordering::Release);
        if word & SLEEPERS != 0 && wake_site() {
            let word = Word {
                atomic: &self.lock.word,
                offset: self.at,
            };
            self.wait.wake(word, u32::MAX);
        }
    }
}

impl Default for Lock {
    fn default() -> Self {
        Self::new()
    }
}
