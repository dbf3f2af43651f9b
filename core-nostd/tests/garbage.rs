//! Goal: locks and signals over any bytes never panic or hang, also if the bytes change as they look.
//!
//! Method: every word of every cell is overwritten with words that mean something to some protocol, or
//! with any, before a call; a liar also overwrites some at each question to the platform. Allowed
//! outcomes: any answer. A call that asks the platform too often counts as a hang.
#![cfg(not(ringway_loom))]

use ringway_core::handle::{
    BarrierCell, Bound, CondvarCell, EventCell, LatestCell, LockTimeoutError, MutexCell,
    ReadTimeoutError, RwLockCell, SemaphoreCell, TryReadError, WaitError,
};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::region::{Borrowed, Mapped, Memory, StaticRegion};
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use std::cell::Cell;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const SEATS: usize = 4;
const ME: u32 = 7;
const TIMEOUT: Duration = Duration::from_secs(1);

ringway_core::shared! {
    struct All {
        book: RwLockCell<[u64; 3], SEATS>,
        total: MutexCell<u64>,
        changed: CondvarCell<SEATS>,
        start: BarrierCell<SEATS>,
        quote: LatestCell<[u64; 3]>,
        gate: SemaphoreCell<SEATS>,
        ready: EventCell,
    }
}

/// A platform among liars.
struct Liars<'r> {
    memory: Borrowed<'r>,
    random: Cell<u64>,
    clock: Cell<u64>,
    /// How often a call has asked.
    asked: Cell<u32>,
    /// One question in so many is followed by a lie; none if 0.
    lies: Cell<u64>,
}

impl Liars<'_> {
    fn any(&self) -> u64 {
        let next = self.random.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.random.set(next);
        let mixed = (next ^ (next >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&self, end: u64) -> u64 {
        self.any() % end
    }

    fn words(&self) -> &[AtomicU32] {
        let len = self.memory.len() / size_of::<AtomicU32>();
        let first = self.memory.base().cast::<AtomicU32>();
        // SAFETY: the bytes are aligned, there are so many, and all who use them do so as atomics or
        // in this thread, one after the other.
        unsafe { std::slice::from_raw_parts(first.as_ptr(), len) }
    }

    fn word(&self) -> u32 {
        let token = self.below(12) as u32;
        match self.below(8) {
            0 => self.any() as u32,
            1 => u32::MAX - self.below(9) as u32,
            2 => 1 << self.below(32),
            3 => token << 2 | self.below(4) as u32,
            4 => 0,
            _ => token,
        }
    }

    fn lie(&self) {
        let words = self.words();
        let index = self.below(words.len() as u64) as usize;
        words[index].store(self.word(), Ordering::Relaxed);
    }

    fn scribble(&self) {
        let share = 1 + self.below(4);
        for word in self.words() {
            let value = if self.below(4) < share {
                self.word()
            } else {
                0
            };
            word.store(value, Ordering::Relaxed);
        }
    }

    fn ask(&self) {
        self.asked.set(self.asked.get() + 1);
        assert!(self.asked.get() < 2_000_000, "a call that does not end");
        let lies = self.lies.get();
        if lies != 0 && self.below(lies) == 0 {
            self.lie();
        }
    }
}

impl Wait for Liars<'_> {
    fn now(&self) -> Nanos {
        self.ask();
        self.clock.set(self.clock.get() + 1_000_000);
        Nanos(self.clock.get())
    }
    fn wait(&self, word: Word<'_>, _: u32, deadline: Option<Nanos>) -> WaitResult {
        self.ask();
        let at = std::ptr::from_ref(word.atomic).addr() - self.memory.base().addr().get();
        assert_eq!(word.offset, at);
        if self.below(2) == 0 {
            return WaitResult::Woken;
        }
        if let Some(deadline) = deadline {
            self.clock.set(self.clock.get().max(deadline.0));
        }
        WaitResult::TimedOut
    }
    fn wake(&self, _: Word<'_>, _: u32) -> bool {
        self.ask();
        self.below(2) == 0
    }
    fn yield_now(&self) {
        self.ask();
    }
}

// SAFETY: there is one attachment that uses the bytes; whatever it says of others, none exist.
unsafe impl Liveness for Liars<'_> {
    fn me(&self) -> PeerId {
        PeerId::from_token(NonZeroU32::new(ME).unwrap())
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        self.ask();
        // Those that live let nothing go, ever.
        peer.token.get() == ME || peer.token.get() % 4 == 1
    }
}

impl<'r> Platform for Liars<'r> {
    type Memory = Borrowed<'r>;
    type Scratch = ();
    fn memory(&self) -> &Borrowed<'r> {
        &self.memory
    }
}

fn use_one<'p>(all: &'p All, liars: &'p Liars<'_>) {
    match liars.below(7) {
        0 | 1 => use_book(all, liars),
        2 => use_condvar(all, liars),
        3 => use_barrier(all, liars),
        4 => use_latest(all, liars),
        5 => use_semaphore(all, liars),
        _ => {
            let ready = Bound::to(&all.ready, liars).handle();
            ready.set();
            let _ = (ready.reset(), ready.is_set(), ready.mode());
            let _ = (ready.try_wait(), ready.wait_timeout(TIMEOUT));
        }
    }
}

fn use_book(all: &All, liars: &Liars<'_>) {
    let book = Bound::to(&all.book, liars).handle();
    let clone = book.clone();
    for book in [&book, &clone, &book] {
        match book.read_timeout(TIMEOUT) {
            Ok(guard) => drop((book.try_read().map(|guard| *guard), guard)),
            Err(ReadTimeoutError::OwnerDied(guard)) => {
                let guard = guard.mark_consistent().downgrade();
                drop(guard);
            }
            Err(why) => drop(why.to_string()),
        }
        match book.write_timeout(TIMEOUT) {
            Ok(mut guard) => {
                guard[0] = guard[0].wrapping_add(1);
                drop(guard.downgrade());
            }
            Err(LockTimeoutError::OwnerDied(guard)) => guard.poison(),
            Err(why) => drop(why.to_string()),
        }
        drop(book.try_write().map(|mut guard| guard[1] = 0));
        drop(book.try_read());
        let _ = (
            all.book.readers(),
            all.book.has_writer(),
            format!("{book:?}"),
        );
    }
}

fn use_condvar(all: &All, liars: &Liars<'_>) {
    let total = Bound::to(&all.total, liars).handle();
    let changed = Bound::to(&all.changed, liars).handle();
    changed.notify_one();
    changed.notify_all();
    if let Ok(guard) = total.lock_timeout(TIMEOUT) {
        match changed.wait_timeout(guard, TIMEOUT) {
            Ok((guard, _)) => {
                changed.notify_one();
                drop(changed.wait_timeout_while(guard, TIMEOUT, |_| true));
            }
            Err(WaitError::OwnerDied(total)) => drop(total.mark_consistent()),
            Err(why) => drop(why.to_string()),
        }
    }
    changed.notify_all();
    drop(format!("{changed:?} {total:?}"));
    total.clear_poison();
}

fn use_barrier(all: &All, liars: &Liars<'_>) {
    let start = Bound::to(&all.start, liars).handle();
    let other = start.clone();
    let _ = (start.join(), other.join());
    let _ = start.wait_timeout(TIMEOUT);
    let _ = (start.waiting(), start.parties(), start.is_broken());
    let _ = start.reset();
    let _ = (other.wait_timeout(TIMEOUT), start.wait_timeout(TIMEOUT));
    other.abort();
    let _ = start.reset();
}

fn use_latest(all: &All, liars: &Liars<'_>) {
    let quote = Bound::to(&all.quote, liars).handle();
    let _ = (quote.try_load(), quote.has_writer());
    if let Ok(mut writer) = quote.writer() {
        let version = writer.update(|value| value[0] = value[0].wrapping_add(1));
        writer.write(&[version; 3]);
        let _ = (writer.last(), writer.version());
    }
    let _ = quote.load();
    let _ = quote.wait_newer_timeout(quote.version(), TIMEOUT);
}

fn use_semaphore(all: &All, liars: &Liars<'_>) {
    let gate = Bound::to(&all.gate, liars).handle();
    let one = gate.acquire_timeout(TIMEOUT);
    let _ = (
        gate.try_acquire().map(drop),
        gate.release(3),
        gate.available(),
    );
    let _ = (gate.try_consume(1), gate.consume_timeout(1, TIMEOUT));
    let _ = gate.acquire_many_timeout(2, TIMEOUT).map(drop);
    drop(one);
}

fn liars(seed: u64) -> Liars<'static> {
    let region = Box::leak(Box::new(StaticRegion::<{ size_of::<All>() }>::new()));
    Liars {
        memory: Borrowed::from(&*region),
        random: Cell::new(seed),
        clock: Cell::new(0),
        asked: Cell::new(0),
        lies: Cell::new(0),
    }
}

fn run(seed: u64, rounds: u32) {
    let liars = liars(seed);
    // SAFETY: the memory stays.
    let all: Mapped<All> = unsafe { Mapped::new(&liars.memory, 0) }.unwrap();
    for round in 0..rounds {
        liars.lies.set([0, 0, 40, 5][round as usize % 4]);
        liars.scribble();
        for _ in 0..1 + liars.below(4) {
            liars.asked.set(0);
            use_one(&all, &liars);
        }
    }
}

#[test]
fn any_bytes() {
    let seed = std::env::var("RINGWAY_TEST_SEED").ok();
    let seed = seed.and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(0)
    });
    println!("RINGWAY_TEST_SEED={seed}");
    run(seed, 8_000);
}

/// Two handles read for the first time at once, and nobody is stopped.
#[test]
fn another_one_is_just_taking_its_seat() {
    const ALIVE: u32 = 5;
    let liars = liars(0);
    // SAFETY: the memory stays.
    let all: Mapped<All> = unsafe { Mapped::new(&liars.memory, 0) }.unwrap();
    let book = Bound::to(&all.book, &liars).handle();
    // The lock of the table of seats, which ALIVE holds.
    let lock = &liars.words()[384 / size_of::<AtomicU32>()];
    lock.store(ALIVE << 2 | 1, Ordering::Relaxed);
    assert!(matches!(book.try_read(), Err(TryReadError::WouldBlock)));
    lock.store(0, Ordering::Relaxed);
    assert!(book.try_read().is_ok());
}
