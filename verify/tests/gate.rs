//! The gate: no wake-up is lost. A sleeper that is left behind shows as a deadlock.
//!
//! The clock of these models stands still, so no sleep ends by itself.

use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::wait::{
    Company, Gate, Interrupted, Nanos, Probe, Spin, Wait, WaitResult, WaitStrategy, Waiting,
};
use ringway_verify::exec::{AtomicU32, Ordering, bounded_model, model, spawn, suppose_barriers};
use ringway_verify::kernel::{Kernel, Process};
use std::sync::Arc;

const GATE: usize = 1;
const NEVER: Option<Nanos> = None;

/// A gate, and the work that is waited for: a number that grows.
struct Place {
    gate: Gate,
    work: AtomicU32,
}

impl Place {
    fn new() -> Arc<Self> {
        Arc::new(Place {
            gate: Gate::new(),
            work: AtomicU32::new(0),
        })
    }

    /// Does the work so that `amount` is done, and lets a sleeper pass.
    fn work(&self, amount: u32, waker: &Process) {
        self.work.store(amount, Ordering::Relaxed);
        self.gate
            .notify(GATE, waker, waker.is_reached_by_barriers());
    }

    /// Sleeps until at least `amount` is done.
    fn sleep(
        &self,
        amount: u32,
        sleeper: &Process,
        deadline: Option<Nanos>,
    ) -> Result<(), Interrupted> {
        let waiting = Waiting {
            gate: &self.gate,
            at: GATE,
            wait: sleeper,
            deadline,
            company: Company::None,
        };
        let done = |_| (self.work.load(Ordering::Relaxed) >= amount).then_some(());
        waiting.until(&mut Spin::new(WaitStrategy::Park), done, |_| false)
    }
}

/// Goal: a sleeper passes, whatever fences its side and the waker's side have.
/// Method: the waker works once, the sleeper waits for it.
/// Allowed: it sleeps or does not, and passes.
fn passes(waker: fn(Process) -> Process, sleeper: fn(Process) -> Process) {
    passes_as(WaitStrategy::Adaptive, waker, sleeper);
}

/// As [`passes`], with a sleeper that says how it will wait.
fn passes_as(
    strategy: WaitStrategy,
    waker: fn(Process) -> Process,
    sleeper: fn(Process) -> Process,
) {
    model(move || {
        let (kernel, place) = (Kernel::new(), Place::new());
        let (waker, sleeper) = (waker(kernel.process(1)), sleeper(kernel.process(2)));
        place.gate.reset(&sleeper, strategy);
        let waking = {
            let place = place.clone();
            spawn(move || place.work(1, &waker))
        };
        assert_eq!(place.sleep(1, &sleeper, NEVER), Ok(()));
        waking.join().unwrap();
    });
}

/// The sleeper pays for both: G1 with G2.
#[test]
fn passes_where_barriers_reach_the_waker() {
    passes(Process::reached, |sleeper| sleeper.with_barriers(u32::MAX));
}

/// The sleeper could pay, but sleeps at every wait, and so has the waker fence: G4 with G2.
#[test]
fn passes_where_the_sleeper_sleeps_often() {
    passes_as(WaitStrategy::Park, Process::reached, |sleeper| {
        sleeper.with_barriers(u32::MAX)
    });
}

/// The waker fences by itself: G3 with G2.
#[test]
fn passes_where_barriers_do_not_reach_the_waker() {
    passes(|waker| waker, |sleeper| sleeper.with_barriers(u32::MAX));
    passes(|waker| waker, |sleeper| sleeper);
}

/// The system takes the barrier back after the gate was reset: the mark is made once more.
#[test]
fn passes_where_the_barrier_is_taken_back() {
    passes(|waker| waker, |sleeper| sleeper.with_barriers(1));
}

/// Goal: the waker fences for a sleeper that cannot make it pass a barrier: G4 with G2.
/// Method: as above, with a light fence that is none.
/// Allowed: as above.
#[test]
fn passes_where_the_sleeper_has_no_barrier() {
    model(|| {
        suppose_barriers(false);
        let (kernel, place) = (Kernel::new(), Place::new());
        let waker = kernel.process(1).reached_in_vain();
        let sleeper = kernel.process(2);
        place.gate.reset(&sleeper, WaitStrategy::Adaptive);
        let waking = {
            let place = place.clone();
            spawn(move || place.work(1, &waker))
        };
        assert_eq!(place.sleep(1, &sleeper, NEVER), Ok(()));
        waking.join().unwrap();
    });
}

/// Goal: a sleeper that waits again and again misses nothing.
/// Method: two works, and a wait for each.
/// Allowed: the first wait may find both done.
#[test]
fn passes_twice() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new());
        let (waker, sleeper) = (kernel.process(1).reached(), kernel.process(2));
        let sleeper = sleeper.with_barriers(u32::MAX);
        place.gate.reset(&sleeper, WaitStrategy::Adaptive);
        let waking = {
            let place = place.clone();
            spawn(move || {
                place.work(1, &waker);
                place.work(2, &waker);
            })
        };
        assert_eq!(place.sleep(1, &sleeper, NEVER), Ok(()));
        assert_eq!(place.sleep(2, &sleeper, NEVER), Ok(()));
        waking.join().unwrap();
    });
}

/// Goal: a sleep that ends for no reason is no wake-up.
/// Method: the first sleep of two ends at once.
/// Allowed: the sleeper looks again, and passes only when the work is done.
#[test]
fn passes_after_spurious_wakes() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new());
        let (waker, sleeper) = (kernel.process(1), kernel.process(2));
        let sleeper = sleeper.with_hints(&[WaitResult::Woken, WaitResult::Woken]);
        place.gate.reset(&sleeper, WaitStrategy::Adaptive);
        let waking = {
            let place = place.clone();
            spawn(move || place.work(1, &waker))
        };
        assert_eq!(place.sleep(1, &sleeper, NEVER), Ok(()));
        waking.join().unwrap();
    });
}

/// Goal: a time-out that races a wake-up loses neither.
/// Method: the first wait times out, at any moment of the waker's work; the second has no limit.
/// Allowed: the first finds the work or says `TimedOut`; the second passes, over the mark that the
/// first has left.
#[test]
fn passes_after_a_timeout_that_races_the_wake() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new());
        let (waker, sleeper) = (kernel.process(1), kernel.process(2));
        let sleeper = sleeper.with_hints(&[WaitResult::TimedOut]);
        place.gate.reset(&sleeper, WaitStrategy::Adaptive);
        let waking = {
            let place = place.clone();
            spawn(move || place.work(1, &waker))
        };
        let first = place.sleep(1, &sleeper, Some(Nanos(1)));
        assert!(matches!(first, Ok(()) | Err(Interrupted::TimedOut)));
        assert_eq!(place.sleep(1, &sleeper, NEVER), Ok(()));
        waking.join().unwrap();
    });
}

/// Goal: the mark of a sleeper that was killed does no harm to its successor.
/// Method: one sleeper marks the gate and is gone; the next takes the gate over and sleeps, while
/// the waker works twice.
/// Allowed: a needless wake-up; the successor passes.
#[test]
fn passes_over_the_mark_of_a_dead_sleeper() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new());
        let (waker, dead, sleeper) = (kernel.process(1), kernel.process(2), kernel.process(3));
        let dead = dead.with_hints(&[WaitResult::TimedOut]);
        let gone = place.sleep(1, &dead, Some(Nanos(1)));
        assert_eq!(gone, Err(Interrupted::TimedOut));
        let waking = {
            let place = place.clone();
            spawn(move || {
                place.work(1, &waker);
                place.work(2, &waker);
            })
        };
        place.gate.reset(&sleeper, WaitStrategy::Adaptive);
        assert_eq!(place.sleep(2, &sleeper, NEVER), Ok(()));
        waking.join().unwrap();
    });
}

/// Goal: two sleepers at one gate, as when a successor comes before a dead one is cleared away,
/// both pass.
/// Method: one work, two sleepers.
/// Allowed: any order.
#[test]
fn lets_two_pass() {
    bounded_model(2, || {
        let (kernel, place) = (Kernel::new(), Place::new());
        let waker = kernel.process(1);
        place.gate.reset(&waker, WaitStrategy::Adaptive);
        let sleeping = [2, 3].map(|number| {
            let (place, sleeper) = (place.clone(), kernel.process(number));
            spawn(move || assert_eq!(place.sleep(1, &sleeper, NEVER), Ok(())))
        });
        place.work(1, &waker);
        for sleeper in sleeping {
            sleeper.join().unwrap();
        }
    });
}

/// Goal: a waker that waits for the other side's leaving learns of it.
/// Method: one side says at its own gate that it is gone, and lets the other pass.
/// Allowed: the waiting side sees that.
#[test]
fn leaving_wakes() {
    model(|| {
        let (kernel, place, left) = (Kernel::new(), Place::new(), Arc::new(Gate::new()));
        let (leaver, sleeper) = (kernel.process(1), kernel.process(2));
        place.gate.reset(&sleeper, WaitStrategy::Adaptive);
        let leaving = {
            let (place, left) = (place.clone(), left.clone());
            spawn(move || {
                left.leave();
                place.gate.notify(GATE, &leaver, false);
            })
        };
        let waiting = Waiting {
            gate: &place.gate,
            at: GATE,
            wait: &sleeper,
            deadline: NEVER,
            company: Company::None,
        };
        let mut spin = Spin::new(WaitStrategy::Park);
        let seen = waiting.until(&mut spin, |_| left.is_gone().then_some(()), |_| false);
        assert_eq!(seen, Ok(()));
        leaving.join().unwrap();
    });
}

/// Goal: a sleeper that is told of a death asks at once who it was.
/// Method: the peer may die before its work or behind it; no sleep ends with its slice, and only one
/// that asks the system learns who is dead.
/// Allowed: it passes, or finds that the peer is gone.
#[test]
fn who_is_told_of_a_death_asks() {
    for works in [false, true] {
        model(move || {
            let (kernel, place) = (Kernel::new(), Place::new());
            let (peer, sleeper) = (kernel.process(1), kernel.process(2).told_of_deaths());
            place.gate.reset(&sleeper, WaitStrategy::Adaptive);
            let dying = {
                let (place, peer) = (place.clone(), peer.clone());
                spawn(move || {
                    if works {
                        place.work.store(1, Ordering::Relaxed);
                    }
                    peer.die();
                })
            };
            let waiting = Waiting {
                gate: &place.gate,
                at: GATE,
                wait: &sleeper,
                deadline: NEVER,
                company: Company::None,
            };
            let peer = PeerId::from_token(peer.me().token);
            let seen = waiting.until(
                &mut Spin::new(WaitStrategy::Park),
                |_| (place.work.load(Ordering::Relaxed) == 1).then_some(()),
                |probe| probe == Probe::Ask && !sleeper.is_alive(peer),
            );
            let expected = if works {
                Ok(())
            } else {
                Err(Interrupted::PeerGone)
            };
            assert_eq!(seen, expected);
            dying.join().unwrap();
        });
    }
}
