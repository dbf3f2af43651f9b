//! The lock of the table: one holder at a time, each of whom sees what the last one did, and a
//! dead one does not keep it. A sleeper that is left behind shows as a deadlock.

use ringway_core::wait::Nanos;
use ringway_core::wait::lock::Lock;
use ringway_verify::exec::{Item, bounded_model, from_both_sides, model, spawn};
use ringway_verify::kernel::{Kernel, Process};
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
#[test]
fn holder_dies() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new());
        let (dying, process) = (kernel.process(1), kernel.process(2));
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
