//! `os_sync_wait_on_address` and its kin, by futexes: between processes, as the real ones.

use crate::sleep::Found;
use crate::wait::{Address, Calls, MACH_ABSOLUTE_TIME, SHARED, Timebase, WORD};
use ringway_core::wait::Nanos;
use rustix::io::Errno;
use rustix::thread::futex::{Flags, Timespec, wait_bitset, wake};
use rustix::time::{ClockId, clock_gettime};
use std::num::NonZeroU32;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// As on Apple's own processors: 24 ticks a microsecond.
const TIMEBASE: (u32, u32) = (125, 3);

/// Every so often a call fails that could have slept.
const FAILS_ONE_IN: u32 = 4;

/// The calls, with the rules of macOS 14.4.
#[derive(Debug, Default)]
pub(crate) struct Futexes {
    calls: AtomicU32,
}

/// Says which macOS to play: `11` has nothing to sleep on an address with, in `11+ulock` there are the
/// private calls. Else it is 14.4.
const VERSION: &str = "RINGWAY_DOUBLE_OF";

/// What this system has to sleep on an address with.
pub(crate) fn calls() -> Found {
    static FOUND: OnceLock<Found> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let address = Box::leak(Box::new(Address::new(Futexes::default())));
        match std::env::var(VERSION).as_deref() {
            Ok("11") => Found::Nothing,
            Ok("11+ulock") => Found::Private(address),
            _ => Found::Public(address),
        }
    })
}

pub(crate) fn now() -> Nanos {
    let futexes = Futexes::default();
    futexes.timebase().nanos(futexes.ticks())
}

impl Futexes {
    /// What the call before it sleeps may fail with: a signal came, memory ran out, or the page of
    /// the word is not resident.
    fn mishap(&self) -> Result<(), Errno> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        if !number.is_multiple_of(FAILS_ONE_IN) {
            return Ok(());
        }
        let errors = [Errno::INTR, Errno::NOMEM, Errno::FAULT];
        Err(errors[(number / FAILS_ONE_IN) as usize % errors.len()])
    }

    fn sleep(&self, word: &AtomicU32, value: u64, until: Option<&Timespec>) -> Result<u32, Errno> {
        // The whole value is compared with the zero-extended word.
        if u64::from(word.load(Ordering::SeqCst)) != value {
            return Ok(0);
        }
        self.mishap()?;
        let value = u32::try_from(value).map_err(|_| Errno::INVAL)?;
        match wait_bitset(word, Flags::empty(), value, until, NonZeroU32::MAX) {
            Ok(()) | Err(Errno::AGAIN) => Ok(0),
            Err(errno) => Err(errno),
        }
    }

    fn rouse(word: &AtomicU32, count: u32) -> Result<(), Errno> {
        match wake(word, Flags::empty(), count) {
            Ok(0) => Err(Errno::NOENT),
            result => result.map(drop),
        }
    }
}

fn check(size: usize, flags: u32) -> Result<(), Errno> {
    if size == WORD && flags == SHARED {
        Ok(())
    } else {
        Err(Errno::INVAL)
    }
}

impl Calls for Futexes {
    fn wait(&self, word: &AtomicU32, value: u64, size: usize, flags: u32) -> Result<u32, Errno> {
        check(size, flags)?;
        self.sleep(word, value, None)
    }

    fn wait_with_deadline(
        &self,
        word: &AtomicU32,
        value: u64,
        size: usize,
        flags: u32,
        clock: u32,
        deadline: u64,
    ) -> Result<u32, Errno> {
        check(size, flags)?;
        if clock != MACH_ABSOLUTE_TIME || deadline == 0 {
            return Err(Errno::INVAL);
        }
        let nanos = self.timebase().nanos(deadline).0;
        let until = Timespec {
            tv_sec: (nanos / NANOS_PER_SECOND) as _,
            tv_nsec: (nanos % NANOS_PER_SECOND) as _,
        };
        self.sleep(word, value, Some(&until))
    }

    fn wake_any(&self, word: &AtomicU32, size: usize, flags: u32) -> Result<(), Errno> {
        check(size, flags)?;
        Futexes::rouse(word, 1)
    }

    fn wake_all(&self, word: &AtomicU32, size: usize, flags: u32) -> Result<(), Errno> {
        check(size, flags)?;
        Futexes::rouse(word, i32::MAX.unsigned_abs())
    }

    fn ticks(&self) -> u64 {
        let now = clock_gettime(ClockId::Monotonic);
        let nanos = now.tv_sec.unsigned_abs() * NANOS_PER_SECOND + now.tv_nsec.unsigned_abs();
        // Half a tick is none yet.
        u64::try_from(u128::from(nanos) * u128::from(TIMEBASE.1) / u128::from(TIMEBASE.0))
            .unwrap_or(u64::MAX)
    }

    fn timebase(&self) -> Timebase {
        Timebase::new(TIMEBASE.0, TIMEBASE.1)
    }
}
