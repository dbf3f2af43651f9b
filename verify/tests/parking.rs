//! The wait slots: no wake-up is lost, and none goes to one that cannot use it while another could. A
//! sleeper that is left behind shows as a deadlock: no sleep here ends with its slice, but where a
//! model says so.

use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::primitive::AtomicU32;
use ringway_core::wait::lock::Lock;
use ringway_core::wait::{
    Company, Gate, Interrupted, Nanos, Probe, Spin, Wait, WaitResult, WaitStrategy, Waiting, Word,
};
use ringway_verify::exec::{Item, Ordering, bounded_model, from_both_sides, model, spawn};
use ringway_verify::kernel::Process;
use ringway_verify::parking::{Parked, Yard};
use std::sync::Arc;

const NEVER: Option<Nanos> = None;
const SOON: Option<Nanos> = Some(Nanos(1));
const ALL: u32 = u32::MAX;

/// Wait slots, and two words that somebody may wait for: numbers that grow.
struct Scene<const SLOTS: usize> {
    yard: Arc<Yard<SLOTS>>,
    words: [AtomicU32; 2],
}

impl<const SLOTS: usize> Scene<SLOTS> {
    fn new() -> Arc<Self> {
        Arc::new(Scene {
            yard: Yard::new(),
            words: [AtomicU32::new(0), AtomicU32::new(0)],
        })
    }

    fn word(&self, index: usize) -> Word<'_> {
        Word {
            atomic: &self.words[index],
            offset: Self::offset(index),
        }
    }

    fn offset(index: usize) -> usize {
        8192 + 4 * index
    }

    /// Lets the word grow to `value`, and wakes `count` of those that wait for it.
    fn raise(&self, index: usize, value: u32, waker: &Parked<SLOTS>, count: u32) -> bool {
        self.words[index].store(value, Ordering::Relaxed);
        waker.wake(self.word(index), count)
    }

    /// Sleeps until the word has grown to `value`.
    fn await_value(&self, index: usize, value: u32, sleeper: &Parked<SLOTS>) {
        loop {
            let now = self.words[index].load(Ordering::Relaxed);
            if now >= value {
                return;
            }
            sleeper.wait(self.word(index), now, NEVER);
        }
    }

    /// Arms a slot for the word, and leaves it to the caller to sleep.
    fn arm(&self, index: usize, owner: &Parked<SLOTS>) -> u32 {
        let slot = self.yard.lot.claim(owner, 0).unwrap();
        self.yard.lot.arm(slot, Self::offset(index));
        slot
    }

    /// Process number `number` sleeps until the first word has grown to `value`.
    fn spawn_sleeper(
        self: &Arc<Self>,
        number: u32,
        value: u32,
    ) -> ringway_verify::exec::JoinHandle<()> {
        let (scene, sleeper) = (self.clone(), self.yard.process(number));
        spawn(move || scene.await_value(0, value, &sleeper))
    }
}

/// Goal: a sleeper is woken: D3 with D6, and the ring.
/// Method: one waits for a word, another changes it and wakes one.
/// Allowed: it sleeps or does not, and passes.
#[test]
fn one_is_woken() {
    model(|| {
        let scene = Scene::<1>::new();
        let sleeping = scene.spawn_sleeper(1, 1);
        let waker = scene.yard.process(2);
        from_both_sides();
        scene.raise(0, 1, &waker, 1);
        sleeping.join().unwrap();
    });
}

/// Goal: who waits again in the same slot misses nothing.
/// Method: two changes, and a wait for each.
/// Allowed: the first wait may find both.
#[test]
fn one_is_woken_twice() {
    model(|| {
        let scene = Scene::<1>::new();
        let waking = {
            let (scene, waker) = (scene.clone(), scene.yard.process(2));
            spawn(move || {
                scene.raise(0, 1, &waker, 1);
                scene.raise(0, 2, &waker, 1);
            })
        };
        let sleeper = scene.yard.process(1);
        from_both_sides();
        scene.await_value(0, 1, &sleeper);
        scene.await_value(0, 2, &sleeper);
        waking.join().unwrap();
    });
}

/// Goal: two wake-ups are for two sleepers.
/// Method: two wait for a word, which changes once; one is woken, and then another one.
/// Allowed: any order.
#[test]
fn two_are_woken_one_by_one() {
    bounded_model(2, || {
        let scene = Scene::<2>::new();
        let sleeping = [1, 2].map(|number| scene.spawn_sleeper(number, 1));
        let waker = scene.yard.process(3);
        from_both_sides();
        scene.raise(0, 1, &waker, 1);
        waker.wake(scene.word(0), 1);
        for sleeping in sleeping {
            sleeping.join().unwrap();
        }
    });
}

/// Goal: all are woken.
/// Method: two wait for a word; all are woken at once.
/// Allowed: any order.
#[test]
fn all_are_woken() {
    bounded_model(2, || {
        let scene = Scene::<2>::new();
        let sleeping = [1, 2].map(|number| scene.spawn_sleeper(number, 1));
        let waker = scene.yard.process(3);
        from_both_sides();
        scene.raise(0, 1, &waker, ALL);
        for sleeping in sleeping {
            sleeping.join().unwrap();
        }
    });
}

/// Goal: more wait than there are slots.
/// Method: two wait for a word, and there is one slot.
/// Allowed: any order; one looks again and again.
#[test]
fn more_wait_than_there_are_slots() {
    bounded_model(1, || {
        let scene = Scene::<1>::new();
        let sleeping = [1, 2].map(|number| scene.spawn_sleeper(number, 1));
        let waker = scene.yard.process(3);
        from_both_sides();
        scene.raise(0, 1, &waker, 1);
        for sleeping in sleeping {
            sleeping.join().unwrap();
        }
    });
}

/// Goal: a time-out that races a wake-up loses it for nobody.
/// Method: one is asleep in its slot; another one's wait times out; one of the two is woken. Who was
/// woken passes that on.
/// Allowed: the wait is woken or times out; both have had the wake-up at the end, or the sleeper alone.
#[test]
fn a_timeout_races_the_wake() {
    model(|| {
        let scene = Scene::<2>::new();
        let times_out = |process: Process| process.with_hints(&[WaitResult::TimedOut]);
        let impatient = scene.yard.process_as(2, times_out);
        let other = scene.arm(0, &scene.yard.process(3));
        let waking = {
            let (scene, waker) = (scene.clone(), scene.yard.process(1));
            spawn(move || waker.wake(scene.word(0), 1))
        };
        from_both_sides();
        if impatient.wait(scene.word(0), 0, SOON) == WaitResult::Woken {
            impatient.wake(scene.word(0), 1);
        }
        assert!(waking.join().unwrap());
        assert!(scene.yard.lot.disarm(other));
    });
}

/// Goal: as above, where the one that is impatient has slept longest, and is chosen.
/// Method: its slot is armed before that of the other one, and disarmed while one is woken.
/// Allowed: one of both has been signalled, not both.
#[test]
fn who_was_chosen_is_woken_or_another() {
    model(|| {
        let scene = Scene::<2>::new();
        let slots = [2, 3].map(|number| scene.arm(0, &scene.yard.process(number)));
        let waking = {
            let (scene, waker) = (scene.clone(), scene.yard.process(1));
            spawn(move || waker.wake(scene.word(0), 1))
        };
        from_both_sides();
        let first = scene.yard.lot.disarm(slots[0]);
        assert!(waking.join().unwrap());
        assert_eq!(scene.yard.lot.disarm(slots[1]), !first);
    });
}

/// Goal: a ring that comes too late is no wake-up, and who is woken sees what for: D6 with D7.
/// Method: a wait times out while it is woken, so that the bell may be rung behind it; the next wait
/// in the same slot is for another change.
/// Allowed: the next wait returns when there is that change, not before.
#[test]
fn a_late_ring_ends_no_wait() {
    model(|| {
        let scene = Scene::<1>::new();
        let times_out = |process: Process| {
            process
                .sleeping_soundly()
                .with_hints(&[WaitResult::TimedOut])
        };
        let sleeper = scene.yard.process_as(1, times_out);
        let waking = {
            let (scene, waker) = (scene.clone(), scene.yard.process(2));
            spawn(move || {
                waker.wake(scene.word(0), 1);
                scene.raise(1, 1, &waker, 1);
            })
        };
        from_both_sides();
        sleeper.wait(scene.word(0), 0, SOON);
        sleeper.wait(scene.word(1), 0, NEVER);
        assert_eq!(scene.words[1].load(Ordering::Relaxed), 1);
        waking.join().unwrap();
    });
}

/// Goal: a slot that is armed anew for another word is not signalled for the old one: D1 with D2, and
/// the number of the arming.
/// Method: two slots are armed for a word, of which the older one is disarmed and armed for another
/// one while somebody wakes one of those that wait for the first.
/// Allowed: one of the two has the wake-up, and nobody that waits for the other word.
#[test]
fn a_slot_changes_its_word_under_a_waker() {
    model(|| {
        let scene = Scene::<2>::new();
        let slots = [2, 3].map(|number| scene.arm(0, &scene.yard.process(number)));
        let waking = {
            let (scene, waker) = (scene.clone(), scene.yard.process(1));
            spawn(move || waker.wake(scene.word(0), 1))
        };
        from_both_sides();
        let lot = &scene.yard.lot;
        let before = lot.disarm(slots[0]);
        lot.arm(slots[0], Scene::<2>::offset(1));
        assert!(waking.join().unwrap());
        assert!(!lot.disarm(slots[0]));
        assert_eq!(lot.disarm(slots[1]), !before);
    });
}

/// Goal: a slot, and its bell, has one owner at a time, who sees what the last one left: D4 with D5.
/// Method: two come for the only slot, use its bell, and give it back, as doorbells do.
/// Allowed: either order; one may find no slot.
#[test]
fn a_bell_is_ones_own_from_the_claim_on() {
    model(|| {
        let scene = Scene::<1>::new();
        let hold = |number| {
            let (scene, owner) = (scene.clone(), scene.yard.process(number));
            move || {
                if let Some(slot) = scene.yard.lot.claim(&owner, 0) {
                    scene.yard.use_bell(slot);
                    scene.yard.lot.release(slot);
                }
            }
        };
        let holding = spawn(hold(1));
        from_both_sides();
        hold(2)();
        holding.join().unwrap();
    });
}

/// Goal: the same of those that sleep in a slot.
/// Method: two sleep in the only one for a while.
/// Allowed: either order; one may find no slot.
#[test]
fn owners_of_a_slot_follow_each_other() {
    model(|| {
        let scene = Scene::<1>::new();
        let sleep = |number| {
            let times_out = |process: Process| process.with_hints(&[WaitResult::TimedOut]);
            let (scene, sleeper) = (scene.clone(), scene.yard.process_as(number, times_out));
            move || sleeper.wait(scene.word(0), 0, SOON)
        };
        let sleeping = spawn(sleep(1));
        from_both_sides();
        sleep(2)();
        sleeping.join().unwrap();
    });
}

/// Goal: a wake-up is for those that wait for the word.
/// Method: the older slot is armed for another word; a sleeper waits for the one that changes.
/// Allowed: the sleeper passes, and the other slot is not signalled.
#[test]
fn words_have_wake_ups_of_their_own() {
    model(|| {
        let scene = Scene::<2>::new();
        let other = scene.arm(1, &scene.yard.process(3));
        let sleeping = scene.spawn_sleeper(1, 1);
        let waker = scene.yard.process(2);
        from_both_sides();
        scene.raise(0, 1, &waker, 1);
        sleeping.join().unwrap();
        assert!(!scene.yard.lot.disarm(other));
    });
}

/// Goal: who waits for two words misses a change of neither, and its wake-up is not counted for one
/// that it does not wait for any more.
/// Method: one waits for two words, of which the second changes.
/// Allowed: it passes; its slots are free behind it.
#[test]
fn one_waits_for_two_words() {
    model(|| {
        let scene = Scene::<2>::new();
        let sleeper = scene.yard.process(1);
        let waking = {
            let (scene, waker) = (scene.clone(), scene.yard.process(2));
            spawn(move || scene.raise(1, 1, &waker, 1))
        };
        from_both_sides();
        while scene.words[1].load(Ordering::Relaxed) == 0 {
            let words = [(scene.word(0), 0), (scene.word(1), 0)];
            sleeper.wait_any(&words, NEVER);
        }
        waking.join().unwrap();
        assert!(!sleeper.wake(scene.word(0), ALL));
        assert!(scene.yard.lot.claim(&sleeper, 0).is_some());
        assert!(scene.yard.lot.claim(&sleeper, 0).is_some());
    });
}

/// Goal: one that died waiting swallows no wake-up.
/// Method: a dead one has slept longest; another one waits for the same word; one is woken.
/// Allowed: the other one passes.
#[test]
fn who_died_armed_is_passed_over() {
    model(|| {
        let scene = Scene::<2>::new();
        let dead = scene.yard.process(3);
        scene.arm(0, &dead);
        dead.die();
        let sleeping = scene.spawn_sleeper(1, 1);
        let waker = scene.yard.process(2);
        from_both_sides();
        scene.raise(0, 1, &waker, 1);
        sleeping.join().unwrap();
    });
}

/// Goal: the slot of a dead one can be used.
/// Method: a dead one has the only slot, armed for another word; a sleeper takes it over.
/// Allowed: the sleeper passes.
#[test]
fn the_slot_of_who_died_armed_is_taken_over() {
    model(|| {
        let scene = Scene::<1>::new();
        let dead = scene.yard.process(3);
        scene.arm(1, &dead);
        dead.die();
        let sleeping = scene.spawn_sleeper(1, 1);
        let waker = scene.yard.process(2);
        from_both_sides();
        scene.raise(0, 1, &waker, 1);
        sleeping.join().unwrap();
    });
}

/// Goal: a wake-up that a dead one did not live to use is for another one.
/// Method: one of two that wait for a word is woken and dies; two come for its slot at once.
/// Allowed: either gets the slot, and the other none; who still waits has been woken then.
#[test]
fn the_wake_up_of_who_died_signalled_is_passed_on() {
    model(|| {
        let scene = Scene::<2>::new();
        let dead = scene.yard.process(5);
        scene.arm(0, &dead);
        let other = scene.arm(0, &scene.yard.process(4));
        assert!(dead.wake(scene.word(0), 1));
        assert!(scene.yard.lot.is_armed(other));
        dead.die();
        let claim = |number| {
            let (scene, process) = (scene.clone(), scene.yard.process(number));
            move || scene.yard.lot.claim(&process, 0)
        };
        let claiming = spawn(claim(1));
        from_both_sides();
        let mine = claim(2)();
        let claimed = [mine, claiming.join().unwrap()];
        assert_eq!(claimed.iter().flatten().count(), 1, "{claimed:?}");
        assert!(scene.yard.lot.disarm(other));
    });
}

/// Goal: threads of one process do not take their slots from each other.
/// Method: two threads come for the only slot.
/// Allowed: one gets it.
#[test]
fn threads_of_one_process_have_a_slot_each() {
    model(|| {
        let scene = Scene::<1>::new();
        let process = scene.yard.process(1);
        let claim = || {
            let (scene, process) = (scene.clone(), process.clone());
            move || scene.yard.lot.claim(&process, 0)
        };
        let claiming = spawn(claim());
        from_both_sides();
        let mine = claim()();
        let claimed = [mine, claiming.join().unwrap()];
        assert_eq!(claimed.iter().flatten().count(), 1, "{claimed:?}");
    });
}

/// A gate over wait slots, and the work that is waited for there.
struct Place {
    yard: Arc<Yard<2>>,
    gate: Gate,
    work: AtomicU32,
}

const GATE: usize = 8192;

impl Place {
    fn new() -> Arc<Self> {
        Arc::new(Place {
            yard: Yard::new(),
            gate: Gate::new(),
            work: AtomicU32::new(0),
        })
    }

    fn work(&self, amount: u32, waker: &Parked<2>, count: u32) {
        self.work.store(amount, Ordering::Relaxed);
        self.gate.notify_some(GATE, waker, false, count);
    }

    fn sleep(
        &self,
        amount: u32,
        sleeper: &Parked<2>,
        company: Company,
        gone: impl FnMut(Probe) -> bool,
    ) -> Result<(), Interrupted> {
        let waiting = Waiting {
            gate: &self.gate,
            at: GATE,
            wait: sleeper,
            deadline: NEVER,
            company,
        };
        let done = |_| (self.work.load(Ordering::Relaxed) >= amount).then_some(());
        waiting.until(&mut Spin::new(WaitStrategy::Park), done, gone)
    }
}

/// Goal: gate and slots together lose no wake-up.
/// Method: two works, and a wait for each at a gate.
/// Allowed: the first wait may find both done.
#[test]
fn a_gate_over_the_slots_lets_pass() {
    bounded_model(2, || {
        let place = Place::new();
        let (waker, sleeper) = (place.yard.process(1), place.yard.process(2));
        place.gate.reset(&sleeper, WaitStrategy::Park);
        let waking = {
            let place = place.clone();
            spawn(move || {
                place.work(1, &waker, ALL);
                place.work(2, &waker, ALL);
            })
        };
        from_both_sides();
        for amount in [1, 2] {
            let passed = place.sleep(amount, &sleeper, Company::None, |_| false);
            assert_eq!(passed, Ok(()));
        }
        waking.join().unwrap();
    });
}

/// Goal: as above, with two sleepers that are woken one by one.
/// Method: two wait for one work, for which one is woken; then another one is.
/// Allowed: any order; both pass.
#[test]
fn a_gate_over_the_slots_lets_two_pass() {
    bounded_model(2, || {
        let place = Place::new();
        let waker = place.yard.process(1);
        place.gate.reset(&waker, WaitStrategy::Park);
        let sleeping = [2, 3].map(|number| {
            let (place, sleeper) = (place.clone(), place.yard.process(number));
            spawn(move || {
                let passed = place.sleep(1, &sleeper, Company::Others, |_| false);
                assert_eq!(passed, Ok(()));
            })
        });
        from_both_sides();
        place.work(1, &waker, 1);
        place.work(1, &waker, 1);
        for sleeping in sleeping {
            sleeping.join().unwrap();
        }
    });
}

/// Goal: who sleeps in a slot and is told of a death asks at once who it was.
/// Method: the peer dies; no sleep ends with its slice.
/// Allowed: the sleeper finds that it is gone.
#[test]
fn a_sleeper_in_a_slot_is_told_of_a_death() {
    model(|| {
        let place = Place::new();
        let peer = place.yard.process(1);
        let sleeper = place.yard.process_as(2, Process::told_of_deaths);
        place.gate.reset(&sleeper, WaitStrategy::Park);
        let who = PeerId::from_token(peer.me().token);
        let dying = spawn(move || peer.die());
        let gone = |probe| probe == Probe::Ask && !sleeper.is_alive(who);
        let passed = place.sleep(1, &sleeper, Company::None, gone);
        assert_eq!(passed, Err(Interrupted::PeerGone));
        dying.join().unwrap();
    });
}

/// Goal: a lock over wait slots is given from one to the next, also by a dead one.
/// Method: two wait for the lock and work under it; one dies with it, or gives it back.
/// Allowed: either order.
#[test]
fn a_lock_over_the_slots_is_passed_on() {
    for dies in [false, true] {
        bounded_model(2, move || {
            let yard = Yard::<2>::new();
            let guarded = Arc::new((Lock::new(), Item::new(0)));
            let (one, two) = (
                yard.process_as(1, |process| process),
                yard.process_as(2, |process| process),
            );
            let work = |process: &Parked<2>, guarded: &(Lock, Item), dies: bool| {
                let held = guarded.0.take(GATE, process, None).unwrap();
                guarded.1.set(guarded.1.get() + 1);
                if dies {
                    std::mem::forget(held);
                    process.die();
                }
            };
            let working = {
                let guarded = guarded.clone();
                spawn(move || work(&one, &guarded, dies))
            };
            from_both_sides();
            work(&two, &guarded, false);
            working.join().unwrap();
            let _held = guarded.0.take(GATE, &two, None).unwrap();
            assert_eq!(guarded.1.get(), 2);
        });
    }
}
