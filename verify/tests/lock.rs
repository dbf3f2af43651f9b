//! The lock of the table: one holder at a time, each of whom sees what the last one did, and a
//! dead one does not keep it. A sleeper that is left behind shows as a deadlock.

use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::wait::lock::{Lock, NotTaken};
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use ringway_verify::exec::{Item, bounded_model, from_both_sides, model, spawn};
use ringway_verify::kernel::{Kernel, Process};
use std::cell::Cell;
use std::sync::Arc;

const AT: usize = 0;

/// A lock and what it guards.
struct Guarded {
    lock: Lock,
    work: Item,
}

impl Guarded {
    fn new() -> Arc<Self> {
        Arc::new(Guarded {
            lock: Lock::new(),
            work: Item::new(0),
        })
    }

    /// Waits for the lock, and adds to the work.
    fn work(&self, process: &Process) {
        let _held = self.lock.take(AT, process, None).unwrap();
        self.work.set(self.work.get() + 1);
    }

    /// Takes the lock, which is free or a dead one's, adds to the work, and dies.
    fn die_working(&self, process: &Process) {
        let held = self.lock.take(AT, process, None).unwrap();
        self.work.set(self.work.get() + 1);
        std::mem::forget(held);
        process.die();
    }

    /// What was done so far.
    fn done(&self, process: &Process) -> u32 {
        let _held = self.lock.take(AT, process, None).unwrap();
        self.work.get()
    }
}

/// Goal: two do not hold it at once, and the one that waits is woken.
/// Method: two processes wait for the lock and work under it.
/// Allowed: either order.
#[test]
fn two_take_turns() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let (one, two) = (kernel.process(1), kernel.process(2));
        let working = {
            let guarded = guarded.clone();
            spawn(move || guarded.work(&one))
        };
        from_both_sides();
        guarded.work(&two);
        working.join().unwrap();
        assert_eq!(guarded.done(&two), 2);
    });
}

/// As above, with a third that only tries.
#[test]
fn one_tries_while_two_wait() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let working = [1, 2].map(|number| {
            let (guarded, process) = (guarded.clone(), kernel.process(number));
            spawn(move || guarded.work(&process))
        });
        from_both_sides();
        let third = kernel.process(3);
        let mut done = 2;
        if let Ok(_held) = guarded.lock.try_take(AT, &third) {
            guarded.work.set(guarded.work.get() + 1);
            done += 1;
        }
        for working in working {
            working.join().unwrap();
        }
        assert_eq!(guarded.done(&third), done);
    });
}

/// Goal: a lock whose holder dies is taken over, with what it did.
/// Method: one takes the lock and dies, one waits for it.
/// Allowed: either order; the survivor gets it.
fn survives_its_holder(survivor: fn(Process) -> Process) {
    model(move || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let (dying, process) = (kernel.process(1), survivor(kernel.process(2)));
        let working = {
            let guarded = guarded.clone();
            spawn(move || guarded.die_working(&dying))
        };
        from_both_sides();
        guarded.work(&process);
        working.join().unwrap();
        assert_eq!(guarded.done(&process), 2);
    });
}

/// The survivor asks when its sleep ends.
#[test]
fn holder_dies() {
    survives_its_holder(|survivor| survivor);
}

/// The survivor is told that somebody has died, and asks then.
#[test]
fn who_is_told_that_the_holder_died_takes_it() {
    survives_its_holder(Process::told_of_deaths);
}

/// Goal: of two that find the holder dead one gets the lock at a time.
/// Method: the holder is dead; two wait for the lock.
/// Allowed: either order.
#[test]
fn two_come_for_the_lock_of_a_dead_one() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let (one, two) = (kernel.process(2), kernel.process(3));
        guarded.die_working(&kernel.process(1));
        let working = {
            let guarded = guarded.clone();
            spawn(move || guarded.work(&one))
        };
        from_both_sides();
        guarded.work(&two);
        working.join().unwrap();
        assert_eq!(guarded.done(&two), 3);
    });
}

/// Goal: the lock can be taken over from one that took it over itself.
/// Method: one dies with it, the next takes it and dies, too, while a third waits.
/// Allowed: any order.
#[test]
fn who_took_it_over_dies() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let (next, process) = (kernel.process(2), kernel.process(3));
        guarded.die_working(&kernel.process(1));
        let working = {
            let guarded = guarded.clone();
            spawn(move || guarded.die_working(&next))
        };
        from_both_sides();
        guarded.work(&process);
        working.join().unwrap();
        assert_eq!(guarded.done(&process), 3);
    });
}

/// Goal: waiting for a holder that is stopped comes to an end.
/// Method: the lock is held; the deadline has come.
/// Allowed: it is not had.
#[test]
fn waiting_ends_with_its_deadline() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let (holder, process) = (kernel.process(1), kernel.process(2));
        let held = guarded.lock.try_take(AT, &holder).unwrap();
        assert!(guarded.lock.take(AT, &process, Some(Nanos(0))).is_err());
        drop(held);
        assert!(guarded.lock.try_take(AT, &process).is_ok());
    });
}

/// A process that stays where its first sleep ends.
struct Doomed {
    process: Process,
    /// Whether it is killed there; if not, it never goes on, and nobody has news of it.
    dies: bool,
}

impl Wait for Doomed {
    fn now(&self) -> Nanos {
        self.process.now()
    }
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        self.process.wait(word, expected, deadline);
        if self.dies {
            self.process.die();
        }
        // The way out of a thread that does nothing any more.
        WaitResult::Lost
    }
    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        self.process.wake(word, count)
    }
}

// SAFETY: the answers of the process that it stands for.
#[allow(unsafe_code)]
unsafe impl Liveness for Doomed {
    fn me(&self) -> PeerId {
        self.process.me()
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        self.process.is_alive(peer)
    }
}

impl Guarded {
    /// Waits for the lock, and does not get over its sleep; works if it gets it without one.
    fn be_doomed(&self, doomed: &Doomed) -> u32 {
        match self.lock.take(AT, doomed, None) {
            Ok(_held) => self.work.set(self.work.get() + 1),
            Err(NotTaken::Lost) => return 0,
            Err(other) => panic!("{other:?}"),
        }
        1
    }
}

/// Goal: a wake-up that a dead one got costs the others no more than a slice.
/// Method: the lock is held; two wait for it, of whom one dies when it wakes.
/// Allowed: any order; the other gets the lock.
#[test]
fn who_was_woken_dies() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let holder = kernel.process(1);
        let held = guarded.lock.try_take(AT, &holder).unwrap();
        let dying = {
            let (guarded, process) = (guarded.clone(), kernel.process(2));
            let doomed = Doomed {
                process,
                dies: true,
            };
            spawn(move || guarded.be_doomed(&doomed))
        };
        let working = {
            let (guarded, process) = (guarded.clone(), kernel.process(3));
            spawn(move || guarded.work(&process))
        };
        from_both_sides();
        drop(held);
        let done = dying.join().unwrap();
        working.join().unwrap();
        assert_eq!(guarded.done(&holder), done + 1);
    });
}

/// Goal: whoever gives the lock back wakes a sleeper, also if the last one that was woken has done
/// nothing with it.
/// Method: as above, but the one that wakes stays there without a word; the lock is taken and
/// given back once more.
/// Allowed: any order; the other gets the lock, at the second time at the latest.
#[test]
fn who_was_woken_does_nothing() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let holder = kernel.process(1);
        let held = guarded.lock.try_take(AT, &holder).unwrap();
        let stopping = {
            let (guarded, process) = (guarded.clone(), kernel.process(2));
            let doomed = Doomed {
                process,
                dies: false,
            };
            spawn(move || guarded.be_doomed(&doomed))
        };
        let working = {
            let (guarded, process) = (guarded.clone(), kernel.process(3));
            spawn(move || guarded.work(&process))
        };
        from_both_sides();
        drop(held);
        let done = stopping.join().unwrap();
        drop(guarded.lock.take(AT, &holder, None).unwrap());
        working.join().unwrap();
        assert_eq!(guarded.done(&holder), done + 1);
    });
}

/// A process that is held up behind its first wake-up: the lock is taken and given back meanwhile.
struct HeldUp<'a> {
    process: Process,
    lock: &'a Lock,
    was: Cell<bool>,
}

impl Wait for HeldUp<'_> {
    fn now(&self) -> Nanos {
        self.process.now()
    }
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        self.process.wait(word, expected, deadline)
    }
    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        let has_woken = self.process.wake(word, count);
        if !self.was.replace(true) {
            drop(self.lock.try_take(AT, &self.process));
        }
        has_woken
    }
}

// SAFETY: the answers of the process that it stands for.
#[allow(unsafe_code)]
unsafe impl Liveness for HeldUp<'_> {
    fn me(&self) -> PeerId {
        self.process.me()
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        self.process.is_alive(peer)
    }
}

/// Goal: the mark of those who sleep is not lost to one that gave the lock back earlier, found nobody
/// asleep, and was held up before it took the mark away.
/// Method: the mark was left by one that does not wait any more; two wait for the lock.
/// Allowed: any order; nobody stays asleep.
#[test]
fn a_mark_is_taken_away_late() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let holder = HeldUp {
            process: kernel.process(1),
            lock: &guarded.lock,
            was: Cell::new(false),
        };
        let held = guarded.lock.try_take(AT, &holder).unwrap();
        let gone = kernel.process(2).with_hints(&[WaitResult::TimedOut]);
        assert!(guarded.lock.take(AT, &gone, Some(Nanos(1))).is_err());
        let working = [3, 4].map(|number| {
            let (guarded, process) = (guarded.clone(), kernel.process(number));
            spawn(move || guarded.work(&process))
        });
        drop(held);
        for working in working {
            working.join().unwrap();
        }
        assert_eq!(guarded.done(&holder.process), 2);
    });
}

/// Far enough for a sleep.
const DEADLINE: Nanos = Nanos(1_000_000_000);

/// A process whose deadline has passed when it wakes.
struct Late {
    process: Process,
    has_slept: Cell<bool>,
}

impl Wait for Late {
    fn now(&self) -> Nanos {
        if self.has_slept.get() {
            DEADLINE
        } else {
            Nanos(0)
        }
    }
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        self.has_slept.set(true);
        self.process.wait(word, expected, deadline)
    }
    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        self.process.wake(word, count)
    }
}

// SAFETY: the answers of the process that it stands for.
#[allow(unsafe_code)]
unsafe impl Liveness for Late {
    fn me(&self) -> PeerId {
        self.process.me()
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        self.process.is_alive(peer)
    }
}

/// Goal: who is woken when its time is up passes the wake-up on.
/// Method: two wait, one of them with a deadline that has passed when it wakes; whoever wakes is held
/// up behind that, and the lock taken and given back meanwhile.
/// Allowed: the one gets it or not; the other does.
#[test]
fn who_was_woken_is_late() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let holder = HeldUp {
            process: kernel.process(1),
            lock: &guarded.lock,
            was: Cell::new(false),
        };
        let held = guarded.lock.try_take(AT, &holder).unwrap();
        let late = {
            let (guarded, process) = (guarded.clone(), kernel.process(2));
            spawn(move || {
                let late = Late {
                    process,
                    has_slept: Cell::new(false),
                };
                drop(guarded.lock.take(AT, &late, Some(DEADLINE)));
            })
        };
        let working = {
            let (guarded, process) = (guarded.clone(), kernel.process(3));
            spawn(move || guarded.work(&process))
        };
        from_both_sides();
        drop(held);
        late.join().unwrap();
        working.join().unwrap();
        assert_eq!(guarded.done(&holder.process), 1);
    });
}

/// A process that asks somebody else than the kernel who lives.
struct Asking<F> {
    process: Process,
    is_alive: F,
}

impl<F> Wait for Asking<F> {
    fn now(&self) -> Nanos {
        self.process.now()
    }
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        self.process.wait(word, expected, deadline)
    }
    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        self.process.wake(word, count)
    }
}

// SAFETY: nothing that the lock guards is used.
#[allow(unsafe_code)]
unsafe impl<F: Fn(PeerId) -> bool> Liveness for Asking<F> {
    fn me(&self) -> PeerId {
        self.process.me()
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        (self.is_alive)(peer)
    }
}

/// Goal: who only tries gets the lock of a dead one, also if another begins to wait for it just then.
/// Method: the holder is dead; while one that tries asks whether it is, another, to whom that is not
/// known yet, marks the lock and is gone.
/// Allowed: it is had, as a dead one's.
#[test]
fn a_mark_comes_while_one_tries() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        guarded.die_working(&kernel.process(1));
        let waiting = Asking {
            process: kernel.process(2).with_hints(&[WaitResult::TimedOut]),
            is_alive: |_| true,
        };
        let process = kernel.process(3);
        let trying = Asking {
            process: process.clone(),
            is_alive: |peer| {
                let taken = guarded.lock.take(AT, &waiting, Some(Nanos(1)));
                assert!(taken.is_err());
                process.is_alive(peer)
            },
        };
        let held = guarded.lock.try_take(AT, &trying).unwrap();
        assert!(held.was_stolen());
    });
}

/// Goal: who sleeps for a lock that is closed learns it, and what was done before it was is there
/// when it is opened again.
/// Method: two wait for a lock; the holder works and closes it; the first to learn of it opens it.
/// Allowed: each is refused, or gets it once it is open.
#[test]
fn closed_and_opened() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let holder = kernel.process(1);
        let held = guarded.lock.try_take(AT, &holder).unwrap();
        let waiting = [2, 3].map(|number| {
            let (guarded, process) = (guarded.clone(), kernel.process(number));
            spawn(move || match guarded.lock.take(AT, &process, None) {
                Ok(_held) => guarded.work.set(guarded.work.get() + 1),
                Err(why) => {
                    assert_eq!(why, NotTaken::Closed);
                    guarded.lock.reopen();
                    guarded.work(&process);
                }
            })
        });
        from_both_sides();
        guarded.work.set(1);
        held.close();
        for waiting in waiting {
            waiting.join().unwrap();
        }
        assert_eq!(guarded.done(&holder), 3);
    });
}
