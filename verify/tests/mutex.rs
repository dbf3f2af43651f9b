//! The mutex: a holder that dies is told of to the next one, once, and one that gives up the value
//! closes it for everybody. A sleeper that is left behind shows as a deadlock.

use ringway_core::sync::{RawGuard, RawMutex};
use ringway_core::wait::lock::NotTaken;
use ringway_verify::exec::{Item, JoinHandle, bounded_model, from_both_sides, model, spawn};
use ringway_verify::kernel::{Kernel, Process};
use std::mem::forget;
use std::sync::Arc;

const AT: usize = 0;

/// A mutex and the value that it guards.
struct Guarded {
    mutex: RawMutex,
    value: Item,
}

impl Guarded {
    fn new() -> Arc<Self> {
        Arc::new(Guarded {
            mutex: RawMutex::new(),
            value: Item::new(0),
        })
    }

    fn lock<'a>(&'a self, process: &'a Process) -> Result<RawGuard<'a, Process>, NotTaken> {
        self.mutex.lock(AT, process, None)
    }

    fn add(&self) {
        self.value.set(self.value.get() + 1);
    }

    /// Locks the mutex, adds to the value, and dies.
    fn die_adding(&self, process: &Process) {
        let guard = self.lock(process).unwrap();
        self.add();
        forget(guard);
        process.die();
    }

    /// Adds to the value in a process of its own, which repairs what it finds. Whether it found
    /// that the last holder had died.
    fn spawn_repairer(self: &Arc<Self>, process: Process) -> JoinHandle<bool> {
        let guarded = self.clone();
        spawn(move || {
            let mut guard = guarded.lock(&process).unwrap();
            guarded.add();
            let was_inconsistent = guard.is_inconsistent();
            guard.make_consistent();
            was_inconsistent
        })
    }
}

/// Goal: of a holder that died the next one learns, and no other; what the dead one did is there.
/// Method: the holder dies; two lock the mutex, of which the first makes the value consistent.
/// Allowed: either order.
#[test]
fn one_learns_of_the_death() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        guarded.die_adding(&kernel.process(1));
        let repairing = guarded.spawn_repairer(kernel.process(2));
        let process = kernel.process(3);
        from_both_sides();
        let mut guard = guarded.lock(&process).unwrap();
        guarded.add();
        let learnt = guard.is_inconsistent();
        guard.make_consistent();
        drop(guard);
        assert_ne!(repairing.join().unwrap(), learnt);
        let guard = guarded.lock(&process).unwrap();
        assert!(!guard.is_inconsistent());
        assert_eq!(guarded.value.get(), 3);
    });
}

/// Goal: as above, for one that waits when the holder dies.
/// Method: one locks the mutex and dies, one waits for it.
/// Allowed: either order; the second learns of the death if it came second.
#[test]
fn holder_dies_while_another_waits() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let repairing = guarded.spawn_repairer(kernel.process(2));
        from_both_sides();
        guarded.die_adding(&kernel.process(1));
        let learnt = repairing.join().unwrap();
        assert_eq!(guarded.mutex.is_locked(), !learnt);
    });
}

/// Goal: who takes the mutex of a dead one and dies as well leaves it as it found it.
/// Method: a holder dies; the next one repairs half, and dies.
/// Allowed: the third learns of it.
#[test]
fn who_repairs_dies() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        guarded.die_adding(&kernel.process(1));
        let repairing = guarded.spawn_repairer(kernel.process(3));
        from_both_sides();
        guarded.die_adding(&kernel.process(2));
        let learnt = repairing.join().unwrap();
        assert!(learnt);
        let process = kernel.process(4);
        let guard = guarded.lock(&process).unwrap();
        // The repairer came between the two deaths, or after them.
        assert_eq!(guarded.value.get(), 3);
        forget(guard);
    });
}

/// Goal: a mutex whose value is given up is refused to all, those who sleep for it included.
/// Method: two wait for a mutex whose holder gives the value up.
/// Allowed: each got it before, or is refused.
#[test]
fn sleepers_learn_that_it_is_poisoned() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let holder = kernel.process(1);
        let guard = guarded.lock(&holder).unwrap();
        let waiting = [2, 3].map(|number| {
            let (guarded, process) = (guarded.clone(), kernel.process(number));
            spawn(move || guarded.lock(&process).map(forget))
        });
        from_both_sides();
        guard.give_up();
        for waiting in waiting {
            assert_eq!(waiting.join().unwrap(), Err(NotTaken::Closed));
        }
        assert!(guarded.mutex.is_poisoned());
        assert_eq!(
            guarded.mutex.try_lock(AT, &holder).err(),
            Some(NotTaken::Closed)
        );
    });
}

/// Goal: what was done before a mutex was poisoned is there for whoever has cleared the poison.
/// Method: a holder changes the value and gives it up; another clears that as soon as it can, and
/// locks the mutex.
/// Allowed: the second comes first, and finds nothing to clear.
#[test]
fn poison_is_cleared() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let poisoning = {
            let (guarded, process) = (guarded.clone(), kernel.process(1));
            spawn(move || {
                let guard = guarded.lock(&process).unwrap();
                guarded.add();
                guard.give_up();
            })
        };
        let process = kernel.process(2);
        from_both_sides();
        if guarded.mutex.clear_poison() {
            let mut guard = guarded.lock(&process).unwrap();
            assert!(guard.is_inconsistent());
            guarded.add();
            guard.make_consistent();
            drop(guard);
            assert!(!guarded.mutex.is_poisoned());
        }
        poisoning.join().unwrap();
    });
}

/// Goal: who sleeps for a mutex that is poisoned and cleared at once gets it.
/// Method: one waits; the holder gives the value up, and clears the poison.
/// Allowed: the waiter is refused, or gets it.
#[test]
fn poisoned_and_cleared_while_another_waits() {
    bounded_model(3, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let holder = kernel.process(1);
        let guard = guarded.lock(&holder).unwrap();
        let waiting = {
            let (guarded, process) = (guarded.clone(), kernel.process(2));
            spawn(move || {
                guarded
                    .lock(&process)
                    .map(|mut guard| guard.make_consistent())
            })
        };
        from_both_sides();
        guard.give_up();
        assert!(guarded.mutex.clear_poison());
        let outcome = waiting.join().unwrap();
        assert!(matches!(outcome, Ok(()) | Err(NotTaken::Closed)));
        // If nobody has repaired it, it is as a dead one left it.
        assert_eq!(guarded.mutex.is_locked(), outcome.is_err());
    });
}

/// Goal: who is told of a death and decides nothing leaves that to the next one.
/// Method: the holder is dead; one gets the mutex, changes the value and goes; another waits for it.
/// Allowed: either order; both are told.
#[test]
fn who_decides_nothing_passes_it_on() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let (dying, one, two) = (kernel.process(1), kernel.process(2), kernel.process(3));
        forget(guarded.lock(&dying).unwrap());
        dying.die();
        let looking = {
            let guarded = guarded.clone();
            spawn(move || {
                let guard = guarded.lock(&one).unwrap();
                assert!(guard.is_inconsistent());
                guarded.add();
            })
        };
        from_both_sides();
        let guard = guarded.lock(&two).unwrap();
        assert!(guard.is_inconsistent());
        guarded.add();
        drop(guard);
        looking.join().unwrap();
        let mut guard = guarded.lock(&two).unwrap();
        assert!(guard.is_inconsistent());
        assert_eq!(guarded.value.get(), 2);
        guard.make_consistent();
    });
}
