//! Many who look, or one who changes: a reader-writer lock that survives its readers and its
//! writers.
//!
//! ```text
//!   31                                     3       2          1          0
//!  ┌────────────────────────────────────────┬──────────┬──────────┬─────────┐
//!  │ phase: how many writers there have been │ POISONED │ CHANGING │ PRESENT │
//!  └────────────────────────────────────────┴──────────┴──────────┴─────────┘
//! ```
//!
//! A reader says on a seat of its own that it reads, and then looks for a writer; a writer says that
//! it is there (`PRESENT`), and then looks at all seats. One of both sees the other. So readers write
//! to no line that others write to, and there is no count that a death could leave wrong: a dead
//! reader is a seat whose owner is dead, and the writer that waits for it clears it.
//!
//! Writers take turns by a robust [`Lock`]. One marks the value (`CHANGING`) only when the last
//! reader has gone; so of a writer that dies before, while it waits for readers, nobody needs to be
//! told. The word goes on to the next phase in one store, which takes all marks away; whoever gets the
//! lock and finds `CHANGING` has it from a dead one that had not come so far. Readers that wait for a
//! dead one take the writers' lock themselves, and recover, or begin the next phase in its place.
//!
//! # Who goes first
//!
//! Readers and writers alternate (*phase-fair*). A reader that finds a writer writes the phase on its
//! seat and looks again. Is it still the same, the reader is *admitted*: it may read as soon as that
//! phase is over, and the next writer, for which it is of an earlier phase, waits for it. A reader that
//! comes while a writer waits is behind it. So a writer waits for the readers that are there, a reader
//! for one writer.
//!
//! A seat that waits for a phase whose writer has looked at it before is as good as one that reads; it
//! takes the look behind the fence to know, and if the phase is another one then, the reader says so on
//! its seat and looks again.

use super::seats::{NoSeat, SEATS, SOON, Seat, Seats, is_dead};
use crate::liveness::Liveness;
#[cfg(not(all(target_arch = "x86_64", not(ringway_loom), not(miri))))]
use crate::primitive::fence;
use crate::primitive::{AtomicU32, Ordering, Reserved, zeros};
use crate::wait::lock::{Held, Lock, NotTaken};
use crate::wait::{
    Company, Gate, Interrupted, Nanos, Outlook, Probe, SLICE, Sight, Spin, Wait, WaitStrategy,
    Waiting, Watch,
};
use core::mem::offset_of;

/// A writer is there, or died there.
const PRESENT: u32 = 1;
/// It changes the value.
const CHANGING: u32 = 2;
/// The value was given up.
const POISONED: u32 = 4;
/// One phase.
const PHASE: u32 = 8;
const MARKS: u32 = PHASE - 1;

/// A seat that does not take part just now.
const IDLE: u32 = 0;
/// A seat that reads, or looks whether it may.
const READING: u32 = 2;

/// The words of a reader-writer lock with `N` seats for readers. All zeros when nobody has it.
#[repr(C)]
#[derive(Debug)]
pub struct RawRwLock<const N: usize = SEATS> {
    /// Who writes.
    writer: Lock,
    phase: AtomicU32,
    reserved: Reserved<30>,
    /// Where readers wait for the end of the phase.
    readers: Gate,
    /// Where a writer waits for readers.
    drained: Gate,
    seats: Seats<ReaderSeat, N>,
}

/// The seat of one handle that reads, on a line of its own.
#[repr(C, align(64))]
#[derive(Debug)]
pub struct ReaderSeat {
    owner: AtomicU32,
    /// `IDLE`, `READING`, or the phase that it waits for the end of, with `PRESENT`.
    state: AtomicU32,
    reserved: Reserved<14>,
}

/// Offsets that other languages rely on (`docs/abi.md`).
#[cfg(not(ringway_loom))]
const _: () = {
    assert!(offset_of!(RawRwLock<1>, phase) == 4);
    assert!(offset_of!(RawRwLock<1>, readers) == 128);
    assert!(offset_of!(RawRwLock<1>, drained) == 256);
    assert!(offset_of!(RawRwLock<1>, seats) == 384);
    assert!(offset_of!(ReaderSeat, state) == 4);
    assert!(size_of::<ReaderSeat>() == 64);
};

/// The writers' lock, with which a writer is there until this is dropped.
///
/// The value is its own once it was [drained](RawWriteGuard::drain).
#[derive(Debug)]
#[must_use = "dropping it unlocks"]
pub struct RawWriteGuard<'a, W: Wait, const N: usize> {
    lock: &'a RawRwLock<N>,
    at: usize,
    platform: &'a W,
    /// With the marks that stand there.
    phase: u32,
    is_inconsistent: bool,
    /// Given back last.
    held: Option<Held<'a, W>>,
}

/// What a reader got.
#[derive(Debug)]
#[must_use = "the seat reads until `end_read`"]
pub enum RawRead<'a, W: Wait, const N: usize> {
    /// Its seat reads.
    Reading,
    /// A writer died, and this one is to repair what it left: its seat does not read.
    Recovering(RawWriteGuard<'a, W, N>),
}

/// What came of saying that one reads.
enum Claim {
    Reading,
    /// Admitted when this phase is over.
    Waiting(u32),
}

impl Seat for ReaderSeat {
    fn new() -> Self {
        ReaderSeat {
            owner: AtomicU32::new(0),
            state: AtomicU32::new(IDLE),
            reserved: zeros(),
        }
    }

    fn owner(&self) -> &AtomicU32 {
        &self.owner
    }
}

impl ReaderSeat {
    /// Says what the reader is about, before it looks at the phase.
    #[inline(always)]
    fn say(&self, state: u32) {
        // A locked exchange is a full fence on these processors, and costs less than the instruction.
        #[cfg(all(target_arch = "x86_64", not(ringway_loom), not(miri)))]
        {
            // W1: as below, and as W8.
            self.state.swap(state, Ordering::SeqCst);
        }
        #[cfg(not(all(target_arch = "x86_64", not(ringway_loom), not(miri))))]
        {
            // W8: what was read before, where this is a seat that waits. Pairs with W4.
            self.state.store(state, Ordering::Release);
            // W1: the seat stored before against the phase looked at next. Pairs with W2.
            fence(Ordering::SeqCst);
        }
    }

    /// The reader has gone, by itself or since it is dead.
    #[inline(always)]
    fn free(&self) {
        // W3: what was read against the seat being free. Pairs with W4.
        self.state.store(IDLE, Ordering::Release);
    }

    /// Whether the writer of `phase` has to wait for this seat.
    fn blocks(&self, phase: u32) -> bool {
        // W4: that the seat is free, or waits, against what is written next. Pairs with W3 and W8.
        let state = self.state.load(Ordering::Acquire);
        state != IDLE && state != waiting_for(phase)
    }
}

impl<const N: usize> RawRwLock<N> {
    /// A free lock. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        RawRwLock {
            writer: Lock::new(),
            phase: AtomicU32::new(0),
            reserved: zeros(),
            readers: Gate::new(),
            drained: Gate::new(),
            seats: Seats::new(),
        }
    }

    /// Settles who pays for the fences at the gates, for one more handle that waits as `strategy` says.
    pub fn join(&self, wait: &impl Wait, strategy: WaitStrategy) {
        self.readers.join(wait, strategy);
        self.drained.join(wait, strategy);
    }

    /// Takes a seat to read from. `at` is the offset of the lock in the segment, in bytes; so it is
    /// in all calls here.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn enter<W: Wait + Liveness>(
        &self,
        at: usize,
        platform: &W,
        deadline: Option<Nanos>,
    ) -> Result<usize, NoSeat> {
        let mut has_cleared = false;
        let clear = |_, seat: &ReaderSeat| {
            seat.free();
            has_cleared = true;
        };
        let seats_at = at + offset_of!(Self, seats);
        let seat = self.seats.enter(seats_at, platform, deadline, clear);
        if has_cleared {
            self.notify_writer(at, platform);
        }
        seat
    }

    /// Gives a seat back, whatever it does.
    pub fn leave<W: Wait + Liveness>(&self, at: usize, platform: &W, seat: usize) {
        self.end_read(at, platform, seat);
        self.seats.leave(seat);
    }

    /// Reads from `seat`, if no writer that lives is there.
    ///
    /// # Errors
    ///
    /// One is ([`NotTaken::Held`]), or the value is poisoned ([`NotTaken::Closed`]).
    #[inline(always)]
    pub fn try_read<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
        seat: usize,
    ) -> Result<RawRead<'a, W, N>, NotTaken> {
        let seat = self.seats.get(seat).ok_or(NotTaken::Lost)?;
        match self.claim(at, platform, seat) {
            Claim::Reading => Ok(RawRead::Reading),
            Claim::Waiting(phase) => self.try_read_behind(phase, at, platform, seat),
        }
    }

    /// Reads from `seat`, and waits for a writer until `deadline`.
    ///
    /// # Errors
    ///
    /// One was there until the deadline ([`NotTaken::Held`]), or the value is poisoned
    /// ([`NotTaken::Closed`]), or its memory was taken away.
    #[inline(always)]
    pub fn read<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
        seat: usize,
        spin: &mut Spin,
        deadline: Option<Nanos>,
    ) -> Result<RawRead<'a, W, N>, NotTaken> {
        let seat = self.seats.get(seat).ok_or(NotTaken::Lost)?;
        match self.claim(at, platform, seat) {
            Claim::Reading => Ok(RawRead::Reading),
            Claim::Waiting(phase) => self.read_after(phase, at, platform, seat, spin, deadline),
        }
    }

    /// The seat does not read any more.
    #[inline(always)]
    pub fn end_read<W: Wait>(&self, at: usize, platform: &W, seat: usize) {
        if let Some(seat) = self.seats.get(seat) {
            self.free(at, platform, seat);
        }
    }

    /// Writes, if nobody that lives reads or writes.
    ///
    /// # Errors
    ///
    /// Somebody does ([`NotTaken::Held`]), or the value is poisoned ([`NotTaken::Closed`]).
    pub fn try_write<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
    ) -> Result<RawWriteGuard<'a, W, N>, NotTaken> {
        let held = self.writer.try_take(self.writer_at(at), platform)?;
        let phase = self.phase_under_lock()?;
        // Readers are not to be turned away by one that goes away itself.
        if phase & CHANGING == 0 && !self.draining(phase, at, platform).finish_at_once() {
            return Err(NotTaken::Held);
        }
        let mut guard = self.guard(held, at, platform, phase);
        guard.try_drain()?;
        Ok(guard)
    }

    /// Writes, and waits for readers and writers until `deadline`.
    ///
    /// # Errors
    ///
    /// Somebody alive had it until the deadline ([`NotTaken::Held`]), or the value is poisoned
    /// ([`NotTaken::Closed`]), or its memory was taken away.
    #[inline]
    pub fn write<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
        spin: &mut Spin,
        deadline: Option<Nanos>,
    ) -> Result<RawWriteGuard<'a, W, N>, NotTaken> {
        let mut guard = self.arrive(at, platform, deadline)?;
        guard.drain(spin, deadline)?;
        Ok(guard)
    }

    /// The first half of [`write`](Self::write): no writer is there but this one, and readers that
    /// come now wait for it; those that were there may still read.
    ///
    /// # Errors
    ///
    /// As `write`, as far as other writers go.
    #[inline]
    pub fn arrive<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
        deadline: Option<Nanos>,
    ) -> Result<RawWriteGuard<'a, W, N>, NotTaken> {
        let held = self.writer.take(self.writer_at(at), platform, deadline)?;
        let phase = self.phase_under_lock()?;
        Ok(self.guard(held, at, platform, phase))
    }

    /// Whether the value is poisoned: a writer died, and the next one gave up the value.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.phase.load(Ordering::Relaxed) & POISONED != 0
    }

    /// Takes back that the value was given up: the next one is told that a writer died. Says whether it
    /// was poisoned.
    pub fn clear_poison<W: Wait + Liveness>(&self, at: usize, platform: &W) -> bool {
        if !self.is_poisoned() {
            return false;
        }
        // Nobody keeps the lock for long while the value is poisoned.
        let Ok(_held) = self.writer.take(self.writer_at(at), platform, None) else {
            return false;
        };
        let phase = self.phase.load(Ordering::Relaxed);
        let is_poisoned = phase & POISONED != 0;
        if is_poisoned {
            // As its writer left it when it died.
            self.phase.store(phase & !POISONED, Ordering::Relaxed);
        }
        is_poisoned
    }

    /// Whether somebody writes or waits to write, or died so.
    #[must_use]
    pub fn has_writer(&self) -> bool {
        self.writer.is_held()
    }

    /// How many handles read or wait to read, with those that died so.
    #[must_use]
    pub fn readers(&self) -> usize {
        let seats = self.seats.used().iter();
        seats
            .filter(|seat| seat.state.load(Ordering::Relaxed) != IDLE)
            .count()
    }

    fn writer_at(&self, at: usize) -> usize {
        at + offset_of!(Self, writer)
    }

    /// Says that `seat` reads, or, where a writer is, that it waits for the end of its phase.
    #[inline(always)]
    fn claim<W: Wait>(&self, at: usize, platform: &W, seat: &ReaderSeat) -> Claim {
        let seen = self.phase.load(Ordering::Relaxed);
        if seen & PRESENT == 0 {
            seat.say(READING);
            // W6: makes what the last writer did visible. Pairs with W5.
            let now = self.phase.load(Ordering::Acquire);
            if now & PRESENT == 0 {
                return Claim::Reading;
            }
            self.claim_behind(now, true, at, platform, seat)
        } else {
            self.claim_behind(seen, false, at, platform, seat)
        }
    }

    /// As [`claim`](Self::claim), where a writer was just seen. `holds_up` if the seat may hold that
    /// writer up.
    #[cold]
    fn claim_behind<W: Wait>(
        &self,
        mut seen: u32,
        mut holds_up: bool,
        at: usize,
        platform: &W,
        seat: &ReaderSeat,
    ) -> Claim {
        loop {
            seat.say(waiting_for(seen));
            if holds_up {
                self.notify_writer(at, platform);
            }
            // W6: as above. Pairs with W5.
            let now = self.phase.load(Ordering::Acquire);
            let is_of_its_phase = waiting_for(now) == waiting_for(seen);
            if now & PRESENT == 0 {
                if is_of_its_phase {
                    // All phases went by since `seen` was read: the next writer would not wait.
                    return self.claim(at, platform, seat);
                }
                // The next writer waits for this seat, which is not of its phase.
                return Claim::Reading;
            }
            if is_of_its_phase {
                return Claim::Waiting(waiting_for(now));
            }
            (seen, holds_up) = (now, true);
        }
    }

    #[cold]
    fn try_read_behind<'a, W: Wait + Liveness>(
        &'a self,
        phase: u32,
        at: usize,
        platform: &'a W,
        seat: &ReaderSeat,
    ) -> Result<RawRead<'a, W, N>, NotTaken> {
        let attended = self.attend(at, platform);
        if let Ok(Some(guard)) = attended {
            seat.free();
            return Ok(RawRead::Recovering(guard));
        }
        let why = match self.look(phase) {
            Some(Look::Admitted) => return Ok(RawRead::Reading),
            Some(Look::Poisoned) => NotTaken::Closed,
            Some(Look::Unattended) | None => NotTaken::Held,
        };
        self.free(at, platform, seat);
        Err(attended.err().unwrap_or(why))
    }

    #[cold]
    fn read_after<'a, W: Wait + Liveness>(
        &'a self,
        phase: u32,
        at: usize,
        platform: &'a W,
        seat: &ReaderSeat,
        spin: &mut Spin,
        deadline: Option<Nanos>,
    ) -> Result<RawRead<'a, W, N>, NotTaken> {
        let waiting = Waiting {
            gate: &self.readers,
            at: at + offset_of!(Self, readers),
            wait: platform,
            deadline,
            company: Company::Others,
        };
        let why = loop {
            let mut queueing = Queueing {
                lock: self,
                liveness: platform,
                phase,
                is_orphaned: false,
            };
            match waiting.watch(spin, &mut queueing) {
                Ok(Look::Admitted) => return Ok(RawRead::Reading),
                Ok(Look::Poisoned) => break NotTaken::Closed,
                Ok(Look::Unattended) => match self.attend(at, platform) {
                    Ok(Some(guard)) => {
                        seat.free();
                        return Ok(RawRead::Recovering(guard));
                    }
                    Ok(None) => {}
                    Err(why) => break why,
                },
                Err(Interrupted::TimedOut | Interrupted::PeerGone) => break NotTaken::Held,
                // There is no seat any more.
                Err(Interrupted::Lost) => return Err(NotTaken::Lost),
            }
        };
        self.free(at, platform, seat);
        Err(why)
    }

    /// Where there is no writer that lives, takes its place: brings the phase to its end, or returns
    /// a guard to repair what a dead one left.
    fn attend<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
    ) -> Result<Option<RawWriteGuard<'a, W, N>>, NotTaken> {
        let held = match self.writer.try_take(self.writer_at(at), platform) {
            Ok(held) => held,
            // Somebody is at it.
            Err(NotTaken::Held) => return Ok(None),
            Err(why) => return Err(why),
        };
        let phase = self.phase_under_lock()?;
        if phase & CHANGING != 0 {
            return Ok(Some(self.guard(held, at, platform, phase)));
        }
        if phase & PRESENT != 0 {
            self.begin_next_phase(phase, at, platform);
        }
        Ok(None)
    }

    /// What a reader that waits for the end of `phase` sees.
    fn look(&self, phase: u32) -> Option<Look> {
        // W6: as above. Pairs with W5 and W7.
        let now = self.phase.load(Ordering::Acquire);
        if now & PRESENT == 0 || waiting_for(now) != phase {
            Some(Look::Admitted)
        } else if now & POISONED != 0 {
            Some(Look::Poisoned)
        } else if !self.writer.is_held() {
            Some(Look::Unattended)
        } else {
            None
        }
    }

    #[inline(always)]
    fn free<W: Wait>(&self, at: usize, platform: &W, seat: &ReaderSeat) {
        seat.free();
        self.notify_writer(at, platform);
    }

    /// Some seat may not hold up the writer any more.
    #[inline(always)]
    fn notify_writer<W: Wait>(&self, at: usize, platform: &W) {
        let reached = platform.is_reached_by_barriers();
        self.drained
            .notify(at + offset_of!(Self, drained), platform, reached);
    }

    /// The phase, for the holder of the writers' lock: nobody else changes it.
    fn phase_under_lock(&self) -> Result<u32, NotTaken> {
        let phase = self.phase.load(Ordering::Relaxed);
        if phase & POISONED != 0 {
            return Err(NotTaken::Closed);
        }
        Ok(phase)
    }

    /// Begins the next phase, that of the readers who wait.
    #[inline(always)]
    fn begin_next_phase<W: Wait>(&self, phase: u32, at: usize, platform: &W) {
        let next = (phase & !MARKS).wrapping_add(PHASE);
        // W5: what the writer did. Pairs with W6.
        self.phase.store(next, Ordering::Release);
        self.notify_readers(at, platform);
    }

    fn notify_readers<W: Wait>(&self, at: usize, platform: &W) {
        let reached = platform.is_reached_by_barriers();
        self.readers
            .notify(at + offset_of!(Self, readers), platform, reached);
    }

    fn draining<'a, W>(&'a self, phase: u32, at: usize, platform: &'a W) -> Draining<'a, W, N> {
        Draining {
            lock: self,
            at,
            platform,
            phase,
            index: 0,
        }
    }

    /// Says that a writer is there, before it looks at the seats.
    #[inline(always)]
    fn say_present(&self, phase: u32) {
        // As in `ReaderSeat::say`.
        #[cfg(all(target_arch = "x86_64", not(ringway_loom), not(miri)))]
        {
            // W2: as below, and as W7.
            self.phase.swap(phase | PRESENT, Ordering::SeqCst);
        }
        #[cfg(not(all(target_arch = "x86_64", not(ringway_loom), not(miri))))]
        {
            // W7: what the last writer did, for those whom it admitted. Pairs with W6.
            self.phase.store(phase | PRESENT, Ordering::Release);
            // W2: the phase stored before against the seats looked at next. Pairs with W1.
            fence(Ordering::SeqCst);
        }
    }

    /// A guard for whoever holds the writers' lock and found `phase`.
    #[inline(always)]
    fn guard<'a, W: Wait>(
        &'a self,
        held: Held<'a, W>,
        at: usize,
        platform: &'a W,
        phase: u32,
    ) -> RawWriteGuard<'a, W, N> {
        // One that died changing the value had waited for the readers, and nobody was admitted since.
        let is_inconsistent = phase & CHANGING != 0;
        if !is_inconsistent {
            self.say_present(phase);
        }
        RawWriteGuard {
            lock: self,
            at,
            platform,
            phase: phase | PRESENT,
            is_inconsistent,
            held: Some(held),
        }
    }
}

impl<W: Wait + Liveness, const N: usize> RawWriteGuard<'_, W, N> {
    /// Waits until `deadline` for the readers that were there. Then the value is this one's.
    ///
    /// # Errors
    ///
    /// One that lives was there until the deadline ([`NotTaken::Held`]), or the memory was taken away.
    #[inline]
    pub fn drain(&mut self, spin: &mut Spin, deadline: Option<Nanos>) -> Result<(), NotTaken> {
        if self.phase & CHANGING != 0 {
            return Ok(());
        }
        let mut draining = self.lock.draining(self.phase, self.at, self.platform);
        if draining.poll(Sight::Last).is_none() {
            let waiting = Waiting {
                gate: &self.lock.drained,
                at: self.at + offset_of!(RawRwLock<N>, drained),
                wait: self.platform,
                deadline,
                company: Company::None,
            };
            let drained = waiting.watch(spin, &mut draining);
            drained.map_err(|why| match why {
                Interrupted::TimedOut | Interrupted::PeerGone => NotTaken::Held,
                Interrupted::Lost => NotTaken::Lost,
            })?;
        }
        self.begin_change();
        Ok(())
    }

    /// As [`drain`](Self::drain), without waiting.
    fn try_drain(&mut self) -> Result<(), NotTaken> {
        if self.phase & CHANGING != 0 {
            return Ok(());
        }
        let draining = self.lock.draining(self.phase, self.at, self.platform);
        if !draining.finish_at_once() {
            return Err(NotTaken::Held);
        }
        self.begin_change();
        Ok(())
    }
}

impl<W: Wait, const N: usize> RawWriteGuard<'_, W, N> {
    /// Whether the last writer died, and its value was not yet made consistent: if this guard is dropped
    /// so, the next one is told the same.
    #[must_use]
    #[inline(always)]
    pub fn is_inconsistent(&self) -> bool {
        self.is_inconsistent
    }

    /// The value is in order again.
    pub fn make_consistent(&mut self) {
        self.is_inconsistent = false;
    }

    /// Goes on reading from `seat`: no writer comes between.
    pub fn downgrade(self, seat: usize) {
        if let Some(seat) = self.lock.seats.get(seat) {
            // The next writer takes the lock behind this.
            seat.state.store(READING, Ordering::Relaxed);
        }
    }

    /// Marks the value, which nobody reads any more.
    #[inline(always)]
    fn begin_change(&mut self) {
        self.phase |= CHANGING;
        self.lock.phase.store(self.phase, Ordering::Relaxed);
        in_the_order_written();
    }

    /// The value is beyond repair: nobody gets it any more once this is dropped.
    pub fn give_up(mut self) {
        self.phase |= POISONED;
        self.lock.phase.store(self.phase, Ordering::Relaxed);
        // Otherwise as one that decides nothing.
        self.is_inconsistent = true;
    }

    /// Leaves the phase as a writer that dies would, and lets those who wait look after it.
    #[cold]
    fn leave_it(&mut self) {
        self.held = None;
        self.lock.notify_readers(self.at, self.platform);
    }
}

impl<W: Wait, const N: usize> Drop for RawWriteGuard<'_, W, N> {
    #[inline]
    fn drop(&mut self) {
        if self.is_inconsistent {
            self.leave_it();
        } else {
            self.lock
                .begin_next_phase(self.phase, self.at, self.platform);
        }
        // And then the writers' lock is given back.
    }
}

/// What a reader sees that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// The phase is over.
    Admitted,
    /// The writer gave up the value.
    Poisoned,
    /// There is no writer that lives.
    Unattended,
}

/// A reader waits for the end of a phase.
struct Queueing<'a, L, const N: usize> {
    lock: &'a RawRwLock<N>,
    liveness: &'a L,
    phase: u32,
    is_orphaned: bool,
}

impl<L: Liveness, const N: usize> Watch for Queueing<'_, L, N> {
    type Found = Look;

    #[inline(always)]
    fn poll(&mut self, _: Sight) -> Option<Look> {
        let orphaned = self.is_orphaned.then_some(Look::Unattended);
        self.lock.look(self.phase).or(orphaned)
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        if probe == Probe::Ask {
            self.is_orphaned = self.lock.writer.is_orphaned(self.liveness);
        }
        Outlook::Open(SLICE)
    }
}

/// A writer waits for the readers that were there before it.
struct Draining<'a, W, const N: usize> {
    lock: &'a RawRwLock<N>,
    at: usize,
    platform: &'a W,
    phase: u32,
    /// Those before do not hold it up any more: who comes now finds that a writer is there.
    index: usize,
}

impl<W: Wait + Liveness, const N: usize> Draining<'_, W, N> {
    /// Without waiting, and those who are dead do not count.
    fn finish_at_once(mut self) -> bool {
        if self.poll(Sight::Last).is_some() {
            return true;
        }
        self.outlook(Probe::Ask);
        self.poll(Sight::Last).is_some()
    }
}

impl<W: Wait + Liveness, const N: usize> Watch for Draining<'_, W, N> {
    type Found = ();

    #[inline(always)]
    fn poll(&mut self, _: Sight) -> Option<()> {
        let seats = self.lock.seats.used();
        while let Some(seat) = seats.get(self.index) {
            if seat.blocks(self.phase) {
                return None;
            }
            self.index += 1;
        }
        Some(())
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        let seat = self.lock.seats.used().get(self.index);
        if probe == Probe::Ask
            && seat.is_some_and(|seat| is_dead(seat.owner.load(Ordering::Relaxed), self.platform))
        {
            let seats_at = self.at + offset_of!(RawRwLock<N>, seats);
            let seats = &self.lock.seats;
            let cleared = seats.clear(seats_at, self.platform, |_, seat| seat.free());
            if cleared.is_none() {
                return Outlook::Open(SOON);
            }
        }
        Outlook::Open(SLICE)
    }
}

/// What a seat says that waits for the end of `phase`.
#[inline(always)]
fn waiting_for(phase: u32) -> u32 {
    phase & !MARKS | PRESENT
}

/// Keeps what follows behind what was stored before, should the process die in between. What a dead
/// one did is visible with the news of its death, so this is for the compiler only; a model runs in
/// the order written.
#[inline(always)]
fn in_the_order_written() {
    #[cfg(not(ringway_loom))]
    core::sync::atomic::compiler_fence(Ordering::SeqCst);
}

impl<const N: usize> Default for RawRwLock<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(ringway_loom)))]
mod tests {
    use super::*;
    use crate::sync::alone::Alone;

    /// A reader that is stopped after it has seen a writer, until the phases have gone all the way
    /// round, is not taken for one that waits for the next writer.
    #[test]
    fn phases_that_came_round_while_a_reader_was_stopped() {
        let lock = RawRwLock::<1>::new();
        let seat = lock.enter(0, &Alone, None).unwrap();
        let claim = lock.claim_behind(PRESENT, false, 0, &Alone, lock.seats.get(seat).unwrap());
        assert!(matches!(claim, Claim::Reading));
        assert!(lock.try_write(0, &Alone).is_err(), "beside a reader");
        lock.end_read(0, &Alone, seat);
        assert!(lock.try_write(0, &Alone).is_ok());
    }
}
