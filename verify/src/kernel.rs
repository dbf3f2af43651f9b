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
        for (_, sleeper) in &futexes.asleep {
            self.woken[sleeper.get() as usize].notify_all();
        }
    }
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
            let is_over = self.own().slices_slept < futexes.kills * SLICES_PER_KILL;
            if is_woken || is_over {
                futexes.asleep.retain(|(_, sleeper)| *sleeper != self.token);
            }
            if is_woken {
                return WaitResult::Woken;
            }
            if is_over {
                self.own().slices_slept += 1;
                return WaitResult::TimedOut;
            }
            let woken = &self.kernel.woken[self.token.get() as usize];
            futexes = woken.wait(futexes).unwrap();
        }
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
        let hint = self.own().hints.pop();
        let is_nap = deadline.is_some_and(|deadline| deadline <= self.now().after(NAP));
        let result = hint.unwrap_or_else(|| {
            if is_nap {
                yield_now();
                WaitResult::TimedOut
            } else {
                self.sleep(words)
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
