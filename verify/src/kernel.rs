//! A model of what an operating system does for a channel: a futex, the news of a death, a clock.

use crate::exec::{AtomicU32, Condvar, HAS_BARRIERS, Mutex, Ordering};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::region::{Borrowed, StaticRegion};
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use std::cell::{Cell, RefCell};
use std::num::NonZeroU32;
use std::sync::Arc;

/// The offsets of the words that models sleep on, and how many there are.
const WORDS: usize = 4;

/// Processes, at most.
const PROCESSES: usize = 5;

/// Sleeps of each process that end with their slice for each process that is killed: one in which
/// it gets the last message, and one in which it learns that there will be no more.
const SLICES_PER_KILL: u32 = 2;

/// Models never look at the bytes of a segment: their words stand in structures.
static BYTES: StaticRegion<128> = StaticRegion::new();

/// One kernel, shared by the processes of a model.
#[derive(Debug)]
pub struct Kernel {
    futexes: Mutex<Futexes>,
    woken: Condvar,
    /// For each process whether it lives: 1, or 0 once the kernel has cleared up after it.
    alive: [AtomicU32; PROCESSES],
}

/// What the lock of the sleeping queues guards.
#[derive(Debug, Default)]
struct Futexes {
    /// For each word how often its sleepers were woken.
    wakes: [u32; WORDS],
    /// How many processes were killed.
    kills: u32,
}

impl Kernel {
    /// A kernel on which every process lives.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Kernel {
            futexes: Mutex::new(Futexes::default()),
            woken: Condvar::new(),
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
            clock: Cell::new(Nanos(0)),
            hints: RefCell::default(),
            slices_slept: Cell::new(0),
            reached: false,
            barriers: Cell::new(0),
        }
    }

    /// Kills a process. The next sleeps of every other end with their slices: time passes, but no
    /// more of it than they need to find out.
    fn kill(&self, token: NonZeroU32) {
        // What the process did is done before the kernel takes its locks back.
        self.alive[token.get() as usize].store(0, Ordering::Release);
        self.futexes.lock().unwrap().kills += 1;
        self.woken.notify_all();
    }
}

/// One process attached to a segment.
#[derive(Debug)]
pub struct Process {
    kernel: Arc<Kernel>,
    token: NonZeroU32,
    memory: Borrowed<'static>,
    clock: Cell<Nanos>,
    /// How its next waits end without having slept, the last first.
    hints: RefCell<Vec<WaitResult>>,
    /// How many of its sleeps ended with their slice.
    slices_slept: Cell<u32>,
    reached: bool,
    /// How many of its barriers succeed.
    barriers: Cell<u32>,
}

impl Process {
    /// Lets its first waits end as `hints` say, without a wake-up: `Woken` is a spurious one,
    /// `TimedOut` takes the clock to the deadline.
    #[must_use]
    pub fn with_hints(self, hints: &[WaitResult]) -> Self {
        self.hints.replace(hints.iter().rev().copied().collect());
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

    /// Lets the first `count` barriers of this process succeed.
    #[must_use]
    pub fn with_barriers(self, count: u32) -> Self {
        self.barriers.set(if HAS_BARRIERS { count } else { 0 });
        self
    }

    /// Ends the process without a word.
    pub fn die(&self) {
        self.kernel.kill(self.token);
    }

    fn sleep(&self, word: Word<'_>, expected: u32) -> WaitResult {
        let mut futexes = self.kernel.futexes.lock().unwrap();
        // As a kernel does: compared under the lock that a waker takes as well.
        if word.atomic.load(Ordering::Relaxed) != expected {
            return WaitResult::Woken;
        }
        let before = futexes.wakes[word.offset];
        loop {
            if self.slices_slept.get() < futexes.kills * SLICES_PER_KILL {
                self.slices_slept.set(self.slices_slept.get() + 1);
                return WaitResult::TimedOut;
            }
            if futexes.wakes[word.offset] != before {
                return WaitResult::Woken;
            }
            futexes = self.kernel.woken.wait(futexes).unwrap();
        }
    }
}

impl Wait for Process {
    fn now(&self) -> Nanos {
        self.clock.get()
    }

    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        let hint = self.hints.borrow_mut().pop();
        let result = hint.unwrap_or_else(|| self.sleep(word, expected));
        if let (WaitResult::TimedOut, Some(deadline)) = (result, deadline) {
            self.clock.set(deadline);
        }
        result
    }

    fn wake(&self, word: Word<'_>, count: u32) {
        assert_eq!(count, u32::MAX, "the protocols wake everybody");
        self.kernel.futexes.lock().unwrap().wakes[word.offset] += 1;
        self.kernel.woken.notify_all();
    }

    fn is_reached_by_barriers(&self) -> bool {
        self.reached
    }

    fn barrier_everywhere(&self) -> bool {
        let left = self.barriers.get();
        self.barriers.set(left.saturating_sub(1));
        left > 0
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

    fn memory(&self) -> &Borrowed<'static> {
        &self.memory
    }
}
