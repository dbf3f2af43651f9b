//! A model of what an operating system does for a channel: a futex, the news of a death, a clock.

use crate::exec::{AtomicU32, Condvar, HAS_BARRIERS, Mutex, Ordering, yield_now};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::region::{Borrowed, StaticRegion};
use ringway_core::wait::{Nanos, Wait, WaitResult, Word, in_turn};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex as Private};
use std::time::Duration;

/// Processes, at most, and one more.
const PROCESSES: usize = 7;

/// Sleeps of each process that end with their slice for each process that is killed: one in which
/// it gets the last message, and one in which it learns that there will be no more.
const SLICES_PER_KILL: u32 = 2;

/// A sleep that is to last no longer ends by itself, once others have gone on: who sleeps like that
/// looks again and again, and waits for no wake-up.
const NAP: Duration = Duration::from_millis(50);

/// Models never look at the bytes of a segment: their words stand in structures.
static BYTES: StaticRegion<128> = StaticRegion::new();

/// One kernel, shared by the processes of a model.
#[derive(Debug)]
pub struct Kernel {
    futexes: Mutex<Futexes>,
    /// Where each process sleeps.
    woken: [Condvar; PROCESSES],
    /// For each process whether it lives: 1, or 0 once the kernel has cleared up after it.
    alive: [AtomicU32; PROCESSES],
}

/// What the lock of the sleeping queues guards.
#[derive(Debug, Default)]
struct Futexes {
    /// Who sleeps, and at the word of which offset, those first that have slept longest.
    asleep: Vec<(usize, NonZeroU32)>,
    /// How many processes were killed.
    kills: u32,
    /// A bit for each bell that was rung and not heard yet.
    rung: u64,
    /// Who sleeps on which bell.
    listening: Vec<(u32, NonZeroU32)>,
}

impl Kernel {
    /// A kernel on which every process lives.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Kernel {
            futexes: Mutex::new(Futexes::default()),
            woken: std::array::from_fn(|_| Condvar::new()),
            alive: std::array::from_fn(|_| AtomicU32::new(1)),
        })
    }

    /// Process number `number` from 1 on, which is also its token.
    ///
    /// # Panics
    ///
    /// There is no such process.
    #[must_use]
    pub fn process(self: &Arc<Self>, number: u32) -> Process {
        assert!((number as usize) < PROCESSES);
        Process {
            kernel: self.clone(),
            token: NonZeroU32::new(number).unwrap(),
            memory: Borrowed::from(&BYTES),
            reached: false,
            one_at_a_time: false,
            deaths: Deaths::EndSlices,
            own: Arc::default(),
        }
    }

    /// Kills a process. The next sleeps of every other end with their slices: time passes, but no
    /// more of it than they need to find out.
    fn kill(&self, token: NonZeroU32) {
        // What the process did is done before the kernel takes its locks back.
        self.alive[token.get() as usize].store(0, Ordering::Release);
        let mut futexes = self.futexes.lock().unwrap();
        futexes.kills += 1;
        let asleep = futexes.asleep.iter().map(|(_, sleeper)| sleeper);
        let listening = futexes.listening.iter().map(|(_, sleeper)| sleeper);
        for sleeper in asleep.chain(listening) {
            self.woken[sleeper.get() as usize].notify_all();
        }
    }
}

/// What the deaths of others do to the sleeps of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deaths {
    /// Some end with their slices.
    EndSlices,
    /// One ends for each death, and says so.
    AreTold,
    /// Nothing.
    PassUnnoticed,
}

/// One process attached to a segment. A clone is the same process.
#[derive(Clone, Debug)]
pub struct Process {
    kernel: Arc<Kernel>,
    token: NonZeroU32,
    memory: Borrowed<'static>,
    reached: bool,
    /// Whether it can sleep on one word only.
    one_at_a_time: bool,
    deaths: Deaths,
    own: Arc<Private<Own>>,
}

/// What nobody but the process itself looks at, so that no schedule depends on it.
#[derive(Debug, Default)]
struct Own {
    /// In nanoseconds.
    clock: u64,
    /// How its next waits end without having slept, the last first.
    hints: Vec<WaitResult>,
    /// How many of its sleeps ended with their slice.
    slices_slept: u32,
    /// Of how many kills it was told.
    kills_heard: u32,
    /// How many of its barriers succeed.
    barriers: u32,
}

impl Process {
    /// Lets its first waits end as `hints` say, without a wake-up: `Woken` is a spurious one,
    /// `TimedOut` takes the clock to the deadline.
    #[must_use]
    pub fn with_hints(self, hints: &[WaitResult]) -> Self {
        self.own().hints = hints.iter().rev().copied().collect();
        self
    }

    /// Lets the barriers of others reach this process, so that it leaves out its own fences.
    /// Plain threads have no such barriers, and keep their fences.
    #[must_use]
    pub fn reached(mut self) -> Self {
        self.reached = HAS_BARRIERS;
        self
    }

    /// As [`reached`](Process::reached), where the others can make no barriers after all.
    #[must_use]
    pub fn reached_in_vain(mut self) -> Self {
        self.reached = true;
        self
    }

    /// The process of a system that can sleep on one word only.
    #[must_use]
    pub fn one_at_a_time(mut self) -> Self {
        self.one_at_a_time = true;
        self
    }

    /// The process of a system that tells a sleeper of each death, once, and ends no sleep with its
    /// slice.
    #[must_use]
    pub fn told_of_deaths(mut self) -> Self {
        self.deaths = Deaths::AreTold;
        self
    }

    /// A process none of whose sleeps ends with its slice: what it sleeps through is lost.
    #[must_use]
    pub fn sleeping_soundly(mut self) -> Self {
        self.deaths = Deaths::PassUnnoticed;
        self
    }

    /// Lets the first `count` barriers of this process succeed.
    #[must_use]
    pub fn with_barriers(self, count: u32) -> Self {
        self.own().barriers = if HAS_BARRIERS { count } else { 0 };
        self
    }

    /// Ends the process without a word.
    pub fn die(&self) {
        self.kernel.kill(self.token);
    }

    fn own(&self) -> std::sync::MutexGuard<'_, Own> {
        self.own.lock().unwrap()
    }

    fn sleep(&self, words: &[(Word<'_>, u32)]) -> WaitResult {
        let mut futexes = self.kernel.futexes.lock().unwrap();
        // As a kernel does: compared under the lock that a waker takes as well.
        for (word, expected) in words {
            if word.atomic.load(Ordering::Relaxed) != *expected {
                return WaitResult::Woken;
            }
        }
        for (word, _) in words {
            futexes.asleep.push((word.offset, self.token));
        }
        loop {
            let mine = |sleeper: &&(usize, NonZeroU32)| sleeper.1 == self.token;
            let is_woken = futexes.asleep.iter().filter(mine).count() < words.len();
            let news = if is_woken {
                None
            } else {
                self.news(futexes.kills)
            };
            if is_woken || news.is_some() {
                futexes.asleep.retain(|(_, sleeper)| *sleeper != self.token);
            }
            if is_woken {
                return WaitResult::Woken;
            }
            if let Some(news) = news {
                return news;
            }
            let woken = &self.kernel.woken[self.token.get() as usize];
            futexes = woken.wait(futexes).unwrap();
        }
    }
}

impl Process {
    /// How a sleep ends by itself after so many kills, if it does.
    fn news(&self, kills: u32) -> Option<WaitResult> {
        let mut own = self.own();
        let (heard, most, news) = match self.deaths {
            Deaths::EndSlices => {
                let most = kills * SLICES_PER_KILL;
                (&mut own.slices_slept, most, WaitResult::TimedOut)
            }
            Deaths::AreTold => (&mut own.kills_heard, kills, WaitResult::Died),
            Deaths::PassUnnoticed => return None,
        };
        (*heard < most).then(|| {
            *heard += 1;
            news
        })
    }
}

impl Wait for Process {
    fn now(&self) -> Nanos {
        Nanos(self.own().clock)
    }

    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        self.wait_on(&[(word, expected)], deadline)
    }

    fn wait_any(&self, words: &[(Word<'_>, u32)], deadline: Option<Nanos>) -> WaitResult {
        if self.one_at_a_time {
            in_turn(self, words, deadline)
        } else {
            self.wait_on(words, deadline)
        }
    }

    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        let mut futexes = self.kernel.futexes.lock().unwrap();
        let mut woken = 0;
        futexes.asleep.retain(|(offset, sleeper)| {
            let stays = *offset != word.offset || woken == count;
            if !stays {
                woken += 1;
                self.kernel.woken[sleeper.get() as usize].notify_all();
            }
            stays
        });
        woken > 0
    }

    fn is_reached_by_barriers(&self) -> bool {
        self.reached
    }

    fn barrier_everywhere(&self) -> bool {
        let mut own = self.own();
        let left = own.barriers;
        own.barriers = left.saturating_sub(1);
        left > 0
    }
}

impl Process {
    fn wait_on(&self, words: &[(Word<'_>, u32)], deadline: Option<Nanos>) -> WaitResult {
        self.sleep_until(deadline, || self.sleep(words))
    }

    /// As [`Bells::sleep`](ringway_core::wait::parking::Bells::sleep), on a bell that is of the
    /// caller's alone.
    pub(crate) fn listen(&self, bell: u32, deadline: Option<Nanos>) -> WaitResult {
        self.sleep_until(deadline, || self.hear(bell))
    }

    fn hear(&self, bell: u32) -> WaitResult {
        let mut futexes = self.kernel.futexes.lock().unwrap();
        let is_rung = |futexes: &Futexes| futexes.rung & 1 << bell != 0;
        if !is_rung(&futexes) {
            futexes.listening.push((bell, self.token));
        }
        loop {
            let news = if is_rung(&futexes) {
                Some(WaitResult::Woken)
            } else {
                self.news(futexes.kills)
            };
            if let Some(news) = news {
                if news == WaitResult::Woken {
                    futexes.rung &= !(1 << bell);
                }
                futexes.listening.retain(|(other, _)| *other != bell);
                return news;
            }
            let woken = &self.kernel.woken[self.token.get() as usize];
            futexes = woken.wait(futexes).unwrap();
        }
    }

    /// As [`Bells::ring`](ringway_core::wait::parking::Bells::ring).
    pub(crate) fn ring(&self, bell: u32) {
        let mut futexes = self.kernel.futexes.lock().unwrap();
        futexes.rung |= 1 << bell;
        for (_, sleeper) in futexes.listening.iter().filter(|(other, _)| *other == bell) {
            self.kernel.woken[sleeper.get() as usize].notify_all();
        }
    }

    /// Lets time pass until `deadline`.
    pub(crate) fn nap(&self, deadline: Nanos) {
        yield_now();
        self.own().clock = deadline.0;
    }

    /// Sleeps as planned, or as `sleep` does unless that is a short one.
    fn sleep_until(
        &self,
        deadline: Option<Nanos>,
        sleep: impl FnOnce() -> WaitResult,
    ) -> WaitResult {
        let hint = self.own().hints.pop();
        let is_nap = deadline.is_some_and(|deadline| deadline <= self.now().after(NAP));
        let result = hint.unwrap_or_else(|| {
            if is_nap {
                yield_now();
                WaitResult::TimedOut
            } else {
                sleep()
            }
        });
        if let (WaitResult::TimedOut, Some(deadline)) = (result, deadline) {
            self.own().clock = deadline.0;
        }
        result
    }
}

// SAFETY: a model's process is dead when the model says so.
#[allow(unsafe_code)]
unsafe impl Liveness for Process {
    fn me(&self) -> PeerId {
        let number = self.token.get();
        PeerId {
            token: self.token,
            process: 1000 + number,
            domain: 2000 + number,
        }
    }

    fn is_alive(&self, peer: PeerId) -> bool {
        // Whoever is told of a death is told after everything that the dead one did.
        self.kernel.alive[peer.token.get() as usize].load(Ordering::Acquire) != 0
    }
}

impl Platform for Process {
    type Memory = Borrowed<'static>;
    type Scratch = ();

    fn memory(&self) -> &Borrowed<'static> {
        &self.memory
    }
}
