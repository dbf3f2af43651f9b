//! No wake-up is lost: neither to one who times out, nor to one who is killed asleep, nor to a wait
//! slot that a dead process left.
//!
//! Several processes sleep on one word. A round changes the word and wakes one of them, or all: then
//! at least one goes on, or all do. Again and again one of them is killed, asleep or in the middle of
//! being woken, and replaced.

use ringway::{Bound, Cell, Nanos, Overlay, Platform, Shared, Wait};
use ringway_core::wait::{WaitResult, Word};
use ringway_testkit::{Actor, Random, UniqueName, arg, roles};
use std::hint::spin_loop;
use std::ops::Deref;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::thread::yield_now;
use std::time::{Duration, Instant};

roles! { waits, churns }

const ROUNDS: u32 = 10_000;
const WAITERS: usize = 5;
/// Rounds between two deaths.
const LIFE: u32 = 100;
/// Far longer than it takes to be woken; who sleeps for so long was forgotten.
const FORGOTTEN: Duration = Duration::from_secs(10);
/// What a waiter has seen that has yet to look.
const NOTHING: u32 = u32::MAX;

ringway::shared! {
    struct Hall {
        word: Cord,
        other: Cord,
        /// Waits that ended by their deadline although there had been a wake-up.
        forgotten: Cord,
        /// On which value of the word each waiter is asleep, or about to be.
        seen: [Cord; WAITERS],
    }
}

/// A word on a line of its own.
#[repr(C, align(64))]
struct Cord {
    word: AtomicU32,
}

// SAFETY: `repr(C)`, an atomic of explicit width and padding.
unsafe impl Overlay for Cord {}

impl Cell for Cord {
    type Handle<P: Platform> = Bound<Self, P>;
    fn handle<P: Platform>(bound: Bound<Self, P>) -> Self::Handle<P> {
        bound
    }
}

impl Deref for Cord {
    type Target = AtomicU32;
    fn deref(&self) -> &AtomicU32 {
        &self.word
    }
}

fn open(name: &str) -> Shared<Hall> {
    let hall = ringway::shared::<Hall>(name).handles(64);
    hall.open().unwrap()
}

/// A word to sleep on.
fn rope<P: Platform>(cord: &Bound<Cord, P>) -> Word<'_> {
    Word {
        atomic: &cord.cell().word,
        offset: cord.at(),
    }
}

fn sleep<P: Platform>(cord: &Bound<Cord, P>, value: u32, until: Nanos) -> WaitResult {
    cord.platform().wait(rope(cord), value, Some(until))
}

/// Arguments: name, number of the waiter. Sleeps on the word until it is killed.
fn waits() {
    let hall = open(&arg::<String>(0));
    let me = &hall.seen[arg::<usize>(1)];
    let word = hall.bind(|hall| &hall.word);
    loop {
        let value = word.load(SeqCst);
        me.store(value, SeqCst);
        let result = sleep(&word, value, hall.now().after(FORGOTTEN));
        assert_ne!(result, WaitResult::Lost);
        if result == WaitResult::TimedOut && word.load(SeqCst) != value {
            hall.forgotten.fetch_add(1, SeqCst);
        }
    }
}

/// Argument: name. Keeps the wait slots in motion by short sleeps on another word, most of which
/// time out while somebody wakes them.
fn churns() {
    let hall = open(&arg::<String>(0));
    let churn = |seed| {
        let mut random = Random::with_seed(seed);
        let other = hall.bind(|hall| &hall.other);
        loop {
            let nap = Duration::from_micros(50 + random.below(300));
            let value = other.fetch_add(1, SeqCst).wrapping_add(1);
            hall.wake(rope(&other), 1);
            sleep(&other, value, hall.now().after(nap));
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| churn(1));
        churn(2)
    })
}

/// The one who wakes, and the processes that it wakes.
struct Game {
    name: UniqueName,
    hall: Shared<Hall>,
    waiters: Vec<Option<Actor>>,
    random: Random,
}

impl Game {
    fn new() -> Self {
        let name = UniqueName::new("lot");
        let hall = open(name.as_str());
        let mut game = Game {
            name,
            hall,
            waiters: (0..WAITERS).map(|_| None).collect(),
            random: Random::new(),
        };
        (0..WAITERS).for_each(|waiter| game.replace(waiter));
        game
    }

    /// Starts a waiter where there is none.
    fn replace(&mut self, waiter: usize) {
        self.hall.seen[waiter].store(NOTHING, SeqCst);
        let args = [self.name.as_str(), &waiter.to_string()];
        self.waiters[waiter] = Some(Actor::start("waits", &args));
        let seen = &self.hall.seen[waiter];
        until("a new waiter waits", || seen.load(SeqCst) != NOTHING);
    }

    /// Gives sleepers the time to fall asleep, or not.
    fn pause(&mut self) {
        let (spins, yields) = (self.random.below(3_000), self.random.below(4));
        (0..spins).for_each(|_| spin_loop());
        (0..yields).for_each(|_| yield_now());
    }

    /// Changes the word and wakes up to `count`; says what the word is now.
    fn wake(&self, count: u32) -> u32 {
        let word = self.hall.bind(|hall| &hall.word);
        let value = word.fetch_add(1, SeqCst).wrapping_add(1);
        self.hall.wake(rope(&word), count);
        value
    }

    /// Whether each waiter that lives has seen `value`.
    fn have_seen(&self, value: u32) -> impl Iterator<Item = bool> + '_ {
        let living = (0..WAITERS).filter(|waiter| self.waiters[*waiter].is_some());
        living.map(move |waiter| self.hall.seen[waiter].load(SeqCst) == value)
    }

    fn round(&mut self) {
        self.pause();
        if self.random.below(3) == 0 {
            self.wake_all();
        } else {
            let value = self.wake(1);
            until("one goes on", || self.have_seen(value).any(|seen| seen));
        }
    }

    fn wake_all(&mut self) {
        let value = self.wake(u32::MAX);
        until("all go on", || self.have_seen(value).all(|seen| seen));
    }

    /// Kills a waiter that sleeps, or is about to, and leaves what it left for the rounds that follow.
    fn kill_asleep(&mut self, waiter: usize) {
        self.wake_all();
        self.pause();
        self.waiters[waiter].take().unwrap().kill();
    }

    /// Kills a waiter while one is woken, or all. As after every death, all are woken then: it may
    /// have been woken in place of another.
    fn kill_at_once(&mut self, waiter: usize) {
        let victim = self.waiters[waiter].take().unwrap();
        let count = [1, u32::MAX][self.random.below(2) as usize];
        self.pause();
        std::thread::scope(|scope| {
            scope.spawn(|| victim.kill());
            self.pause();
            self.wake(count);
        });
        self.wake_all();
    }
}

#[track_caller]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < 3 * FORGOTTEN, "in vain until {what}");
        yield_now();
    }
}

#[test]
fn rounds_of_wake_one_and_wake_all_lose_no_wake_up_to_the_dead() {
    let mut game = Game::new();
    let _churner = Actor::start("churns", &[game.name.as_str()]);
    let start = Instant::now();
    let mut deaths = 0;
    let mut dead = None;
    for round in 0..ROUNDS {
        match round % LIFE {
            0 => {
                let waiter = deaths % WAITERS;
                if game.random.below(2) == 0 {
                    game.kill_asleep(waiter);
                } else {
                    game.kill_at_once(waiter);
                }
                deaths += 1;
                dead = Some(waiter);
            }
            // Up to here, the rounds had to do with what the dead one left.
            20 => {
                game.wake_all();
                game.replace(dead.take().expect("one died 20 rounds ago"));
            }
            _ => game.round(),
        }
    }
    let forgotten = game.hall.forgotten.load(SeqCst);
    println!(
        "{ROUNDS} rounds, {deaths} deaths, {forgotten} wake-ups lost, {:?}",
        start.elapsed()
    );
    assert_eq!(forgotten, 0, "wake-ups were lost");
}
