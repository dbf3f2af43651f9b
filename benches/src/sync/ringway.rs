//! Ringway's own, each in a segment of its own, as the facade opens it.

use super::{Exclusive, Newest, Open, Relay, Shared as SharedLock, Side, Turnstile, Which};
use crate::item::Item;
use crate::stage::Stage;
use ringway::{Cell, MutexCell, Overlay, Shared, WaitStrategy};
use ringway_core::handle::{
    AtomicCell, Barrier, BarrierCell, Condvar, CondvarCell, Event, EventCell, Latest, LatestCell,
    Mutex, RwLock, RwLockCell, Semaphore, SemaphoreCell,
};
use ringway_core::sync::EventMode;
use std::hint::spin_loop;
use std::sync::atomic::Ordering;

/// A handle for a cell of `stage`.
fn handle<C: Cell>(stage: &Stage, which: Which) -> C::Handle<Shared<C>> {
    shared::<C>(stage, which).bind(|cell| cell)
}

fn shared<S: Overlay>(stage: &Stage, which: Which) -> Shared<S> {
    let name = stage.channel(which.name());
    let shared = ringway::shared(&*name).open();
    shared.expect("the name is this sample's own")
}

/// The mutex.
#[derive(Debug)]
pub struct RingwayMutex(Mutex<u64, Shared<MutexCell<u64>>>);

impl Open for RingwayMutex {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        RingwayMutex(handle::<MutexCell<u64>>(stage, which))
    }
}

impl Exclusive for RingwayMutex {
    #[inline(always)]
    fn hold<R>(&self, work: impl FnOnce(&mut u64) -> R) -> R {
        work(&mut self.0.lock().expect("nobody dies here"))
    }
}

/// The semaphore, whose permits are counted: taken for good, and released anew.
#[derive(Debug)]
pub struct Counting(Semaphores);

/// As [`Counting`], asked again and again.
#[derive(Debug)]
pub struct Polled(Semaphores);

/// As [`Counting`], taken as permits that come back, which are then kept.
#[derive(Debug)]
pub struct Forgetting(Semaphores);

/// As [`Counting`], by somebody who sleeps at once.
#[derive(Debug)]
pub struct Parked(Semaphores);

/// The semaphore, whose one permit comes back.
#[derive(Debug)]
pub struct OnePermit(Semaphores);

type Semaphores = Semaphore<Shared<SemaphoreCell>>;

fn semaphore(stage: &Stage, which: Which) -> Semaphores {
    handle::<SemaphoreCell>(stage, which)
}

impl Open for Counting {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        Counting(semaphore(stage, which))
    }
}

impl Open for Polled {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        Polled(semaphore(stage, which))
    }
}

impl Open for Forgetting {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        Forgetting(semaphore(stage, which))
    }
}

impl Open for Parked {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        Parked(semaphore(stage, which).waiting(WaitStrategy::Park))
    }
}

impl Open for OnePermit {
    fn open(stage: &Stage, side: Side, which: Which) -> Self {
        let semaphore = semaphore(stage, which);
        if side == Side::Lead {
            semaphore.release(1).expect(FEW);
        }
        OnePermit(semaphore)
    }
}

const FEW: &str = "there is no bound";
const STAYS: &str = "the memory stays";

impl Turnstile for Counting {
    #[inline(always)]
    fn post(&self) {
        self.0.release(1).expect(FEW);
    }
    #[inline(always)]
    fn wait(&self) {
        self.0.consume(1).expect(STAYS);
    }
}

impl Turnstile for Polled {
    #[inline(always)]
    fn post(&self) {
        self.0.release(1).expect(FEW);
    }
    #[inline(always)]
    fn wait(&self) {
        while self.0.try_consume(1).is_err() {
            spin_loop();
        }
    }
}

impl Turnstile for Forgetting {
    #[inline(always)]
    fn post(&self) {
        self.0.release(1).expect(FEW);
    }
    #[inline(always)]
    fn wait(&self) {
        self.0.acquire().expect(STAYS).forget();
    }
}

impl Turnstile for Parked {
    #[inline(always)]
    fn post(&self) {
        self.0.release(1).expect(FEW);
    }
    #[inline(always)]
    fn wait(&self) {
        self.0.consume(1).expect(STAYS);
    }
}

/// In this order: taken, and given back.
impl Turnstile for OnePermit {
    #[inline(always)]
    fn post(&self) {}
    #[inline(always)]
    fn wait(&self) {
        drop(self.0.acquire().expect(STAYS));
    }
}

/// The event, which lets one through each time it is set.
#[derive(Debug)]
pub struct RingwayEvent(Event<Shared<EventCell>>);

impl Open for RingwayEvent {
    fn open(stage: &Stage, side: Side, which: Which) -> Self {
        let event = handle::<EventCell>(stage, which);
        if side == Side::Lead {
            let cell = event.bound().cell();
            cell.initialise(EventMode::Automatic, false);
        }
        RingwayEvent(event)
    }
}

impl Turnstile for RingwayEvent {
    #[inline(always)]
    fn post(&self) {
        self.0.set();
    }
    #[inline(always)]
    fn wait(&self) {
        self.0.wait().expect(STAYS);
    }
}

/// The lock for many readers.
#[derive(Debug)]
pub struct RingwayRwLock(RwLock<u64, Shared<RwLockCell<u64>>>);

impl Open for RingwayRwLock {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        RingwayRwLock(handle::<RwLockCell<u64>>(stage, which))
    }
}

impl Exclusive for RingwayRwLock {
    #[inline(always)]
    fn hold<R>(&self, work: impl FnOnce(&mut u64) -> R) -> R {
        work(&mut self.0.write().expect("nobody dies here"))
    }
}

impl SharedLock for RingwayRwLock {
    #[inline(always)]
    fn look<R>(&self, work: impl FnOnce(&u64) -> R) -> R {
        work(&self.0.read().expect("nobody dies here"))
    }
}

ringway::shared! {
    /// Whose turn it is, and that this has changed.
    struct Desk {
        turn: MutexCell<u64>,
        changed: CondvarCell,
    }
}

/// The condition variable, with a mutex around whose turn it is.
#[derive(Debug)]
pub struct RingwayCondition {
    turn: Mutex<u64, Shared<Desk>>,
    changed: Condvar<Shared<Desk>>,
}

impl Open for RingwayCondition {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        let desk = shared::<Desk>(stage, which);
        RingwayCondition {
            turn: desk.bind(|desk| &desk.turn),
            changed: desk.bind(|desk| &desk.changed),
        }
    }
}

impl RingwayCondition {
    fn step(&self, from: u64, to: u64) {
        let mut turn = self.turn.lock().expect(STAYS);
        while *turn != from {
            turn = self.changed.wait(turn).expect(STAYS);
        }
        *turn = to;
        self.changed.notify_one();
    }

    fn await_turn(&self, number: u64) {
        let mut turn = self.turn.lock().expect(STAYS);
        while *turn != number {
            turn = self.changed.wait(turn).expect(STAYS);
        }
    }
}

impl Relay for RingwayCondition {
    fn call(&self, turn: u32) {
        let number = u64::from(turn) * 2;
        self.step(number - 2, number - 1);
        self.await_turn(number);
    }
    fn answer(&self, turn: u32) {
        let number = u64::from(turn) * 2;
        self.step(number - 1, number);
    }
}

/// The barrier, of two: a turn is one meeting.
#[derive(Debug)]
pub struct RingwayBarrier(Barrier<Shared<BarrierCell>>);

impl Open for RingwayBarrier {
    fn open(stage: &Stage, side: Side, which: Which) -> Self {
        let barrier = handle::<BarrierCell>(stage, which);
        if side == Side::Lead {
            barrier.bound().cell().initialise(2).expect("two are few");
        }
        RingwayBarrier(barrier)
    }
}

impl Relay for RingwayBarrier {
    fn call(&self, _: u32) {
        self.0.wait().expect(STAYS);
    }
    fn answer(&self, _: u32) {
        self.0.wait().expect(STAYS);
    }
}

/// The newest value.
#[derive(Debug)]
pub struct RingwayLatest<T: Item>(Latest<T, Shared<LatestCell<T>>>);

impl<T: Item> Open for RingwayLatest<T> {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        RingwayLatest(handle::<LatestCell<T>>(stage, which))
    }
}

impl<T: Item> Newest for RingwayLatest<T> {
    type Value = T;

    fn writer(&self) -> impl FnMut(u64) {
        let mut writer = self.0.writer().expect("there is no other");
        move |number| {
            writer.write(&T::numbered(number));
        }
    }

    fn reader(&self) -> impl FnMut() -> u64 {
        || self.0.load().expect("the writer is honest").number()
    }
}

/// A word that is changed at once.
#[derive(Debug)]
pub struct RingwayAtomic(Shared<AtomicCell<u64>>);

impl Open for RingwayAtomic {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        RingwayAtomic(shared(stage, which))
    }
}

impl Newest for RingwayAtomic {
    type Value = u64;

    fn writer(&self) -> impl FnMut(u64) {
        |number| self.0.store(number, Ordering::Release)
    }

    fn reader(&self) -> impl FnMut() -> u64 {
        || self.0.load(Ordering::Acquire)
    }
}
