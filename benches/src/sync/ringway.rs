//! Ringway's own.
#![allow(unsafe_code)]

use super::{Exclusive, Open, Side, Turnstile, Which};
use crate::stage::Stage;
use ringway::{Name, Place};
use ringway_core::handle::{Bound, Mutex, MutexCell, Semaphore};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::region::{Mapped, Overlay};
use ringway_core::sync::SemaphoreCell;
use ringway_core::wait::{Nanos, Spin, Wait, WaitResult, WaitStrategy, Word};
use ringway_os_linux::{Disposition, Request, Segment};
use std::cell::RefCell;
use std::hint::spin_loop;
use std::sync::Arc;
use std::time::Duration;

/// An attachment to a segment, which its clones share.
#[derive(Clone, Debug)]
pub struct Attached(Arc<Shelf>);

/// A segment that loses its name when either side has finished.
#[derive(Debug)]
struct Shelf(Segment);

impl Drop for Shelf {
    fn drop(&mut self) {
        if self.0.lock().is_ok() {
            // Best effort: a name that stays is a page of memory until it is removed by hand.
            let _ = self.0.unlink();
            self.0.unlock();
        }
    }
}

impl Wait for Attached {
    #[inline]
    fn now(&self) -> Nanos {
        self.0.0.now()
    }
    #[inline]
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        self.0.0.wait(word, expected, deadline)
    }
    #[inline]
    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        self.0.0.wake(word, count)
    }
    #[inline]
    fn yield_now(&self) {
        self.0.0.yield_now();
    }
    #[inline]
    fn is_reached_by_barriers(&self) -> bool {
        self.0.0.is_reached_by_barriers()
    }
    #[inline]
    fn barrier_everywhere(&self) -> bool {
        self.0.0.barrier_everywhere()
    }
}

// SAFETY: the segment's own answers.
unsafe impl Liveness for Attached {
    #[inline]
    fn me(&self) -> PeerId {
        self.0.0.me()
    }
    #[inline]
    fn is_alive(&self, peer: PeerId) -> bool {
        self.0.0.is_alive(peer)
    }
}

impl Platform for Attached {
    type Memory = <Segment as Platform>::Memory;
    fn memory(&self) -> &Self::Memory {
        self.0.0.memory()
    }
    fn is_mapped_here(&self) -> bool {
        self.0.0.is_mapped_here()
    }
}

/// A cell at the start of a segment of its own.
fn bound<C: Overlay>(stage: &Stage, which: Which) -> Bound<C, Attached> {
    let name = stage.channel(if which == Which::There {
        "there"
    } else {
        "back"
    });
    let place = Place::Named(Name::new(&name).expect("a short name"));
    let request = Request {
        place: &place,
        disposition: Disposition::CreateOrOpen,
        len: size_of::<C>() as u64,
        mode: None,
        lock_timeout: Duration::from_secs(5),
    };
    let (segment, _) = Segment::open(&request).expect("memory for a cell");
    segment.unlock();
    let attached = Attached(Arc::new(Shelf(segment)));
    // SAFETY: `attached` keeps the memory mapped beside it, in `Bound`.
    let cell: Mapped<C> = unsafe { Mapped::new(attached.memory(), 0) }.expect("it was made for it");
    // SAFETY: as above, and the cell lies at its start.
    unsafe { Bound::within(attached, cell, 0, |cell| cell) }
}

/// The mutex.
#[derive(Debug)]
pub struct RingwayMutex(Mutex<u64, Attached>);

impl Open for RingwayMutex {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        RingwayMutex(bound::<MutexCell<u64>>(stage, which).handle())
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
pub struct Counting(Semaphore<Attached>);

/// As [`Counting`], asked again and again.
#[derive(Debug)]
pub struct Polled(Semaphore<Attached>);

/// As [`Counting`], taken as permits that come back, which are then kept.
#[derive(Debug)]
pub struct Forgetting(Semaphore<Attached>);

/// As [`Counting`], by somebody who sleeps at once.
#[derive(Debug)]
pub struct Parked {
    bound: Bound<SemaphoreCell, Attached>,
    spin: RefCell<Spin>,
}

/// The semaphore, whose one permit comes back.
#[derive(Debug)]
pub struct OnePermit(Semaphore<Attached>);

fn semaphore(stage: &Stage, which: Which) -> Semaphore<Attached> {
    bound::<SemaphoreCell>(stage, which).handle()
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
        let bound = bound::<SemaphoreCell>(stage, which);
        let (gate, _) = bound.cell().gate(bound.at());
        gate.join(bound.platform(), WaitStrategy::Park);
        let spin = RefCell::new(Spin::new(WaitStrategy::Park));
        Parked { bound, spin }
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
        let (cell, at) = (self.bound.cell(), self.bound.at());
        cell.release(at, self.bound.platform(), 1).expect(FEW);
    }
    #[inline(always)]
    fn wait(&self) {
        let (cell, at) = (self.bound.cell(), self.bound.at());
        let mut spin = self.spin.borrow_mut();
        let taken = cell.consume(at, self.bound.platform(), &mut spin, 1, None);
        taken.expect(STAYS);
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
