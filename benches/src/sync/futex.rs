//! The limits: as little as a lock and a signal can be made of with a shared futex.
#![allow(unsafe_code)]

use super::{Exclusive, Newest, Open, Side, Turnstile, Which};
use crate::item::Item;
use crate::stage::Stage;
use rustix::thread::futex::{Flags, wait, wake};
use std::hint::spin_loop;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

/// Looks before sleeping: as many as ringway's lock takes.
const LOOKS: u32 = 128;

/// A word and a number in the room of a stage.
#[repr(C)]
#[derive(Debug)]
struct Words {
    word: AtomicU32,
    number: u64,
}

/// Where they are. Zeros are their beginning.
#[derive(Debug)]
struct Place<'s> {
    words: NonNull<Words>,
    stage: PhantomData<&'s Stage>,
}

impl Place<'_> {
    fn on(stage: &Stage, which: Which) -> Self {
        let words = NonNull::new(stage.room.place(which as usize)).expect("it is mapped");
        let stage = PhantomData;
        Place { words, stage }
    }

    #[inline(always)]
    fn word(&self) -> &AtomicU32 {
        // SAFETY: the stage outlives the sample, `place` has checked size and alignment, and
        // atomics may be changed by others.
        unsafe { &(*self.words.as_ptr()).word }
    }
}

/// A mutex of three states: free, held, held and waited for ("Futexes are tricky", mutex 3). It has
/// no owner: if that dies, everybody waits for ever.
#[derive(Debug)]
pub struct FutexMutex(Place<'static>);

impl Open for FutexMutex {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        FutexMutex(Place::on(stage, which))
    }
}

impl FutexMutex {
    #[cold]
    fn wait(&self) {
        let word = self.0.word();
        for _ in 0..LOOKS {
            if word.load(Ordering::Relaxed) == 0 {
                break;
            }
            spin_loop();
        }
        if (word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed)).is_ok() {
            return;
        }
        while word.swap(2, Ordering::Acquire) != 0 {
            let _ = wait(word, Flags::empty(), 2, None);
        }
    }
}

impl Exclusive for FutexMutex {
    #[inline(always)]
    fn hold<R>(&self, work: impl FnOnce(&mut u64) -> R) -> R {
        let word = self.0.word();
        if (word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed)).is_err() {
            self.wait();
        }
        // SAFETY: the word says that nobody else is here.
        let result = work(unsafe { &mut (*self.0.words.as_ptr()).number });
        if word.swap(0, Ordering::Release) == 2 {
            let _ = wake(word, Flags::empty(), 1);
        }
        result
    }
}

/// A semaphore of one word that spins.
#[derive(Debug)]
pub struct SpinSemaphore(Place<'static>);

impl Open for SpinSemaphore {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        SpinSemaphore(Place::on(stage, which))
    }
}

impl Turnstile for SpinSemaphore {
    #[inline(always)]
    fn post(&self) {
        self.0.word().fetch_add(1, Ordering::Release);
    }
    #[inline(always)]
    fn wait(&self) {
        let word = self.0.word();
        loop {
            let count = word.load(Ordering::Relaxed);
            if count > 0
                && (word.compare_exchange(count, count - 1, Ordering::Acquire, Ordering::Relaxed))
                    .is_ok()
            {
                return;
            }
            spin_loop();
        }
    }
}

/// A version that is odd while the value is written ("seqlock"). If the writer dies in the middle,
/// readers wait for ever.
#[derive(Debug)]
pub struct Seqlock<T> {
    words: NonNull<Versioned>,
    value: PhantomData<T>,
}

#[repr(C)]
#[derive(Debug)]
struct Versioned {
    version: AtomicU64,
    words: [AtomicU64; 32],
}

impl<T: Item> Open for Seqlock<T> {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        let words = NonNull::new(stage.room.place(which as usize)).expect("it is mapped");
        let value = PhantomData;
        Seqlock { words, value }
    }
}

impl<T: Item> Seqlock<T> {
    #[inline(always)]
    fn versioned(&self) -> &Versioned {
        // SAFETY: the stage outlives the sample, `place` has checked size and alignment, and
        // atomics may be changed by others.
        unsafe { self.words.as_ref() }
    }
}

impl<T: Item> Newest for Seqlock<T> {
    type Value = T;

    fn writer(&self) -> impl FnMut(u64) {
        let place = self.versioned();
        move |number| {
            let value = T::numbered(number);
            let version = place.version.load(Ordering::Relaxed);
            place.version.store(version + 1, Ordering::Relaxed);
            fence(Ordering::Release);
            let (words, _) = value.as_bytes().as_chunks::<8>();
            for (to, word) in place.words.iter().zip(words) {
                to.store(u64::from_ne_bytes(*word), Ordering::Relaxed);
            }
            place.version.store(version + 2, Ordering::Release);
        }
    }

    fn reader(&self) -> impl FnMut() -> u64 {
        let place = self.versioned();
        let mut value = T::numbered(0);
        move || {
            loop {
                let before = place.version.load(Ordering::Acquire);
                let (words, _) = value.as_mut_bytes().as_chunks_mut::<8>();
                for (word, from) in words.iter_mut().zip(&place.words) {
                    *word = from.load(Ordering::Relaxed).to_ne_bytes();
                }
                fence(Ordering::Acquire);
                if before.is_multiple_of(2) && place.version.load(Ordering::Relaxed) == before {
                    return value.number();
                }
                spin_loop();
            }
        }
    }
}
