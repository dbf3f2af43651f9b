//! Calls of locks and signals, killed after each of their instructions, and what the survivors
//! must find.
//!
//! A scene is a function that is read from top to bottom: what there was before, the
//! [part](Set::kill) of the one that is killed, and what the survivors see then.

mod barrier;
mod condvar;
mod event;
mod latest;
mod mutex;
mod rwlock;
mod semaphore;
mod set;

pub use set::{Killed, Living, Set};

use super::hunt::Told;
use super::ledger::Finding;
use super::points::{Lead, Take, Trial};

/// The subjects of a [`Hunt`](super::Hunt): what is locked or signalled with.
pub const SUBJECTS: [&str; 7] = [
    "barrier",
    "condvar",
    "event",
    "latest",
    "mutex",
    "rwlock",
    "semaphore",
];

/// A scene: what is wrong, or whether the call of the victim had ended.
type Scene = fn(&mut Set<'_, '_>) -> Result<bool, Finding>;

/// A call in its circumstances.
struct Case {
    name: &'static str,
    scene: Scene,
    /// Whether somebody who waits must find out about the death, which takes up to 300 ms.
    is_slow: bool,
    /// Whether it is played twice each time, and [ends in two ways](Set::is_second).
    ends_both_ways: bool,
}

impl Case {
    const fn both(self) -> Self {
        Case {
            ends_both_ways: true,
            ..self
        }
    }
}

const fn case(name: &'static str, scene: Scene) -> Case {
    Case {
        name,
        scene,
        is_slow: false,
        ends_both_ways: false,
    }
}

const fn slow(name: &'static str, scene: Scene) -> Case {
    Case {
        name,
        scene,
        is_slow: true,
        ends_both_ways: false,
    }
}

/// All cases of one of the [`SUBJECTS`].
pub(super) fn cases(subject: &str) -> Option<Vec<Told>> {
    let cases: &'static [Case] = match subject {
        "barrier" => barrier::CASES,
        "condvar" => condvar::CASES,
        "event" => event::CASES,
        "latest" => latest::CASES,
        "mutex" => mutex::CASES,
        "rwlock" => rwlock::CASES,
        "semaphore" => semaphore::CASES,
        _ => return None,
    };
    let told = cases.iter().map(|case| -> Told {
        let trial = || Box::new(SyncTrial(case)) as Box<dyn Trial>;
        Told {
            name: case.name.to_owned(),
            is_slow: case.is_slow,
            trial: Box::new(trial),
        }
    });
    Some(told.collect())
}

struct SyncTrial(&'static Case);

impl Trial for SyncTrial {
    fn play(&mut self, _: Take, lead: &mut Lead<'_>) -> Result<bool, Finding> {
        let SyncTrial(case) = self;
        let has_ended = (case.scene)(&mut Set::new(lead, false))?;
        if !case.ends_both_ways {
            return Ok(has_ended);
        }
        Ok(has_ended & (case.scene)(&mut Set::new(lead, true))?)
    }
}

/// Nothing, if `is_so`; otherwise that what is told is broken.
fn demand(is_so: bool, told: impl FnOnce() -> String) -> Result<(), Finding> {
    if is_so {
        Ok(())
    } else {
        Err(Finding::Broken(told()))
    }
}
