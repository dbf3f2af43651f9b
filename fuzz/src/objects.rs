//! Locks, signals and values in a segment over which somebody writes.

use crate::script::Script;
use crate::stage::{End, Stage, TIMEOUT};
use ringway_core::attach::{self, Fresh, Object};
use ringway_core::handle::{
    BarrierCell, CondvarCell, EventCell, LatestCell, LockTimeoutError, MutexCell, ReadTimeoutError,
    RwLockCell, SemaphoreCell, WaitError,
};
use ringway_core::inspect::{condition, inspect};
use ringway_core::layout::Blueprint;
use std::mem::forget;

const SEATS: usize = 3;

ringway_core::shared! {
    struct All {
        book: RwLockCell<[u64; 3], SEATS>,
        total: MutexCell<u64>,
        changed: CondvarCell<SEATS>,
        start: BarrierCell<SEATS>,
        quote: LatestCell<[u64; 3]>,
        gate: SemaphoreCell<SEATS>,
        ready: EventCell,
    }
}

/// Up to two attachments to one object, which the script uses.
struct Desk<'s> {
    stage: &'s Stage<'s>,
    blueprint: Blueprint,
    users: [Option<Object<All, End<'s>>>; 2],
}

/// Plays a whole script.
pub(crate) fn play(script: Script<'_>) {
    let blueprint = Blueprint {
        handles: Some(1 + u32::from(script.below(3))),
        ..Blueprint::object::<All>()
    };
    let geometry = blueprint.geometry().expect("it is small");
    let stage = Stage::new(script, geometry.total_len as usize);
    stage.play(|| {
        let mut desk = Desk {
            stage: &stage,
            blueprint,
            users: [None, None],
        };
        desk.attach(0);
        if stage.script.coin() {
            desk.users[0] = None;
            stage.patch();
            desk.inspect();
            desk.attach(0);
        }
        desk.go_on();
    });
}

impl Desk<'_> {
    fn go_on(&mut self) {
        while !self.stage.script.is_over() {
            self.stage.begin();
            self.step();
        }
        self.stage.begin();
    }

    fn step(&mut self) {
        let choice = self.stage.script.byte();
        let index = usize::from(choice >> 7);
        match choice & 0x7F {
            0..=79 => self.use_one(index),
            80..=95 => self.stage.lie(),
            96..=103 => self.stage.lie_later(),
            104..=107 => self.stage.patch(),
            108..=111 => self.inspect(),
            112..=119 => self.attach(index),
            120..=123 => self.users[index] = None,
            _ => {
                if let Some(object) = self.users[index].take() {
                    object.platform().die();
                    forget(object);
                }
            }
        }
    }

    fn attach(&mut self, index: usize) {
        self.users[index] = None;
        if let Some(end) = self.stage.attachment() {
            let nothing = |_: &mut Fresh<'_, All>| ();
            let attached = attach::object(end, &self.blueprint, self.stage.options(), nothing);
            self.users[index] = attached.map_err(|why| why.to_string()).ok();
        }
    }

    fn inspect(&mut self) {
        if let Some(end) = self.stage.attachment() {
            let _ = condition(self.stage.region(), &end);
            drop(inspect(self.stage.region(), &end).map_err(|why| why.to_string()));
            end.die();
        }
    }

    fn use_one(&self, index: usize) {
        let Some(object) = &self.users[index] else {
            return;
        };
        match self.stage.script.below(7) {
            0 => self.use_book(object),
            1 => self.use_condvar(object),
            2 => self.use_barrier(object),
            3 => self.use_latest(object),
            4 => self.use_semaphore(object),
            5 => self.use_mutex(object),
            _ => self.use_event(object),
        }
    }

    /// Somebody may lie while a lock is held.
    fn meanwhile(&self) {
        let script = &self.stage.script;
        match script.below(4) {
            0 => self.stage.lie(),
            1 => self.stage.lie_later(),
            _ => {}
        }
    }

    fn use_book(&self, object: &Object<All, End<'_>>) {
        let book = object.bind(|all| &all.book);
        let clone = book.clone();
        match self.stage.script.below(5) {
            0 => match book.read_timeout(TIMEOUT) {
                Ok(guard) => {
                    self.meanwhile();
                    drop((clone.try_read().map(|guard| *guard), guard));
                }
                Err(ReadTimeoutError::OwnerDied(guard)) => {
                    drop(guard.mark_consistent().downgrade());
                }
                Err(why) => drop(why.to_string()),
            },
            1 => match book.write_timeout(TIMEOUT) {
                Ok(mut guard) => {
                    guard[0] = guard[0].wrapping_add(1);
                    self.meanwhile();
                    drop(guard.downgrade());
                }
                Err(LockTimeoutError::OwnerDied(guard)) => guard.poison(),
                Err(why) => drop(why.to_string()),
            },
            2 => drop(book.try_write().map(|mut guard| guard[1] = 0)),
            3 => drop(book.try_read()),
            _ => drop((
                object.book.readers(),
                object.book.has_writer(),
                format!("{book:?}"),
            )),
        }
    }

    fn use_mutex(&self, object: &Object<All, End<'_>>) {
        let total = object.bind(|all| &all.total);
        match self.stage.script.below(4) {
            0 => {
                if let Ok(guard) = total.lock_timeout(TIMEOUT) {
                    self.meanwhile();
                    drop(guard);
                }
            }
            1 => forget(total.try_lock()),
            2 => drop(total.clear_poison()),
            _ => drop(format!("{total:?}")),
        }
    }

    fn use_condvar(&self, object: &Object<All, End<'_>>) {
        let total = object.bind(|all| &all.total);
        let changed = object.bind(|all| &all.changed);
        match self.stage.script.below(4) {
            0 => changed.notify_one(),
            1 => changed.notify_all(),
            _ => {
                if let Ok(guard) = total.lock_timeout(TIMEOUT) {
                    self.meanwhile();
                    match changed.wait_timeout(guard, TIMEOUT) {
                        Ok((guard, _)) => {
                            drop(changed.wait_timeout_while(guard, TIMEOUT, |_| true))
                        }
                        Err(WaitError::OwnerDied(total)) => drop(total.mark_consistent()),
                        Err(why) => drop(why.to_string()),
                    }
                }
            }
        }
        drop(format!("{changed:?}"));
    }

    fn use_barrier(&self, object: &Object<All, End<'_>>) {
        let start = object.bind(|all| &all.start);
        let other = start.clone();
        match self.stage.script.below(5) {
            0 => drop((start.join(), other.join())),
            1 => drop(start.wait_timeout(TIMEOUT)),
            2 => drop((start.waiting(), start.parties(), start.is_broken())),
            3 => drop(start.reset()),
            _ => other.abort(),
        }
    }

    fn use_latest(&self, object: &Object<All, End<'_>>) {
        let quote = object.bind(|all| &all.quote);
        match self.stage.script.below(4) {
            0 => drop((quote.try_load(), quote.has_writer())),
            1 => {
                if let Ok(mut writer) = quote.writer() {
                    self.meanwhile();
                    let version = writer.update(|value| value[0] = value[0].wrapping_add(1));
                    writer.write(&[version; 3]);
                    let _ = (writer.last(), writer.version());
                }
            }
            2 => drop(quote.load()),
            _ => drop(quote.wait_newer_timeout(quote.version(), TIMEOUT)),
        }
    }

    fn use_semaphore(&self, object: &Object<All, End<'_>>) {
        let gate = object.bind(|all| &all.gate);
        match self.stage.script.below(6) {
            0 => {
                let one = gate.acquire_timeout(TIMEOUT);
                self.meanwhile();
                drop(one);
            }
            1 => drop(gate.try_acquire()),
            2 => drop((gate.release(3), gate.available())),
            3 => drop((gate.try_consume(1), gate.consume_timeout(1, TIMEOUT))),
            4 => drop(gate.acquire_many_timeout(2, TIMEOUT)),
            _ => forget(gate.try_acquire()),
        }
    }

    fn use_event(&self, object: &Object<All, End<'_>>) {
        let ready = object.bind(|all| &all.ready);
        match self.stage.script.below(3) {
            0 => ready.set(),
            1 => drop((ready.reset(), ready.is_set(), ready.mode())),
            _ => drop((ready.try_wait(), ready.wait_timeout(TIMEOUT))),
        }
    }
}
