//! `os_sync_wait_on_address` and its kin, looked up when first used.
//!
//! They came with macOS 14.4. A program that named them would not start on an older system: the
//! loader looks for all that a program names.

use super::files::last_errno;
use crate::sleep::Found;
use crate::wait::{Address, Calls, Timebase};
use rustix::io::Errno;
use std::ffi::{CStr, c_int, c_void};
use std::mem::transmute;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;

type Wait = unsafe extern "C" fn(*mut c_void, u64, usize, u32) -> c_int;
type WaitWithDeadline = unsafe extern "C" fn(*mut c_void, u64, usize, u32, u32, u64) -> c_int;
type Wake = unsafe extern "C" fn(*mut c_void, usize, u32) -> c_int;

/// The calls of macOS 14.4.
#[derive(Clone, Copy, Debug)]
struct OsSync {
    wait: Wait,
    wait_with_deadline: WaitWithDeadline,
    wake_any: Wake,
    wake_all: Wake,
}

/// What this system has to sleep on an address with.
pub(crate) fn calls() -> Found {
    static FOUND: OnceLock<Found> = OnceLock::new();
    *FOUND.get_or_init(find)
}

/// Called once, so that what it leaves in memory for good is one of a kind.
fn find() -> Found {
    if let Some(calls) = OsSync::find() {
        return Found::Public(Box::leak(Box::new(Address::new(calls))));
    }
    #[cfg(feature = "ulock")]
    if let Some(calls) = super::ulock::Ulock::find() {
        return Found::Private(Box::leak(Box::new(Address::new(calls))));
    }
    Found::Nothing
}

impl OsSync {
    fn find() -> Option<Self> {
        // SAFETY: these symbols of the system have these types.
        unsafe {
            Some(OsSync {
                wait: transmute::<*mut c_void, Wait>(symbol(c"os_sync_wait_on_address")?),
                wait_with_deadline: transmute::<*mut c_void, WaitWithDeadline>(symbol(
                    c"os_sync_wait_on_address_with_deadline",
                )?),
                wake_any: transmute::<*mut c_void, Wake>(symbol(c"os_sync_wake_by_address_any")?),
                wake_all: transmute::<*mut c_void, Wake>(symbol(c"os_sync_wake_by_address_all")?),
            })
        }
    }
}

impl Calls for OsSync {
    fn wait(&self, word: &AtomicU32, value: u64, size: usize, flags: u32) -> Result<u32, Errno> {
        // SAFETY: the word is mapped while it is borrowed.
        checked(unsafe { (self.wait)(word.as_ptr().cast(), value, size, flags) })
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
        let address = word.as_ptr().cast();
        // SAFETY: as in `wait`.
        checked(unsafe { (self.wait_with_deadline)(address, value, size, flags, clock, deadline) })
    }

    fn wake_any(&self, word: &AtomicU32, size: usize, flags: u32) -> Result<(), Errno> {
        // SAFETY: as in `wait`.
        checked(unsafe { (self.wake_any)(word.as_ptr().cast(), size, flags) }).map(drop)
    }

    fn wake_all(&self, word: &AtomicU32, size: usize, flags: u32) -> Result<(), Errno> {
        // SAFETY: as in `wait`.
        checked(unsafe { (self.wake_all)(word.as_ptr().cast(), size, flags) }).map(drop)
    }

    fn ticks(&self) -> u64 {
        ticks()
    }

    fn timebase(&self) -> Timebase {
        timebase()
    }
}

fn checked(result: c_int) -> Result<u32, Errno> {
    u32::try_from(result).map_err(|_| last_errno())
}

/// The address of a function of the system, if it has one of that name.
pub(super) fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: a name that ends with a zero.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!found.is_null()).then_some(found)
}

unsafe extern "C" {
    safe fn mach_absolute_time() -> u64;
    fn mach_timebase_info(info: *mut MachTimebase) -> c_int;
}

#[repr(C)]
struct MachTimebase {
    numer: u32,
    denom: u32,
}

/// The clock of all this, which stands still while the machine sleeps.
pub(super) fn ticks() -> u64 {
    mach_absolute_time()
}

/// How long a tick of [`ticks`] is.
pub(super) fn timebase() -> Timebase {
    static FOUND: OnceLock<Timebase> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let mut info = MachTimebase { numer: 1, denom: 1 };
        // SAFETY: it writes to the record, which is borrowed exclusively.
        unsafe { mach_timebase_info(&raw mut info) };
        Timebase::new(info.numer, info.denom)
    })
}

/// The time on that clock, for who does not sleep on an address.
pub(crate) fn now() -> ringway_core::wait::Nanos {
    timebase().nanos(ticks())
}
