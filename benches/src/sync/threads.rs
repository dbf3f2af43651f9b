//! Locks between the threads of one process.

use super::{Exclusive, Open, Shared, Side, Which};
use crate::stage::Stage;

macro_rules! lock {
    ($(#[$meta:meta])* $name:ident($of:ty)) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name(Box<$of>);
        impl Open for $name {
            fn open(_: &Stage, _: Side, _: Which) -> Self {
                $name(Box::new(<$of>::new(0)))
            }
        }
    };
}

lock! {
    /// The standard library's mutex.
    StdMutex(std::sync::Mutex<u64>)
}
lock! {
    /// The standard library's lock for many readers.
    StdRwLock(std::sync::RwLock<u64>)
}
lock! {
    /// parking_lot's mutex.
    ParkingLotMutex(parking_lot::Mutex<u64>)
}
lock! {
    /// parking_lot's lock for many readers.
    ParkingLotRwLock(parking_lot::RwLock<u64>)
}

const SOUND: &str = "nobody panics under it";

impl Exclusive for StdMutex {
    #[inline(always)]
    fn hold<R>(&self, work: impl FnOnce(&mut u64) -> R) -> R {
        work(&mut self.0.lock().expect(SOUND))
    }
}

impl Exclusive for StdRwLock {
    #[inline(always)]
    fn hold<R>(&self, work: impl FnOnce(&mut u64) -> R) -> R {
        work(&mut self.0.write().expect(SOUND))
    }
}

impl Shared for StdRwLock {
    #[inline(always)]
    fn look<R>(&self, work: impl FnOnce(&u64) -> R) -> R {
        work(&self.0.read().expect(SOUND))
    }
}

impl Exclusive for ParkingLotMutex {
    #[inline(always)]
    fn hold<R>(&self, work: impl FnOnce(&mut u64) -> R) -> R {
        work(&mut self.0.lock())
    }
}

impl Exclusive for ParkingLotRwLock {
    #[inline(always)]
    fn hold<R>(&self, work: impl FnOnce(&mut u64) -> R) -> R {
        work(&mut self.0.write())
    }
}

impl Shared for ParkingLotRwLock {
    #[inline(always)]
    fn look<R>(&self, work: impl FnOnce(&u64) -> R) -> R {
        work(&self.0.read())
    }
}
