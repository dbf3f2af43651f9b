//! A barrier, newest values and atomic cells within one program.
#![cfg(not(ringway_loom))]

use core::num::NonZeroU32;
use ringway_core::handle::{
    AtomicCell, BarrierCell, BarrierError, Bound, LatestCell, WaitNewerError,
};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::region::{Borrowed, Memory, Overlay, StaticRegion};
use ringway_core::sync::{NoSeat, Occupied};
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A platform of threads: each attachment has a token, sleepers look again and again.
#[derive(Clone)]
struct Threads<'a> {
    memory: Borrowed<'a>,
    token: u32,
    /// Tokens from this one on are alive.
    living_from: &'a AtomicU32,
    start: Instant,
}

impl Wait for Threads<'_> {
    fn now(&self) -> Nanos {
        Nanos(self.start.elapsed().as_nanos() as u64)
    }
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        while word.atomic.load(Ordering::Relaxed) == expected {
            if deadline.is_some_and(|deadline| deadline <= self.now()) {
                return WaitResult::TimedOut;
            }
            std::thread::yield_now();
        }
        WaitResult::Woken
    }
    fn wake(&self, _word: Word<'_>, _count: u32) -> bool {
        true
    }
}

// SAFETY: tokens are given out once, and those that are called dead are not used any more.
unsafe impl Liveness for Threads<'_> {
    fn me(&self) -> PeerId {
        PeerId::from_token(NonZeroU32::new(self.token).unwrap())
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        peer.token.get() >= self.living_from.load(Ordering::Relaxed)
    }
}

impl<'a> Platform for Threads<'a> {
    type Memory = Borrowed<'a>;
    type Scratch = ();
    fn memory(&self) -> &Borrowed<'a> {
        &self.memory
    }
}

/// A region with the cell `C` at its start, and who lives.
struct Place {
    region: Box<StaticRegion<65536>>,
    living_from: AtomicU32,
    start: Instant,
}

impl Place {
    fn new() -> Self {
        Place {
            region: Box::new(StaticRegion::new()),
            living_from: AtomicU32::new(1),
            start: Instant::now(),
        }
    }

    fn attach(&self, token: u32) -> Threads<'_> {
        Threads {
            memory: Borrowed::from(&*self.region),
            token,
            living_from: &self.living_from,
            start: self.start,
        }
    }

    fn cell<C: Overlay>(&self) -> &C {
        assert!(size_of::<C>() <= 65536);
        let base = Borrowed::from(&*self.region).base();
        // SAFETY: the cell fits, the region is aligned, all zeros are valid and it is `Overlay`.
        unsafe { base.cast().as_ref() }
    }
}

#[test]
fn parties_meet_and_one_leads() {
    let place = Place::new();
    let cell: &BarrierCell<4> = place.cell();
    cell.initialise(3).unwrap();
    let leaders = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for token in 1..=3 {
            let (place, leaders) = (&place, &leaders);
            scope.spawn(move || {
                let platform = place.attach(token);
                let barrier = Bound::to(cell, &platform).handle();
                for round in 0..200 {
                    assert!(leaders.load(Ordering::Relaxed) <= round + 1);
                    let passed = barrier.wait().unwrap();
                    leaders.fetch_add(u32::from(passed.is_leader()), Ordering::Relaxed);
                    barrier.wait().unwrap();
                    assert_eq!(leaders.load(Ordering::Relaxed), round + 1);
                    barrier.wait().unwrap();
                }
                barrier.wait().unwrap();
            });
        }
    });
}

#[test]
fn barrier_has_room_for_its_parties() {
    let place = Place::new();
    let cell: &BarrierCell<4> = place.cell();
    assert_eq!(cell.initialise(5), Err(NoSeat::Crowded { seats: 4 }));
    cell.initialise(2).unwrap();
    let platform = place.attach(1);
    let one = Bound::to(cell, &platform).handle();
    one.join().unwrap();
    let two = one.clone();
    two.join().unwrap();
    let three = one.clone();
    assert_eq!(three.wait(), Err(BarrierError::Crowded { parties: 2 }));
    drop(two);
    three.join().unwrap();
    assert!(!one.is_broken());
    assert_eq!(one.parties(), 2);
}

#[test]
fn barrier_without_parties_is_for_one() {
    let place = Place::new();
    let platform = place.attach(1);
    let barrier = Bound::to(place.cell::<BarrierCell>(), &platform).handle();
    assert!(barrier.wait().unwrap().is_leader());
    assert!(barrier.wait().unwrap().is_leader());
}

#[test]
fn timeout_breaks_until_reset() {
    let place = Place::new();
    let cell: &BarrierCell<2> = place.cell();
    cell.initialise(2).unwrap();
    let platform = place.attach(1);
    let one = Bound::to(cell, &platform).handle();
    let late = one.wait_timeout(Duration::from_millis(1));
    assert_eq!(late, Err(BarrierError::Timeout));
    assert_eq!(one.wait(), Err(BarrierError::Broken));
    assert!(one.is_broken());
    one.reset().unwrap();
    assert!(!one.is_broken());
    assert_eq!(one.waiting(), 0);
    one.abort();
    assert_eq!(one.wait(), Err(BarrierError::Broken));
}

#[test]
fn death_breaks_within_its_time() {
    let place = Place::new();
    let cell: &BarrierCell<2> = place.cell();
    cell.initialise(2).unwrap();
    let (dead, alive) = (place.attach(1), place.attach(2));
    let forgotten = Bound::to(cell, &dead).handle();
    forgotten.join().unwrap();
    core::mem::forget(forgotten);
    place.living_from.store(2, Ordering::Relaxed);
    let barrier = Bound::to(cell, &alive).handle();
    let start = Instant::now();
    assert_eq!(barrier.wait(), Err(BarrierError::Broken));
    assert!(start.elapsed() < Duration::from_millis(400));
    barrier.reset().unwrap();
    barrier.clone().join().unwrap();
}

/// Values of every kind of size: whole words, and bytes behind them.
#[test]
fn values_come_as_they_were_written() {
    fn check<const N: usize>() {
        let place = Place::new();
        let platform = place.attach(1);
        let latest = Bound::to(place.cell::<LatestCell<[u8; N]>>(), &platform).handle();
        assert_eq!(latest.load(), Ok([0; N]));
        let mut writer = latest.writer().unwrap();
        for version in 1..=9 {
            let value =
                core::array::from_fn(|index| (version as u8 * 16).wrapping_add(index as u8));
            assert_eq!(writer.write(&value), version);
            let snapshot = latest.try_load().unwrap();
            assert_eq!((snapshot.value, snapshot.version), (value, version));
            assert_eq!(writer.last(), value);
        }
    }
    check::<0>();
    check::<1>();
    check::<7>();
    check::<8>();
    check::<13>();
    check::<64>();
    check::<100>();
    check::<4096>();
}

#[test]
fn one_writes_at_a_time() {
    let place = Place::new();
    let cell: &LatestCell<u64> = place.cell();
    cell.initialise(5);
    let (one, two) = (place.attach(1), place.attach(2));
    let latest = Bound::to(cell, &one).handle();
    assert!(!latest.has_writer());
    let mut writer = latest.writer().unwrap();
    assert!(latest.has_writer());
    assert_eq!(latest.writer().err(), Some(Occupied));
    assert_eq!(writer.update(|value| *value += 1), 1);
    drop(writer);
    assert!(!latest.has_writer());
    core::mem::forget(latest.writer().unwrap());
    let latest = Bound::to(cell, &two).handle();
    assert_eq!(latest.writer().err(), Some(Occupied));
    place.living_from.store(2, Ordering::Relaxed);
    assert!(!latest.has_writer());
    assert_eq!(latest.writer().unwrap().update(|value| *value += 1), 2);
    assert_eq!(latest.load(), Ok(7));
}

#[test]
fn newer_value_is_waited_for() {
    let place = Place::new();
    let cell: &LatestCell<[u64; 8]> = place.cell();
    let last = 20_000;
    std::thread::scope(|scope| {
        for token in 2..=3 {
            let place = &place;
            scope.spawn(move || {
                let platform = place.attach(token);
                let latest = Bound::to(cell, &platform).handle();
                let mut seen = 0;
                while seen < last {
                    let snapshot = latest.wait_newer(seen).unwrap();
                    assert!(snapshot.version > seen);
                    assert_eq!(snapshot.value, [snapshot.version; 8]);
                    seen = snapshot.version;
                }
            });
        }
        let platform = place.attach(1);
        let latest = Bound::to(cell, &platform).handle();
        let mut writer = latest.writer().unwrap();
        for version in 1..=last {
            writer.write(&[version; 8]);
        }
    });
    let platform = place.attach(1);
    let latest = Bound::to(cell, &platform).handle();
    let late = latest.wait_newer_timeout(last, Duration::from_millis(1));
    assert_eq!(late.err(), Some(WaitNewerError::Timeout));
}

ringway_core::shared! {
    /// Cells beside each other.
    struct Counters {
        total: AtomicCell<u64>,
        each: [AtomicCell<u32>; 64],
        ratio: AtomicCell<f64>,
    }
}

#[test]
fn atomic_cells_count() {
    let place = Place::new();
    let counters: &Counters = place.cell();
    std::thread::scope(|scope| {
        for index in 0..2 {
            scope.spawn(move || {
                for _ in 0..1000 {
                    counters.total.fetch_add(2, Ordering::Relaxed);
                    counters.each[index].fetch_max(7, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(counters.total.swap(1, Ordering::AcqRel), 4000);
    assert_eq!(counters.each[1].load(Ordering::Acquire), 7);
    assert_eq!(counters.total.fetch_sub(2, Ordering::Relaxed), 1);
    assert_eq!(counters.total.load(Ordering::Relaxed), u64::MAX);
    let halved = |value: f64| (value > 0.0).then_some(value / 2.0);
    let (set, fetch) = (Ordering::AcqRel, Ordering::Acquire);
    assert_eq!(counters.ratio.fetch_update(set, fetch, halved), Err(0.0));
    counters.ratio.initialise(3.0);
    assert_eq!(counters.ratio.fetch_update(set, fetch, halved), Ok(3.0));
    assert_eq!(
        counters.ratio.compare_exchange(1.0, 2.0, set, fetch),
        Err(1.5)
    );
}
