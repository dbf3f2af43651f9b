//! A place where one side of a channel sleeps until the other has done something: an eventcount.
//!
//! ```text
//!   31                        5     4      3      2     1        0
//!  ┌───────────────────────────┬─────┬──────┬──────┬──────┬──────────┐
//!  │ epoch: passes of the gate │ ALL │ MORE │ GONE │FENCE │ SLEEPING │
//!  └───────────────────────────┴─────┴──────┴──────┴──────┴──────────┘
//! ```
//!
//! The sleeper marks the word, looks once more, and sleeps while the word stays as marked. The
//! waker makes its work visible, looks at the word, and if it is marked begins a new epoch, which
//! takes the mark away, and wakes. Nobody asleep: one load of a line that nobody writes.
//!
//! Where several may sleep, the second to come adds MORE, and then a waker wakes only as many as
//! it has work for, and leaves the mark for the others: every later waker finds it, until one finds
//! that nobody was asleep any more and takes it away. A new epoch begins each time, so that no
//! sleeper goes to sleep on a look that was taken before. One that waits for something that not
//! every piece of work brings adds ALL: it must not be the only one that is woken.
//!
//! A sleeper that is killed leaves its mark behind and costs one needless wake-up, once. One that
//! times out leaves it too: cheaper than taking it away, and never wrong.
//!
//! The mark and the work are two words, each written by one side and read by the other, so both
//! sides need a full fence between their write and their read ("store, then load" is the one order
//! that no processor keeps by itself). The waker passes here at every message and must not pay
//! for one: where the system can make all threads of the peer pass a barrier, the sleeper, which
//! is about to waste microseconds anyway, pays for both. Where it cannot, or sleeps so often that
//! it should not, it says so by `FENCE`.

use super::{Nanos, SLICE, Spin, Wait, WaitResult, WaitStrategy, Word};
use crate::primitive::{
    AtomicU32, Ordering, Reserved, fence, fence_behind_exchange, heavy_fence, light_fence,
    wake_site, zeros,
};
use core::time::Duration;

const SLEEPING: u32 = 1;
const FENCE: u32 = 2;
const GONE: u32 = 4;
const MORE: u32 = 8;
const ALL: u32 = 16;
const EPOCH: u32 = 32;
/// What is taken away when everybody has been woken.
const MARKS: u32 = SLEEPING | MORE | ALL;

/// The shared half of a gate: one word on its own pair of cache lines.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Gate {
    word: AtomicU32,
    reserved: Reserved<31>,
}

impl Gate {
    /// A gate at which nobody sleeps. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        Gate {
            word: AtomicU32::new(0),
            reserved: zeros(),
        }
    }

    /// The word with its place, as [`Wait`] needs it.
    pub fn at(&self, offset: usize) -> Word<'_> {
        Word {
            atomic: &self.word,
            offset,
        }
    }

    /// Takes every mark away, for a new endpoint on the sleeping side, and settles who pays for the
    /// fences: the waker, if this side cannot make it pass a barrier, or sleeps at every wait, where
    /// a barrier each time would cost more than the waker's fence.
    pub fn reset(&self, wait: &impl Wait, strategy: WaitStrategy) {
        self.word.store(FENCE, Ordering::Relaxed);
        // Also behind `FENCE`: a waker that looked before it was set is past its look then.
        let has_barrier = wait.barrier_everywhere();
        if has_barrier && strategy != WaitStrategy::Park {
            self.word.store(0, Ordering::Relaxed);
        }
    }

    /// As [`reset`](Gate::reset), for one of several endpoints on the sleeping side: leaves the
    /// marks of the others alone, and takes back that there was none.
    pub fn join(&self, wait: &impl Wait, strategy: WaitStrategy) {
        if strategy == WaitStrategy::Park || !wait.barrier_everywhere() {
            self.word.fetch_or(FENCE, Ordering::Relaxed);
            wait.barrier_everywhere();
        }
        self.word.fetch_and(!GONE, Ordering::Relaxed);
    }

    /// Whether the sleeping side has left for good.
    #[inline(always)]
    pub fn is_gone(&self) -> bool {
        self.word.load(Ordering::Relaxed) & GONE != 0
    }

    /// Says that the sleeping side has left: the waker need not do any more work for it.
    pub fn leave(&self) {
        self.word.fetch_or(GONE, Ordering::Relaxed);
    }

    /// As [`is_gone`](Gate::is_gone); what those who left did before is visible if so.
    pub fn has_closed(&self) -> bool {
        // G7: makes what they did last visible. Pairs with G6.
        self.word.load(Ordering::Acquire) & GONE != 0
    }

    /// As [`leave`](Gate::leave), by whoever finds that the last of several is gone.
    pub fn close(&self) {
        // G6: everything that those who left had done. Pairs with G7.
        self.word.fetch_or(GONE, Ordering::Release);
    }

    /// Lets every sleeper pass, if there is one. To be called after the work it waits for was
    /// stored.
    ///
    /// `reached` is the caller's own [`Wait::is_reached_by_barriers`], asked once.
    #[inline(always)]
    pub fn notify(&self, at: usize, wait: &impl Wait, reached: bool) {
        self.notify_some(at, wait, reached, u32::MAX);
    }

    /// As [`notify`](Gate::notify), for work that `count` sleepers can share among them.
    #[inline(always)]
    pub fn notify_some(&self, at: usize, wait: &impl Wait, reached: bool, count: u32) {
        if reached {
            // G1: the work stored before against the mark loaded next. Pairs with G2.
            light_fence();
        } else {
            fence_unreached();
        }
        let word = self.word.load(Ordering::Relaxed);
        if word & (SLEEPING | FENCE) != 0 {
            self.notify_marked(word, at, wait, count);
        }
    }

    /// As [`notify_some`](Gate::notify_some), for work that was a read-modify-write, by the calling
    /// thread: a full fence costs nothing behind one on many processors, so that no sleeper needs a
    /// barrier ([`expect_exchanges`](Gate::expect_exchanges)).
    #[inline(always)]
    pub fn notify_exchanged(&self, at: usize, wait: &impl Wait, count: u32) {
        // G8: as G1. Pairs with G2.
        fence_behind_exchange();
        let word = self.word.load(Ordering::Relaxed);
        if word & SLEEPING != 0 {
            self.notify_marked(word, at, wait, count);
        }
    }

    /// To be called before anybody sleeps where all work is announced by
    /// [`notify_exchanged`](Gate::notify_exchanged): sleepers leave the barrier out.
    pub fn expect_exchanges(&self) {
        if self.word.load(Ordering::Relaxed) & FENCE == 0 {
            self.word.fetch_or(FENCE, Ordering::Relaxed);
        }
    }

    #[cold]
    fn notify_marked(&self, mut word: u32, at: usize, wait: &impl Wait, count: u32) {
        if word & FENCE != 0 {
            // G4: as G1; the sleeper cannot make this side pass a barrier. Pairs with G2 and G5.
            fence(Ordering::SeqCst);
            word = self.word.load(Ordering::Relaxed);
        }
        while word & SLEEPING != 0 {
            let one_by_one = count != u32::MAX && word & (MORE | ALL) == MORE;
            let marks = if one_by_one { 0 } else { MARKS };
            let next = word.wrapping_add(EPOCH) & !marks;
            match self
                .word
                .compare_exchange(word, next, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => {
                    let count = if one_by_one { count } else { u32::MAX };
                    let woken = wake_site() && wait.wake(self.at(at), count);
                    if woken || !one_by_one {
                        return;
                    }
                    // Nobody was asleep, so the marks are nobody's, unless somebody has just
                    // marked and is about to sleep.
                    word = next;
                    let next = word.wrapping_add(EPOCH) & !MARKS;
                    let cleared = self.word.compare_exchange(
                        word,
                        next,
                        Ordering::Relaxed,
                        Ordering::Relaxed,
                    );
                    if cleared.is_ok() {
                        if wake_site() {
                            wait.wake(self.at(at), u32::MAX);
                        }
                        return;
                    }
                    // Another waker has been here since, or another sleeper, which has looked
                    // after it marked.
                    return;
                }
                Err(now) => word = now,
            }
        }
    }

    /// Marks the gate and makes the mark visible before anything that is read next.
    /// Returns the value to sleep on.
    pub(super) fn mark(&self, wait: &impl Wait, company: Company) -> u32 {
        let marks = match company {
            Company::None | Company::Others => SLEEPING,
            Company::OthersFirst => SLEEPING | MORE | ALL,
        };
        let mut word = self.word.fetch_or(marks, Ordering::Relaxed);
        if company == Company::Others && word & (SLEEPING | MORE) == SLEEPING {
            word = self.word.fetch_or(marks | MORE, Ordering::Relaxed) | MORE;
        }
        let word = word | marks;
        // G2: the mark stored before against the work looked for next. Pairs with G1, G3, G4 and G8.
        if heavy_fence(|| word & FENCE != 0 || wait.barrier_everywhere()) {
            return word;
        }
        // The system took the barrier back since `reset`. From now on the waker fences; if it has
        // just missed the mark, the sleep ends with its slice. If it has seen the mark and taken it
        // away, there must be another one, and another look behind it.
        let marks = word & MARKS | FENCE;
        let word = self.word.fetch_or(marks, Ordering::Relaxed);
        // G5: as G2, for this second mark. Pairs with G3 and G4.
        fence(Ordering::SeqCst);
        word | marks
    }
}

/// Out of the way of those whom barriers reach.
#[cold]
fn fence_unreached() {
    // G3: as G1, by the waker's own means. Pairs with G2 and G5.
    fence(Ordering::SeqCst);
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

/// One wait at a gate.
#[derive(Debug)]
pub struct Waiting<'a, W> {
    /// Where.
    pub gate: &'a Gate,
    /// Offset of the gate in the segment, in bytes.
    pub at: usize,
    /// How to sleep.
    pub wait: &'a W,
    /// Until when; for ever if `None`.
    pub deadline: Option<Nanos>,
    /// Who else may sleep there.
    pub company: Company,
}

/// Who else may sleep at a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Company {
    /// Nobody.
    None,
    /// Others that wait for the same.
    Others,
    /// Others, whose wake-ups must not end here: this one waits for something else.
    OthersFirst,
}

/// Why a wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    /// The deadline passed.
    TimedOut,
    /// The peer has left or died: it will not come any more.
    PeerGone,
    /// The memory under the gate was taken away.
    Lost,
}

/// What a look for what is waited for may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// One of many: a look that is behind the truth is good enough.
    Passing,
    /// The last one before sleeping or giving up: it must be true.
    Last,
}

/// How hard to look whether the peer is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Only at what it wrote down itself.
    Glance,
    /// Ask the system too.
    Ask,
}

/// What a wait has to look at.
pub trait Watch {
    /// What is waited for.
    type Found;

    /// Looks for it.
    fn poll(&mut self, sight: Sight) -> Option<Self::Found>;

    /// Looks whether it can still come. If so, [`poll`](Watch::poll) is asked once more behind it.
    fn outlook(&mut self, probe: Probe) -> Outlook;

    /// Something was found after a sleep, and others may sleep: if there is more, one of them is to be
    /// woken. The wake-up that was meant for it may have gone to one that could not use it yet.
    fn pass_on(&mut self) {}
}

/// Whether what is waited for can still come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// It can; that is to be asked again after at most this long.
    Open(Duration),
    /// It cannot.
    Over,
}

/// A [`Watch`] of two closures.
struct Looks<F, G> {
    poll: F,
    gone: G,
}

impl<R, F: FnMut(Sight) -> Option<R>, G: FnMut(Probe) -> bool> Watch for Looks<F, G> {
    type Found = R;

    #[inline(always)]
    fn poll(&mut self, sight: Sight) -> Option<R> {
        (self.poll)(sight)
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        if (self.gone)(probe) {
            Outlook::Over
        } else {
            Outlook::Open(SLICE)
        }
    }
}

impl<W: Wait> Waiting<'_, W> {
    /// Waits until `poll` finds something, `gone` says that it never will, or the deadline passes.
    ///
    /// `poll` is asked once more after `gone` said so: what the peer did last is not lost.
    ///
    /// # Errors
    ///
    /// Why the wait ended without a find.
    pub fn until<R>(
        &self,
        spin: &mut Spin,
        poll: impl FnMut(Sight) -> Option<R>,
        gone: impl FnMut(Probe) -> bool,
    ) -> Result<R, Interrupted> {
        self.watch(spin, &mut Looks { poll, gone })
    }

    /// Waits until `watch` finds something, sees that it never will, or the deadline passes.
    ///
    /// # Errors
    ///
    /// Why the wait ended without a find.
    pub fn watch<F: Watch>(&self, spin: &mut Spin, watch: &mut F) -> Result<F::Found, Interrupted> {
        let mut has_slept = false;
        let found = self.watch_sleeping(spin, watch, &mut has_slept);
        if has_slept && found.is_ok() {
            watch.pass_on();
        }
        found
    }

    fn watch_sleeping<F: Watch>(
        &self,
        spin: &mut Spin,
        watch: &mut F,
        has_slept: &mut bool,
    ) -> Result<F::Found, Interrupted> {
        let mut ask_at: Option<Nanos> = None;
        loop {
            if let Some(found) = spin.poll(|sight| watch.poll(sight)) {
                return Ok(found);
            }
            if self.company != Company::None
                && let Some(found) = spin.give_way(self.wait, || watch.poll(Sight::Passing))
            {
                return Ok(found);
            }
            let marked = match spin.strategy() {
                WaitStrategy::Spin => None,
                WaitStrategy::Adaptive | WaitStrategy::Park => {
                    Some(self.gate.mark(self.wait, self.company))
                }
            };
            if let Some(found) = watch.poll(Sight::Last) {
                return Ok(found);
            }
            let now = self.wait.now();
            let late = self.deadline.is_some_and(|deadline| deadline <= now);
            let probe = if late || ask_at.is_some_and(|at| at <= now) {
                Probe::Ask
            } else {
                Probe::Glance
            };
            let Outlook::Open(within) = watch.outlook(probe) else {
                return watch.poll(Sight::Last).ok_or(Interrupted::PeerGone);
            };
            if late {
                return watch.poll(Sight::Last).ok_or(Interrupted::TimedOut);
            }
            let due = now.after(within);
            if probe == Probe::Ask {
                ask_at = Some(due);
                continue;
            }
            let due = ask_at.map_or(due, |at| at.min(due));
            ask_at = Some(due);
            if let Some(marked) = marked {
                let until = self.deadline.map_or(due, |deadline| deadline.min(due));
                *has_slept = true;
                match self.wait.wait(self.gate.at(self.at), marked, Some(until)) {
                    WaitResult::Lost => return Err(Interrupted::Lost),
                    WaitResult::Died => ask_at = Some(now),
                    WaitResult::Woken | WaitResult::TimedOut => {}
                }
                // Before the gate is marked again: that would cost the waker a needless wake-up.
                if let Some(found) = watch.poll(Sight::Last) {
                    return Ok(found);
                }
            }
        }
    }
}
