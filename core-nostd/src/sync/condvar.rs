//! Waiting, with a mutex given back meanwhile, until another process says that something has
//! changed: a condition variable.
//!
//! ```text
//!               register, under the mutex             notify: the oldest first
//!   seat:  idle ──────────────────────────▶ WAITING ───────────────────────────▶ NOTIFIED
//!           ▲                                  │                                     │
//!           │   deadline, or the mutex is      │                                     │
//!           ├── a dead one's, or poisoned ─────┘                                     │
//!           └── the mutex is held again; or its owner is dead, and another was notified
//! ```
//!
//! Each waiter has a seat of its own, with the word that it sleeps on. So a notification is for
//! one waiter, and it stays in the seat until that waiter holds the mutex again: if it is killed
//! before that, the notification can be seen in the seat of a dead one, and goes to another. Those
//! who sleep look for such seats once in a slice.
//!
//! A waiter is seen before the mutex is free: its seat says WAITING, then `tickets` is raised. Who
//! notifies after a change under the mutex finds either that, or that somebody has looked since and
//! found nobody (`empty`).
//!
//! Whoever tidies up after a dead one may be late, and meet the next owner of the seat. That costs
//! the new one a wake-up for nothing at most: nobody but its owner takes a seat from WAITING to
//! idle, others only to NOTIFIED, with a wake-up. Nobody holds a lock for it, so one that is stopped
//! or killed at any step of it keeps nothing from the others. So several mutexes could be used with
//! one condition variable at a time, if anybody wanted that.
//!
//! A waiter that is killed with a notification which two find at once passes it on twice, and a
//! waiter comes back when the mutex is found in the hands of a dead one or poisoned: there are
//! wake-ups for nothing, as with any condition variable.

use super::mutex::{RawGuard, RawMutex};
use super::seats::{SEATS, is_dead};
use crate::liveness::Liveness;
use crate::primitive::{AtomicU32, Ordering, Reserved, spin_loop, wake_site, zeros};
use crate::wait::lock::NotTaken;
use crate::wait::{Nanos, SLICE, Wait, WaitResult, Word};
use core::mem::{offset_of, size_of};

const VACANT: u32 = 0;

const IDLE: u32 = 0;
const WAITING: u32 = 1;
const NOTIFIED: u32 = 2;
/// The part of a state that is one of these; the rest is the ticket.
const KIND: u32 = 3;
const TICKET_SHIFT: u32 = 2;

/// Looks at a seat before sleeping: some hundred nanoseconds. Who waits here mostly waits for long.
const LOOKS: u32 = if cfg!(ringway_loom) { 1 } else { 4 };

/// A condition variable with room for `N` waiters at a time, as it lies in shared memory. All zeros:
/// nobody waits.
///
/// Used through a handle, a [`Condvar`](crate::handle::Condvar): `desk.bind(|desk| &desk.arrival)`.
#[repr(C)]
pub struct CondvarCell<const N: usize = SEATS> {
    /// How many have begun to wait, for ever; wraps, and then leaves out what `empty` is.
    tickets: AtomicU32,
    /// What `tickets` was when somebody last found that nobody waits.
    empty: AtomicU32,
    /// Seats from this one on were never used.
    used: AtomicU32,
    reserved: Reserved<13>,
    seats: [Seat; N],
}

/// Where one waiter sleeps.
#[repr(C, align(64))]
#[derive(Debug)]
struct Seat {
    /// The token of whose it is.
    owner: AtomicU32,
    /// Which ticket it has, and whether it was called.
    state: AtomicU32,
    reserved: Reserved<14>,
}

/// Offsets that other languages rely on (`docs/abi.md`).
#[cfg(not(ringway_loom))]
const _: () = {
    assert!(offset_of!(CondvarCell<1>, empty) == 4);
    assert!(offset_of!(CondvarCell<1>, used) == 8);
    assert!(offset_of!(CondvarCell<1>, seats) == 64);
    assert!(offset_of!(Seat, state) == 4);
    assert!(size_of::<Seat>() == 64);
};

/// One that waits: it has given the mutex back. To be ended by [`sleep`](Registered::sleep); one
/// that is dropped takes a notification with it.
#[derive(Debug)]
#[must_use = "it may be notified, and must sleep and take the mutex again"]
pub struct Registered<'c, 'm, W, M, const N: usize> {
    place: Place<'c, W, N>,
    mutex: MutexOf<'m, M>,
    index: usize,
    /// What its state is while it waits.
    waiting: u32,
}

/// One that has waited, and has yet to take the mutex again.
#[derive(Debug)]
#[must_use = "it may have been notified, and must take the mutex again"]
pub struct Awake<'c, 'm, W, M, const N: usize> {
    place: Place<'c, W, N>,
    mutex: MutexOf<'m, M>,
    why: WokenBy,
    /// The seat that it has still, and the state of it.
    notified: Option<(usize, u32)>,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WokenBy {
    /// It was notified.
    Notification,
    /// The deadline passed.
    Deadline,
    /// The mutex was a dead one's, or poisoned.
    Mutex,
}

/// Why there is no mutex held after a wait, or was no wait.
#[derive(Debug)]
pub enum NotWaited<'m, M: Wait> {
    /// All seats are taken by waiters that live; the mutex is held as before.
    Crowded(RawGuard<'m, M>),
    /// The mutex is poisoned.
    Poisoned,
    /// The memory was taken away.
    Lost,
}

/// A condition variable, where it stands in the segment, and how to use it.
#[derive(Debug)]
struct Place<'c, W, const N: usize> {
    cell: &'c CondvarCell<N>,
    at: usize,
    platform: &'c W,
}

/// The mutex that a waiter has given back.
#[derive(Debug)]
struct MutexOf<'m, M> {
    raw: &'m RawMutex,
    at: usize,
    platform: &'m M,
}

/// What became of an attempt to notify a waiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// It has the notification, or whoever found it dead has passed that on.
    Heard,
    /// It does not wait any more, or another has notified it.
    Late,
    /// It was dead, and its seat is vacant now.
    Dead,
}

impl<const N: usize> core::fmt::Debug for CondvarCell<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CondvarCell")
            .field("waiters", &self.waiters())
            .finish_non_exhaustive()
    }
}

impl<const N: usize> CondvarCell<N> {
    /// One at which nobody waits. For memory that is not mapped; mapped bytes start as zeros.
    #[doc(hidden)]
    #[must_use]
    pub fn new() -> Self {
        CondvarCell {
            tickets: AtomicU32::new(0),
            empty: AtomicU32::new(0),
            used: AtomicU32::new(0),
            reserved: zeros(),
            seats: core::array::from_fn(|_| Seat::new()),
        }
    }

    /// Gives the mutex back, waits to be notified, or until `deadline`, and takes the mutex again,
    /// however long that takes. `at` is where this stands in the segment of `platform`, in bytes;
    /// the mutex may be in another one.
    ///
    /// May also come back for nothing. The mutex that comes back is
    /// [inconsistent](RawGuard::is_inconsistent) if its last holder died with it.
    ///
    /// # Errors
    ///
    /// Why there was no wait, or no mutex after it.
    #[doc(hidden)]
    pub fn wait<'m, W: Wait + Liveness, M: Wait + Liveness>(
        &self,
        guard: RawGuard<'m, M>,
        at: usize,
        platform: &W,
        deadline: Option<Nanos>,
    ) -> Result<(RawGuard<'m, M>, WokenBy), NotWaited<'m, M>> {
        let registered = self
            .register(guard, at, platform)
            .map_err(NotWaited::Crowded)?;
        let awake = registered.sleep(deadline).map_err(why_not)?;
        let why = awake.why();
        let guard = awake.relock().map_err(why_not)?;
        Ok((guard, why))
    }

    /// The first step of [`wait`](CondvarCell::wait): from here on it can be notified, and the
    /// mutex is given back.
    ///
    /// # Errors
    ///
    /// All seats are taken by waiters that live: the mutex, held as before.
    #[doc(hidden)]
    pub fn register<'c, 'm, W: Wait + Liveness, M: Wait + Liveness>(
        &'c self,
        guard: RawGuard<'m, M>,
        at: usize,
        platform: &'c W,
    ) -> Result<Registered<'c, 'm, W, M, N>, RawGuard<'m, M>> {
        let place = Place {
            cell: self,
            at,
            platform,
        };
        let Some(index) = place.claim() else {
            return Err(guard);
        };
        let mut ticket = self.tickets.load(Ordering::Relaxed);
        let waiting = ticket << TICKET_SHIFT | WAITING;
        self.seats[index].state.swap(waiting, Ordering::Relaxed);
        // V1: the seat, and how many are used, against the ticket by which notifiers know that
        // somebody waits. Pairs with V2.
        while let Err(now) = self.tickets.compare_exchange(
            ticket,
            self.behind(ticket),
            Ordering::Release,
            Ordering::Relaxed,
        ) {
            ticket = now;
        }
        let (at, platform) = guard.place();
        let raw = guard.mutex();
        drop(guard);
        Ok(Registered {
            place,
            mutex: MutexOf { raw, at, platform },
            index,
            waiting,
        })
    }

    /// Notifies the one that has waited longest. Says whether there was one. Two loads if nobody
    /// waits.
    #[doc(hidden)]
    pub fn notify_one<W: Wait + Liveness>(&self, at: usize, platform: &W) -> bool {
        let cell = self;
        self.has_waiters().is_some_and(|tickets| {
            let place = Place { cell, at, platform };
            place.notify_oldest(tickets)
        })
    }

    /// Notifies everyone who waits. Two loads if nobody does.
    #[doc(hidden)]
    pub fn notify_all<W: Wait + Liveness>(&self, at: usize, platform: &W) {
        let cell = self;
        if let Some(tickets) = self.has_waiters() {
            Place { cell, at, platform }.notify_all(tickets);
        }
    }

    /// How many wait, or have been notified and do not hold the mutex yet, with the dead whom nobody
    /// has met yet. A look that is out of date at once.
    #[must_use]
    pub fn waiters(&self) -> usize {
        let is_idle = |seat: &&Seat| seat.state.load(Ordering::Relaxed) & KIND == IDLE;
        let used = self.used();
        used.len() - used.iter().filter(is_idle).count()
    }

    /// What `tickets` is after `ticket`. When they have gone all the way round since anybody last
    /// found that nobody waits, one is left out: with it, it would look so.
    fn behind(&self, ticket: u32) -> u32 {
        let next = ticket.wrapping_add(1);
        // Nobody stores the number of tickets there before there are so many.
        if next == self.empty.load(Ordering::Relaxed) {
            return next.wrapping_add(1);
        }
        next
    }

    /// How many have begun to wait, for ever. Whoever was visible as waiting to one who read this
    /// number has a seat that is visible now.
    #[inline(always)]
    fn tickets(&self) -> u32 {
        // V2: makes the seats of those who have these tickets visible. Pairs with V1.
        self.tickets.load(Ordering::Acquire)
    }

    /// The tickets, unless it is known that all who have them wait no more.
    #[inline(always)]
    fn has_waiters(&self) -> Option<u32> {
        let tickets = self.tickets();
        // Whoever stored it had looked at the seats of all these tickets.
        (tickets != self.empty.load(Ordering::Relaxed)).then_some(tickets)
    }

    /// The seats that anybody may have ever had.
    fn used(&self) -> &[Seat] {
        let used = self.used.load(Ordering::Relaxed) as usize;
        &self.seats[..used.min(N)]
    }

    /// Who has waited longest, and its state.
    fn oldest(&self) -> Option<(usize, u32)> {
        let states = self
            .used()
            .iter()
            .map(|seat| seat.state.load(Ordering::Relaxed));
        let waiting = states
            .enumerate()
            .filter(|(_, state)| state & KIND == WAITING);
        waiting.reduce(|oldest, next| {
            let is_older = next.1.wrapping_sub(oldest.1).cast_signed() < 0;
            if is_older { next } else { oldest }
        })
    }

    /// Takes the first vacant seat for `me`.
    fn take_vacant(&self, me: u32) -> Option<usize> {
        self.seats.iter().position(|seat| {
            seat.owner.load(Ordering::Relaxed) == VACANT && seat.hand_over(VACANT, me)
        })
    }

    /// Says that the seat number `index` is used.
    fn note_used(&self, index: usize) {
        let needed = index as u32 + 1;
        let mut used = self.used.load(Ordering::Relaxed);
        while used < needed {
            let raised =
                self.used
                    .compare_exchange(used, needed, Ordering::Relaxed, Ordering::Relaxed);
            match raised {
                Ok(_) => return,
                Err(now) => used = now,
            }
        }
    }
}

impl<W: Wait + Liveness, const N: usize> Place<'_, W, N> {
    /// The word that the waiter in seat number `index` sleeps on.
    fn word(&self, index: usize) -> Word<'_> {
        let seat = offset_of!(CondvarCell<N>, seats) + index * size_of::<Seat>();
        Word {
            atomic: &self.cell.seats[index].state,
            offset: self.at + seat + offset_of!(Seat, state),
        }
    }

    /// A seat for one more waiter, if need be of a dead one.
    fn claim(&self) -> Option<usize> {
        let me = self.platform.me().token.get();
        let index = self.cell.take_vacant(me).or_else(|| {
            self.bury_all();
            self.cell.take_vacant(me)
        })?;
        self.cell.note_used(index);
        Some(index)
    }

    /// Notifies the one that has waited longest, where `tickets` were given out at least. Says
    /// whether there was one.
    #[cold]
    fn notify_oldest(&self, tickets: u32) -> bool {
        while let Some((index, state)) = self.cell.oldest() {
            if self.call(index, state) == Call::Heard {
                return true;
            }
        }
        self.cell.empty.store(tickets, Ordering::Relaxed);
        false
    }

    #[cold]
    fn notify_all(&self, tickets: u32) {
        for (index, seat) in self.cell.used().iter().enumerate() {
            let state = seat.state.load(Ordering::Relaxed);
            if state & KIND == WAITING {
                self.call(index, state);
            }
        }
        self.cell.empty.store(tickets, Ordering::Relaxed);
    }

    /// Notifies the waiter in seat number `index`, whose state was `waiting`.
    fn call(&self, index: usize, waiting: u32) -> Call {
        let seat = &self.cell.seats[index];
        let notified = notified(waiting);
        if !seat.change(waiting, notified) {
            return Call::Late;
        }
        if wake_site() && self.platform.wake(self.word(index), 1) {
            return Call::Heard;
        }
        // It is about to sleep, and will not; or it has gone on already; or it is dead. An owner
        // that cannot be seen yet hears it as well, and another one, too.
        let owner = seat.owner.load(Ordering::Relaxed);
        let is_alive = owner != VACANT && !is_dead(owner, self.platform);
        if is_alive || !seat.bury(notified, owner) {
            return Call::Heard;
        }
        Call::Dead
    }

    /// Finds notifications that the dead did not live to act on, and gives them to the living.
    fn pass_on_all(&self) {
        for seat in self.cell.used() {
            let state = seat.state.load(Ordering::Relaxed);
            if state & KIND == NOTIFIED {
                let owner = seat.owner.load(Ordering::Relaxed);
                if is_dead(owner, self.platform) {
                    self.pass_on(seat, state, owner);
                }
            }
        }
    }

    /// Gives the notification in the seat of the dead `owner` to another. Only then it is taken
    /// from the seat, so that it is there to be found if this one dies as well.
    fn pass_on(&self, seat: &Seat, notified: u32, owner: u32) {
        self.notify_oldest(self.cell.tickets());
        seat.bury(notified, owner);
    }

    /// Makes the seats of the dead vacant.
    #[cold]
    fn bury_all(&self) {
        for (index, seat) in self.cell.seats.iter().enumerate() {
            let owner = seat.owner.load(Ordering::Relaxed);
            if !is_dead(owner, self.platform) {
                continue;
            }
            // Whoever is told of a death sees what the dead one did last. From waiting to notified,
            // whoever does it, from there to idle, and then it is nobody's.
            for _ in 0..3 {
                let state = seat.state.load(Ordering::Relaxed);
                match state & KIND {
                    WAITING => {
                        self.call(index, state);
                    }
                    NOTIFIED => self.pass_on(seat, state, owner),
                    _ => {
                        seat.hand_over(owner, VACANT);
                        break;
                    }
                }
            }
        }
    }
}

impl<'c, 'm, W, M, const N: usize> Registered<'c, 'm, W, M, N>
where
    W: Wait + Liveness,
    M: Wait + Liveness,
{
    /// Sleeps until it is notified, or `deadline` passes, or the mutex is found in the hands of a
    /// dead one or poisoned.
    ///
    /// # Errors
    ///
    /// The memory was taken away ([`NotTaken::Lost`]).
    pub fn sleep(self, deadline: Option<Nanos>) -> Result<Awake<'c, 'm, W, M, N>, NotTaken> {
        for _ in 0..LOOKS {
            if !self.is_waiting() {
                return Ok(self.awake(WokenBy::Notification));
            }
            spin_loop();
        }
        let platform = self.place.platform;
        let mut now = platform.now();
        let mut look_at = now.after(SLICE);
        while self.is_waiting() {
            if deadline.is_some_and(|deadline| deadline <= now) {
                return Ok(self.give_up(WokenBy::Deadline));
            }
            if look_at <= now {
                look_at = now.after(SLICE);
                if self.mutex.is_out_of_order() {
                    return Ok(self.give_up(WokenBy::Mutex));
                }
                self.place.pass_on_all();
            }
            let until = deadline.map_or(look_at, |deadline| deadline.min(look_at));
            let word = self.place.word(self.index);
            let slept = platform.wait(word, self.waiting, Some(until));
            now = platform.now();
            match slept {
                WaitResult::Lost => return Err(NotTaken::Lost),
                WaitResult::Died => look_at = now,
                WaitResult::Woken | WaitResult::TimedOut => {}
            }
        }
        Ok(self.awake(WokenBy::Notification))
    }

    fn seat(&self) -> &'c Seat {
        &self.place.cell.seats[self.index]
    }

    fn is_waiting(&self) -> bool {
        self.seat().state.load(Ordering::Relaxed) == self.waiting
    }

    /// Stops waiting, unless it was notified just now.
    fn give_up(self, why: WokenBy) -> Awake<'c, 'm, W, M, N> {
        if !self.seat().change(self.waiting, IDLE) {
            return self.awake(WokenBy::Notification);
        }
        self.seat().owner.store(VACANT, Ordering::Relaxed);
        Awake {
            notified: None,
            ..self.awake(why)
        }
    }

    fn awake(self, why: WokenBy) -> Awake<'c, 'm, W, M, N> {
        Awake {
            notified: Some((self.index, notified(self.waiting))),
            place: self.place,
            mutex: self.mutex,
            why,
        }
    }
}

impl<'m, W, M: Wait + Liveness, const N: usize> Awake<'_, 'm, W, M, N> {
    /// Why it is awake.
    #[must_use]
    pub fn why(&self) -> WokenBy {
        self.why
    }

    /// Takes the mutex again, as long as that takes, and gives the seat back.
    ///
    /// # Errors
    ///
    /// The mutex is poisoned ([`NotTaken::Closed`]), or the memory was taken away.
    pub fn relock(self) -> Result<RawGuard<'m, M>, NotTaken> {
        let MutexOf { raw, at, platform } = self.mutex;
        if raw.is_locked() {
            // Mostly by the notifier, which is about to unlock it; on one core, as soon as it can go on.
            platform.yield_now();
        }
        let locked = raw.lock(at, platform, None);
        let is_lost = locked.as_ref().is_err_and(|why| *why == NotTaken::Lost);
        if let Some((index, notified)) = self.notified
            && !is_lost
        {
            let seat = &self.place.cell.seats[index];
            // Fails if one that is late took it for a dead one's.
            seat.change(notified, IDLE);
            seat.owner.store(VACANT, Ordering::Relaxed);
        }
        locked
    }
}

impl<M: Liveness> MutexOf<'_, M> {
    /// Whether there may be nobody left who would notify.
    fn is_out_of_order(&self) -> bool {
        self.raw.is_poisoned() || self.raw.is_orphaned(self.platform)
    }
}

// Every change of a seat is a compare-and-swap or, by its owner, a swap, so that those of the next
// owner come after those of the last one without any ordering.
impl Seat {
    fn new() -> Self {
        Seat {
            owner: AtomicU32::new(VACANT),
            state: AtomicU32::new(IDLE),
            reserved: zeros(),
        }
    }

    fn change(&self, from: u32, to: u32) -> bool {
        self.state
            .compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    fn hand_over(&self, from: u32, to: u32) -> bool {
        self.owner
            .compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// Makes the seat of the dead `owner` vacant. Says whether its state was still `state`.
    fn bury(&self, state: u32, owner: u32) -> bool {
        let is_idle = self.change(state, IDLE);
        if is_idle && owner != VACANT {
            self.hand_over(owner, VACANT);
        }
        is_idle
    }
}

/// The state of one that was notified when its state was `waiting`.
fn notified(waiting: u32) -> u32 {
    waiting & !KIND | NOTIFIED
}

fn why_not<'m, M: Wait>(not_taken: NotTaken) -> NotWaited<'m, M> {
    match not_taken {
        NotTaken::Closed => NotWaited::Poisoned,
        // Without a deadline nobody is told that it is held.
        NotTaken::Held | NotTaken::Lost => NotWaited::Lost,
    }
}

impl<const N: usize> Default for CondvarCell<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(ringway_loom)))]
mod tests {
    use super::*;
    use crate::sync::alone::Alone;

    /// Whoever notified always found somebody, so that nobody has said since the first ticket that
    /// nobody waits.
    #[test]
    fn tickets_that_come_round() {
        let cell = CondvarCell::<1>::new();
        let mutex = RawMutex::new();
        cell.tickets.store(u32::MAX - 1, Ordering::Relaxed);
        for _ in 0..4 {
            let guard = mutex.try_lock(0, &Alone).unwrap();
            let waiter = cell.register(guard, 64, &Alone).unwrap();
            assert!(cell.notify_one(64, &Alone), "somebody waits");
            let awake = waiter.sleep(None).unwrap();
            assert_eq!(awake.why(), WokenBy::Notification);
            drop(awake.relock().unwrap());
        }
    }
}
