//! So many at a time, also when some of them die: a counting semaphore whose permits come back from
//! the dead.
//!
//! ```text
//!   63          40 39      30 29           0         63       40 39     20 19      0
//!  ┌──────────────┬──────────┬──────────────┐       ┌───────────┬─────────┬─────────┐
//!  │ operation    │ seat     │ available    │       │ operation │ after   │ before  │
//!  └──────────────┴──────────┴──────────────┘       └───────────┴─────────┴─────────┘
//!   permits: how many, and whose change was last     a seat's ledger: what it holds
//! ```
//!
//! A permit that is taken goes from one word to another, and its holder may be killed between the
//! two. So a holder first notes in the ledger of its seat what it is about to do: operation number
//! so and so, after which it holds so many instead of so many. Then it changes `permits` in one
//! compare-and-swap that also leaves its seat and the number of its operation there. Nothing remains
//! to be done: if it dies, the number says whether the change was made, and so which half of the
//! ledger holds.
//!
//! The next one to change `permits` overwrites that number, and so first confirms it: it writes it
//! into the word `confirmed` of the seat whose it is. The operation of a seat was made if `permits`
//! or `confirmed` says its number, the one looked at before the other.
//!
//! Numbers count 2²⁴ and begin again; a seat confirms its own at least every 2²² operations, so that
//! none that was confirmed looks like one to come.
//!
//! What the dead held is given back from their own seats, as operations like any other: if whoever
//! gives it back dies as well, the next one can tell whether it was done.
//!
//! Who does not need its permits back, since it takes them for good or adds new ones, leaves no
//! name: [`consume`](SemaphoreCell::consume) and [`release`](SemaphoreCell::release) take the number
//! that is there along, and need no seat.

use super::seats::{NoSeat, SEATS, SOON, Seat, Seats};
use crate::liveness::Liveness;
use crate::primitive::{AtomicU32, Ordering, Reserved, Wide, zeros};
use crate::wait::{
    Company, Gate, Interrupted, Nanos, Outlook, Probe, SLICE, Sight, Spin, Wait, Waiting, Watch,
};
use core::mem::offset_of;
use core::time::Duration;

const AVAILABLE_BITS: u32 = 30;
const SEAT_BITS: u32 = 10;
const HELD_BITS: u32 = 20;
/// Of an operation's number.
const NUMBER: u32 = (1 << 24) - 1;
/// Every so many operations a seat confirms its own, so that `confirmed` never falls so far behind
/// that an old number looks like a new one.
const CONFIRM_EVERY: u32 = if cfg!(ringway_loom) { 4 } else { 1 << 22 };

/// A semaphore from which `N` handles can hold permits at a time, as it lies in shared memory. All
/// zeros is one without permits and without a bound.
///
/// Used through a handle, a [`Semaphore`](crate::handle::Semaphore): `desk.bind(|desk| &desk.gate)`.
#[repr(C, align(128))]
pub struct SemaphoreCell<const N: usize = SEATS> {
    gate: Gate,
    permits: Wide,
    /// The most that may be available; 0 for [`SemaphoreCell::MAX`].
    bound: AtomicU32,
    reserved: Reserved<29>,
    seats: Seats<HolderSeat, N>,
}

/// The seat of one handle that takes permits and gives them back.
#[repr(C, align(64))]
#[derive(Debug)]
pub(super) struct HolderSeat {
    owner: AtomicU32,
    /// The number of an operation of this seat that was made.
    confirmed: AtomicU32,
    ledger: Wide,
    reserved: Reserved<12>,
}

/// Offsets that other languages rely on (`docs/abi.md`).
#[cfg(not(ringway_loom))]
const _: () = {
    assert!(offset_of!(SemaphoreCell<1>, permits) == 128);
    assert!(offset_of!(SemaphoreCell<1>, bound) == 136);
    assert!(offset_of!(SemaphoreCell<1>, seats) == 256);
    assert!(offset_of!(HolderSeat, confirmed) == 4);
    assert!(offset_of!(HolderSeat, ledger) == 8);
    assert!(size_of::<HolderSeat>() == 64);
};

/// A handle's own knowledge of its seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    index: u32,
    /// The number of its next operation.
    next: u32,
    held: u32,
}

/// A release would make more permits available than there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow {
    /// How many were available.
    pub available: u32,
    /// How many were to be added.
    pub added: u32,
    /// How many may be available.
    pub bound: u32,
}

impl core::fmt::Display for Overflow {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Overflow {
            available,
            added,
            bound,
        } = self;
        write!(
            f,
            "releasing {added} permits with {available} available would exceed the bound of \
             {bound}; something is released more often than it is acquired"
        )
    }
}

impl core::error::Error for Overflow {}

/// A word of permits.
#[derive(Clone, Copy)]
struct Permits(u64);

impl Permits {
    fn available(self) -> u32 {
        self.0 as u32 & SemaphoreCell::<SEATS>::MAX
    }

    fn seat(self) -> u32 {
        (self.0 >> AVAILABLE_BITS) as u32 & ((1 << SEAT_BITS) - 1)
    }

    fn number(self) -> u32 {
        (self.0 >> (AVAILABLE_BITS + SEAT_BITS)) as u32 & NUMBER
    }

    /// The same operation, with another number of permits.
    fn with_available(self, available: u32) -> Self {
        Permits(self.0 & !u64::from(SemaphoreCell::<SEATS>::MAX) | u64::from(available))
    }

    fn of(available: u32, seat: u32, number: u32) -> Self {
        Permits(
            u64::from(number) << (AVAILABLE_BITS + SEAT_BITS)
                | u64::from(seat) << AVAILABLE_BITS
                | u64::from(available),
        )
    }

    fn is_by(self, seat: u32, number: u32) -> bool {
        (self.seat(), self.number()) == (seat, number)
    }
}

/// What a seat holds before and after an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ledger {
    number: u32,
    before: u32,
    after: u32,
}

impl Ledger {
    fn read(word: u64) -> Self {
        let held = (1 << HELD_BITS) - 1;
        Ledger {
            number: (word >> (2 * HELD_BITS)) as u32 & NUMBER,
            after: (word >> HELD_BITS) as u32 & held,
            before: word as u32 & held,
        }
    }

    fn word(self) -> u64 {
        u64::from(self.number) << (2 * HELD_BITS)
            | u64::from(self.after) << HELD_BITS
            | u64::from(self.before)
    }
}

/// How an operation changes what is available.
#[derive(Clone, Copy)]
enum Change {
    Take(u32),
    GiveBack(u32),
}

impl<const N: usize> core::fmt::Debug for SemaphoreCell<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SemaphoreCell")
            .field("available", &self.available())
            .field("bound", &self.bound())
            .finish_non_exhaustive()
    }
}

impl<const N: usize> SemaphoreCell<N> {
    /// The most permits there can be.
    pub const MAX: u32 = (1 << AVAILABLE_BITS) - 1;

    /// The most permits that one handle can hold.
    pub const MAX_HELD: u32 = (1 << HELD_BITS) - 1;

    const SEATS_FIT: () = assert!(N <= 1 << SEAT_BITS, "a semaphore has at most 1024 seats");

    /// A semaphore without permits. For memory that is not mapped; mapped bytes start as zeros.
    #[doc(hidden)]
    #[must_use]
    pub fn new() -> Self {
        let () = Self::SEATS_FIT;
        SemaphoreCell {
            gate: Gate::new(),
            permits: Wide::new(0),
            bound: AtomicU32::new(0),
            reserved: zeros(),
            seats: Seats::new(),
        }
    }

    /// Says how many permits there are, and how many may be available at a time, before anybody
    /// else uses the semaphore. Both are cut to [`MAX`](SemaphoreCell::MAX).
    #[doc(hidden)]
    pub fn initialise(&self, permits: u32, bound: Option<u32>) {
        let () = Self::SEATS_FIT;
        let available = permits.min(bound.unwrap_or(Self::MAX)).min(Self::MAX);
        let permits = Permits::of(available, 0, 0);
        self.permits.store(permits.0, Ordering::Relaxed);
        let bound = bound.map_or(0, Self::cut);
        self.bound.store(bound, Ordering::Relaxed);
    }

    /// The bound that there is if this one is asked for.
    pub(crate) fn cut(bound: u32) -> u32 {
        bound.clamp(1, Self::MAX)
    }

    /// How many permits may be available at a time.
    pub fn bound(&self) -> u32 {
        match self.bound.load(Ordering::Relaxed) {
            0 => Self::MAX,
            bound => bound.min(Self::MAX),
        }
    }

    /// How many permits are available now.
    pub fn available(&self) -> u32 {
        Permits(self.permits.load(Ordering::Relaxed)).available()
    }

    /// Where acquirers sleep, and its offset in the segment, in bytes.
    #[doc(hidden)]
    pub fn gate(&self, at: usize) -> (&Gate, usize) {
        (&self.gate, at + offset_of!(Self, gate))
    }

    /// Takes a seat, from which to take permits that are to come back. `at` is where the semaphore
    /// stands in the segment, in bytes.
    ///
    /// # Errors
    ///
    /// Why there is none.
    #[doc(hidden)]
    pub fn enter<W: Wait + Liveness>(
        &self,
        at: usize,
        platform: &W,
        deadline: Option<Nanos>,
    ) -> Result<Holder, NoSeat> {
        // Cells that are mapped are never made by `new`.
        let () = Self::SEATS_FIT;
        let clear = |index: usize, seat: &HolderSeat| self.recover(at, platform, index, seat);
        let index = self
            .seats
            .enter(Self::seats_at(at), platform, deadline, clear)?;
        let index = index as u32;
        let number = self.seat(index).map_or(0, |seat| {
            let ledger = Ledger::read(seat.ledger.load(Ordering::Relaxed));
            self.next_number(index, seat, ledger)
        });
        Ok(Holder {
            index,
            next: number,
            held: 0,
        })
    }

    /// Gives a seat back, with whatever is held from it.
    #[doc(hidden)]
    pub fn leave<W: Wait>(&self, at: usize, platform: &W, mut holder: Holder) {
        let held = holder.held;
        self.give_back(at, platform, &mut holder, held);
        self.seats.leave(holder.index as usize);
    }

    /// Takes `count` permits if so many are available.
    #[doc(hidden)]
    #[inline(always)]
    pub fn try_acquire(&self, holder: &mut Holder, count: u32) -> bool {
        self.change(holder, Change::Take(count))
    }

    /// Takes `count` permits, and waits for them until `deadline`. What the dead hold comes back
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// The deadline passed, or the memory was taken away.
    #[doc(hidden)]
    #[inline(always)]
    pub fn acquire<W: Wait + Liveness>(
        &self,
        at: usize,
        platform: &W,
        spin: &mut Spin,
        holder: &mut Holder,
        count: u32,
        deadline: Option<Nanos>,
    ) -> Result<(), Interrupted> {
        if self.try_acquire(holder, count) {
            return Ok(());
        }
        self.wait(at, platform, spin, count, deadline, || {
            self.try_acquire(holder, count)
        })
    }

    /// Makes `count` permits that `holder` has taken available again, or as many as the bound allows.
    #[doc(hidden)]
    #[inline(always)]
    pub fn give_back<W: Wait>(&self, at: usize, platform: &W, holder: &mut Holder, count: u32) {
        let count = count.min(holder.held);
        if count > 0 {
            self.change(holder, Change::GiveBack(count));
            self.notify(at, platform, count);
        }
    }

    /// Keeps `count` permits that `holder` has taken: they do not come back.
    #[doc(hidden)]
    pub fn forget(&self, holder: &mut Holder, count: u32) {
        let Some(seat) = self.seat(holder.index) else {
            return;
        };
        holder.held -= count.min(holder.held);
        // The last operation was made, so either half says the same in the end.
        let ledger = Ledger {
            number: holder.next.wrapping_sub(1) & NUMBER,
            before: holder.held,
            after: holder.held,
        };
        seat.ledger.store(ledger.word(), Ordering::Relaxed);
    }

    /// How many permits `holder` holds.
    #[doc(hidden)]
    pub fn held(&self, holder: &Holder) -> u32 {
        holder.held
    }

    /// Takes `count` permits for good, if so many are available.
    #[doc(hidden)]
    #[inline(always)]
    pub fn try_consume(&self, count: u32) -> bool {
        let mut found = Permits(self.permits.load(Ordering::Relaxed));
        loop {
            let Some(left) = found.available().checked_sub(count) else {
                return false;
            };
            // M1: makes what was done before the permits were released visible. Pairs with M2.
            match self.permits.compare_exchange(
                found.0,
                found.with_available(left).0,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => found = Permits(now),
            }
        }
    }

    /// Takes `count` permits for good, and waits for them until `deadline`.
    ///
    /// # Errors
    ///
    /// As for [`acquire`](SemaphoreCell::acquire).
    #[doc(hidden)]
    #[inline(always)]
    pub fn consume<W: Wait + Liveness>(
        &self,
        at: usize,
        platform: &W,
        spin: &mut Spin,
        count: u32,
        deadline: Option<Nanos>,
    ) -> Result<(), Interrupted> {
        if self.try_consume(count) {
            return Ok(());
        }
        self.wait(at, platform, spin, count, deadline, || {
            self.try_consume(count)
        })
    }

    /// Makes `count` more permits available. Async-signal-safe.
    ///
    /// # Errors
    ///
    /// There would be more than there may be.
    #[doc(hidden)]
    #[inline(always)]
    pub fn release<W: Wait>(&self, at: usize, platform: &W, count: u32) -> Result<(), Overflow> {
        let bound = self.bound();
        let mut found = Permits(self.permits.load(Ordering::Relaxed));
        loop {
            let available = found.available();
            let more = available.checked_add(count).filter(|&sum| sum <= bound);
            let Some(more) = more else {
                return Err(Overflow {
                    available,
                    added: count,
                    bound,
                });
            };
            // M2: what was done before, against those who take the permits. Pairs with M1 and M3.
            match self.permits.compare_exchange(
                found.0,
                found.with_available(more).0,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => found = Permits(now),
            }
        }
        self.notify(at, platform, count);
        Ok(())
    }

    /// Whether anybody may ever have held permits that come back.
    #[doc(hidden)]
    #[inline(always)]
    pub fn was_entered(&self) -> bool {
        !self.seats.used().is_empty()
    }

    /// Gives back what the dead hold. Says whether there was a dead holder; `None` if somebody alive
    /// is just at it.
    #[doc(hidden)]
    pub fn sweep<W: Wait + Liveness>(&self, at: usize, platform: &W) -> Option<bool> {
        self.seats
            .clear(Self::seats_at(at), platform, |index, seat| {
                self.recover(at, platform, index, seat);
            })
    }

    /// How long nobody needs to [sweep](SemaphoreCell::sweep) who waits for permits; sweeps first if
    /// the `probe` is to ask.
    #[doc(hidden)]
    pub fn outlook<W: Wait + Liveness>(&self, at: usize, platform: &W, probe: Probe) -> Duration {
        if probe == Probe::Ask && self.sweep(at, platform).is_none() {
            return SOON;
        }
        SLICE
    }

    fn seats_at(at: usize) -> usize {
        at + offset_of!(Self, seats)
    }

    fn seat(&self, index: u32) -> Option<&HolderSeat> {
        self.seats.get(index as usize)
    }

    /// Says so when permits have become available, to as many as can share them.
    #[inline(always)]
    fn notify<W: Wait>(&self, at: usize, platform: &W, count: u32) {
        let (gate, at) = self.gate(at);
        gate.notify_exchanged(at, platform, count);
    }

    #[cold]
    fn wait<W: Wait + Liveness>(
        &self,
        at: usize,
        platform: &W,
        spin: &mut Spin,
        count: u32,
        deadline: Option<Nanos>,
        take: impl FnMut() -> bool,
    ) -> Result<(), Interrupted> {
        let (gate, gate_at) = self.gate(at);
        let waiting = Waiting {
            gate,
            at: gate_at,
            wait: platform,
            deadline,
            company: if count <= 1 {
                Company::Others
            } else {
                Company::OthersFirst
            },
        };
        let mut wanted = Wanted {
            semaphore: self,
            at,
            platform,
            take,
        };
        waiting.watch(spin, &mut wanted)
    }

    /// One operation of a seat; false if there are not enough permits.
    #[inline(always)]
    fn change(&self, holder: &mut Holder, change: Change) -> bool {
        let Some(seat) = self.seat(holder.index) else {
            return false;
        };
        let mut found = Permits(self.permits.load(Ordering::Relaxed));
        let after = match change {
            Change::Take(count) if found.available() < count => return false,
            Change::Take(count) if count > Self::MAX_HELD - holder.held => return false,
            Change::Take(count) => holder.held + count,
            Change::GiveBack(count) => holder.held - count,
        };
        Self::note(seat, holder, after);
        loop {
            let available = match change {
                Change::Take(count) => found.available().checked_sub(count),
                Change::GiveBack(count) => {
                    Some(found.available().saturating_add(count).min(self.bound()))
                }
            };
            let Some(available) = available else {
                return false;
            };
            if found.seat() != holder.index && !self.confirm(found) {
                found = Permits(self.permits.load(Ordering::Relaxed));
                continue;
            }
            // M3: what was done under the permits, and what was confirmed, against the next ones;
            // and makes visible what was done under these. Pairs with M1, M2, M3 and M4.
            match self.permits.compare_exchange(
                found.0,
                Permits::of(available, holder.index, holder.next).0,
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => found = Permits(now),
            }
        }
        holder.held = after;
        if holder.next.is_multiple_of(CONFIRM_EVERY) {
            self.confirm_own(holder.index, holder.next);
        }
        holder.next = holder.next.wrapping_add(1) & NUMBER;
        true
    }

    /// Writes down what the next operation of a seat is to do.
    #[inline(always)]
    fn note(seat: &HolderSeat, holder: &Holder, after: u32) {
        let ledger = Ledger {
            number: holder.next,
            before: holder.held,
            after,
        };
        // Of a dead holder everything is known that it did, so this needs no order of its own.
        seat.ledger.store(ledger.word(), Ordering::Relaxed);
    }

    /// As far as an acquirer gets that dies between its note and its compare-and-swap: for models.
    #[doc(hidden)]
    pub fn acquire_half(&self, holder: &Holder, count: u32) {
        if let Some(seat) = self.seat(holder.index) {
            Self::note(seat, holder, holder.held + count);
        }
    }

    /// Writes down that the last operation in `found` was made, before somebody overwrites that.
    /// False if it must be looked at once more: the permits have changed, or others confirm, too.
    fn confirm(&self, found: Permits) -> bool {
        let Some(seat) = self.seat(found.seat()) else {
            return true; // nobody honest wrote it
        };
        let number = found.number();
        // M5: if a later number is confirmed, the look at the permits finds them changed. Pairs
        // with M6.
        let confirmed = seat.confirmed.load(Ordering::Acquire);
        if confirmed == number {
            return true;
        }
        if self.permits.load(Ordering::Relaxed) != found.0 {
            return false;
        }
        // M6: the look at the permits that gave this number, against a later look. Pairs with M5.
        // If it fails it may be for an older number, by somebody who looked at the permits earlier.
        seat.confirmed
            .compare_exchange(confirmed, number, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    /// Confirms what a seat has just done itself. It takes no reference to the holder: that would
    /// keep it in memory, for all operations.
    #[cold]
    fn confirm_own(&self, index: u32, number: u32) {
        loop {
            let found = Permits(self.permits.load(Ordering::Relaxed));
            // If it is another's, that one has confirmed it.
            if !found.is_by(index, number) || self.confirm(found) {
                return;
            }
        }
    }

    /// Whether the operation of that number was made by that seat, which does not make any now.
    fn was_made(&self, index: u32, seat: &HolderSeat, number: u32) -> bool {
        // M4: if the number was overwritten, it was confirmed before. Pairs with M3.
        let permits = Permits(self.permits.load(Ordering::Acquire));
        permits.is_by(index, number) || seat.confirmed.load(Ordering::Relaxed) == number
    }

    /// The number of the next operation of a seat with this ledger, which makes none now.
    fn next_number(&self, index: u32, seat: &HolderSeat, ledger: Ledger) -> u32 {
        let was_made = self.was_made(index, seat, ledger.number);
        ledger.number.wrapping_add(u32::from(was_made)) & NUMBER
    }

    /// Gives back what a dead holder held, from its own seat; the lock of the seats is held.
    fn recover<W: Wait>(&self, at: usize, platform: &W, index: usize, seat: &HolderSeat) {
        let index = index as u32;
        let ledger = Ledger::read(seat.ledger.load(Ordering::Relaxed));
        let next = self.next_number(index, seat, ledger);
        let held = if next == ledger.number {
            ledger.before
        } else {
            ledger.after
        };
        let mut holder = Holder { index, next, held };
        self.give_back(at, platform, &mut holder, held);
    }
}

/// What somebody waits for who wants permits.
struct Wanted<'a, W, F, const N: usize> {
    semaphore: &'a SemaphoreCell<N>,
    at: usize,
    platform: &'a W,
    take: F,
}

impl<W: Wait + Liveness, F: FnMut() -> bool, const N: usize> Watch for Wanted<'_, W, F, N> {
    type Found = ();

    #[inline(always)]
    fn poll(&mut self, _: Sight) -> Option<()> {
        (self.take)().then_some(())
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        Outlook::Open(self.semaphore.outlook(self.at, self.platform, probe))
    }

    fn pass_on(&mut self) {
        let available = self.semaphore.available();
        if available > 0 {
            self.semaphore.notify(self.at, self.platform, available);
        }
    }
}

impl Seat for HolderSeat {
    fn new() -> Self {
        HolderSeat {
            owner: AtomicU32::new(0),
            confirmed: AtomicU32::new(0),
            ledger: Wide::new(0),
            reserved: zeros(),
        }
    }

    fn owner(&self) -> &AtomicU32 {
        &self.owner
    }
}

impl<const N: usize> Default for SemaphoreCell<N> {
    fn default() -> Self {
        Self::new()
    }
}
