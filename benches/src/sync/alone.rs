//! Calls of one thread that nobody gets in the way of: what they cost by themselves.

use super::{Exclusive, Newest, Open, Shared, Side, Turnstile, Which};
use crate::cores::{Cores, Pinned};
use crate::preemption;
use crate::run::Taken;
use crate::stage::Stage;
use crate::turns::Turns;
use std::hint::black_box;
use std::ops::Range;
use std::time::Instant;

/// Lock, add one, unlock.
#[must_use]
pub fn hold<E: Exclusive>(turns: Turns, cores: Cores) -> Taken {
    time(turns, cores, |lock: &E| lock.hold(|number| *number += 1))
}

/// Lock to look, look, unlock.
#[must_use]
pub fn look<S: Shared>(turns: Turns, cores: Cores) -> Taken {
    time(turns, cores, |lock: &S| {
        black_box(lock.look(|number| *number));
    })
}

/// Open a turnstile, and go through it.
#[must_use]
pub fn post_and_wait<T: Turnstile>(turns: Turns, cores: Cores) -> Taken {
    time(turns, cores, |turnstile: &T| {
        turnstile.post();
        turnstile.wait();
    })
}

/// Write a value.
#[must_use]
pub fn write<N: Newest>(turns: Turns, cores: Cores) -> Taken {
    on(cores, |newest: &N| {
        let mut write = newest.writer();
        timed(turns, |number| write(black_box(number)))
    })
}

/// Read a value.
#[must_use]
pub fn read<N: Newest>(turns: Turns, cores: Cores) -> Taken {
    on(cores, |newest: &N| {
        newest.writer()(1);
        let mut read = newest.reader();
        timed(turns, |_| {
            black_box(read());
        })
    })
}

/// Any call.
pub fn time<O: Open>(turns: Turns, cores: Cores, call: impl Fn(&O)) -> Taken {
    on(cores, |object: &O| {
        timed(turns, |_| call(black_box(object)))
    })
}

fn on<O: Open>(cores: Cores, sample: impl FnOnce(&O) -> Taken) -> Taken {
    let _pinned = Pinned::to(cores.lead);
    let stage = Stage::new().expect("a page of memory");
    sample(&O::open(&stage, Side::Lead, Which::There))
}

fn timed(turns: Turns, mut call: impl FnMut(u64)) -> Taken {
    repeat(turns.warm_up(), &mut call);
    let before = preemption::count();
    let start = Instant::now();
    repeat(turns.timed(), &mut call);
    let elapsed = start.elapsed();
    Taken {
        elapsed,
        preemptions: preemption::count() - before,
    }
}

#[inline(never)]
fn repeat(numbers: Range<u64>, call: &mut impl FnMut(u64)) {
    for number in numbers {
        call(number);
    }
}
