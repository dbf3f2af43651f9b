//! Events, and waiting for several things at once: who waits is not left behind, and sees what was
//! done before. A waiter that is left behind shows as a deadlock.

use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::sync::{EventMode, RawEvent};
use ringway_core::wait::{
    Gate, Interrupted, Nanos, Outlook, Probe, SLICE, Sight, Source, Spin, Spot, Wait,
    WaitAnyTimeoutError, WaitResult, WaitStrategy, Word, watch_any,
};
use ringway_verify::exec::{Item, bounded_model, from_both_sides, model, spawn};
use ringway_verify::kernel::{Kernel, Process};
use std::num::NonZeroU32;
use std::sync::Arc;

const NEVER: Option<Nanos> = None;
const MODES: [EventMode; 2] = [EventMode::Manual, EventMode::Automatic];

/// An event at a place of its own, and what was done before it was set.
struct Scene {
    event: RawEvent,
    at: usize,
    work: Item,
}

impl Scene {
    fn new(mode: EventMode, at: usize) -> Arc<Self> {
        Arc::new(Scene {
            event: RawEvent::new(mode),
            at,
            work: Item::new(0),
        })
    }

    fn set(&self, process: &impl Wait) {
        self.event.set(self.at, process);
    }

    fn wait(&self, process: &impl Wait, deadline: Option<Nanos>) -> Result<(), Interrupted> {
        let mut spin = Spin::new(WaitStrategy::Park);
        self.event.wait(self.at, process, &mut spin, deadline)
    }

    fn pass(&self, process: &impl Wait) {
        assert_eq!(self.wait(process, NEVER), Ok(()));
    }
}

/// Goal: who passes sees what was done before the event was set.
/// Method: one works and sets, one waits and looks.
/// Allowed: it sleeps or does not, and passes.
fn passes_and_sees(mode: EventMode) {
    model(move || {
        let (kernel, scene) = (Kernel::new(), Scene::new(mode, 0));
        let (setter, waiter) = (kernel.process(1), kernel.process(2));
        let setting = {
            let scene = scene.clone();
            spawn(move || {
                scene.work.set(1);
                scene.set(&setter);
            })
        };
        from_both_sides();
        scene.pass(&waiter);
        assert_eq!(scene.work.get(), 1);
        assert_eq!(scene.event.is_set(), mode == EventMode::Manual);
        setting.join().unwrap();
    });
}

#[test]
fn manual_event_shows_the_work() {
    passes_and_sees(EventMode::Manual);
}

#[test]
fn automatic_event_shows_the_work() {
    passes_and_sees(EventMode::Automatic);
}

/// Goal: who resets an event sees what was done before it was set.
/// Method: one works and sets; one resets, and if it was not set by then waits.
/// Allowed: either order.
#[test]
fn reset_shows_the_work() {
    model(|| {
        let (kernel, scene) = (Kernel::new(), Scene::new(EventMode::Manual, 0));
        let (setter, waiter) = (kernel.process(1), kernel.process(2));
        let setting = {
            let scene = scene.clone();
            spawn(move || {
                scene.work.set(1);
                scene.set(&setter);
            })
        };
        from_both_sides();
        if !scene.event.reset() {
            scene.pass(&waiter);
        }
        assert_eq!(scene.work.get(), 1);
        setting.join().unwrap();
    });
}

/// Goal: a manual event lets everybody pass.
/// Method: two wait, one sets once.
/// Allowed: any order.
#[test]
fn two_pass_a_manual_event() {
    bounded_model(2, || {
        let (kernel, scene) = (Kernel::new(), Scene::new(EventMode::Manual, 0));
        let waiting = [2, 3].map(|number| {
            let (scene, waiter) = (scene.clone(), kernel.process(number));
            spawn(move || scene.pass(&waiter))
        });
        from_both_sides();
        scene.set(&kernel.process(1));
        for waiter in waiting {
            waiter.join().unwrap();
        }
    });
}

/// Goal: an automatic event lets one pass at a time, and none is left behind.
/// Method: two wait, work, and set it again; it is set once to begin with.
/// Allowed: any order.
#[test]
fn two_take_turns_by_an_automatic_event() {
    bounded_model(2, || {
        let (kernel, scene) = (Kernel::new(), Scene::new(EventMode::Automatic, 0));
        let waiting = [2, 3].map(|number| {
            let (scene, waiter) = (scene.clone(), kernel.process(number));
            spawn(move || {
                scene.pass(&waiter);
                scene.work.set(scene.work.get() + 1);
                scene.set(&waiter);
            })
        });
        from_both_sides();
        scene.set(&kernel.process(1));
        for waiter in waiting {
            waiter.join().unwrap();
        }
        scene.pass(&kernel.process(1));
        assert_eq!(scene.work.get(), 2);
    });
}

/// Goal: each time that an automatic event is set one passes.
/// Method: two wait; one sets it twice, the second time after one has passed.
/// Allowed: either order.
#[test]
fn automatic_event_is_set_twice() {
    bounded_model(2, || {
        let kernel = Kernel::new();
        let scene = Scene::new(EventMode::Automatic, 0);
        let passed = Scene::new(EventMode::Automatic, 4096);
        let waiting = [2, 3].map(|number| {
            let (scene, passed, waiter) = (scene.clone(), passed.clone(), kernel.process(number));
            spawn(move || {
                scene.pass(&waiter);
                passed.set(&waiter);
            })
        });
        let setter = kernel.process(1);
        scene.set(&setter);
        passed.pass(&setter);
        scene.set(&setter);
        for waiter in waiting {
            waiter.join().unwrap();
        }
        assert!(!scene.event.is_set());
    });
}

/// Goal: a time-out that races the setting loses nothing.
/// Method: the first wait times out, at any moment of the setting; the second has no limit.
/// Allowed: the first passes, or says so and the second passes.
#[test]
fn timeout_races_the_setting() {
    for mode in MODES {
        model(move || {
            let (kernel, scene) = (Kernel::new(), Scene::new(mode, 0));
            let setter = kernel.process(1);
            let waiter = kernel.process(2).with_hints(&[WaitResult::TimedOut]);
            let setting = {
                let scene = scene.clone();
                spawn(move || scene.set(&setter))
            };
            match scene.wait(&waiter, Some(Nanos(1))) {
                Ok(()) => {}
                Err(Interrupted::TimedOut) => scene.pass(&waiter),
                Err(other) => panic!("{other:?}"),
            }
            setting.join().unwrap();
        });
    }
}

/// A process that dies at its first sleep, when that is over, or, if so, at its first wake-up,
/// before that is sent.
struct Doomed {
    process: Process,
    at_wake: bool,
}

impl Wait for Doomed {
    fn now(&self) -> Nanos {
        self.process.now()
    }
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        self.process.wait(word, expected, deadline);
        self.process.die();
        // It does nothing any more: so does one that is told this.
        WaitResult::Lost
    }
    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        if self.at_wake {
            self.process.die();
            return false;
        }
        self.process.wake(word, count)
    }
}

/// Goal: one that was woken for an automatic event and dies before it takes it leaves it to others.
/// Method: two wait, one of which dies at the end of its sleep; it is set once.
/// Allowed: the other passes, at the latest when its slice is over. Who passes sets it again.
#[test]
fn woken_one_dies() {
    bounded_model(2, || {
        let (kernel, scene) = (Kernel::new(), Scene::new(EventMode::Automatic, 0));
        let dying = {
            let scene = scene.clone();
            let doomed = Doomed {
                process: kernel.process(2),
                at_wake: false,
            };
            spawn(move || {
                if scene.wait(&doomed, NEVER).is_ok() {
                    scene.set(&doomed);
                }
            })
        };
        let waiting = {
            let (scene, waiter) = (scene.clone(), kernel.process(3));
            spawn(move || {
                scene.pass(&waiter);
                scene.set(&waiter);
            })
        };
        from_both_sides();
        scene.set(&kernel.process(1));
        dying.join().unwrap();
        waiting.join().unwrap();
    });
}

/// Goal: a setter that dies before it wakes anybody costs no more than a slice.
/// Method: one waits, the setter dies at its wake-up.
/// Allowed: the waiter passes.
#[test]
fn setter_dies_before_it_wakes() {
    for mode in MODES {
        model(move || {
            let (kernel, scene) = (Kernel::new(), Scene::new(mode, 0));
            let waiter = kernel.process(2);
            let doomed = Doomed {
                process: kernel.process(1),
                at_wake: true,
            };
            let setting = {
                let scene = scene.clone();
                spawn(move || scene.set(&doomed))
            };
            scene.pass(&waiter);
            setting.join().unwrap();
        });
    }
}

/// An event as one of several things that are waited for.
struct Part<'a>(&'a Scene, &'a Process);

impl Source for Part<'_> {
    fn is_ready(&mut self, _: Sight) -> bool {
        self.0.event.seems_set()
    }
    fn spot(&self) -> Spot<'_> {
        self.0.event.spot(self.0.at, self.1)
    }
}

fn wait_for(
    scenes: [&Scene; 2],
    waiter: &Process,
    deadline: Option<Nanos>,
) -> Result<usize, WaitAnyTimeoutError> {
    let [mut one, mut two] = scenes.map(|scene| Part(scene, waiter));
    let mut spin = Spin::new(WaitStrategy::Park);
    watch_any(&mut [&mut one, &mut two], &mut spin, deadline)
}

fn pair(mode: EventMode) -> (Arc<Scene>, Arc<Scene>) {
    (Scene::new(mode, 0), Scene::new(mode, 4096))
}

/// Goal: who waits for two things is woken for either, and sees what was done.
/// Method: one waits for two events; another sets one of them.
/// Allowed: it sleeps or does not, and finds that one.
fn either_rings(waiter: fn(Process) -> Process) {
    for which in [0, 1] {
        model(move || {
            let (kernel, scenes) = (Kernel::new(), pair(EventMode::Manual));
            let (setter, waiter) = (kernel.process(1), waiter(kernel.process(2)));
            let rung = [scenes.0.clone(), scenes.1.clone()][which].clone();
            let setting = spawn(move || {
                rung.work.set(1);
                rung.set(&setter);
            });
            from_both_sides();
            assert_eq!(wait_for([&scenes.0, &scenes.1], &waiter, NEVER), Ok(which));
            let rung = [&scenes.0, &scenes.1][which];
            assert!(rung.event.try_wait());
            assert_eq!(rung.work.get(), 1);
            setting.join().unwrap();
        });
    }
}

#[test]
fn either_of_two_rings() {
    either_rings(|waiter| waiter);
}

#[test]
fn either_of_two_rings_where_one_can_sleep_on_one_word() {
    either_rings(Process::one_at_a_time);
}

/// Goal: who waits for two things misses neither.
/// Method: two setters, one for each event, while one waits until it has taken both.
/// Allowed: either order.
#[test]
fn both_of_two_ring() {
    bounded_model(2, || {
        let (kernel, scenes) = (Kernel::new(), pair(EventMode::Automatic));
        let waiter = kernel.process(3);
        let setting = [(1, scenes.0.clone()), (2, scenes.1.clone())].map(|(number, scene)| {
            let setter = kernel.process(number);
            spawn(move || scene.set(&setter))
        });
        let mut taken = [false; 2];
        while taken != [true; 2] {
            let ready = wait_for([&scenes.0, &scenes.1], &waiter, NEVER).unwrap();
            assert!([&scenes.0, &scenes.1][ready].event.try_wait());
            taken[ready] = true;
        }
        for setter in setting {
            setter.join().unwrap();
        }
    });
}

/// Goal: one that waits for several things does not keep a wake-up that another one needs.
/// Method: one waits for an automatic event, another for that and a second one, and takes nothing.
/// Who has passed sets the second event.
/// Allowed: any order; both pass.
#[test]
fn plain_waiter_beside_one_that_waits_for_two() {
    bounded_model(2, || {
        let (kernel, scenes) = (Kernel::new(), pair(EventMode::Automatic));
        let plain = {
            let ((one, two), waiter) = (scenes.clone(), kernel.process(2));
            spawn(move || {
                one.pass(&waiter);
                two.set(&waiter);
            })
        };
        let looking = {
            let ((one, two), waiter) = (scenes.clone(), kernel.process(3));
            spawn(move || assert!(wait_for([&one, &two], &waiter, NEVER).is_ok()))
        };
        from_both_sides();
        scenes.0.set(&kernel.process(1));
        plain.join().unwrap();
        looking.join().unwrap();
    });
}

/// Goal: a time-out that races a ring loses nothing.
/// Method: the first wait for two events times out, at any moment of the setting of one.
/// Allowed: it finds the event, or says so and the next one finds it.
#[test]
fn timeout_races_a_ring() {
    model(|| {
        let (kernel, scenes) = (Kernel::new(), pair(EventMode::Manual));
        let setter = kernel.process(1);
        let waiter = kernel.process(2).with_hints(&[WaitResult::TimedOut]);
        let rung = scenes.1.clone();
        let setting = spawn(move || rung.set(&setter));
        let both = [&*scenes.0, &*scenes.1];
        let first = wait_for(both, &waiter, Some(Nanos(1)));
        if first != Ok(1) {
            assert_eq!(first, Err(WaitAnyTimeoutError::Timeout));
            assert_eq!(wait_for(both, &waiter, NEVER), Ok(1));
        }
        setting.join().unwrap();
    });
}

/// Something that is ready when a certain process is gone, which rings nowhere.
struct Life<'a> {
    gate: &'a Gate,
    waiter: &'a Process,
    whose: PeerId,
}

impl Source for Life<'_> {
    fn is_ready(&mut self, _: Sight) -> bool {
        false
    }
    fn spot(&self) -> Spot<'_> {
        Spot {
            gate: self.gate,
            at: 8192,
            wait: self.waiter,
        }
    }
    fn outlook(&mut self, probe: Probe) -> Outlook {
        if probe == Probe::Ask && !self.waiter.is_alive(self.whose) {
            Outlook::Over
        } else {
            Outlook::Open(SLICE)
        }
    }
}

/// Goal: who waits for several things learns of the death of one that it waits for.
/// Method: one waits for an event and for a process, which dies.
/// Allowed: it learns of that when its slice is over.
#[test]
fn one_that_is_waited_for_dies() {
    learns_of_a_death(|waiter| waiter);
}

/// As above, by one that is told of deaths, and asks then.
#[test]
fn one_that_is_waited_for_is_said_to_have_died() {
    learns_of_a_death(Process::told_of_deaths);
}

fn learns_of_a_death(waiter: fn(Process) -> Process) {
    model(move || {
        let (kernel, scene) = (Kernel::new(), Scene::new(EventMode::Manual, 0));
        let (dying, waiter) = (kernel.process(1), waiter(kernel.process(2)));
        let whose = PeerId::from_token(NonZeroU32::MIN);
        let dying = spawn(move || dying.die());
        let gate = Gate::new();
        let mut life = Life {
            gate: &gate,
            waiter: &waiter,
            whose,
        };
        let mut spin = Spin::new(WaitStrategy::Park);
        let mut sources: [&mut dyn Source; 2] = [&mut Part(&scene, &waiter), &mut life];
        assert_eq!(watch_any(&mut sources, &mut spin, NEVER), Ok(1));
        dying.join().unwrap();
    });
}
