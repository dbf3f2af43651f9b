//! The wait slots, over threads that count as processes of their own and bells of the standard
//! library. What the models of `verify` do with two slots, this does with all of them.
#![cfg(not(ringway_loom))]

use ringway_core::layout::header::PARKING_OFFSET;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::region::{Borrowed, Memory, StaticRegion};
use ringway_core::wait::parking::{Bells, Lot, MOST_WORDS, Slept, WAIT_SLOTS};
use ringway_core::wait::{Nanos, WaitResult, Word};
use std::array;
use std::collections::HashSet;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{scope, yield_now};
use std::time::{Duration, Instant};

const ALL: u32 = u32::MAX;

/// How long a wait may last until it counts as one whose wake-up was lost.
const LOST_AFTER: Duration = Duration::from_secs(30);

/// Where the words of these tests seem to lie.
const AT: usize = 8192;

/// What belongs to all processes.
struct System {
    start: Instant,
    bells: [Bell; WAIT_SLOTS as usize],
    dead: Mutex<HashSet<u32>>,
    /// Sleeps that go on.
    asleep: AtomicU32,
    naps: AtomicU32,
    /// Slots whose bell cannot be had or reached.
    mute: Mutex<HashSet<u32>>,
}

#[derive(Default)]
struct Bell {
    is_rung: Mutex<bool>,
    rings: Condvar,
}

impl System {
    fn new() -> Self {
        System {
            start: Instant::now(),
            bells: array::from_fn(|_| Bell::default()),
            dead: Mutex::default(),
            asleep: AtomicU32::new(0),
            naps: AtomicU32::new(0),
            mute: Mutex::default(),
        }
    }

    fn is_mute(&self, slot: u32) -> bool {
        self.mute.lock().unwrap().contains(&slot)
    }

    fn process(&self, token: u32) -> Process<'_> {
        Process {
            system: self,
            token: NonZeroU32::new(token).unwrap(),
            dies_ringing: AtomicBool::new(false),
        }
    }

    fn is_rung(&self, slot: u32) -> bool {
        *self.bells[slot as usize].is_rung.lock().unwrap()
    }
}

struct Process<'a> {
    system: &'a System,
    token: NonZeroU32,
    dies_ringing: AtomicBool,
}

impl Process<'_> {
    fn die(&self) {
        self.system.dead.lock().unwrap().insert(self.token.get());
    }

    /// A point in time at which whoever is still asleep has lost a wake-up.
    fn much_later(&self) -> Option<Nanos> {
        Some(self.now().after(LOST_AFTER))
    }
}

// SAFETY: whom the test calls dead does nothing any more.
unsafe impl Liveness for Process<'_> {
    fn me(&self) -> PeerId {
        PeerId::from_token(self.token)
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        assert!(peer.token.get() <= PeerId::MAX_TOKEN, "no such token");
        let dead = self.system.dead.lock();
        let dead = dead.unwrap_or_else(PoisonError::into_inner);
        !dead.contains(&peer.token.get())
    }
}

impl Bells for Process<'_> {
    fn now(&self) -> Nanos {
        Nanos(u64::try_from(self.system.start.elapsed().as_nanos()).unwrap())
    }

    fn sleep(&self, slot: u32, deadline: Option<Nanos>) -> Slept {
        if self.system.is_mute(slot) {
            return Slept::NoBell;
        }
        let bell = &self.system.bells[slot as usize];
        let left = deadline.map_or(LOST_AFTER, |deadline| {
            Duration::from_nanos(deadline.0.saturating_sub(self.now().0))
        });
        let is_rung = bell.is_rung.lock().unwrap();
        self.system.asleep.fetch_add(1, Ordering::SeqCst);
        let waited = bell.rings.wait_timeout_while(is_rung, left, |rung| !*rung);
        let (mut is_rung, _) = waited.unwrap();
        self.system.asleep.fetch_sub(1, Ordering::SeqCst);
        if std::mem::take(&mut *is_rung) {
            Slept::Rung
        } else {
            Slept::TimedOut
        }
    }

    fn ring(&self, slot: u32, _sort: u32) -> bool {
        if self.dies_ringing.load(Ordering::Relaxed) {
            self.die();
            // Without a message: this is no failure.
            resume_unwind(Box::new(()));
        }
        if self.system.is_mute(slot) {
            return false;
        }
        let bell = &self.system.bells[slot as usize];
        *bell.is_rung.lock().unwrap() = true;
        bell.rings.notify_all();
        true
    }

    fn nap(&self, _until: Nanos) {
        self.system.naps.fetch_add(1, Ordering::SeqCst);
        yield_now();
    }
}

fn word(atomic: &AtomicU32) -> Word<'_> {
    Word { atomic, offset: AT }
}

/// A slot of `process` that waits for the word at [`AT`].
fn arm(lot: &Lot, process: &Process<'_>) -> u32 {
    let slot = lot.claim(process, 0).unwrap();
    lot.arm(slot, AT);
    slot
}

fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LOST_AFTER, "it does not come");
        yield_now();
    }
}

#[test]
fn the_65th_naps() {
    let (lot, system, here) = (<Lot>::new(), System::new(), AtomicU32::new(0));
    let sleep = &|token: u32| {
        let process = system.process(token);
        while here.load(Ordering::SeqCst) == 0 {
            let woken = lot.wait(&process, word(&here), 0, process.much_later());
            assert_eq!(woken, WaitResult::Woken);
        }
    };
    scope(|threads| {
        for token in 1..=WAIT_SLOTS {
            threads.spawn(move || sleep(token));
        }
        until(|| system.asleep.load(Ordering::SeqCst) == WAIT_SLOTS);
        assert_eq!(system.naps.load(Ordering::SeqCst), 0);
        let late = system.process(1000);
        assert_eq!(lot.claim(&late, 0), None);
        threads.spawn(move || sleep(1001));
        until(|| system.naps.load(Ordering::SeqCst) > 2);
        here.store(1, Ordering::SeqCst);
        assert!(lot.wake(&late, word(&here), ALL));
    });
    let free = (0..WAIT_SLOTS).map_while(|_| lot.claim(&system.process(1), 0));
    assert_eq!(free.count(), WAIT_SLOTS as usize, "all are free again");
}

#[test]
fn everybody_passes_in_each_of_many_rounds() {
    const SLEEPERS: u32 = 6;
    const ROUNDS: u32 = 2_000;
    let (lot, system) = (<Lot>::new(), System::new());
    let (round, passed) = (AtomicU32::new(0), AtomicU32::new(0));
    scope(|threads| {
        for token in 1..=SLEEPERS {
            let process = system.process(token);
            let (lot, round, passed) = (&lot, &round, &passed);
            threads.spawn(move || {
                for before in 0..ROUNDS {
                    while round.load(Ordering::Relaxed) == before {
                        let deadline = process.much_later();
                        let woken = lot.wait(&process, word(round), before, deadline);
                        assert_eq!(woken, WaitResult::Woken, "in round {before}");
                    }
                    passed.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let waker = system.process(100);
        for next in 1..=ROUNDS {
            round.store(next, Ordering::Relaxed);
            lot.wake(&waker, word(&round), ALL);
            until(|| passed.load(Ordering::SeqCst) == next * SLEEPERS);
        }
    });
    assert!(system.naps.load(Ordering::SeqCst) == 0);
}

/// Permits that are taken one by one; each that is given wakes one.
#[test]
fn each_of_many_permits_finds_a_taker() {
    const TAKERS: u32 = 6;
    const GIVERS: u32 = 2;
    const PERMITS: u32 = 12_000;
    let (lot, system) = (<Lot>::new(), System::new());
    let (permits, taken) = (AtomicU32::new(0), AtomicU32::new(0));
    let take = &|| {
        let one_less = |permits: u32| permits.checked_sub(1);
        let order = Ordering::SeqCst;
        permits.fetch_update(order, order, one_less).is_ok()
    };
    scope(|threads| {
        for token in 1..=TAKERS {
            let process = system.process(token);
            let (lot, permits, taken) = (&lot, &permits, &taken);
            threads.spawn(move || {
                for _ in 0..PERMITS / TAKERS {
                    while !take() {
                        let deadline = process.much_later();
                        let woken = lot.wait(&process, word(permits), 0, deadline);
                        assert_eq!(woken, WaitResult::Woken);
                    }
                    taken.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        for token in 0..GIVERS {
            let process = system.process(100 + token);
            let (lot, permits, taken) = (&lot, &permits, &taken);
            threads.spawn(move || {
                for given in 0..PERMITS / GIVERS {
                    permits.fetch_add(1, Ordering::SeqCst);
                    lot.wake(&process, word(permits), 1);
                    // So that they are asleep again and again.
                    if given % 4 == 0 {
                        until(|| {
                            permits.load(Ordering::SeqCst) == 0
                                || taken.load(Ordering::SeqCst) == PERMITS
                        });
                    }
                }
            });
        }
    });
    assert_eq!(taken.load(Ordering::SeqCst), PERMITS);
}

#[test]
fn who_has_slept_longest_is_woken_first() {
    static REGION: StaticRegion<4480> = StaticRegion::new();
    let memory = Borrowed::from(&REGION);
    let lot = Lot::of(&memory).unwrap();
    let (system, here) = (System::new(), AtomicU32::new(0));
    // The numbers of armings begin again in the middle.
    words(&memory)[PARKING_OFFSET / 4 + 2].store((1 << 30) - 2, Ordering::Relaxed);
    let [first, second, third, fourth] =
        [9, 63, 2, 30].map(|token| arm(lot, &system.process(token)));
    let armed = || [first, second, third, fourth].map(|slot| lot.is_armed(slot));
    let waker = system.process(1);
    assert!(!lot.wake(&waker, word(&here), 0));
    assert!(lot.wake(&waker, word(&here), 1));
    assert_eq!(armed(), [false, true, true, true]);
    assert!(lot.wake(&waker, word(&here), 2));
    assert_eq!(armed(), [false, false, false, true]);
    let elsewhere = Word {
        atomic: &here,
        offset: AT + 4,
    };
    assert!(!lot.wake(&waker, elsewhere, ALL));
    assert!(lot.wake(&waker, word(&here), ALL));
    assert_eq!(armed(), [false; 4]);
    assert!(!lot.wake(&waker, word(&here), ALL), "nobody is left");
    assert!([first, second, third, fourth].map(|slot| system.is_rung(slot)) == [true; 4]);
}

#[test]
fn the_dead_are_not_counted_while_others_wait() {
    let (lot, system, here) = (<Lot>::new(), System::new(), AtomicU32::new(0));
    let slots = [3, 1, 2, 4].map(|token| arm(&lot, &system.process(token)));
    system.process(3).die();
    let waker = system.process(9);
    assert!(lot.wake(&waker, word(&here), 2));
    let woken = slots.map(|slot| !lot.is_armed(slot));
    assert_eq!(woken, [true, true, true, false], "the dead one, and two");
}

#[test]
fn one_whose_bell_cannot_be_rung_is_not_counted() {
    let (lot, system, here) = (<Lot>::new(), System::new(), AtomicU32::new(0));
    let processes = [1, 2].map(|token| system.process(token));
    let [first, second] = [0, 1].map(|index| arm(&lot, &processes[index]));
    system.mute.lock().unwrap().insert(first);
    assert!(lot.wake(&system.process(3), word(&here), 1));
    assert!(system.is_rung(second));
    assert!(!lot.wake(&system.process(3), word(&here), 1));
}

/// Goal: one bell that somebody else has is no reason to nap for good.
#[test]
fn whoever_finds_a_bell_taken_sleeps_by_another() {
    let (lot, system, here) = (<Lot>::new(), System::new(), AtomicU32::new(0));
    let preferred = lot.claim(&system.process(7), 0).unwrap();
    lot.release(preferred);
    system.mute.lock().unwrap().insert(preferred);
    scope(|threads| {
        threads.spawn(|| {
            let process = system.process(7);
            let woken = lot.wait(&process, word(&here), 0, process.much_later());
            assert_eq!(woken, WaitResult::Woken);
        });
        until(|| system.asleep.load(Ordering::SeqCst) == 1);
        here.store(1, Ordering::SeqCst);
        assert!(lot.wake(&system.process(8), word(&here), 1));
    });
    assert_eq!(system.naps.load(Ordering::SeqCst), 0);
    let free = (0..WAIT_SLOTS).map_while(|_| lot.claim(&system.process(1), 0));
    assert_eq!(free.count(), WAIT_SLOTS as usize, "all are free again");
}

#[test]
fn who_was_signalled_and_has_left_is_counted() {
    let (lot, system, here) = (<Lot>::new(), System::new(), AtomicU32::new(0));
    let first = arm(&lot, &system.process(1));
    let second = arm(&lot, &system.process(2));
    assert!(lot.wake(&system.process(9), word(&here), 1));
    assert!(lot.disarm(first));
    lot.release(first);
    assert!(lot.is_armed(second));
}

/// The dead one was woken for the others, and who takes its slot over dies when it has woken one.
#[test]
fn a_wake_up_is_passed_on_over_two_deaths() {
    let (lot, system, here) = (<Lot>::new(), System::new(), AtomicU32::new(0));
    let dead = system.process(1);
    let slot = arm(&lot, &dead);
    assert!(lot.wake(&dead, word(&here), 1));
    let others = [2, 3].map(|token| arm(&lot, &system.process(token)));
    let busy = system.process(4);
    while lot.claim(&busy, 0).is_some() {}
    dead.die();

    let dying = system.process(5);
    dying.dies_ringing.store(true, Ordering::Relaxed);
    let claimed = catch_unwind(AssertUnwindSafe(|| lot.claim(&dying, 0)));
    assert!(claimed.is_err(), "it did not live to have it");
    let woken = || others.map(|slot| !lot.is_armed(slot));
    assert_eq!(woken().iter().filter(|woken| **woken).count(), 1);

    assert_eq!(lot.claim(&system.process(6), 0), Some(slot));
    assert_eq!(woken(), [true, true]);
    assert!(!lot.disarm(slot), "the new owner was not woken");
    assert_eq!(lot.claim(&system.process(7), 0), None, "all are in use");
}

#[test]
fn waiting_for_several_words_takes_a_slot_each_and_one_bell() {
    let (lot, system) = (<Lot>::new(), System::new());
    let atomics: [AtomicU32; 3] = array::from_fn(|_| AtomicU32::new(0));
    let at = |index: usize| Word {
        atomic: &atomics[index],
        offset: AT + 4 * index,
    };
    let waker = system.process(9);
    let (lot, at) = (&lot, &at);
    scope(|threads| {
        for (changed, atomic) in atomics.iter().enumerate() {
            let sleeper = system.process(1);
            let sleeping = threads.spawn(move || {
                let words = [0, 1, 2].map(|index| (at(index), 0));
                lot.wait_any(&sleeper, &words, sleeper.much_later())
            });
            until(|| system.asleep.load(Ordering::SeqCst) == 1);
            atomic.store(1, Ordering::SeqCst);
            assert!(lot.wake(&waker, at(changed), 1));
            assert_eq!(sleeping.join().unwrap(), WaitResult::Woken);
            atomic.store(0, Ordering::SeqCst);
            assert!(!lot.wake(&waker, at((changed + 1) % 3), ALL));
        }
    });
    let word = AtomicU32::new(0);
    let too_many = [(self::word(&word), 0); MOST_WORDS + 1];
    let woken = lot.wait_any(&waker, &too_many, waker.much_later());
    assert_eq!(
        (woken, system.naps.load(Ordering::SeqCst)),
        (WaitResult::Woken, 1)
    );
}

/// Bells that do as told, and count the sleeps on them.
struct Told {
    says: Slept,
    sleeps: AtomicU32,
    naps: AtomicU32,
}

// SAFETY: there is but one.
unsafe impl Liveness for Told {
    fn me(&self) -> PeerId {
        PeerId::from_token(NonZeroU32::MIN)
    }
    fn is_alive(&self, _: PeerId) -> bool {
        true
    }
}

impl Bells for Told {
    fn now(&self) -> Nanos {
        Nanos(0)
    }
    fn sleep(&self, _: u32, _: Option<Nanos>) -> Slept {
        self.sleeps.fetch_add(1, Ordering::Relaxed);
        self.says
    }
    fn ring(&self, _: u32, _: u32) -> bool {
        false
    }
    fn nap(&self, _: Nanos) {
        self.naps.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_wait_ends_as_its_sleep_does() {
    let lot = <Lot>::new();
    for (says, ends, sleeps, naps) in [
        (Slept::TimedOut, WaitResult::TimedOut, 1, 0),
        (Slept::Died, WaitResult::Died, 1, 0),
        (Slept::NoBell, WaitResult::Woken, 5, 1),
        // One ring may be left over; more are lies, and keep nobody for ever.
        (Slept::Rung, WaitResult::Woken, 4, 0),
    ] {
        let told = Told {
            says,
            sleeps: AtomicU32::new(0),
            naps: AtomicU32::new(0),
        };
        let here = AtomicU32::new(0);
        assert_eq!(lot.wait(&told, word(&here), 0, None), ends, "{says:?}");
        let counts = (told.sleeps.into_inner(), told.naps.into_inner());
        assert_eq!(counts, (sleeps, naps), "{says:?}");
    }
    let told = Told {
        says: Slept::Died,
        sleeps: AtomicU32::new(0),
        naps: AtomicU32::new(0),
    };
    let changed = AtomicU32::new(1);
    assert_eq!(lot.wait(&told, word(&changed), 0, None), WaitResult::Woken);
    assert_eq!(told.sleeps.into_inner(), 0, "the word had changed");
}

/// The words of a region.
fn words(memory: &impl Memory) -> &[AtomicU32] {
    // SAFETY: the bytes of the memory are shared as atomics, and there are as many.
    unsafe { std::slice::from_raw_parts(memory.base().cast().as_ptr(), memory.len() / 4) }
}

#[test]
fn nonsense_in_the_slots_harms_nobody_for_long() {
    static REGION: StaticRegion<4480> = StaticRegion::new();
    let memory = Borrowed::from(&REGION);
    let (lot, words) = (Lot::of(&memory).unwrap(), words(&memory));
    let (system, here) = (System::new(), AtomicU32::new(0));
    let process = system.process(7);
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as u32
    };
    for _ in 0..500 {
        for word in &words[PARKING_OFFSET / 4..] {
            let nonsense = match random() % 4 {
                0 => 0,
                1 => random() % 8,
                2 => u32::try_from(AT).unwrap(),
                _ => random() << 1 ^ random(),
            };
            word.store(nonsense, Ordering::Relaxed);
        }
        lot.wake(&process, word(&here), random() % 3);
        lot.wake(&process, word(&here), ALL);
        let soon = Some(process.now().after(Duration::from_micros(50)));
        let ended = lot.wait(&process, word(&here), 0, soon);
        assert!(matches!(ended, WaitResult::Woken | WaitResult::TimedOut));
        if let Some(slot) = lot.claim(&process, 0) {
            lot.arm(slot, AT);
            lot.disarm(slot);
            lot.release(slot);
        }
    }
}
