//! Arming a doorbell against whoever makes its source ready: no ring is lost. One that is shows as a
//! deadlock: no bell here rings by itself.

use ringway_core::wait::doorbell::{arm, take_back};
use ringway_core::wait::parking::Bells as _;
use ringway_core::wait::{
    Company, Gate, Interrupted, Nanos, Outlook, Probe, Sight, Source, Spin, Spot, WaitStrategy,
    Waiting,
};
use ringway_verify::exec::{AtomicU32, Ordering, bounded_model, model, spawn};
use ringway_verify::parking::{Parked, Yard};
use std::sync::Arc;

const GATE: usize = 8192;
const NEVER: Option<Nanos> = None;

/// Wait slots, a gate, and the work that is waited for: pieces that are there to be taken.
struct Scene<const SLOTS: usize> {
    yard: Arc<Yard<SLOTS>>,
    gate: Gate,
    pieces: AtomicU32,
}

impl<const SLOTS: usize> Scene<SLOTS> {
    fn new() -> Arc<Self> {
        Arc::new(Scene {
            yard: Yard::new(),
            gate: Gate::new(),
            pieces: AtomicU32::new(0),
        })
    }

    /// Puts a piece there, and wakes one that can take it.
    fn put(&self, waker: &Parked<SLOTS>) {
        self.pieces.fetch_add(1, Ordering::Relaxed);
        self.gate.notify_some(GATE, waker, false, 1);
    }

    fn take(&self) -> bool {
        let less = |pieces: u32| pieces.checked_sub(1);
        let taken = self
            .pieces
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.is_ok()
    }

    /// Takes a piece by a doorbell: whenever there is none, arms it and waits until it rings.
    fn take_by_doorbell(&self, owner: &Parked<SLOTS>) {
        let slot = self.yard.lot.claim(owner, 0).expect("there are enough");
        let mut source = Pieces { scene: self, owner };
        while !self.take() {
            if arm(&self.yard.lot, slot, GATE, &mut source, Probe::Glance).is_none() {
                take_back(&self.yard.lot, slot, &source);
                continue;
            }
            while self.yard.lot.is_armed(slot) {
                owner.sleep(slot, NEVER);
            }
            self.yard.lot.disarm(slot);
        }
        self.yard.lot.release(slot);
    }

    /// Sleeps in vain, until it is too late.
    fn give_up(&self, sleeper: &Parked<SLOTS>) {
        let given_up = self.take_by_sleeping(sleeper, Some(Nanos(1)));
        assert_eq!(given_up, Err(Interrupted::TimedOut));
    }

    /// Takes a piece by a call that waits.
    fn take_by_sleeping(
        &self,
        sleeper: &Parked<SLOTS>,
        deadline: Option<Nanos>,
    ) -> Result<(), Interrupted> {
        let waiting = Waiting {
            gate: &self.gate,
            at: GATE,
            wait: sleeper,
            deadline,
            company: Company::Others,
        };
        let mut spin = Spin::new(WaitStrategy::Park);
        waiting.until(&mut spin, |_| self.take().then_some(()), |_| false)
    }
}

/// The pieces as a source.
struct Pieces<'a, const SLOTS: usize> {
    scene: &'a Scene<SLOTS>,
    owner: &'a Parked<SLOTS>,
}

impl<const SLOTS: usize> Source for Pieces<'_, SLOTS> {
    fn is_ready(&mut self, _: Sight) -> bool {
        self.scene.pieces.load(Ordering::Relaxed) > 0
    }

    fn spot(&self) -> Spot<'_> {
        Spot {
            gate: &self.scene.gate,
            at: GATE,
            wait: self.owner,
        }
    }

    fn outlook(&mut self, _: Probe) -> Outlook {
        Outlook::Open(ringway_core::wait::SLICE)
    }
}

/// Goal: what comes while a doorbell is armed is seen by the look behind the mark, or rings.
/// Method: one piece is put there while the doorbell is armed for it.
/// Allowed: it is found at once, or behind a ring.
#[test]
fn rings_for_what_comes_while_it_is_armed() {
    model(|| {
        let scene = Scene::<1>::new();
        let (waker, owner) = (scene.yard.process(1), scene.yard.process(2));
        let waking = {
            let scene = scene.clone();
            spawn(move || scene.put(&waker))
        };
        scene.take_by_doorbell(&owner);
        waking.join().unwrap();
    });
}

/// Goal: one that is armed again and again misses nothing, whatever was on its way from before.
/// Method: two pieces, one after the other.
/// Allowed: the first look finds both.
#[test]
fn rings_twice() {
    bounded_model(2, || {
        let scene = Scene::<1>::new();
        let (waker, owner) = (scene.yard.process(1), scene.yard.process(2));
        let waking = {
            let scene = scene.clone();
            spawn(move || {
                scene.put(&waker);
                scene.put(&waker);
            })
        };
        scene.take_by_doorbell(&owner);
        scene.take_by_doorbell(&owner);
        waking.join().unwrap();
    });
}

/// A doorbell is armed and let go of, whether it has rung or not: a piece that comes is for another.
fn arms_in_vain<const SLOTS: usize>(scene: &Scene<SLOTS>, owner: &Parked<SLOTS>) {
    let slot = scene.yard.lot.claim(owner, 0).expect("there are enough");
    let mut source = Pieces { scene, owner };
    match arm(&scene.yard.lot, slot, GATE, &mut source, Probe::Glance) {
        None => take_back(&scene.yard.lot, slot, &source),
        Some(_) => scene.yard.lot.disarm(slot),
    };
    scene.yard.lot.release(slot);
}

/// One sleeps, one puts a piece there for it, and between them a doorbell is armed in vain.
fn is_in_the_way(marks: bool) {
    let scene = Scene::<2>::new();
    let (waker, owner) = (scene.yard.process(1), scene.yard.process(2));
    let sleeper = scene.yard.process(3);
    if marks {
        // One that has given up: the next to sleep is not the only one, as far as its waker knows.
        scene.give_up(&sleeper);
    }
    let sleeping = {
        let scene = scene.clone();
        spawn(move || assert_eq!(scene.take_by_sleeping(&sleeper, NEVER), Ok(())))
    };
    let waking = {
        let scene = scene.clone();
        spawn(move || scene.put(&waker))
    };
    arms_in_vain(&scene, &owner);
    sleeping.join().unwrap();
    waking.join().unwrap();
}

/// Goal: a ring for a doorbell is not the end of a wake-up that a sleeper could use.
/// Method: a doorbell is armed and let go of; the piece is for one that sleeps.
/// Allowed: the sleeper passes, in any order.
#[test]
fn does_not_swallow_a_wake_up() {
    bounded_model(2, || is_in_the_way(false));
}

/// Goal: nor is one that is meant for one of several, by a waker that has looked at the gate before
/// the doorbell marked it, and at its slot behind that.
/// Method: as above; somebody has slept at the gate before, so that one at a time is woken.
/// Allowed: as above.
#[test]
fn passes_on_what_came_before_its_mark() {
    bounded_model(2, || is_in_the_way(true));
}

/// Goal: one piece and several doorbells: whichever of them does not take it, another learns of it.
/// Method: two are armed; one lets go of its doorbell, the other waits for the piece.
/// Allowed: the other one gets it.
#[test]
fn rings_for_all_who_may_take_it() {
    bounded_model(2, || {
        let scene = Scene::<2>::new();
        let waker = scene.yard.process(1);
        let (owner, other) = (scene.yard.process(2), scene.yard.process(3));
        let waking = {
            let scene = scene.clone();
            spawn(move || scene.put(&waker))
        };
        let letting_go = {
            let scene = scene.clone();
            spawn(move || arms_in_vain(&scene, &owner))
        };
        scene.take_by_doorbell(&other);
        waking.join().unwrap();
        letting_go.join().unwrap();
    });
}
