//! What libc has for several processes.
#![allow(unsafe_code)]

use super::{Exclusive, Open, Relay, Side, Turnstile, Which};
use crate::stage::Stage;
use rustix::event::{EventfdFlags, eventfd};
use std::hint::spin_loop;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::Ordering;

/// A robust mutex that processes share (`pthread_mutexattr_setrobust`, `_setpshared`).
#[derive(Debug)]
pub struct PthreadMutex(*mut Guarded);

#[repr(C)]
struct Guarded {
    mutex: libc::pthread_mutex_t,
    number: u64,
}

impl Open for PthreadMutex {
    fn open(stage: &Stage, side: Side, which: Which) -> Self {
        let place: *mut Guarded = stage.room.place(which as usize);
        if side == Side::Lead {
            let mut attributes = MaybeUninit::uninit();
            let attributes = attributes.as_mut_ptr();
            // SAFETY: the attributes are initialised first, the mutex lies in memory of its own
            // which both processes map, and nobody uses it before both have met.
            let failed = unsafe {
                libc::pthread_mutexattr_init(attributes)
                    | libc::pthread_mutexattr_setpshared(attributes, libc::PTHREAD_PROCESS_SHARED)
                    | libc::pthread_mutexattr_setrobust(attributes, libc::PTHREAD_MUTEX_ROBUST)
                    | libc::pthread_mutex_init(&raw mut (*place).mutex, attributes)
            };
            assert_eq!(failed, 0, "a robust mutex");
        }
        PthreadMutex(place)
    }
}

impl Exclusive for PthreadMutex {
    #[inline(always)]
    fn hold<R>(&self, work: impl FnOnce(&mut u64) -> R) -> R {
        // SAFETY: the lead has initialised it; the number is reached under it only.
        unsafe {
            let mutex = &raw mut (*self.0).mutex;
            assert_eq!(libc::pthread_mutex_lock(mutex), 0);
            let result = work(&mut (*self.0).number);
            assert_eq!(libc::pthread_mutex_unlock(mutex), 0);
            result
        }
    }
}

/// A semaphore that processes share (`sem_init`), and how one waits for it.
#[derive(Debug)]
pub struct Sem<const POLLS: bool>(*mut libc::sem_t);

/// `sem_wait`, which sleeps at once.
pub type SemWait = Sem<false>;
/// `sem_trywait` in a loop.
pub type SemTryWait = Sem<true>;

impl<const POLLS: bool> Open for Sem<POLLS> {
    fn open(stage: &Stage, side: Side, which: Which) -> Self {
        let place = stage.room.place(which as usize);
        if side == Side::Lead {
            // SAFETY: it lies in memory of its own which both processes map, and nobody uses it
            // before both have met.
            assert_eq!(unsafe { libc::sem_init(place, 1, 0) }, 0, "a semaphore");
        }
        Sem(place)
    }
}

impl<const POLLS: bool> Turnstile for Sem<POLLS> {
    #[inline(always)]
    fn post(&self) {
        // SAFETY: the lead has initialised it.
        unsafe { libc::sem_post(self.0) };
    }
    #[inline(always)]
    fn wait(&self) {
        if POLLS {
            // SAFETY: as above.
            while unsafe { libc::sem_trywait(self.0) } != 0 {
                spin_loop();
            }
        } else {
            // SAFETY: as above.
            while unsafe { libc::sem_wait(self.0) } != 0 {}
        }
    }
}

/// A pair of `eventfd`s, in a thread each: to another process one would have to be sent.
#[derive(Debug)]
pub struct EventFd {
    there: i32,
    back: i32,
    /// Closes them; the lead has it.
    _open: Option<[OwnedFd; 2]>,
}

impl Open for EventFd {
    fn open(stage: &Stage, side: Side, _: Which) -> Self {
        let open = (side == Side::Lead).then(|| {
            let made = [(); 2].map(|()| eventfd(0, EventfdFlags::CLOEXEC).expect("a descriptor"));
            stage
                .pong
                .store(made[1].as_raw_fd() as u32, Ordering::Relaxed);
            stage
                .ping
                .store(made[0].as_raw_fd() as u32, Ordering::Release);
            made
        });
        let place = || {
            let there = stage.ping.load(Ordering::Acquire) as i32;
            (there != 0).then(|| (there, stage.pong.load(Ordering::Relaxed) as i32))
        };
        let (there, back) = std::iter::repeat_with(place)
            .flatten()
            .next()
            .expect("endless");
        EventFd {
            there,
            back,
            _open: open,
        }
    }
}

impl EventFd {
    fn set(descriptor: i32) {
        // SAFETY: open, and 8 bytes are written.
        let written = unsafe { libc::write(descriptor, (&raw const ONE).cast(), 8) };
        assert_eq!(written, 8);
    }

    fn wait(descriptor: i32) {
        let mut count = 0_u64;
        // SAFETY: open, and 8 bytes are read.
        let read = unsafe { libc::read(descriptor, (&raw mut count).cast(), 8) };
        assert_eq!((read, count), (8, 1));
    }
}

static ONE: u64 = 1;

impl Relay for EventFd {
    fn call(&self, _: u32) {
        Self::set(self.there);
        Self::wait(self.back);
    }
    fn answer(&self, _: u32) {
        Self::wait(self.there);
        Self::set(self.back);
    }
}

/// A condition variable that processes share, with a mutex around whose turn it is.
#[derive(Debug)]
pub struct PthreadCondition {
    mutex: *mut Guarded,
    changed: *mut libc::pthread_cond_t,
}

impl Open for PthreadCondition {
    fn open(stage: &Stage, side: Side, _: Which) -> Self {
        let PthreadMutex(mutex) = PthreadMutex::open(stage, side, Which::There);
        let changed = stage.room.place(Which::Back as usize);
        if side == Side::Lead {
            let mut attributes = MaybeUninit::uninit();
            let attributes = attributes.as_mut_ptr();
            // SAFETY: as for the mutex.
            let failed = unsafe {
                libc::pthread_condattr_init(attributes)
                    | libc::pthread_condattr_setpshared(attributes, libc::PTHREAD_PROCESS_SHARED)
                    | libc::pthread_cond_init(changed, attributes)
            };
            assert_eq!(failed, 0, "a condition variable");
        }
        PthreadCondition { mutex, changed }
    }
}

impl PthreadCondition {
    /// Whose turn it is; under the mutex.
    fn number(&self) -> u64 {
        // SAFETY: mapped, and nobody else reaches it while the mutex is held.
        unsafe { (&raw const (*self.mutex).number).read_volatile() }
    }

    fn step(&self, from: u64, to: u64) {
        // SAFETY: the lead has initialised both; the number is reached under the mutex only.
        unsafe {
            let mutex = &raw mut (*self.mutex).mutex;
            assert_eq!(libc::pthread_mutex_lock(mutex), 0);
            while self.number() != from {
                assert_eq!(libc::pthread_cond_wait(self.changed, mutex), 0);
            }
            (*self.mutex).number = to;
            libc::pthread_cond_signal(self.changed);
            assert_eq!(libc::pthread_mutex_unlock(mutex), 0);
        }
    }

    fn await_number(&self, number: u64) {
        // SAFETY: as above.
        unsafe {
            let mutex = &raw mut (*self.mutex).mutex;
            assert_eq!(libc::pthread_mutex_lock(mutex), 0);
            while self.number() != number {
                assert_eq!(libc::pthread_cond_wait(self.changed, mutex), 0);
            }
            assert_eq!(libc::pthread_mutex_unlock(mutex), 0);
        }
    }
}

impl Relay for PthreadCondition {
    fn call(&self, turn: u32) {
        let number = u64::from(turn) * 2;
        self.step(number - 2, number - 1);
        self.await_number(number);
    }
    fn answer(&self, turn: u32) {
        let number = u64::from(turn) * 2;
        self.step(number - 1, number);
    }
}

/// A barrier of two that processes share: a turn is one meeting.
#[derive(Debug)]
pub struct PthreadBarrier(*mut libc::pthread_barrier_t);

impl Open for PthreadBarrier {
    fn open(stage: &Stage, side: Side, which: Which) -> Self {
        let place = stage.room.place(which as usize);
        if side == Side::Lead {
            let mut attributes = MaybeUninit::uninit();
            let attributes = attributes.as_mut_ptr();
            // SAFETY: as for the mutex.
            let failed = unsafe {
                libc::pthread_barrierattr_init(attributes)
                    | libc::pthread_barrierattr_setpshared(attributes, libc::PTHREAD_PROCESS_SHARED)
                    | libc::pthread_barrier_init(place, attributes, 2)
            };
            assert_eq!(failed, 0, "a barrier");
        }
        PthreadBarrier(place)
    }
}

impl Relay for PthreadBarrier {
    fn call(&self, _: u32) {
        // SAFETY: the lead has initialised it.
        unsafe { libc::pthread_barrier_wait(self.0) };
    }
    fn answer(&self, turn: u32) {
        self.call(turn);
    }
}
