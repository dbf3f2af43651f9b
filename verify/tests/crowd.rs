//! The gate with several sleepers: each piece of work lets somebody pass who waits for it. One that
//! is left behind, or passes on what it did not need, shows as a deadlock.
//!
//! The clock of these models stands still, so no sleep ends by itself.

use ringway_core::wait::{
    Company, Gate, Interrupted, Nanos, Spin, Wait, WaitResult, WaitStrategy, Waiting,
};
use ringway_verify::exec::{
    AtomicU32, Item, Ordering, bounded_model, from_both_sides, model, spawn,
};
use ringway_verify::kernel::{Kernel, Process};
use std::sync::Arc;

const GATE: usize = 1;
const NEVER: Option<Nanos> = None;

/// A gate, pieces of work of which each is for one, and one thing that is for all.
struct Place {
    gate: Gate,
    pieces: AtomicU32,
    end: AtomicU32,
}

impl Place {
    fn new() -> Arc<Self> {
        Arc::new(Place {
            gate: Gate::new(),
            pieces: AtomicU32::new(0),
            end: AtomicU32::new(0),
        })
    }

    /// Does `count` pieces of work, and lets as many pass.
    fn work(&self, count: u32, waker: &Process) {
        self.pieces.fetch_add(count, Ordering::Relaxed);
        self.gate
            .notify_some(GATE, waker, waker.is_reached_by_barriers(), count);
    }

    /// Lets all pass for good that wait for that.
    fn end(&self, waker: &Process) {
        self.end.store(1, Ordering::Relaxed);
        self.gate
            .notify(GATE, waker, waker.is_reached_by_barriers());
    }

    fn take(&self) -> Option<()> {
        let take = |pieces: u32| pieces.checked_sub(1);
        self.pieces
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .ok()
            .map(|_| ())
    }

    fn wait(
        &self,
        sleeper: &Process,
        company: Company,
        deadline: Option<Nanos>,
        mut look: impl FnMut() -> Option<()>,
    ) -> Result<(), Interrupted> {
        let waiting = Waiting {
            gate: &self.gate,
            at: GATE,
            wait: sleeper,
            deadline,
            company,
        };
        waiting.until(&mut Spin::new(WaitStrategy::Park), |_| look(), |_| false)
    }

    /// Sleeps until there is a piece of work, and takes it.
    fn sleep(&self, sleeper: &Process, deadline: Option<Nanos>) -> Result<(), Interrupted> {
        self.wait(sleeper, Company::Others, deadline, || self.take())
    }

    /// Sleeps until the end.
    fn sleep_to_the_end(&self, sleeper: &Process) -> Result<(), Interrupted> {
        let ended = || (self.end.load(Ordering::Relaxed) != 0).then_some(());
        self.wait(sleeper, Company::OthersFirst, NEVER, ended)
    }
}

/// Goal: each of two sleepers passes by one of two pieces of work.
/// Method: two sleepers, one waker that works as `pieces` says.
/// Allowed: any order.
fn both_pass(pieces: &'static [u32]) {
    bounded_model(2, move || {
        let (kernel, place) = (Kernel::new(), Place::new());
        let waker = kernel.process(1);
        let sleeping = [2, 3].map(|number| {
            let (place, sleeper) = (place.clone(), kernel.process(number));
            spawn(move || assert_eq!(place.sleep(&sleeper, NEVER), Ok(())))
        });
        from_both_sides();
        for count in pieces {
            place.work(*count, &waker);
        }
        for sleeper in sleeping {
            sleeper.join().unwrap();
        }
    });
}

#[test]
fn two_pass_one_by_one() {
    both_pass(&[1, 1]);
}

#[test]
fn two_pass_together() {
    both_pass(&[2]);
}

/// Goal: two wakers at the same time lose none of their two wake-ups.
/// Method: two wakers work once each; one sleeper waits twice.
/// Allowed: any order.
#[test]
fn one_passes_twice_by_two_wakers() {
    bounded_model(2, || {
        let (kernel, place) = (Kernel::new(), Place::new());
        let sleeper = kernel.process(1);
        let waking = [2, 3].map(|number| {
            let (place, waker) = (place.clone(), kernel.process(number));
            spawn(move || place.work(1, &waker))
        });
        from_both_sides();
        assert_eq!(place.sleep(&sleeper, NEVER), Ok(()));
        assert_eq!(place.sleep(&sleeper, NEVER), Ok(()));
        for waker in waking {
            waker.join().unwrap();
        }
    });
}

/// Goal: two sleepers pass by two wakers.
/// Method: as many of both, a piece of work from each.
/// Allowed: any order.
#[test]
fn two_pass_by_two_wakers() {
    bounded_model(1, || {
        let (kernel, place) = (Kernel::new(), Place::new());
        let waker = kernel.process(1);
        let sleeping = [2, 3].map(|number| {
            let (place, sleeper) = (place.clone(), kernel.process(number));
            spawn(move || assert_eq!(place.sleep(&sleeper, NEVER), Ok(())))
        });
        let waking = {
            let (place, waker) = (place.clone(), kernel.process(4));
            spawn(move || place.work(1, &waker))
        };
        from_both_sides();
        place.work(1, &waker);
        waking.join().unwrap();
        for sleeper in sleeping {
            sleeper.join().unwrap();
        }
    });
}

/// Goal: marks that sleepers have left behind, and that a waker takes away, take nobody's along.
/// Method: two sleepers have timed out, so that the gate says that several sleep. One waits, while
/// a waker works twice; the second piece of work is for a second wait.
/// Allowed: needless wake-ups.
#[test]
fn one_passes_over_the_marks_of_others() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new());
        let (waker, sleeper) = (kernel.process(1), kernel.process(2));
        for number in [3, 4] {
            let tired = kernel.process(number).with_hints(&[WaitResult::TimedOut]);
            let slept = place.sleep(&tired, Some(Nanos(1)));
            assert_eq!(slept, Err(Interrupted::TimedOut));
        }
        let waking = {
            let place = place.clone();
            spawn(move || {
                place.work(1, &waker);
                place.work(1, &waker);
            })
        };
        from_both_sides();
        assert_eq!(place.sleep(&sleeper, NEVER), Ok(()));
        assert_eq!(place.sleep(&sleeper, NEVER), Ok(()));
        waking.join().unwrap();
    });
}

/// Goal: one that waits for something else takes nobody's wake-up, and gets its own.
/// Method: one waits for a piece of work, one for the end; the waker works and then ends it.
/// Allowed: any order.
fn one_waits_for_the_end(barriers: u32, calls_before: u32) {
    bounded_model(2, move || {
        let (kernel, place) = (Kernel::new(), Place::new());
        let waker = kernel.process(1);
        let ending = kernel.process(2).with_barriers(barriers);
        place.gate.join(&ending, WaitStrategy::Adaptive);
        let ending = {
            let place = place.clone();
            spawn(move || assert_eq!(place.sleep_to_the_end(&ending), Ok(())))
        };
        let sleeping = {
            let (place, sleeper) = (place.clone(), kernel.process(3));
            spawn(move || assert_eq!(place.sleep(&sleeper, NEVER), Ok(())))
        };
        from_both_sides();
        for _ in 0..calls_before {
            place.gate.notify(GATE, &waker, false);
        }
        place.work(1, &waker);
        sleeping.join().unwrap();
        place.end(&waker);
        ending.join().unwrap();
    });
}

#[test]
fn one_of_two_waits_for_the_end() {
    one_waits_for_the_end(u32::MAX, 0);
}

/// The system takes the barrier back, and a waker takes the first of the two marks.
#[test]
fn one_that_loses_its_barrier_waits_for_the_end() {
    one_waits_for_the_end(1, 1);
}

/// Goal: a time-out that races a wake-up does not take it from another that sleeps.
/// Method: one sleeper times out, the other has no limit; there is one piece of work, and another
/// if the first took that.
/// Allowed: either gets the first one.
#[test]
fn one_times_out_beside_another() {
    bounded_model(2, || {
        let (kernel, place) = (Kernel::new(), Place::new());
        let waker = kernel.process(1);
        let tired = kernel.process(2).with_hints(&[WaitResult::TimedOut]);
        let giving_up = {
            let place = place.clone();
            spawn(move || place.sleep(&tired, Some(Nanos(1))))
        };
        let sleeping = {
            let (place, sleeper) = (place.clone(), kernel.process(3));
            spawn(move || assert_eq!(place.sleep(&sleeper, NEVER), Ok(())))
        };
        from_both_sides();
        place.work(1, &waker);
        if giving_up.join().unwrap().is_ok() {
            place.work(1, &waker);
        }
        sleeping.join().unwrap();
    });
}

/// Goal: somebody who joins the sleepers is woken like the others, whatever barriers it has.
/// Method: one sleeps, another joins the gate and sleeps, too; there are two pieces of work.
/// Allowed: any order.
#[test]
fn another_joins() {
    bounded_model(1, || {
        let (kernel, place) = (Kernel::new(), Place::new());
        let (waker, first) = (kernel.process(1), kernel.process(2).with_barriers(u32::MAX));
        place.gate.join(&first, WaitStrategy::Adaptive);
        let sleeping = {
            let place = place.clone();
            spawn(move || assert_eq!(place.sleep(&first, NEVER), Ok(())))
        };
        let joining = {
            let (place, second) = (place.clone(), kernel.process(3));
            spawn(move || {
                place.gate.join(&second, WaitStrategy::Park);
                assert_eq!(place.sleep(&second, NEVER), Ok(()));
            })
        };
        from_both_sides();
        place.work(1, &waker);
        place.work(1, &waker);
        for sleeper in [sleeping, joining] {
            sleeper.join().unwrap();
        }
    });
}

/// Goal: what those did who left is visible to whoever finds their gate closed.
/// Method: one works and closes; another looks.
/// Allowed: it is not closed yet.
#[test]
fn work_is_visible_behind_a_closed_gate() {
    model(|| {
        let (gate, work) = (Arc::new(Gate::new()), Arc::new(Item::new(0)));
        let closing = {
            let (gate, work) = (gate.clone(), work.clone());
            spawn(move || {
                work.set(1);
                gate.close();
            })
        };
        from_both_sides();
        if gate.has_closed() {
            assert_eq!(work.get(), 1);
        }
        closing.join().unwrap();
    });
}
