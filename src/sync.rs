//! Locks and signals by name, each in a segment of its own.
//!
//! Several of them in one segment, with channels and values beside them, are a struct:
//! [`shared`](crate::shared()), such as a mutex with its condition variable:
//!
//! ```
//! use ringway::{CondvarCell, MutexCell};
//!
//! ringway::shared! {
//!     struct Store {
//!         goods: MutexCell<u32>,
//!         arrival: CondvarCell,
//!     }
//! }
//!
//! # let name = format!("doc-condvar-{}", std::process::id());
//! let store = ringway::shared::<Store>(&name).open()?;
//! let (goods, arrival) = (store.bind(|store| &store.goods), store.bind(|store| &store.arrival));
//! # let (ours, notify) = (goods.clone(), arrival.clone());
//! # let other = std::thread::spawn(move || { *ours.lock().unwrap() += 1; notify.notify_one(); });
//! let mut some = arrival.wait_while(goods.lock().unwrap(), |goods| *goods == 0).unwrap();
//! *some -= 1;
//! # other.join().unwrap();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Naming the types
//!
//! [`Mutex<T>`](Mutex), [`Event`] and the others of this module are what the functions here open. A
//! handle of a field stands on the whole struct, and is named after it: of a
//! [`handle::Mutex<u32, Shared<Store>>`](handle::Mutex) the guard is a
//! `handle::MutexGuard<'_, u32, Shared<Store>>`.
//!
//! ```
//! use ringway::{EventCell, MutexCell, Shared, handle};
//!
//! ringway::shared! {
//!     struct Store {
//!         goods: MutexCell<u32>,
//!         closed: EventCell,
//!     }
//! }
//!
//! struct Shop {
//!     goods: handle::Mutex<u32, Shared<Store>>,
//!     closed: handle::Event<Shared<Store>>,
//!     opened: ringway::Event,
//! }
//!
//! # let name = format!("doc-shop-{}", std::process::id());
//! let store = ringway::shared::<Store>(&name).open()?;
//! let shop = Shop {
//!     goods: store.bind(|store| &store.goods),
//!     closed: store.bind(|store| &store.closed),
//!     opened: ringway::event(format!("{name}-opened")).open()?,
//! };
//! # shop.opened.set();
//! # assert!(!shop.closed.is_set() && *shop.goods.lock().unwrap() == 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Until a moment
//!
//! The calls that end in `_until` take a point on the clock of the platform, which is the same for
//! all that is open on this machine. A [`Shared`] tells what it is now, and every handle knows one:
//!
//! ```
//! use ringway::Wait as _;
//! use std::time::Duration;
//!
//! # let name = format!("doc-until-{}", std::process::id());
//! let ready = ringway::event(&name).open()?;
//! let gate = ringway::semaphore(format!("{name}-gate"), 1).open()?;
//! let deadline = ready.bound().platform().now().after(Duration::from_millis(20));
//! let permit = gate.acquire_until(deadline)?;
//! assert!(ready.wait_until(deadline).is_err()); // 20 ms for both
//! # drop(permit);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::object::{First, ObjectBuilder};
use crate::place::IntoPlace;
use crate::{Plain, Shared};
use ringway_core::handle;

pub use ringway_core::attach::{Parties, Permits, Signal};
pub use ringway_core::handle::{
    AcquireError, AcquireTimeoutError, AtomicCell, BarrierCell, BarrierError, BarrierWaitResult,
    EventCell, EventError, EventTimeoutError, LatestCell, LockError, LockTimeoutError, MutexCell,
    ReadError, ReadTimeoutError, RwLockCell, Snapshot, TryAcquireError, TryLockError, TryReadError,
    WaitError, WaitNewerError, WaitTimeoutResult,
};
pub use ringway_core::sync::{
    CondvarCell, EventMode, NoSeat, Occupied, Overflow, Overrun, SEATS, SemaphoreCell,
};

/// A mutex around a `T`, at `place`, which is as for [`spsc`](crate::spsc()).
///
/// Whoever comes first makes it, around [`initial`](ObjectBuilder::initial) or zeros. With the last
/// one it is gone, unless it is [persistent](ObjectBuilder::persistent). A `mutex::<()>` guards
/// something that lies elsewhere, such as a device.
///
/// ```
/// # let name = format!("doc-mutex-{}", std::process::id());
/// let hits = ringway::mutex::<u64>(&name).initial(10).open()?;
/// *hits.lock().unwrap() += 1;
/// assert_eq!(*hits.lock().unwrap(), 11);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `open`"]
pub fn mutex<T: Plain>(place: impl IntoPlace) -> ObjectBuilder<MutexCell<T>, First<T>> {
    ObjectBuilder::new(place, First(None))
}

/// A mutex between processes, with a segment of its own.
pub type Mutex<T> = handle::Mutex<T, Shared<MutexCell<T>>>;

/// The value of a [`Mutex`], held until this is dropped.
pub type MutexGuard<'a, T> = handle::MutexGuard<'a, T, Shared<MutexCell<T>>>;

/// The value of a [`Mutex`] whose last holder died with it.
pub type Recovery<'a, T> = handle::Recovery<'a, T, Shared<MutexCell<T>>>;

/// A reader-writer lock around a `T`, at `place`; otherwise as [`mutex()`]. 64 handles can read at a
/// time, in all processes together; for more it is a field of a struct: [`RwLockCell<T, 256>`](RwLockCell).
///
/// ```
/// # let name = format!("doc-rwlock-{}", std::process::id());
/// let limits = ringway::rwlock::<[u64; 4]>(&name).initial([10; 4]).open()?;
/// limits.write().unwrap()[3] = 20;
/// assert_eq!(limits.read().unwrap()[3], 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `open`"]
pub fn rwlock<T: Plain>(place: impl IntoPlace) -> ObjectBuilder<RwLockCell<T>, First<T>> {
    ObjectBuilder::new(place, First(None))
}

/// A reader-writer lock between processes, with a segment of its own.
pub type RwLock<T> = handle::RwLock<T, Shared<RwLockCell<T>>>;

/// The value of a [`RwLock`] to look at, until this is dropped.
pub type RwLockReadGuard<'a, T> = handle::RwLockReadGuard<'a, T, Shared<RwLockCell<T>>>;

/// The value of a [`RwLock`] to change, until this is dropped.
pub type RwLockWriteGuard<'a, T> = handle::RwLockWriteGuard<'a, T, Shared<RwLockCell<T>>>;

/// The value of a [`RwLock`] whose last writer died.
pub type RwLockRecovery<'a, T> = handle::RwLockRecovery<'a, T, Shared<RwLockCell<T>>>;

/// A condition variable, at `place`; otherwise as [`mutex()`]. All who wait at it must hold the same
/// mutex, which may have a segment of its own, or share one with it ([`shared`](crate::shared())). 64
/// can wait at a time; for more it is a field of a struct: [`CondvarCell<256>`](CondvarCell).
///
/// ```
/// # let name = format!("doc-condvar-by-name-{}", std::process::id());
/// let goods = ringway::mutex::<u32>(format!("{name}-goods")).initial(1).open()?;
/// let arrival = ringway::condvar(format!("{name}-arrival")).open()?;
/// let mut some = arrival.wait_while(goods.lock().unwrap(), |goods| *goods == 0).unwrap();
/// *some -= 1;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `open`"]
pub fn condvar(place: impl IntoPlace) -> ObjectBuilder<CondvarCell, First<()>> {
    ObjectBuilder::new(place, First(None))
}

/// A condition variable between processes, with a segment of its own.
pub type Condvar = handle::Condvar<Shared<CondvarCell>>;

/// A semaphore with `permits` to begin with, at `place`, which is as for [`spsc`](crate::spsc()).
///
/// One that is there keeps the permits it has. [`bound`](ObjectBuilder::bound) limits them. 64 handles
/// can hold some at a time, in all processes together; for more it is a field of a struct:
/// [`SemaphoreCell<256>`](SemaphoreCell).
///
/// ```
/// # let name = format!("doc-semaphore-{}", std::process::id());
/// let gate = ringway::semaphore(&name, 3).open()?;
/// let permit = gate.acquire()?;            // comes back when it is dropped, or when we die
/// assert_eq!(gate.available(), 2);
/// drop(permit);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `open`"]
pub fn semaphore(
    place: impl IntoPlace,
    permits: u32,
) -> ObjectBuilder<SemaphoreCell, First<Permits>> {
    let first = Permits {
        available: permits,
        bound: None,
    };
    ObjectBuilder::new(place, First(Some(first)))
}

impl ObjectBuilder<SemaphoreCell, First<Permits>> {
    /// How many permits may be there at a time, at least 1. All that say it must agree.
    pub fn bound(mut self, permits: u32) -> Self {
        if let First(Some(first)) = &mut self.first {
            first.bound = Some(permits);
        }
        self
    }
}

/// A semaphore between processes, with a segment of its own.
pub type Semaphore = handle::Semaphore<Shared<SemaphoreCell>>;

/// Permits of a [`Semaphore`], held until this is dropped.
pub type Permit<'a> = handle::Permit<'a, Shared<SemaphoreCell>>;

/// The releasing side of a [`Semaphore`], for other threads and for signal handlers.
pub type Releaser = handle::Releaser<Shared<SemaphoreCell>>;

/// An event, at `place`, which is as for [`spsc`](crate::spsc()): [manual](EventMode::Manual) and not
/// set, unless something else is said. All who open it must agree on the mode.
///
/// ```
/// # let name = format!("doc-event-{}", std::process::id());
/// let ready = ringway::event(&name).open()?;
/// ready.set();
/// ready.wait()?;                           // in any process
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `open`"]
pub fn event(place: impl IntoPlace) -> ObjectBuilder<EventCell, First<Signal>> {
    ObjectBuilder::new(place, First(Some(Signal::default())))
}

impl ObjectBuilder<EventCell, First<Signal>> {
    /// Each time that it is set it lets one waiter pass.
    pub fn automatic(mut self) -> Self {
        if let First(Some(first)) = &mut self.first {
            first.mode = EventMode::Automatic;
        }
        self
    }

    /// A new one is set.
    pub fn set(mut self) -> Self {
        if let First(Some(first)) = &mut self.first {
            first.is_set = true;
        }
        self
    }
}

/// An event between processes, with a segment of its own.
pub type Event = handle::Event<Shared<EventCell>>;

/// A barrier for `parties`, 1 to 64, at `place`, which is as for [`spsc`](crate::spsc()). All who
/// open it must agree on how many. A larger one is a field of a struct:
/// [`BarrierCell<256>`](BarrierCell).
///
/// ```
/// # let name = format!("doc-barrier-{}", std::process::id());
/// let start = ringway::barrier(&name, 2).open()?;
/// # let name = name.clone();
/// let other = std::thread::spawn(move || {
///     let start = ringway::barrier(&name, 2).open().unwrap();
///     start.wait().unwrap().is_leader()
/// });
/// let are_we = start.wait()?.is_leader();
/// assert_ne!(are_we, other.join().unwrap());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `open`"]
pub fn barrier(place: impl IntoPlace, parties: u32) -> ObjectBuilder<BarrierCell, First<Parties>> {
    let first = Parties { count: parties };
    ObjectBuilder::new(place, First(Some(first)))
}

/// One party of a barrier between processes, with a segment of its own.
pub type Barrier = handle::Barrier<Shared<BarrierCell>>;

/// The newest value of a `T`, at `place`, which is as for [`spsc`](crate::spsc()): one writes, any
/// number read.
///
/// ```
/// # let name = format!("doc-latest-{}", std::process::id());
/// let quote = ringway::latest::<[u64; 8]>(&name).open()?;
/// let mut writer = quote.writer()?;        // one at a time
/// writer.write(&[7; 8]);
/// assert_eq!(quote.load()?, [7; 8]);       // in any process, never half of two
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `open`"]
pub fn latest<T: Plain>(place: impl IntoPlace) -> ObjectBuilder<LatestCell<T>, First<T>> {
    ObjectBuilder::new(place, First(None))
}

/// The newest value between processes, with a segment of its own.
pub type Latest<T> = handle::Latest<T, Shared<LatestCell<T>>>;

/// The writing side of a [`Latest`], one at a time.
pub type LatestWriter<T> = handle::LatestWriter<T, Shared<LatestCell<T>>>;

/// A number, or another small value, at `place`, which is as for [`spsc`](crate::spsc()). Tables of
/// them are a struct: [`AtomicCell`].
///
/// ```
/// use std::sync::atomic::Ordering;
///
/// # let name = format!("doc-atomic-{}", std::process::id());
/// let hits = ringway::atomic::<u64>(&name).initial(10).open()?;
/// hits.fetch_add(1, Ordering::Relaxed);
/// assert_eq!(hits.load(Ordering::Relaxed), 11);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `open`"]
pub fn atomic<T: Plain>(place: impl IntoPlace) -> ObjectBuilder<AtomicCell<T>, First<T>> {
    ObjectBuilder::new(place, First(None))
}

/// A small value between processes, with a segment of its own; used as the [`AtomicCell`] that it
/// is.
pub type Atomic<T> = handle::Atomic<T, Shared<AtomicCell<T>>>;
