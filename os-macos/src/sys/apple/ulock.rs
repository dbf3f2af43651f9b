//! `__ulock_wait2` and `__ulock_wake`, on which the calls of macOS 14.4 stand, for systems before it.
//!
//! Private to the system: it may change them, and no App Store takes a program that has them.

use super::os_sync::{symbol, ticks, timebase};
use crate::wait::{Calls, Timebase};
use rustix::io::Errno;
use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::sync::atomic::AtomicU32;

type Wait = unsafe extern "C" fn(u32, *mut c_void, u64, u64, u64) -> c_int;
type Wake = unsafe extern "C" fn(u32, *mut c_void, u64) -> c_int;

/// Compares 32 bits, between processes.
const COMPARE_AND_WAIT_SHARED: u32 = 3;
const WAKE_ALL: u32 = 0x100;
/// Errors are returned, as negative numbers.
const NO_ERRNO: u32 = 0x0100_0000;
const FOR_EVER: u64 = 0;

/// The private calls: `__ulock_wait2` came with macOS 11.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ulock {
    wait: Wait,
    wake: Wake,
}

impl Ulock {
    pub(super) fn find() -> Option<Self> {
        // SAFETY: these symbols of the system have these types.
        unsafe {
            Some(Ulock {
                wait: transmute::<*mut c_void, Wait>(symbol(c"__ulock_wait2")?),
                wake: transmute::<*mut c_void, Wake>(symbol(c"__ulock_wake")?),
            })
        }
    }

    fn sleep(&self, word: &AtomicU32, value: u64, timeout: u64) -> Result<u32, Errno> {
        let operation = COMPARE_AND_WAIT_SHARED | NO_ERRNO;
        // SAFETY: the word is mapped while it is borrowed.
        checked(unsafe { (self.wait)(operation, word.as_ptr().cast(), value, timeout, 0) })
    }

    fn ring(&self, word: &AtomicU32, flags: u32) -> Result<(), Errno> {
        let operation = COMPARE_AND_WAIT_SHARED | NO_ERRNO | flags;
        // SAFETY: as in `sleep`.
        checked(unsafe { (self.wake)(operation, word.as_ptr().cast(), 0) }).map(drop)
    }
}

impl Calls for Ulock {
    fn wait(&self, word: &AtomicU32, value: u64, _size: usize, _flags: u32) -> Result<u32, Errno> {
        self.sleep(word, value, FOR_EVER)
    }

    fn wait_with_deadline(
        &self,
        word: &AtomicU32,
        value: u64,
        _size: usize,
        _flags: u32,
        _clock: u32,
        deadline: u64,
    ) -> Result<u32, Errno> {
        let left = deadline.saturating_sub(ticks());
        match timebase().nanos(left).0 {
            0 => Err(Errno::TIMEDOUT),
            nanos => self.sleep(word, value, nanos),
        }
    }

    fn wake_any(&self, word: &AtomicU32, _size: usize, _flags: u32) -> Result<(), Errno> {
        self.ring(word, 0)
    }

    fn wake_all(&self, word: &AtomicU32, _size: usize, _flags: u32) -> Result<(), Errno> {
        self.ring(word, WAKE_ALL)
    }

    fn ticks(&self) -> u64 {
        ticks()
    }

    fn timebase(&self) -> Timebase {
        timebase()
    }
}

fn checked(result: c_int) -> Result<u32, Errno> {
    u32::try_from(result).map_err(|_| Errno::from_raw_os_error(result.wrapping_neg()))
}
