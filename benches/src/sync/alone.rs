//! Calls of one thread that nobody gets in the way of: what they cost by themselves.

use super::{Exclusive, Open, Shared, Side, Turnstile, Which};
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
    time(turns, cores, |lock: &E, turn| {
        lock.hold(|number| {
            debug_assert_eq!(*number, turn);
            *number += 1;
        });
    })
}

/// Lock to look, look, unlock.
#[must_use]
pub fn look<S: Shared>(turns: Turns, cores: Cores) -> Taken {
    time(turns, cores, |lock: &S, _| {
        black_box(lock.look(|number| *number));
    })
}

/// Open a turnstile, and go through it.
#[must_use]
pub fn post_and_wait<T: Turnstile>(turns: Turns, cores: Cores) -> Taken {
    time(turns, cores, |turnstile: &T, _| {
        turnstile.post();
        turnstile.wait();
    })
}

/// Any call.
pub fn time<O: Open>(turns: Turns, cores: Cores, call: impl Fn(&O, u64)) -> Taken {
    let _pinned = Pinned::to(cores.lead);
    let stage = Stage::new().expect("a page of memory");
    let object = O::open(&stage, Side::Lead, Which::There);
    repeat(&object, turns.warm_up(), &call);
    let before = preemption::count();
    let start = Instant::now();
    repeat(&object, turns.timed(), &call);
    let elapsed = start.elapsed();
    Taken {
        elapsed,
        preemptions: preemption::count() - before,
    }
}

#[inline(never)]
fn repeat<O>(object: &O, numbers: Range<u64>, call: &impl Fn(&O, u64)) {
    for number in numbers {
        call(black_box(object), number);
    }
}
