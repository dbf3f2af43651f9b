//! The semaphore: no permit is lost or doubled, whoever dies, and nobody sleeps beside a free one.
//! A sleeper that is left behind shows as a deadlock.

use ringway_core::sync::{Holder, SemaphoreCell};
use ringway_core::wait::{Interrupted, Nanos, Spin, WaitResult, WaitStrategy};
use ringway_verify::exec::{Item, bounded_model, from_both_sides, model, spawn};
use ringway_verify::kernel::{Kernel, Process};
use std::sync::Arc;

const AT: usize = 0;
const NEVER: Option<Nanos> = None;

/// A semaphore for up to three holders, and what it guards.
struct Guarded {
    semaphore: SemaphoreCell<3>,
    work: Item,
}

impl Guarded {
    fn new(permits: u32) -> Arc<Self> {
        let semaphore = SemaphoreCell::new();
        semaphore.initialise(permits, None);
        Arc::new(Guarded {
            semaphore,
            work: Item::new(0),
        })
    }

    fn enter(&self, process: &Process) -> Holder {
        self.semaphore.enter(AT, process, NEVER).unwrap()
    }

    fn acquire(
        &self,
        process: &Process,
        holder: &mut Holder,
        count: u32,
        deadline: Option<Nanos>,
    ) -> Result<(), Interrupted> {
        let mut spin = Spin::new(WaitStrategy::Park);
        self.semaphore
            .acquire(AT, process, &mut spin, holder, count, deadline)
    }

    fn consume(&self, process: &Process, count: u32) {
        let mut spin = Spin::new(WaitStrategy::Park);
        let consumed = self.semaphore.consume(AT, process, &mut spin, count, NEVER);
        consumed.unwrap();
    }

    fn release(&self, process: &Process, count: u32) {
        self.semaphore.release(AT, process, count).unwrap();
    }

    /// Takes the only permit, adds to the work, gives the permit back.
    fn work(&self, process: &Process, holder: &mut Holder) {
        self.acquire(process, holder, 1, NEVER).unwrap();
        self.work.set(self.work.get() + 1);
        self.semaphore.give_back(AT, process, holder, 1);
    }

    /// How many permits are available when the dead have given back theirs.
    fn available(&self, process: &Process) -> u32 {
        self.semaphore.sweep(AT, process);
        self.semaphore.available()
    }
}

/// Goal: one permit, one holder; what it did is visible to the next.
/// Method: two processes take the permit, work, and give it back.
/// Allowed: either order.
#[test]
fn two_take_turns() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(1));
        let (one, two) = (kernel.process(1), kernel.process(2));
        let (mut first, mut second) = (guarded.enter(&one), guarded.enter(&two));
        let working = {
            let (guarded, one) = (guarded.clone(), one.clone());
            spawn(move || guarded.work(&one, &mut first))
        };
        from_both_sides();
        guarded.work(&two, &mut second);
        working.join().unwrap();
        guarded.acquire(&two, &mut second, 1, NEVER).unwrap();
        assert_eq!(guarded.work.get(), 2);
    });
}

/// Goal: what is done before a release is visible to who takes the permit for good.
/// Method: one works and releases, the other waits for the permit.
/// Allowed: it sleeps or does not.
#[test]
fn released_and_consumed() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(0));
        let (one, two) = (kernel.process(1), kernel.process(2));
        let working = {
            let guarded = guarded.clone();
            spawn(move || {
                guarded.work.set(1);
                guarded.release(&one, 1);
            })
        };
        guarded.consume(&two, 1);
        assert_eq!(guarded.work.get(), 1);
        working.join().unwrap();
    });
}

/// As above, for who holds the permit.
#[test]
fn released_and_acquired() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(0));
        let (one, two) = (kernel.process(1), kernel.process(2));
        let mut holder = guarded.enter(&two);
        let working = {
            let guarded = guarded.clone();
            spawn(move || {
                guarded.work.set(1);
                guarded.release(&one, 1);
            })
        };
        guarded.acquire(&two, &mut holder, 1, NEVER).unwrap();
        assert_eq!(guarded.work.get(), 1);
        working.join().unwrap();
    });
}

/// Goal: two sleepers both pass when there is a permit for each.
/// Method: two wait, one after the other releases.
/// Allowed: any order.
#[test]
fn two_wait_for_two_releases() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(0));
        let waiting = [1, 2].map(|number| {
            let (guarded, process) = (guarded.clone(), kernel.process(number));
            spawn(move || guarded.consume(&process, 1))
        });
        from_both_sides();
        let third = kernel.process(3);
        guarded.release(&third, 1);
        guarded.release(&third, 1);
        for waiting in waiting {
            waiting.join().unwrap();
        }
        assert_eq!(guarded.semaphore.available(), 0);
    });
}

/// Goal: one that wants two is not left asleep beside two permits, nor keeps the wake-up of one
/// that wants one.
/// Method: one wants two, one wants one; three are released, one by one.
/// Allowed: any order.
#[test]
fn one_wants_more_than_the_other() {
    bounded_model(1, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(0));
        let waiting = [1, 2].map(|number| {
            let (guarded, process) = (guarded.clone(), kernel.process(number));
            spawn(move || guarded.consume(&process, number))
        });
        from_both_sides();
        let third = kernel.process(3);
        for _ in 0..3 {
            guarded.release(&third, 1);
        }
        for waiting in waiting {
            waiting.join().unwrap();
        }
        assert_eq!(guarded.semaphore.available(), 0);
    });
}

/// Goal: a time-out takes no permit, and a permit that comes at the same time is not lost.
/// Method: one waits until its deadline while another releases.
/// Allowed: it gets the permit, or the permit stays.
#[test]
fn a_time_out_races_a_release() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(0));
        let one = kernel.process(1);
        let two = kernel.process(2).with_hints(&[WaitResult::TimedOut]);
        let mut holder = guarded.enter(&two);
        let releasing = {
            let guarded = guarded.clone();
            spawn(move || guarded.release(&one, 1))
        };
        let got = guarded.acquire(&two, &mut holder, 1, Some(Nanos(1000)));
        releasing.join().unwrap();
        let left = match got {
            Ok(()) => 0,
            Err(why) => {
                assert_eq!(why, Interrupted::TimedOut);
                1
            }
        };
        assert_eq!(guarded.semaphore.available(), left);
    });
}

/// Goal: what a dead one held comes back to one that waits for it.
/// Method: one takes the only permit and dies, one waits for it.
/// Allowed: either order.
#[test]
fn holder_dies() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(1));
        let (dying, process) = (kernel.process(1), kernel.process(2));
        let (mut first, mut second) = (guarded.enter(&dying), guarded.enter(&process));
        let working = {
            let guarded = guarded.clone();
            spawn(move || {
                guarded.acquire(&dying, &mut first, 1, NEVER).unwrap();
                guarded.work.set(guarded.work.get() + 1);
                dying.die();
            })
        };
        from_both_sides();
        guarded.work(&process, &mut second);
        working.join().unwrap();
        assert_eq!(guarded.work.get(), 2);
        assert_eq!(guarded.available(&process), 1);
    });
}

/// Goal: one that dies before it has taken the permit held none.
/// Method: it notes what it is about to do and dies; another takes and gives back.
/// Allowed: any order; the permit is there in the end.
#[test]
fn dies_before_it_has_taken() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(1));
        let (dying, process) = (kernel.process(1), kernel.process(2));
        let (mut first, mut second) = (guarded.enter(&dying), guarded.enter(&process));
        // An operation before, so that its number is not the first.
        guarded.work(&dying, &mut first);
        let working = {
            let guarded = guarded.clone();
            spawn(move || {
                guarded.semaphore.acquire_half(&first, 1);
                dying.die();
            })
        };
        from_both_sides();
        guarded.work(&process, &mut second);
        working.join().unwrap();
        assert_eq!(guarded.available(&process), 1);
    });
}

/// Goal: that a dead one had taken its permit is known also while another overwrites its number.
/// Method: one took a permit and is dead; one takes another permit while a third looks for the dead.
/// Allowed: any order; exactly the permit of the living is missing in the end.
#[test]
fn the_number_of_a_dead_one_is_overwritten() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(2));
        let (dying, one, two) = (kernel.process(1), kernel.process(2), kernel.process(3));
        let (mut first, mut second) = (guarded.enter(&dying), guarded.enter(&one));
        assert!(guarded.semaphore.try_acquire(&mut first, 1));
        dying.die();
        let taking = {
            let guarded = guarded.clone();
            spawn(move || assert!(guarded.semaphore.try_acquire(&mut second, 1)))
        };
        from_both_sides();
        guarded.semaphore.sweep(AT, &two);
        taking.join().unwrap();
        assert_eq!(guarded.available(&two), 1);
    });
}

/// Goal: a confirmation that comes late does not take the place of a later one.
/// Method: one takes, gives back, and takes, and dies; two others overwrite its numbers meanwhile.
/// Allowed: any order; exactly the permits of the living are missing in the end.
#[test]
fn an_old_number_is_confirmed_late() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(3));
        let processes = [1, 2, 3].map(|number| kernel.process(number));
        let holders = [0, 1, 2].map(|index| guarded.enter(&processes[index]));
        let [dying, _, last] = processes;
        let [mut first, second, third] = holders;
        assert!(guarded.semaphore.try_acquire(&mut first, 1));
        let taking = [second, third].map(|mut holder| {
            let guarded = guarded.clone();
            spawn(move || assert!(guarded.semaphore.try_acquire(&mut holder, 1)))
        });
        guarded.semaphore.give_back(AT, &dying, &mut first, 1);
        assert!(guarded.semaphore.try_acquire(&mut first, 1));
        dying.die();
        for taking in taking {
            taking.join().unwrap();
        }
        assert_eq!(guarded.available(&last), 1);
    });
}

/// Goal: a seat can be used again, and what its first owner had done is not done twice.
/// Method: one takes a permit and dies; the next ones take all seats while another takes a permit.
/// Allowed: any order.
#[test]
fn the_seat_of_a_dead_one_is_taken() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(2));
        let (dying, one, two) = (kernel.process(1), kernel.process(2), kernel.process(3));
        let (mut first, mut second) = (guarded.enter(&dying), guarded.enter(&one));
        let _full = guarded.enter(&one);
        assert!(guarded.semaphore.try_acquire(&mut first, 1));
        dying.die();
        let taking = {
            let guarded = guarded.clone();
            spawn(move || {
                assert!(guarded.semaphore.try_acquire(&mut second, 1));
                guarded.semaphore.leave(AT, &one, second);
            })
        };
        from_both_sides();
        let mut third = guarded.enter(&two);
        assert!(guarded.semaphore.try_acquire(&mut third, 1));
        taking.join().unwrap();
        assert_eq!(guarded.available(&two), 1);
    });
}

/// Goal: two that look for the dead at the same time give back what they held once.
/// Method: one is dead with a permit, two look.
/// Allowed: any order.
#[test]
fn two_look_for_the_dead() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(1));
        let (dying, one, two) = (kernel.process(1), kernel.process(2), kernel.process(3));
        let mut first = guarded.enter(&dying);
        assert!(guarded.semaphore.try_acquire(&mut first, 1));
        dying.die();
        let looking = {
            let guarded = guarded.clone();
            spawn(move || guarded.semaphore.sweep(AT, &one))
        };
        from_both_sides();
        guarded.semaphore.sweep(AT, &two);
        looking.join().unwrap();
        assert_eq!(guarded.available(&two), 1);
    });
}

/// Goal: who is woken and dies leaves the permit to another that waits.
/// Method: two wait, one of which dies when it gets the permit; one permit is released.
/// Allowed: any order; the one that lives gets it.
#[test]
fn the_one_that_was_woken_dies() {
    bounded_model(1, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(0));
        let (dying, process, third) = (kernel.process(1), kernel.process(2), kernel.process(3));
        let (mut first, mut second) = (guarded.enter(&dying), guarded.enter(&process));
        let ending = {
            let guarded = guarded.clone();
            spawn(move || {
                let _ = guarded.acquire(&dying, &mut first, 1, NEVER);
                dying.die();
            })
        };
        let waiting = {
            let guarded = guarded.clone();
            spawn(move || {
                guarded.acquire(&process, &mut second, 1, NEVER).unwrap();
                guarded.semaphore.give_back(AT, &process, &mut second, 1);
            })
        };
        guarded.release(&third, 1);
        ending.join().unwrap();
        waiting.join().unwrap();
        assert_eq!(guarded.available(&third), 1);
    });
}

/// Goal: who takes a seat that was given back goes on behind the operations of the one before.
/// Method: one takes a permit for good and leaves; another takes its seat if it finds it free, and
/// dies before it has taken a permit.
/// Allowed: it finds a seat, or none.
#[test]
fn a_seat_that_was_left_is_taken() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::new(1));
        let (one, dying, two) = (kernel.process(1), kernel.process(2), kernel.process(3));
        let mut first = guarded.enter(&one);
        let _full = [guarded.enter(&one), guarded.enter(&one)];
        let leaving = {
            let guarded = guarded.clone();
            spawn(move || {
                assert!(guarded.semaphore.try_acquire(&mut first, 1));
                guarded.semaphore.forget(&mut first, 1);
                guarded.semaphore.leave(AT, &one, first);
            })
        };
        if let Ok(holder) = guarded.semaphore.enter(AT, &dying, NEVER) {
            guarded.semaphore.acquire_half(&holder, 1);
            dying.die();
        }
        leaving.join().unwrap();
        assert_eq!(guarded.available(&two), 0);
    });
}
