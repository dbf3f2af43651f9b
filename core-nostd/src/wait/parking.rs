//! A small parking lot in the segment: where those wait who cannot sleep on a word of shared memory.
//!
//! ```text
//!   waiter                                     waker
//!   ──────                                     ─────
//!   claim a slot                               change the word
//!   write down the word, ARMED ──────┐         fence
//!   fence                            └───────▶ look for ARMED slots of that word
//!   look at the word once more                 ARMED → SIGNALLED
//!   sleep on the bell of the slot ◀─────────── ring its bell
//!   IDLE: was it SIGNALLED?
//! ```
//!
//! A *bell* is a kernel object that an adapter supplies, one for each slot, by a name that all who
//! are attached can work out ([`Bells`]). It stays rung until its owner has slept on it: a ring
//! that comes too late ends the next sleep on that slot early, once, and that is found out here.
//!
//! Each arming has a number. A waker that looked at a slot before it was armed anew does not signal
//! it for the old word, and whoever has slept longest is woken first.
//!
//! A slot belongs to whose token stands in it. Those of the dead are taken over, and since a dead
//! one may have been signalled for others, too, all that wait for its word are woken first. A waker
//! that can choose goes on to the next if the one that it woke is dead. What is lost all the same,
//! because a waker died before it rang, ends with the sleeper's slice, as does what a hostile peer
//! does to the slots: all that is read here is a number of a few, and no loop depends on it.

use super::{Nanos, WaitResult, Word};
use crate::liveness::{Liveness, PeerId};
use crate::primitive::{AtomicU32, Ordering, Reserved, fence, wake_site, zeros};
#[cfg(not(ringway_loom))]
use crate::{
    layout::header::PARKING_OFFSET,
    region::{Memory, overlay},
};
use core::num::NonZeroU32;
use core::time::Duration;

/// Wait slots in a segment that has any.
pub const WAIT_SLOTS: u32 = 64;

/// For how many words at a time somebody can sleep, with a slot for each; who waits for more looks at
/// them every millisecond.
pub const MOST_WORDS: usize = 8;

const IDLE: u32 = 0;
const ARMED: u32 = 1;
const SIGNALLED: u32 = 2;
const STATE: u32 = 3;
/// Where the number of the arming begins, in the word of the state.
const NUMBER_SHIFT: u32 = 2;

/// How long who finds no free slot sleeps before it looks at its word again.
const NAP: Duration = Duration::from_millis(1);

/// Rings without a signal that one wait sleeps through: one may be left over from the owner before,
/// more come from a liar, who shall not keep anybody from its deadline.
const FALSE_RINGS: usize = 3;

/// How many bells are tried that somebody else has, or that cannot be had, before it is given up.
const MOST_SPOILT: u32 = 4;

/// One wait slot.
#[repr(C, align(64))]
#[derive(Debug)]
pub struct WaitSlot {
    /// Token of the attachment that waits here; 0: free.
    owner: AtomicU32,
    /// Two bits of state below the number of the arming.
    state: AtomicU32,
    /// Offset in the segment of the word that is waited for, the low half first.
    word: [AtomicU32; 2],
    /// What kind of bell it has; a matter of the adapter.
    sort: AtomicU32,
    /// The slot whose bell is rung: another one if its owner waits for several words.
    bell: AtomicU32,
    reserved: Reserved<10>,
}

/// All wait slots of a segment.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Lot<const SLOTS: usize = { WAIT_SLOTS as usize }> {
    /// A bit for each slot that may be armed.
    armed: [AtomicU32; 2],
    /// Number of the next arming.
    armings: AtomicU32,
    /// How its processes sleep, where there are several ways; a matter of the adapter, which writes it
    /// before the segment is built.
    way: AtomicU32,
    reserved: Reserved<28>,
    slots: [WaitSlot; SLOTS],
}

/// Offsets that other languages rely on (`docs/abi.md`).
#[cfg(not(ringway_loom))]
const _: () = {
    use core::mem::offset_of;
    assert!(offset_of!(Lot, armed) == 0);
    assert!(offset_of!(Lot, armings) == 8);
    assert!(offset_of!(Lot, way) == 12);
    assert!(offset_of!(Lot, slots) == 128);
    assert!(size_of::<Lot>() == 128 + 64 * WAIT_SLOTS as usize);
    assert!(offset_of!(WaitSlot, owner) == 0);
    assert!(offset_of!(WaitSlot, state) == 4);
    assert!(offset_of!(WaitSlot, word) == 8);
    assert!(offset_of!(WaitSlot, sort) == 16);
    assert!(offset_of!(WaitSlot, bell) == 20);
    assert!(size_of::<WaitSlot>() == 64);
};

/// The kernel objects of the slots, and the rest of what waiting needs from outside.
pub trait Bells: Liveness {
    /// The clock of [`Wait::now`](super::Wait::now).
    fn now(&self) -> Nanos;

    /// Sleeps until the bell of `slot`, which the caller owns, was rung since the last sleep on it,
    /// or `deadline` passes. May return at any time.
    fn sleep(&self, slot: u32, deadline: Option<Nanos>) -> Slept;

    /// Rings the bell of `slot`, of a kind that its owner wrote down; whoever owns it may be dead.
    /// Whether that worked: if not, another sleeper is woken instead.
    fn ring(&self, slot: u32, sort: u32) -> bool;

    /// Sleeps for a while, on nothing.
    fn nap(&self, until: Nanos);
}

/// How a sleep on a bell ended. A hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slept {
    /// The bell was rung, or nothing happened.
    Rung,
    /// The deadline passed.
    TimedOut,
    /// As [`WaitResult::Died`].
    Died,
    /// The adapter cannot supply a bell for this slot: as if there were no free slot.
    NoBell,
}

impl Lot {
    /// The lot of the segment in `memory`, whose platform has
    /// [wait slots](crate::platform::Platform::WAIT_SLOTS); `None` if it is too short.
    #[cfg(not(ringway_loom))]
    pub fn of(memory: &impl Memory) -> Option<&Self> {
        overlay(memory, PARKING_OFFSET)
    }
}

impl<const SLOTS: usize> Lot<SLOTS> {
    /// A lot in which nobody waits. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        const { assert!(SLOTS <= WAIT_SLOTS as usize, "there are bits for so many") };
        Lot {
            armed: [AtomicU32::new(0), AtomicU32::new(0)],
            armings: AtomicU32::new(0),
            way: AtomicU32::new(0),
            reserved: zeros(),
            slots: core::array::from_fn(|_| WaitSlot {
                owner: AtomicU32::new(0),
                state: AtomicU32::new(IDLE),
                word: [AtomicU32::new(0), AtomicU32::new(0)],
                sort: AtomicU32::new(0),
                bell: AtomicU32::new(0),
                reserved: zeros(),
            }),
        }
    }

    /// As [`Wait::wait`](super::Wait::wait).
    pub fn wait(
        &self,
        bells: &impl Bells,
        word: Word<'_>,
        expected: u32,
        deadline: Option<Nanos>,
    ) -> WaitResult {
        self.wait_any(bells, &[(word, expected)], deadline)
    }

    /// As [`Wait::wait_any`](super::Wait::wait_any), for words that all lie in this segment.
    pub fn wait_any(
        &self,
        bells: &impl Bells,
        words: &[(Word<'_>, u32)],
        deadline: Option<Nanos>,
    ) -> WaitResult {
        let mut slots = [0; MOST_WORDS];
        let Some(slots) = slots.get_mut(..words.len().max(1)) else {
            return nap(bells, words, deadline);
        };
        for index in 0..slots.len() {
            let Some(slot) = self.claim(bells, 0) else {
                slots[..index].iter().for_each(|slot| self.release(*slot));
                return nap(bells, words, deadline);
            };
            slots[index] = slot;
        }
        let (mut spoilt, mut was_signalled) = (0_u64, false);
        let slept = loop {
            let slept = self.sleep_in(bells, slots, words, deadline);
            for &slot in &*slots {
                was_signalled |= self.disarm(slot);
            }
            let tries = spoilt.count_ones();
            if slept != Slept::NoBell || was_signalled || tries == MOST_SPOILT {
                break slept;
            }
            let Some(other) = self.claim(bells, 0) else {
                break slept;
            };
            // Kept until the end, so that the next one is another one.
            spoilt |= 1 << slots[0];
            slots[0] = other;
        };
        slots.iter().for_each(|slot| self.release(*slot));
        (0..SLOTS as u32)
            .filter(|slot| spoilt & 1 << slot != 0)
            .for_each(|slot| self.release(slot));
        match slept {
            // Also if it was signalled: this is said once.
            Slept::Died => WaitResult::Died,
            Slept::TimedOut if !was_signalled => WaitResult::TimedOut,
            Slept::NoBell if !was_signalled => nap(bells, words, deadline),
            _ => WaitResult::Woken,
        }
    }

    /// Sleeps on the bell of the first of `slots`.
    fn sleep_in(
        &self,
        bells: &impl Bells,
        slots: &[u32],
        words: &[(Word<'_>, u32)],
        deadline: Option<Nanos>,
    ) -> Slept {
        for (&slot, (word, _)) in slots.iter().zip(words) {
            self.arm_at(slot, slots[0], word.offset);
        }
        for _ in 0..=FALSE_RINGS {
            let mut armed = slots.iter().take(words.len());
            if have_changed(words) || !armed.all(|&slot| self.is_armed(slot)) {
                return Slept::Rung;
            }
            let slept = bells.sleep(slots[0], deadline);
            if slept != Slept::Rung {
                return slept;
            }
        }
        Slept::Rung
    }

    /// As [`Wait::wake`](super::Wait::wake).
    pub fn wake(&self, bells: &impl Bells, word: Word<'_>, count: u32) -> bool {
        self.signal(bells, word.offset, count)
    }

    /// A slot of one's own, until it is [released](Lot::release); `None` if all are in use.
    /// `sort` is what [`Bells::ring`] is told.
    pub fn claim(&self, bells: &impl Bells, sort: u32) -> Option<u32> {
        let me = bells.me().token;
        // Each attachment prefers others, so that it comes back to those whose bells it has.
        let slots = SLOTS as u32;
        let mut all = (0..slots).map(|step| (me.get() % slots + step) % slots);
        let is_free = |slot: u32| self.slot(slot).owner.load(Ordering::Relaxed) == 0;
        let taken = all
            .clone()
            .find(|&slot| is_free(slot) && self.take(slot, 0, me))
            .or_else(|| all.find(|&slot| self.take_over(bells, slot, me)))?;
        self.slot(taken).sort.store(sort, Ordering::Relaxed);
        Some(taken)
    }

    fn take(&self, slot: u32, from: u32, me: NonZeroU32) -> bool {
        // D4: the slot and its bell against what the owner before did with them. Pairs with D5.
        let taken = self.slot(slot).owner.compare_exchange(
            from,
            me.get(),
            Ordering::Acquire,
            Ordering::Relaxed,
        );
        taken.is_ok()
    }

    /// Takes the slot of a dead one, and wakes those that it may have been woken for.
    fn take_over(&self, bells: &impl Bells, slot: u32, me: NonZeroU32) -> bool {
        let at = self.slot(slot);
        let owner = at.owner.load(Ordering::Relaxed);
        if is_alive(owner, bells) || !self.take(slot, owner, me) {
            return false;
        }
        if at.state.load(Ordering::Relaxed) & STATE != IDLE {
            // First: who dies in between leaves it to the next one.
            self.signal(bells, at.offset(), u32::MAX);
        }
        self.disarm(slot);
        true
    }

    /// Whether a slot was ever armed.
    pub fn was_used(&self) -> bool {
        self.armings.load(Ordering::Relaxed) != 0
    }

    /// How the processes of the segment sleep: what the adapter of its builder wrote, 0 if nothing.
    pub fn way(&self) -> u32 {
        self.way.load(Ordering::Relaxed)
    }

    /// Says how the processes of a new segment sleep, before anybody else is attached to it.
    pub fn choose(&self, way: u32) {
        self.way.store(way, Ordering::Relaxed);
    }

    /// Gives a slot back, which is not armed any more.
    pub fn release(&self, slot: u32) {
        // D5: the slot as it is left, and what was done with its bell. Pairs with D4.
        self.slot(slot).owner.store(0, Ordering::Release);
    }

    /// From now on a waker of the word at `offset` signals the slot, which the caller owns. The word
    /// is to be looked at behind it.
    pub fn arm(&self, slot: u32, offset: usize) {
        self.arm_at(slot, slot, offset);
    }

    fn arm_at(&self, slot: u32, bell: u32, offset: usize) {
        let at = self.slot(slot);
        let offset = offset as u64;
        at.word[0].store(offset as u32, Ordering::Relaxed);
        at.word[1].store((offset >> 32) as u32, Ordering::Relaxed);
        at.bell.store(bell, Ordering::Relaxed);
        let number = self.armings.fetch_add(1, Ordering::Relaxed);
        // D1: what the slot waits for, and its bell. Pairs with D2.
        at.state
            .store(number << NUMBER_SHIFT | ARMED, Ordering::Release);
        let (half, bit) = bit_of(slot);
        self.armed[half].fetch_or(bit, Ordering::Relaxed);
        // D3: the slot stored before against the word looked at next. Pairs with D6.
        fence(Ordering::SeqCst);
    }

    /// Whether the slot, which the caller owns, is armed and has not been signalled.
    pub fn is_armed(&self, slot: u32) -> bool {
        self.slot(slot).state.load(Ordering::Relaxed) & STATE == ARMED
    }

    /// Ends an arming; says whether the slot was signalled.
    pub fn disarm(&self, slot: u32) -> bool {
        // D7: that it was signalled against the look at what it was signalled for. Pairs with D6.
        let before = self.slot(slot).state.swap(IDLE, Ordering::Acquire);
        let (half, bit) = bit_of(slot);
        self.armed[half].fetch_and(!bit, Ordering::Relaxed);
        before & STATE == SIGNALLED
    }

    fn signal(&self, bells: &impl Bells, offset: usize, count: u32) -> bool {
        // D6: the word changed before against the slots looked at next, and against their being
        // signalled. Pairs with D3 and D7.
        fence(Ordering::SeqCst);
        let [low, high] = [0, 1].map(|half| u64::from(self.armed[half].load(Ordering::Relaxed)));
        let mut left = low | high << 32;
        let mut woken = 0;
        while left != 0 && woken < count {
            let Some(next) = self.next(&mut left, offset, count) else {
                break;
            };
            if !self.signal_one(bells, &next) {
                // Disarmed by its owner, who looks at the word if it arms the slot again; or not to
                // be rung, and it finds out at its deadline.
                continue;
            }
            // Of those who are all woken none can be missed, nor who is the last.
            let may_choose = count != u32::MAX && left != 0;
            if !may_choose || is_alive(next.owner, bells) {
                woken += 1;
            }
        }
        woken > 0
    }

    /// Takes the next to be signalled for the word at `offset` from the slots in `left`, and with it
    /// those that do not wait for that.
    fn next(&self, left: &mut u64, offset: usize, count: u32) -> Option<Candidate> {
        let mut oldest: Option<Candidate> = None;
        let mut looks = *left;
        while looks != 0 {
            let slot = looks.trailing_zeros();
            looks &= looks - 1;
            let Some(found) = self.look(slot, offset) else {
                *left &= !(1 << slot);
                continue;
            };
            if oldest.as_ref().is_none_or(|oldest| found.is_older(oldest)) {
                oldest = Some(found);
            }
            if count == u32::MAX {
                break;
            }
        }
        *left &= !oldest.as_ref().map_or(0, |found| 1 << found.slot);
        oldest
    }

    /// The slot as one that can be signalled for the word at `offset`, if it can.
    fn look(&self, slot: u32, offset: usize) -> Option<Candidate> {
        let at = self.slot(slot);
        // D2: what the slot waits for, and its bell. Pairs with D1.
        let state = at.state.load(Ordering::Acquire);
        // If it has been armed anew by now, the state is another one when it is to be signalled.
        (state & STATE == ARMED && at.offset() == offset).then(|| Candidate {
            slot,
            state,
            owner: at.owner.load(Ordering::Relaxed),
            sort: at.sort.load(Ordering::Relaxed),
            bell: at.bell.load(Ordering::Relaxed) % SLOTS as u32,
        })
    }

    /// Says whether the slot was signalled, and its bell rung.
    fn signal_one(&self, bells: &impl Bells, found: &Candidate) -> bool {
        let signalled = self.slot(found.slot).state.compare_exchange(
            found.state,
            found.state & !STATE | SIGNALLED,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        signalled.is_ok() && (!wake_site() || bells.ring(found.bell, found.sort))
    }

    fn slot(&self, index: u32) -> &WaitSlot {
        &self.slots[index as usize % SLOTS]
    }
}

/// A slot that was found armed for a word.
struct Candidate {
    slot: u32,
    state: u32,
    owner: u32,
    sort: u32,
    bell: u32,
}

impl Candidate {
    /// Whether it was armed before `other`, by numbers that begin again after 2³⁰ armings.
    fn is_older(&self, other: &Candidate) -> bool {
        let numbers = [self, other].map(|found| found.state & !STATE);
        numbers[0].wrapping_sub(numbers[1]).cast_signed() < 0
    }
}

impl WaitSlot {
    fn offset(&self) -> usize {
        let [low, high] = [0, 1].map(|half| u64::from(self.word[half].load(Ordering::Relaxed)));
        (low | high << 32) as usize
    }
}

impl<const SLOTS: usize> Default for Lot<SLOTS> {
    fn default() -> Self {
        Self::new()
    }
}

/// Where the bit of a slot is: in which of the two words, and which of its bits.
fn bit_of(slot: u32) -> (usize, u32) {
    ((slot / u32::BITS) as usize, 1 << (slot % u32::BITS))
}

/// Whether the attachment exists whose token `owner` is, a word that anybody may have written.
fn is_alive(owner: u32, bells: &impl Bells) -> bool {
    let Some(token) = NonZeroU32::new(owner) else {
        return false;
    };
    // Other threads of this attachment wait under the same name.
    token == bells.me().token
        || owner <= PeerId::MAX_TOKEN && bells.is_alive(PeerId::from_token(token))
}

fn have_changed(words: &[(Word<'_>, u32)]) -> bool {
    let is_as_expected =
        |(word, expected): &(Word<'_>, u32)| word.atomic.load(Ordering::Relaxed) == *expected;
    !words.iter().all(is_as_expected)
}

/// As [`Wait::wait_any`](super::Wait::wait_any), for words some of which lie in other segments, whose
/// wait slots are not known here: looks at all of them every millisecond. It sleeps in no slot, where
/// it might be woken in place of one that waits for a word at the same offset of this segment.
pub fn nap_on(
    bells: &impl Bells,
    words: &[(Word<'_>, u32)],
    deadline: Option<Nanos>,
) -> WaitResult {
    loop {
        let result = nap(bells, words, deadline);
        if result != WaitResult::Woken || have_changed(words) {
            return result;
        }
    }
}

/// Sleeps for so short a time that no wake-up is missed for long.
fn nap(bells: &impl Bells, words: &[(Word<'_>, u32)], deadline: Option<Nanos>) -> WaitResult {
    if have_changed(words) {
        return WaitResult::Woken;
    }
    let now = bells.now();
    if deadline.is_some_and(|deadline| deadline <= now) {
        return WaitResult::TimedOut;
    }
    let until = now.after(NAP);
    bells.nap(deadline.map_or(until, |deadline| deadline.min(until)));
    WaitResult::Woken
}
