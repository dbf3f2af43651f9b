//! The condition variable: a notification reaches somebody who waits and lives, or nobody waits. A
//! notification that is lost shows as a deadlock.

use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::sync::{CondvarCell, NotWaited, RawGuard, RawMutex, WokenBy};
use ringway_core::wait::lock::NotTaken;
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use ringway_verify::exec::{Item, JoinHandle, bounded_model, from_both_sides, spawn};
use ringway_verify::kernel::{Kernel, Process};
use std::sync::Arc;

/// Where the mutex stands, beyond the condition variable.
const MUTEX: usize = 1 << 16;
const CONDVAR: usize = 0;

/// Things that somebody makes and others wait for.
struct Store<const N: usize = 2> {
    mutex: RawMutex,
    made: CondvarCell<N>,
    things: Item,
}

impl<const N: usize> Store<N> {
    fn new() -> Arc<Self> {
        Arc::new(Store {
            mutex: RawMutex::new(),
            made: CondvarCell::new(),
            things: Item::new(0),
        })
    }

    fn lock<'a, W: Wait + Liveness>(&'a self, process: &'a W) -> RawGuard<'a, W> {
        self.mutex.lock(MUTEX, process, None).unwrap()
    }

    fn wait<'a>(
        &'a self,
        guard: RawGuard<'a, Process>,
        process: &'a Process,
    ) -> RawGuard<'a, Process> {
        self.made.wait(guard, CONDVAR, process, None).unwrap().0
    }

    /// Waits for a thing and takes it.
    fn take(&self, process: &Process) {
        let mut guard = self.lock(process);
        while self.things.get() == 0 {
            guard = self.wait(guard, process);
            guard.make_consistent();
        }
        self.things.set(self.things.get() - 1);
    }

    /// Waits for a thing, and leaves it there for the next one, whom it tells.
    fn see<W: Wait + Liveness>(&self, process: &W) -> Result<(), NotTaken> {
        let mut guard = self.lock(process);
        while self.things.get() == 0 {
            let registered = self.made.register(guard, CONDVAR, process);
            guard = registered.ok().unwrap().sleep(None)?.relock()?;
        }
        drop(guard);
        self.made.notify_one(CONDVAR, process);
        Ok(())
    }

    /// Waits for a thing until the clock goes; takes it if there is one.
    fn take_now(&self, process: &Process) -> bool {
        let mut guard = self.lock(process);
        while self.things.get() == 0 {
            let waited = self.made.wait(guard, CONDVAR, process, Some(Nanos(0)));
            let why;
            (guard, why) = waited.unwrap();
            if why == WokenBy::Deadline && self.things.get() == 0 {
                return false;
            }
        }
        self.things.set(self.things.get() - 1);
        drop(guard);
        true
    }

    /// Makes `count` things.
    fn make(&self, count: u32, process: &Process) {
        let mut guard = self.lock(process);
        guard.make_consistent();
        self.things.set(self.things.get() + count);
    }

    /// Makes a thing, and tells one.
    fn make_one(&self, process: &Process) {
        self.make(1, process);
        self.made.notify_one(CONDVAR, process);
    }

    /// A process that waits for a thing and takes it.
    fn spawn_taker(self: &Arc<Self>, process: Process) -> JoinHandle<()> {
        let store = self.clone();
        spawn(move || store.take(&process))
    }
}

/// A process that is killed when its sleep in the condition variable ends, and stays in whatever it
/// was doing.
struct Doomed(Process);

impl Wait for Doomed {
    fn now(&self) -> Nanos {
        self.0.now()
    }
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        let woken = self.0.wait(word, expected, deadline);
        if word.offset == MUTEX {
            return woken;
        }
        self.0.die();
        // The way out of a thread that does nothing any more.
        WaitResult::Lost
    }
    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        self.0.wake(word, count)
    }
}

// SAFETY: the answers of the process that it stands for.
#[allow(unsafe_code)]
unsafe impl Liveness for Doomed {
    fn me(&self) -> PeerId {
        self.0.me()
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        self.0.is_alive(peer)
    }
}

/// Goal: a waiter is notified, whatever the notifier races with.
/// Method: one waits for a thing, one makes it and tells.
/// Allowed: either order.
#[test]
fn one_waits_one_notifies() {
    bounded_model(3, || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let taking = store.spawn_taker(kernel.process(1));
        let maker = kernel.process(2);
        from_both_sides();
        store.make_one(&maker);
        taking.join().unwrap();
        assert_eq!(store.made.waiters(), 0);
    });
}

/// Goal: each notification is for another waiter.
/// Method: two wait; two things are made, each with its notification.
/// Allowed: any order.
#[test]
fn two_wait_for_one_each() {
    bounded_model(2, || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let taking = [1, 2].map(|number| store.spawn_taker(kernel.process(number)));
        let maker = kernel.process(3);
        from_both_sides();
        store.make_one(&maker);
        store.make_one(&maker);
        for taking in taking {
            taking.join().unwrap();
        }
        assert_eq!(store.made.waiters(), 0);
    });
}

/// Goal: as above, with two notifiers at a time.
/// Method: two are registered as waiting; one thing each is made by two at once.
/// Allowed: any order.
#[test]
fn two_notify_at_once() {
    bounded_model(2, || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let (one, two) = (kernel.process(1), kernel.process(2));
        let register = |process| store.made.register(store.lock(process), CONDVAR, process);
        let [first, second] = [register(&one).unwrap(), register(&two).unwrap()];
        let making = {
            let (store, process) = (store.clone(), kernel.process(3));
            spawn(move || store.make_one(&process))
        };
        from_both_sides();
        store.make_one(&kernel.process(4));
        making.join().unwrap();
        for waiter in [first, second] {
            let awake = waiter.sleep(Some(Nanos(0))).unwrap();
            assert_eq!(awake.why(), WokenBy::Notification);
            drop(awake.relock().unwrap());
        }
    });
}

/// Goal: notifying all wakes everyone who waits.
/// Method: two wait; two things are made and announced at once.
/// Allowed: any order.
#[test]
fn all_are_notified() {
    bounded_model(2, || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let taking = [1, 2].map(|number| store.spawn_taker(kernel.process(number)));
        let maker = kernel.process(3);
        from_both_sides();
        store.make(2, &maker);
        store.made.notify_all(CONDVAR, &maker);
        for taking in taking {
            taking.join().unwrap();
        }
        assert_eq!(store.made.waiters(), 0);
    });
}

/// Goal: who finds nobody waiting while somebody is just registering does not hide that one from
/// the next notifier.
/// Method: one waits; another notifies without the mutex at any time; then a thing is made.
/// Allowed: either notification wakes it.
#[test]
fn notified_for_nothing_while_registering() {
    bounded_model(2, || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let taking = store.spawn_taker(kernel.process(1));
        let idle = {
            let (store, process) = (store.clone(), kernel.process(2));
            spawn(move || {
                store.made.notify_one(CONDVAR, &process);
            })
        };
        let maker = kernel.process(3);
        from_both_sides();
        idle.join().unwrap();
        store.make_one(&maker);
        taking.join().unwrap();
    });
}

/// Goal: a notification that meets a deadline is not lost.
/// Method: one is registered and sleeps on; another gives up at the deadline while one thing is
/// made, and takes it if there is one.
/// Allowed: either gets the thing; if the first gave up, the other was notified.
#[test]
fn deadline_meets_notification() {
    bounded_model(2, || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let (hasty, patient) = (kernel.process(1), kernel.process(2));
        let register = |process| store.made.register(store.lock(process), CONDVAR, process);
        let first = register(&hasty).unwrap();
        let second = register(&patient).unwrap();
        let making = {
            let (store, process) = (store.clone(), kernel.process(3));
            spawn(move || store.make_one(&process))
        };
        from_both_sides();
        let first = first.sleep(Some(Nanos(0))).unwrap();
        let was_notified = first.why() == WokenBy::Notification;
        drop(first.relock().unwrap());
        making.join().unwrap();
        let second = second.sleep(Some(Nanos(0))).unwrap();
        assert_ne!(was_notified, second.why() == WokenBy::Notification);
        drop(second.relock().unwrap());
        assert_eq!(store.made.waiters(), 0);
    });
}

/// Goal: as above, for a waiter that takes part from the start.
/// Method: one waits for a thing with a deadline that has come, one without; one thing is made
/// and then another for whoever did not get it.
/// Allowed: any order.
#[test]
fn one_gives_up_while_another_waits() {
    bounded_model(2, || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let taking = store.spawn_taker(kernel.process(1));
        let hasty = {
            let (store, process) = (store.clone(), kernel.process(2));
            spawn(move || store.take_now(&process))
        };
        let maker = kernel.process(3);
        from_both_sides();
        store.make_one(&maker);
        if hasty.join().unwrap() {
            store.make_one(&maker);
        }
        taking.join().unwrap();
    });
}

/// Goal: a sleep that ends for nothing is not taken for a notification.
/// Method: the first sleep of the waiter ends so.
/// Allowed: either order.
#[test]
fn woken_for_nothing() {
    bounded_model(3, || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let taking = store.spawn_taker(kernel.process(1).with_hints(&[WaitResult::Woken]));
        let maker = kernel.process(2);
        from_both_sides();
        store.make_one(&maker);
        taking.join().unwrap();
    });
}

/// Goal: a notification does not end in the seat of one that died waiting.
/// Method: one dies as it waits, with the older ticket; another waits; one thing is made.
/// Allowed: any order.
#[test]
fn waiter_dies() {
    bounded_model(2, || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let dying = kernel.process(1);
        let waiter = store.made.register(store.lock(&dying), CONDVAR, &dying);
        let taking = store.spawn_taker(kernel.process(2));
        let maker = kernel.process(3);
        from_both_sides();
        let made = {
            let store = store.clone();
            spawn(move || store.make_one(&maker))
        };
        std::mem::forget(waiter);
        dying.die();
        made.join().unwrap();
        taking.join().unwrap();
    });
}

/// Goal: a notification that the dead did not live to act on is for another.
/// Method: two wait for a thing, of whom one dies when its sleep ends; one thing is made, and
/// whoever sees it tells the next one.
/// Allowed: any order; the other one sees it.
#[test]
fn notified_waiter_dies() {
    bounded_model(2, || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let dying = {
            let (store, doomed) = (store.clone(), Doomed(kernel.process(1)));
            spawn(move || store.see(&doomed).is_ok())
        };
        let seeing = {
            let (store, process) = (store.clone(), kernel.process(2));
            spawn(move || store.see(&process).unwrap())
        };
        let maker = kernel.process(3);
        from_both_sides();
        store.make_one(&maker);
        seeing.join().unwrap();
        dying.join().unwrap();
    });
}

/// Goal: as above, when the one to whom it is passed on dies as well.
/// Method: one has been notified and is dead; two wait, of whom one dies once it is notified; the
/// other makes a second thing when it is, and tells everyone.
/// Allowed: any order; the other one is notified.
#[test]
fn two_die_notified() {
    bounded_model(2, || {
        let (kernel, store) = (Kernel::new(), Store::<3>::new());
        let dead = kernel.process(1);
        let waiter = store.made.register(store.lock(&dead), CONDVAR, &dead);
        std::mem::forget(waiter);
        store.make_one(&kernel.process(3));
        dead.die();
        let dying = {
            let (store, process) = (store.clone(), kernel.process(4));
            spawn(move || {
                let guard = store.lock(&process);
                if store.things.get() == 1 {
                    let registered = store.made.register(guard, CONDVAR, &process);
                    let _awake = registered.unwrap().sleep(None).unwrap();
                    process.die();
                }
            })
        };
        let process = kernel.process(2);
        from_both_sides();
        let guard = store.lock(&process);
        let waited = store.made.wait(guard, CONDVAR, &process, None);
        assert_eq!(waited.unwrap().1, WokenBy::Notification);
        store.make(1, &process);
        store.made.notify_all(CONDVAR, &process);
        dying.join().unwrap();
    });
}

/// Goal: who waits learns that the holder of the mutex died, since nobody may be left to notify.
/// Method: one waits; another locks the mutex and dies with it.
/// Allowed: the waiter gets the mutex of the dead one, or had not waited yet and does so.
#[test]
fn holder_dies_while_another_waits() {
    waits_beside_a_dying_holder(|waiter| waiter);
}

/// As above, where the waiter is told of deaths, and asks then.
#[test]
fn holder_is_said_to_have_died() {
    waits_beside_a_dying_holder(Process::told_of_deaths);
}

fn waits_beside_a_dying_holder(waiter: fn(Process) -> Process) {
    bounded_model(3, move || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let waiting = {
            let (store, process) = (store.clone(), waiter(kernel.process(1)));
            spawn(move || {
                let mut guard = store.lock(&process);
                if !guard.is_inconsistent() {
                    guard = store.wait(guard, &process);
                }
                assert!(guard.is_inconsistent());
                assert_eq!(store.things.get(), 1);
                guard.make_consistent();
            })
        };
        let dying = kernel.process(2);
        from_both_sides();
        let guard = store.lock(&dying);
        store.things.set(1);
        std::mem::forget(guard);
        dying.die();
        waiting.join().unwrap();
        assert!(!store.mutex.is_locked());
    });
}

/// Goal: who waits learns that the mutex was poisoned.
/// Method: one waits; a holder dies, the next one gives up the value.
/// Allowed: the waiter finds it poisoned, or is itself the next one.
#[test]
fn poisoned_while_another_waits() {
    bounded_model(2, || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let waiting = {
            let (store, process) = (store.clone(), kernel.process(1));
            spawn(move || {
                let Ok(guard) = store.mutex.lock(MUTEX, &process, None) else {
                    return;
                };
                if guard.is_inconsistent() {
                    guard.give_up();
                    return;
                }
                match store.made.wait(guard, CONDVAR, &process, None) {
                    Ok((guard, _)) => {
                        assert!(guard.is_inconsistent());
                        guard.give_up();
                    }
                    Err(why) => assert!(matches!(why, NotWaited::Poisoned)),
                }
            })
        };
        let (dying, next) = (kernel.process(2), kernel.process(3));
        from_both_sides();
        std::mem::forget(store.lock(&dying));
        dying.die();
        if let Ok(guard) = store.mutex.lock(MUTEX, &next, None) {
            guard.give_up();
        }
        // Time passes: who waits may have looked before.
        kernel.process(4).die();
        waiting.join().unwrap();
        assert!(store.mutex.is_poisoned());
    });
}

/// Goal: the seats of the dead are for the living, and who finds none keeps the mutex.
/// Method: all seats are taken; then those who have them die, one of them notified.
/// Allowed: crowded before, not after.
#[test]
fn seats_of_the_dead() {
    bounded_model(2, || {
        let (kernel, store) = (Kernel::new(), Store::<2>::new());
        let dying = [1, 2].map(|number| kernel.process(number));
        for process in &dying {
            let waiter = store.made.register(store.lock(process), CONDVAR, process);
            assert!(waiter.is_ok());
            std::mem::forget(waiter);
        }
        let process = kernel.process(3);
        let crowded = store
            .made
            .wait(store.lock(&process), CONDVAR, &process, None);
        let Err(NotWaited::Crowded(guard)) = crowded else {
            panic!("there is no seat");
        };
        drop(guard);
        store.make_one(&kernel.process(4));
        for process in &dying {
            process.die();
        }
        let registered = store.made.register(store.lock(&process), CONDVAR, &process);
        let making = {
            let (store, process) = (store.clone(), kernel.process(4));
            spawn(move || store.make_one(&process))
        };
        from_both_sides();
        let awake = registered.unwrap().sleep(None).unwrap();
        assert_eq!(awake.why(), WokenBy::Notification);
        drop(awake.relock().unwrap());
        making.join().unwrap();
        assert_eq!(store.made.waiters(), 0);
    });
}

/// Goal: tidying up after a dead one that comes late does not take a notification from the next
/// owner of the seat.
/// Method: one has died waiting; one notifies without the mutex, while another takes over the seat,
/// and a thing is made for it.
/// Allowed: any order.
#[test]
fn seat_changes_hands_under_a_notifier() {
    bounded_model(3, || {
        let (kernel, store) = (Kernel::new(), Store::<1>::new());
        let dead = kernel.process(1);
        let waiter = store.made.register(store.lock(&dead), CONDVAR, &dead);
        std::mem::forget(waiter);
        dead.die();
        let notifying = {
            let (store, process) = (store.clone(), kernel.process(3));
            spawn(move || store.made.notify_one(CONDVAR, &process))
        };
        let process = kernel.process(2);
        from_both_sides();
        let registered = store.made.register(store.lock(&process), CONDVAR, &process);
        store.make_one(&kernel.process(4));
        let awake = registered.unwrap().sleep(Some(Nanos(0))).unwrap();
        assert_eq!(awake.why(), WokenBy::Notification);
        drop(awake.relock().unwrap());
        notifying.join().unwrap();
        assert_eq!(store.made.waiters(), 0);
    });
}
