//! Where all wait until the last has come, time and again: a barrier that tells them when one of
//! them will not come any more.
//!
//! ```text
//!   generation:   31                    1      0
//!                ┌───────────────────────┬────────┐
//!                │ number g              │ BROKEN │
//!                └───────────────────────┴────────┘
//!
//!            as many have arrived in g as there are parties
//!      g ─────────────────────────────────────────────────▶ g + 1
//!      │                                                    ▲
//!      │ one died, came too late, or gave up                │ and one more: never taken for
//!      ▼                        reset                       │ a completion
//!      g BROKEN ────────────────────────────────────────▶ g + 2
//! ```
//!
//! Each party has a seat, in which it notes the generation in which it has arrived. Nobody counts
//! arrivals: whoever looks counts the notes, and whoever finds them complete moves the generation
//! on. So there is nothing that one can die in the middle of: what it noted stands, and what it did
//! not do any of those who wait does.
//!
//! One that waits in g is needed for every later completion. So until it has looked again the
//! generation is moved on by one at most once, if g is completed, and by two at every reset: an odd
//! distance says that g was completed, an even one that it was not.

use super::seats::{NoSeat, Seat, Seats, is_dead};
use crate::liveness::Liveness;
use crate::primitive::{AtomicU32, Ordering, Reserved, zeros};
use crate::wait::{
    Company, Gate, Interrupted, Nanos, Outlook, Probe, SLICE, Sight, Spin, Wait, WaitStrategy,
    Waiting, Watch,
};
use core::mem::offset_of;

const BROKEN: u32 = 1;
/// One generation.
const NEXT: u32 = 2;

/// How often a reset tries to clear the seats of the dead while somebody takes one.
const TRIES: u32 = if cfg!(ringway_loom) { 2 } else { 10_000 };

/// The words of a barrier for up to `N` parties.
#[repr(C)]
#[derive(Debug)]
pub struct RawBarrier<const N: usize> {
    gate: Gate,
    generation: AtomicU32,
    /// 0 if nobody has said how many.
    parties: AtomicU32,
    reserved: Reserved<30>,
    seats: Seats<BarrierSeat, N>,
}

/// What a party says of itself.
#[repr(C)]
#[derive(Debug)]
pub struct BarrierSeat {
    owner: AtomicU32,
    /// The generation in which it has arrived last, and one more; 0 if it never has.
    arrived: AtomicU32,
}

/// Offsets that other languages rely on (`docs/abi.md`).
#[cfg(not(ringway_loom))]
const _: () = {
    assert!(offset_of!(RawBarrier<1>, generation) == 128);
    assert!(offset_of!(RawBarrier<1>, parties) == 132);
    assert!(offset_of!(RawBarrier<1>, seats) == 256);
    assert!(offset_of!(BarrierSeat, arrived) == 4);
    assert!(size_of::<BarrierSeat>() == 8);
};

/// Why a wait at a barrier ended without all having come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPassed {
    /// The barrier is broken: somebody died, came too late, or gave it up.
    Broken,
    /// The deadline passed; that broke the barrier.
    TimedOut,
    /// The memory was taken away.
    Lost,
}

/// How far the parties of a generation have come.
enum Progress {
    /// Not all have arrived.
    Open,
    /// All have, and this look was the one that said so.
    Completed,
    /// All had before.
    Passed,
    Broken,
}

impl Seat for BarrierSeat {
    fn new() -> Self {
        BarrierSeat {
            owner: AtomicU32::new(0),
            arrived: AtomicU32::new(0),
        }
    }

    fn owner(&self) -> &AtomicU32 {
        &self.owner
    }
}

impl<const N: usize> RawBarrier<N> {
    /// A barrier for one. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        RawBarrier {
            gate: Gate::new(),
            generation: AtomicU32::new(0),
            parties: AtomicU32::new(0),
            reserved: zeros(),
            seats: Seats::new(),
        }
    }

    /// Says how many have to come, before anybody takes part.
    ///
    /// # Errors
    ///
    /// There are not so many seats. Nothing is changed.
    pub fn set_parties(&self, parties: u32) -> Result<(), NoSeat> {
        if parties as usize > N {
            return Err(NoSeat::Crowded { seats: N });
        }
        self.parties.store(parties, Ordering::Relaxed);
        Ok(())
    }

    /// How many have to come: at least one, at most the number of seats.
    #[must_use]
    pub fn parties(&self) -> usize {
        let parties = self.parties.load(Ordering::Relaxed) as usize;
        parties.clamp(1, N.max(1))
    }

    /// How many of them wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let word = self.generation.load(Ordering::Relaxed);
        if word & BROKEN != 0 {
            return 0;
        }
        self.arrivals(word)
    }

    /// Whether it is broken.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.generation.load(Ordering::Relaxed) & BROKEN != 0
    }

    /// Takes a seat for one more party. `at` is the offset of the barrier in the segment, in bytes.
    ///
    /// If all are taken, those of the dead are cleared first, which breaks the barrier.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn join<W: Wait + Liveness>(
        &self,
        at: usize,
        platform: &W,
        deadline: Option<Nanos>,
    ) -> Result<usize, NoSeat> {
        let seats_at = at + offset_of!(Self, seats);
        let clear = |index, seat: &BarrierSeat| self.forget(index, seat, at, platform);
        let parties = self.parties();
        let index = self
            .seats
            .enter_among(parties, seats_at, platform, deadline, clear)?;
        // Whoever comes last wakes the others once for all of them: it can well fence for that.
        self.gate.join(platform, WaitStrategy::Park);
        Ok(index)
    }

    /// Gives a seat back. The others wait for somebody who takes it.
    pub fn leave(&self, index: usize) {
        if let Some(seat) = self.seats.get(index) {
            seat.arrived.store(0, Ordering::Relaxed);
        }
        self.seats.leave(index);
    }

    /// Arrives from seat `index`, and waits until all others have. Says whether this is the one of
    /// them that was the first to know.
    ///
    /// # Errors
    ///
    /// They have not.
    pub fn wait<W: Wait + Liveness>(
        &self,
        at: usize,
        platform: &W,
        index: usize,
        deadline: Option<Nanos>,
        spin: &mut Spin,
    ) -> Result<bool, NotPassed> {
        let generation = self.arrive(index)?;
        self.wait_for_others(at, platform, generation, deadline, spin)
    }

    /// The first half of [`wait`](RawBarrier::wait): notes the arrival. Gives the generation.
    ///
    /// # Errors
    ///
    /// The barrier is broken.
    pub fn arrive(&self, index: usize) -> Result<u32, NotPassed> {
        let word = self.generation.load(Ordering::Relaxed);
        let seat = self.seats.get(index).ok_or(NotPassed::Broken)?;
        if word & BROKEN != 0 {
            return Err(NotPassed::Broken);
        }
        // B1: what was done before the barrier against its completion. Pairs with B2.
        seat.arrived.store(note(word), Ordering::Release);
        Ok(word)
    }

    /// The second half: waits until all have arrived in `generation`.
    ///
    /// # Errors
    ///
    /// They have not.
    pub fn wait_for_others<W: Wait + Liveness>(
        &self,
        at: usize,
        platform: &W,
        generation: u32,
        deadline: Option<Nanos>,
        spin: &mut Spin,
    ) -> Result<bool, NotPassed> {
        let mut arrival = Arrival {
            barrier: self,
            at,
            platform,
            begun: generation & !BROKEN,
        };
        if let Some(outcome) = arrival.poll(Sight::Last) {
            return outcome;
        }
        let waiting = Waiting {
            gate: &self.gate,
            at,
            wait: platform,
            deadline,
            company: Company::Others,
        };
        match waiting.watch(spin, &mut arrival) {
            Ok(outcome) => outcome,
            Err(Interrupted::TimedOut) => arrival.give_up(),
            Err(Interrupted::PeerGone) => Err(NotPassed::Broken),
            Err(Interrupted::Lost) => Err(NotPassed::Lost),
        }
    }

    /// Breaks the barrier, for those who wait and all who come later.
    pub fn abort(&self, at: usize, platform: &impl Wait) {
        let mut word = self.generation.load(Ordering::Relaxed);
        while word & BROKEN == 0 {
            match self.exchange(word, word | BROKEN) {
                Ok(()) => return self.notify(at, platform),
                Err(now) => word = now,
            }
        }
    }

    /// Makes the barrier a new one with the parties that live. For those who wait it is broken.
    ///
    /// # Errors
    ///
    /// Somebody alive who is taking a seat does not finish ([`NoSeat::Busy`]), so that those of the
    /// dead could not be cleared. The barrier is as it was.
    pub fn reset<W: Wait + Liveness>(&self, at: usize, platform: &W) -> Result<(), NoSeat> {
        let mut tries = 0;
        while self.has_dead_party(platform) {
            if tries == TRIES {
                return Err(NoSeat::Busy);
            }
            tries += 1;
            if !self.clear(at, platform) {
                platform.yield_now();
            }
        }
        let mut word = self.generation.load(Ordering::Relaxed);
        // B5: that the seats of the dead are cleared against the new generation. Pairs with B4.
        while let Err(now) = self.generation.compare_exchange(
            word,
            (word & !BROKEN).wrapping_add(2 * NEXT),
            Ordering::Release,
            Ordering::Relaxed,
        ) {
            word = now;
        }
        self.notify(at, platform);
        Ok(())
    }

    /// Clears the seats of the dead; whether there were any.
    fn clear<W: Wait + Liveness>(&self, at: usize, platform: &W) -> bool {
        let seats_at = at + offset_of!(Self, seats);
        let clear = |index, seat: &BarrierSeat| self.forget(index, seat, at, platform);
        self.seats.clear(seats_at, platform, clear) == Some(true)
    }

    /// Before the seat of a dead one is vacant, so that nobody waits for it in vain.
    fn forget(&self, index: usize, seat: &BarrierSeat, at: usize, platform: &impl Wait) {
        if index < self.parties() {
            self.abort(at, platform);
        }
        seat.arrived.store(0, Ordering::Relaxed);
    }

    /// How many have arrived in the generation of `word`.
    fn arrivals(&self, word: u32) -> usize {
        let has_arrived = |seat: &&BarrierSeat| {
            // B2: that all have arrived against what is done behind the barrier. Pairs with B1.
            seat.arrived.load(Ordering::Acquire) == note(word)
        };
        self.taking_part().filter(has_arrived).count()
    }

    fn has_dead_party(&self, liveness: &impl Liveness) -> bool {
        self.taking_part()
            .any(|seat| is_dead(seat.owner.load(Ordering::Relaxed), liveness))
    }

    /// The seats of the parties. Nobody has one behind them.
    fn taking_part(&self) -> impl Iterator<Item = &BarrierSeat> {
        self.seats.used().iter().take(self.parties())
    }

    fn exchange(&self, word: u32, next: u32) -> Result<(), u32> {
        self.generation
            .compare_exchange(word, next, Ordering::Relaxed, Ordering::Relaxed)
            .map(drop)
    }

    fn notify(&self, at: usize, platform: &impl Wait) {
        let reached = platform.is_reached_by_barriers();
        self.gate.notify(at, platform, reached);
    }
}

/// One party that has arrived.
struct Arrival<'a, W, const N: usize> {
    barrier: &'a RawBarrier<N>,
    at: usize,
    platform: &'a W,
    /// The generation in which it has.
    begun: u32,
}

impl<W: Wait + Liveness, const N: usize> Arrival<'_, W, N> {
    fn glance(&self) -> Progress {
        // B4: the completion against what is done behind the barrier, and a reset against the look
        // for the dead. Pairs with B3 and B5.
        let word = self.barrier.generation.load(Ordering::Acquire);
        match (word & !BROKEN).wrapping_sub(self.begun) / NEXT {
            0 if word & BROKEN == 0 => Progress::Open,
            0 => Progress::Broken,
            distance if distance % 2 == 1 => Progress::Passed,
            _ => Progress::Broken,
        }
    }

    /// Completes the generation if all have arrived in it.
    fn complete(&self) -> Progress {
        if self.barrier.arrivals(self.begun) < self.barrier.parties() {
            return Progress::Open;
        }
        // B3: what all have done before the barrier against its completion. Pairs with B4.
        let moved_on = self.barrier.generation.compare_exchange(
            self.begun,
            self.begun.wrapping_add(NEXT),
            Ordering::Release,
            Ordering::Relaxed,
        );
        if moved_on.is_err() {
            return self.glance();
        }
        self.barrier.notify(self.at, self.platform);
        Progress::Completed
    }

    /// The deadline has passed.
    fn give_up(&mut self) -> Result<bool, NotPassed> {
        match self.break_it() {
            true => Err(NotPassed::TimedOut),
            // It was completed or broken meanwhile.
            false => self.poll(Sight::Last).unwrap_or(Err(NotPassed::Broken)),
        }
    }

    /// Breaks the barrier in this generation; whether it was neither broken nor completed before.
    fn break_it(&self) -> bool {
        let is_mine = self.barrier.exchange(self.begun, self.begun | BROKEN);
        if is_mine.is_ok() {
            self.barrier.notify(self.at, self.platform);
        }
        is_mine.is_ok()
    }
}

impl<W: Wait + Liveness, const N: usize> Watch for Arrival<'_, W, N> {
    type Found = Result<bool, NotPassed>;

    fn poll(&mut self, sight: Sight) -> Option<Self::Found> {
        let mut progress = self.glance();
        if matches!((&progress, sight), (Progress::Open, Sight::Last)) {
            progress = self.complete();
        }
        match progress {
            Progress::Open => None,
            Progress::Completed => Some(Ok(true)),
            Progress::Passed => Some(Ok(false)),
            Progress::Broken => Some(Err(NotPassed::Broken)),
        }
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        if probe == Probe::Ask && self.barrier.has_dead_party(self.platform) {
            self.break_it();
            return Outlook::Over;
        }
        Outlook::Open(SLICE)
    }
}

/// What one that has arrived in the generation of `word` notes.
fn note(word: u32) -> u32 {
    word / NEXT + 1
}

impl<const N: usize> Default for RawBarrier<N> {
    fn default() -> Self {
        Self::new()
    }
}
