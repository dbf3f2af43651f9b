//! The barrier: nobody passes before all have come, who then see what each of them did, and nobody
//! waits for one that will not come. A sleeper that is left behind shows as a deadlock.

use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::sync::{NotPassed, RawBarrier};
use ringway_core::wait::{Nanos, Spin, Wait, WaitResult, WaitStrategy, Word};
use ringway_verify::exec::{Item, bounded_model, from_both_sides, model, spawn, yield_now};
use ringway_verify::kernel::{Kernel, Process};
use std::sync::Arc;

const AT: usize = 0;
const SOON: Option<Nanos> = Some(Nanos(1));

/// A barrier, and what each party does before it.
struct Place {
    barrier: RawBarrier<3>,
    work: [Item; 3],
}

/// One that takes part.
struct Party<W> {
    place: Arc<Place>,
    process: W,
    seat: usize,
}

impl Place {
    fn new(parties: u32) -> Arc<Self> {
        let place = Place {
            barrier: RawBarrier::new(),
            work: std::array::from_fn(|_| Item::new(0)),
        };
        place.barrier.set_parties(parties).unwrap();
        Arc::new(place)
    }

    fn join<W: Wait + Liveness>(self: &Arc<Self>, process: W) -> Party<W> {
        let seat = self.barrier.join(AT, &process, None).unwrap();
        Party {
            place: self.clone(),
            process,
            seat,
        }
    }
}

impl<W: Wait + Liveness> Party<W> {
    fn wait_until(&self, deadline: Option<Nanos>) -> Result<bool, NotPassed> {
        let mut spin = Spin::new(WaitStrategy::Park);
        let barrier = &self.place.barrier;
        barrier.wait(AT, &self.process, self.seat, deadline, &mut spin)
    }

    fn wait(&self) -> Result<bool, NotPassed> {
        self.wait_until(None)
    }

    fn work(&self, amount: u32) {
        self.place.work[self.seat].set(amount);
    }

    /// Works, waits, and looks at what the others did; whether it is the leader.
    fn work_and_wait(&self, amount: u32) -> bool {
        self.work(amount);
        let is_leader = self.wait().unwrap();
        for other in &self.place.work[..self.place.barrier.parties()] {
            assert_eq!(other.get(), amount);
        }
        is_leader
    }
}

/// A process that dies when it is about to wake the others.
struct DiesWaking(Process);

/// A process that lets others go first when it is about to look whether anybody sleeps.
struct GivesWay(Process);

/// Passes on what a wrapper of a process does not change.
macro_rules! as_process {
    ($name:ident { $($changed:item)* }) => {
        impl Wait for $name {
            fn now(&self) -> Nanos {
                self.0.now()
            }
            fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
                self.0.wait(word, expected, deadline)
            }
            $($changed)*
        }

        // SAFETY: the answers of the process.
        #[allow(unsafe_code)]
        unsafe impl Liveness for $name {
            fn me(&self) -> PeerId {
                self.0.me()
            }
            fn is_alive(&self, peer: PeerId) -> bool {
                self.0.is_alive(peer)
            }
        }
    };
}

as_process!(DiesWaking {
    fn wake(&self, _word: Word<'_>, _count: u32) -> bool {
        self.0.die();
        true
    }
});

as_process!(GivesWay {
    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        self.0.wake(word, count)
    }
    fn is_reached_by_barriers(&self) -> bool {
        yield_now();
        false
    }
});

/// Goal: two meet, and see what the other did before.
/// Method: each works, waits and looks.
/// Allowed: either is the leader.
#[test]
fn two_meet() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new(2));
        let [one, two] = [1, 2].map(|number| place.join(kernel.process(number)));
        let meeting = spawn(move || one.work_and_wait(1));
        from_both_sides();
        let leads = two.work_and_wait(1);
        assert_ne!(leads, meeting.join().unwrap());
    });
}

/// Goal: as above, and a spurious wake-up is no completion.
/// Method: as above; the first sleep of one ends at once.
/// Allowed: as above.
#[test]
fn two_meet_after_a_spurious_wake() {
    bounded_model(2, || {
        let (kernel, place) = (Kernel::new(), Place::new(2));
        let one = place.join(kernel.process(1).with_hints(&[WaitResult::Woken]));
        let two = place.join(kernel.process(2));
        let meeting = spawn(move || one.work_and_wait(1));
        from_both_sides();
        let leads = two.work_and_wait(1);
        assert_ne!(leads, meeting.join().unwrap());
    });
}

/// Goal: of three none is left behind, one leads, and each sees what all did: also what only the
/// one that completed the barrier has looked for.
/// Method: each works, waits and looks.
/// Allowed: any is the leader.
#[test]
fn three_meet() {
    bounded_model(1, || {
        let (kernel, place) = (Kernel::new(), Place::new(3));
        let [one, two, three] = [1, 2, 3].map(|number| place.join(kernel.process(number)));
        let meeting = [one, two].map(|party| spawn(move || party.work_and_wait(1)));
        from_both_sides();
        let mut leaders = u32::from(three.work_and_wait(1));
        for meeting in meeting {
            leaders += u32::from(meeting.join().unwrap());
        }
        assert_eq!(leaders, 1);
    });
}

/// Goal: the barrier can be used again at once: nobody passes the second time for having come the
/// first time, and the gate wakes again.
/// Method: two meet twice, and once between to look before they work anew.
/// Allowed: one leader each time.
#[test]
fn two_meet_again_and_again() {
    bounded_model(2, || {
        let (kernel, place) = (Kernel::new(), Place::new(2));
        let [one, two] = [1, 2].map(|number| place.join(kernel.process(number)));
        let rounds = |party: Party<Process>| {
            let first = party.work_and_wait(1);
            party.wait().unwrap();
            [first, party.work_and_wait(2)]
        };
        let meeting = spawn(move || rounds(one));
        from_both_sides();
        let leads = rounds(two);
        for (mine, other) in leads.iter().zip(meeting.join().unwrap()) {
            assert_ne!(*mine, other);
        }
    });
}

/// Goal: the last to come may die before it says that all have come; another says it.
/// Method: of three one arrives and dies; two wait.
/// Allowed: all is complete before the death is known, and both pass; or both learn that the barrier
/// is broken.
#[test]
fn one_dies_when_it_has_arrived() {
    bounded_model(2, || {
        let (kernel, place) = (Kernel::new(), Place::new(3));
        let [dying, one, two] = [1, 2, 3].map(|number| place.join(kernel.process(number)));
        let others = [
            spawn(move || {
                dying.work(1);
                place.barrier.arrive(dying.seat).ok();
                dying.process.die();
                None
            }),
            spawn(move || Some(one.wait())),
        ];
        from_both_sides();
        let mine = two.wait();
        let [_, others] = others.map(|other| other.join().unwrap());
        match (mine, others.unwrap()) {
            (Ok(mine), Ok(other)) => {
                assert_ne!(mine, other);
                assert_eq!(two.place.work[0].get(), 1);
            }
            (mine, other) => {
                assert_eq!(
                    (mine, other),
                    (Err(NotPassed::Broken), Err(NotPassed::Broken))
                );
            }
        }
        // It does not come a second time.
        assert_eq!(two.wait_until(SOON), Err(NotPassed::Broken));
    });
}

/// Goal: one that dies when it has completed the barrier has not done so in vain.
/// Method: of two the one dies when it is about to wake the other.
/// Allowed: the survivor passes, if the other has waited or it has itself completed the barrier.
#[test]
fn one_dies_when_it_wakes_the_other() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new(2));
        let dying = place.join(DiesWaking(kernel.process(1)));
        let two = place.join(kernel.process(2));
        let meeting = spawn(move || dying.wait());
        from_both_sides();
        assert!(two.wait().is_ok());
        meeting.join().unwrap().unwrap();
    });
}

/// Goal: who waits for a party that dies is told, and so is who comes later; a reset makes room for
/// a successor.
/// Method: one joins and dies, one waits.
/// Allowed: broken, and then as new.
#[test]
fn one_dies_before_it_arrives() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new(2));
        let [dying, two] = [1, 2].map(|number| place.join(kernel.process(number)));
        let death = spawn(move || dying.process.die());
        from_both_sides();
        assert_eq!(two.wait(), Err(NotPassed::Broken));
        assert_eq!(two.wait(), Err(NotPassed::Broken));
        death.join().unwrap();
        place.barrier.reset(AT, &two.process).unwrap();
        assert_eq!(place.barrier.waiting(), 0);
        let three = place.join(kernel.process(3));
        let meeting = spawn(move || three.work_and_wait(1));
        two.work_and_wait(1);
        meeting.join().unwrap();
    });
}

/// Goal: a successor that takes the seat of a dead one does not hide its death.
/// Method: one is dead; one waits while another joins.
/// Allowed: broken, for both.
#[test]
fn successor_comes_before_the_death_is_known() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new(2));
        let [dead, two] = [1, 2].map(|number| place.join(kernel.process(number)));
        dead.process.die();
        let process = kernel.process(3);
        let coming = spawn(move || dead.place.join(process).wait());
        from_both_sides();
        assert_eq!(two.wait(), Err(NotPassed::Broken));
        assert_eq!(coming.join().unwrap(), Err(NotPassed::Broken));
    });
}

/// Goal: one that leaves in good order can be replaced, and breaks nothing.
/// Method: one of two waits, while the other leaves and a third comes.
/// Allowed: the two pass.
#[test]
fn one_is_replaced() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new(2));
        let [leaving, two] = [1, 2].map(|number| place.join(kernel.process(number)));
        let process = kernel.process(3);
        let changing = spawn(move || {
            leaving.place.barrier.leave(leaving.seat);
            leaving.place.join(process).work_and_wait(1)
        });
        from_both_sides();
        let leads = two.work_and_wait(1);
        assert_ne!(leads, changing.join().unwrap());
    });
}

/// Goal: a deadline that races the completion is either met by all or by none.
/// Method: two wait, one of them until a deadline that comes at once.
/// Allowed: both pass; or one is late and the other told so.
#[test]
fn timeout_races_completion() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new(2));
        let one = place.join(kernel.process(1));
        let two = place.join(kernel.process(2).with_hints(&[WaitResult::TimedOut]));
        let meeting = spawn(move || one.wait());
        from_both_sides();
        let mine = two.wait_until(SOON);
        match (mine, meeting.join().unwrap()) {
            (Ok(mine), Ok(other)) => assert_ne!(mine, other),
            (mine, other) => {
                assert_eq!(mine, Err(NotPassed::TimedOut));
                assert_eq!(other, Err(NotPassed::Broken));
            }
        }
    });
}

/// Goal: as above, for one that breaks the barrier on purpose.
/// Method: two wait, a third aborts.
/// Allowed: both pass, or none.
#[test]
fn abort_races_completion() {
    bounded_model(2, || {
        let (kernel, place) = (Kernel::new(), Place::new(2));
        let [one, two] = [1, 2].map(|number| place.join(kernel.process(number)));
        let third = kernel.process(3);
        let meeting = spawn(move || one.wait());
        let aborting = spawn(move || place.barrier.abort(AT, &third));
        from_both_sides();
        let mine = two.wait();
        assert_eq!(mine.is_ok(), meeting.join().unwrap().is_ok());
        aborting.join().unwrap();
        assert!(two.place.barrier.is_broken());
    });
}

/// Goal: a reset is not taken for a completion by one that has not looked since before.
/// Method: one of two waits; another breaks the barrier and resets it, twice.
/// Allowed: broken, or, for one that came afterwards, late.
#[test]
fn reset_is_no_completion() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new(2));
        let one = place.join(kernel.process(1).with_hints(&[WaitResult::TimedOut]));
        let third = kernel.process(3);
        let resetting = spawn(move || {
            place.barrier.abort(AT, &third);
            place.barrier.reset(AT, &third).unwrap();
            place.barrier.reset(AT, &third).unwrap();
        });
        from_both_sides();
        let passed = one.wait_until(SOON);
        assert!(matches!(
            passed,
            Err(NotPassed::Broken | NotPassed::TimedOut)
        ));
        resetting.join().unwrap();
    });
}

/// Goal: after a reset nobody finds a death that was known before it: B5 with B4.
/// Method: one has died and broken the barrier; another resets it, and gives way before it does
/// anything that orders more; a third waits if it finds the barrier in order.
/// Allowed: it is late, since nobody else comes.
#[test]
fn reset_forgets_the_dead() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new(2));
        let [dead, two] = [1, 2].map(|number| place.join(kernel.process(number)));
        dead.process.die();
        place.barrier.abort(AT, &two.process);
        let third = GivesWay(kernel.process(3));
        let resetting = spawn(move || place.barrier.reset(AT, &third).unwrap());
        let waiting = spawn(move || {
            if !two.place.barrier.is_broken() {
                assert_eq!(two.wait_until(Some(Nanos(0))), Err(NotPassed::TimedOut));
            }
        });
        resetting.join().unwrap();
        waiting.join().unwrap();
    });
}

/// Goal: for each party that died another one can come, also if they come at once.
/// Method: two join and die; two others join.
/// Allowed: either takes either seat.
#[test]
fn two_are_replaced_at_once() {
    bounded_model(3, || {
        let (kernel, place) = (Kernel::new(), Place::new(2));
        for number in [1, 2] {
            place.join(kernel.process(number)).process.die();
        }
        let (three, four, theirs) = (kernel.process(3), kernel.process(4), place.clone());
        let joining = spawn(move || theirs.join(three).seat);
        let ours = place.join(four).seat;
        assert_eq!(joining.join().unwrap() + ours, 1);
        assert!(place.barrier.is_broken());
    });
}
