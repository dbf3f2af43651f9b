//! Ringway's own, each in a segment of its own, as the facade opens it.

use super::{Exclusive, Open, Side, Turnstile, Which};
use crate::stage::Stage;
use ringway::{Cell, MutexCell, Shared, WaitStrategy};
use ringway_core::handle::{Event, EventCell, Mutex, Semaphore, SemaphoreCell};
use ringway_core::sync::EventMode;
use std::hint::spin_loop;

/// A handle for a cell of `stage`.
fn handle<C: Cell>(stage: &Stage, which: Which) -> C::Handle<Shared<C>> {
    let name = stage.channel(match which {
        Which::There => "there",
        Which::Back => "back",
    });
    let shared = ringway::shared::<C>(&*name).open();
    shared
        .expect("the name is this sample's own")
        .bind(|cell| cell)
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
