//! A lock that survives its holder: what the mutexes of users stand on, and what the table of
//! participants is changed and repaired under.
//!
//! ```text
//!   31                            2     1        0
//!  ┌───────────────────────────────┬──────────┬──────┐
//!  │ token of the holder           │ SLEEPERS │ HELD │     0: free
//!  └───────────────────────────────┴──────────┴──────┘     all ones, not HELD: closed for good
//! ```
//!
//! Whoever finds the holder dead takes the lock from it, in the one compare-and-swap that names
//! it. So what is done under the lock must be such that a successor can begin at any step of it,
//! or the successor must know: [`Held::was_stolen`]. It can pass that on ([`Held::orphan`]).
//!
//! Giving back wakes one sleeper. The mark stays for the others: one that has slept takes the lock
//! with it, and whoever has woken one sets it again, so that the next to give back wakes the next,
//! whatever has become of the first. It is gone when one gives back and nobody is asleep any more.

use super::{Nanos, SLICE, Wait, WaitResult, Word};
use crate::liveness::{Liveness, PeerId};
use crate::primitive::{AtomicU32, Ordering, spin_loop, wake_site};
use core::num::NonZeroU32;
use core::time::Duration;

const FREE: u32 = 0;
const HELD: u32 = 1;
const SLEEPERS: u32 = 2;
const TOKEN_SHIFT: u32 = 2;
/// As if a dead one held it, of whom nothing more is known.
const ORPHANED: u32 = HELD;
/// Nobody gets the lock any more.
const CLOSED: u32 = !0 << TOKEN_SHIFT;

/// Looks at a lock that is held before sleeping: about what is done under it takes.
const LOOKS: u32 = if cfg!(ringway_loom) { 1 } else { 128 };

/// Whether a holder lives is asked first when it has kept a sleeper waiting so long: to ask takes as long
/// as many short sections.
const FIRST_SLEEP: Duration = Duration::from_millis(5);

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
    was_stolen: bool,
}

/// Why a lock was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// Somebody alive holds it, and did until the deadline if there was one.
    Held,
    /// It was closed.
    Closed,
    /// Its memory was taken away.
    Lost,
}

/// What a word of a lock means that anybody may have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Free,
    Closed,
    /// Held by whoever has this token; by nobody if the protocol writes no such word.
    HeldBy(Option<NonZeroU32>),
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
    ///
    /// # Errors
    ///
    /// Somebody alive holds it, or it is closed.
    #[inline(always)]
    pub fn try_take<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
    ) -> Result<Held<'a, W>, NotTaken> {
        let mine = name_of(platform.me());
        let was_stolen = match self.exchange(FREE, mine) {
            Ok(()) => false,
            Err(found) => self.try_take_found(found, mine, platform)?,
        };
        Ok(self.held(at, platform, was_stolen))
    }

    /// Takes the lock, and waits for it until `deadline`. A holder that is stopped keeps it.
    ///
    /// # Errors
    ///
    /// Somebody alive held it until the deadline, or it is closed, or its memory was taken away.
    #[inline(always)]
    pub fn take<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
        deadline: Option<Nanos>,
    ) -> Result<Held<'a, W>, NotTaken> {
        let mine = name_of(platform.me());
        let was_stolen = match self.exchange(FREE, mine) {
            Ok(()) => false,
            Err(_) => self.take_contended(at, mine, platform, deadline)?,
        };
        Ok(self.held(at, platform, was_stolen))
    }

    /// Whether somebody holds the lock, or held it when it died.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(
            meaning(self.word.load(Ordering::Relaxed)),
            Meaning::HeldBy(_)
        )
    }

    /// Whether the lock was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        meaning(self.word.load(Ordering::Relaxed)) == Meaning::Closed
    }

    /// Whether the holder of the lock is dead; asks the system.
    pub fn is_orphaned(&self, liveness: &impl Liveness) -> bool {
        match meaning(self.word.load(Ordering::Relaxed)) {
            Meaning::Free | Meaning::Closed => false,
            Meaning::HeldBy(holder) => !is_alive(holder, liveness),
        }
    }

    /// Opens a lock that was closed: whoever takes it next takes it as from a dead holder. Says whether
    /// it was closed.
    pub fn reopen(&self) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        while meaning(word) == Meaning::Closed {
            // What was done before it was closed is for whoever takes it next: the exchange is a
            // read-modify-write, so that K1 pairs with the K3 that closed it.
            let opened = self.word.compare_exchange(
                word,
                ORPHANED | word & SLEEPERS,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match opened {
                Ok(_) => return true,
                // One that is about to sleep has marked it.
                Err(now) => word = now,
            }
        }
        false
    }

    fn held<'a, W: Wait>(&'a self, at: usize, wait: &'a W, was_stolen: bool) -> Held<'a, W> {
        Held {
            lock: self,
            at,
            wait,
            was_stolen,
        }
    }

    /// Takes up again what the caller has taken and forgotten: dropping it gives the lock back.
    #[cfg(not(ringway_loom))]
    pub(crate) fn resume<'a, W: Wait>(&'a self, at: usize, wait: &'a W) -> Held<'a, W> {
        self.held(at, wait, false)
    }

    fn word(&self, at: usize) -> Word<'_> {
        Word {
            atomic: &self.word,
            offset: at,
        }
    }

    #[inline(always)]
    fn exchange(&self, found: u32, mine: u32) -> Result<(), u32> {
        // K1: makes what the last holder did visible. Pairs with K2 and K3.
        self.word
            .compare_exchange(found, mine, Ordering::Acquire, Ordering::Relaxed)
            .map(drop)
    }

    /// Takes the lock, the word of which was `found`, if it is free or its holder is dead. Whether
    /// it is a dead one's.
    #[cold]
    fn try_take_found(
        &self,
        mut found: u32,
        mine: u32,
        liveness: &impl Liveness,
    ) -> Result<bool, NotTaken> {
        let was_stolen = match meaning(found) {
            Meaning::Free => false,
            Meaning::Closed => return Err(NotTaken::Closed),
            Meaning::HeldBy(holder) if is_alive(holder, liveness) => return Err(NotTaken::Held),
            Meaning::HeldBy(_) => true,
        };
        loop {
            match self.exchange(found, mine | found & SLEEPERS) {
                Ok(()) => return Ok(was_stolen),
                // Only the mark has come or gone: it is still nobody's, or the same dead one's.
                Err(now) if now & !SLEEPERS == found & !SLEEPERS => found = now,
                Err(_) => return Err(NotTaken::Held),
            }
        }
    }

    #[cold]
    fn take_contended<W: Wait + Liveness>(
        &self,
        at: usize,
        mut mine: u32,
        platform: &W,
        deadline: Option<Nanos>,
    ) -> Result<bool, NotTaken> {
        let mut asks = false;
        // However often it is woken in vain: one who naps always is.
        let mut ask_at: Option<Nanos> = None;
        let mut patience = FIRST_SLEEP;
        loop {
            let mut word = self.word.load(Ordering::Relaxed);
            for _ in 0..LOOKS {
                if meaning(word) == Meaning::Free {
                    break;
                }
                spin_loop();
                word = self.word.load(Ordering::Relaxed);
            }
            if asks || !matches!(meaning(word), Meaning::HeldBy(Some(_))) {
                match self.try_take_found(word, mine, platform) {
                    Err(NotTaken::Held) => {}
                    taken => return taken,
                }
            }
            let now = platform.now();
            let is_late = deadline.is_some_and(|deadline| deadline <= now);
            if !asks && (is_late || ask_at.is_some_and(|at| at <= now)) {
                asks = true;
                continue;
            }
            if asks || ask_at.is_none() {
                ask_at = Some(now.after(SLICE));
            }
            let has_slept = mine & SLEEPERS != 0;
            if is_late && !has_slept {
                return Err(NotTaken::Held);
            }
            let before = self.word.fetch_or(SLEEPERS, Ordering::Relaxed);
            if !matches!(meaning(before), Meaning::HeldBy(Some(_))) {
                continue;
            }
            if is_late {
                // The wake-up that it may have had was for one of those who sleep on, too: by the
                // mark the holder wakes them.
                return Err(NotTaken::Held);
            }
            let slice = now.after(patience);
            patience = SLICE;
            let ends = [deadline, ask_at].into_iter().flatten();
            let until = ends.fold(slice, Nanos::min);
            let slept = platform.wait(self.word(at), before | SLEEPERS, Some(until));
            asks = match slept {
                WaitResult::Lost => return Err(NotTaken::Lost),
                WaitResult::TimedOut | WaitResult::Died => true,
                WaitResult::Woken => false,
            };
            // Others may have slept beside it, and whoever woke this one may have taken the mark.
            mine |= SLEEPERS;
        }
    }

    /// The lock was given back, and some may be asleep.
    #[cold]
    fn wake_one(&self, at: usize, wait: &impl Wait) {
        if wake_site() && wait.wake(self.word(at), 1) {
            // For those who stay asleep, should the one that was woken die before it has the lock.
            self.word.fetch_or(SLEEPERS, Ordering::Relaxed);
        }
        // If nobody was asleep, one that is about to sleep finds another word than it expects.
    }
}

impl<W: Wait> Held<'_, W> {
    /// Whether the last holder died with the lock, so that what it guards may be half done.
    #[must_use]
    #[inline(always)]
    pub fn was_stolen(&self) -> bool {
        self.was_stolen
    }

    /// Gives the lock back so that whoever takes it next takes it as from a dead holder.
    pub fn orphan(self) {
        self.give_back_as(ORPHANED);
    }

    /// Gives the lock back so that nobody gets it any more, until it is
    /// [opened again](Lock::reopen).
    pub fn close(self) {
        self.give_back_as(CLOSED);
    }

    #[cold]
    fn give_back_as(self, word: u32) {
        // K3: as K2. Pairs with K1.
        let word = self.lock.word.swap(word, Ordering::Release);
        if word & SLEEPERS != 0 && wake_site() {
            self.wait.wake(self.lock.word(self.at), u32::MAX);
        }
        core::mem::forget(self);
    }
}

impl<W: Wait> Drop for Held<'_, W> {
    #[inline(always)]
    fn drop(&mut self) {
        // K2: what was done under the lock. Pairs with K1.
        let word = self.lock.word.swap(FREE, Ordering::Release);
        if word & SLEEPERS != 0 {
            self.lock.wake_one(self.at, self.wait);
        }
    }
}

/// The word of a lock that `me` holds.
#[inline(always)]
fn name_of(me: PeerId) -> u32 {
    me.token.get() << TOKEN_SHIFT | HELD
}

fn meaning(word: u32) -> Meaning {
    match word & !SLEEPERS {
        FREE => Meaning::Free,
        CLOSED => Meaning::Closed,
        held if held & HELD != 0 => Meaning::HeldBy(NonZeroU32::new(held >> TOKEN_SHIFT)),
        _ => Meaning::HeldBy(None),
    }
}

fn is_alive(holder: Option<NonZeroU32>, liveness: &impl Liveness) -> bool {
    holder.is_some_and(|holder| liveness.is_alive(PeerId::from_token(holder)))
}

impl Default for Lock {
    fn default() -> Self {
        Self::new()
    }
}
