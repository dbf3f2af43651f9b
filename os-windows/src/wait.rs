//! Sleeping and waking: an auto-reset event for each wait slot.
//!
//! There is nothing better: `WaitOnAddress` and keyed events work inside one process only, and of a
//! semaphore for each word a later sleeper takes what was meant for an earlier one.

use crate::names::{self, KernelName};
use crate::segment::Segment;
use crate::sys::object::{self, Waited};
use crate::sys::process::monotonic_nanos;
use crate::watch::{MOST_WATCHED, Vigil};
use ringway_core::wait::parking::{Bells, Slept, WAIT_SLOTS};
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use ringway_os_common::lot;
use std::io;
use std::os::windows::io::{AsHandle, BorrowedHandle, OwnedHandle};
use std::sync::OnceLock;
use std::time::Duration;

/// The events of a segment's wait slots, as far as this attachment has used them.
#[derive(Debug)]
pub(crate) struct Events {
    id: String,
    events: [OnceLock<OwnedHandle>; WAIT_SLOTS as usize],
}

impl Events {
    pub(crate) fn new(id: String) -> Self {
        Events {
            id,
            events: [const { OnceLock::new() }; WAIT_SLOTS as usize],
        }
    }

    /// What the event of `slot` is called.
    pub(crate) fn name_of(&self, slot: u32) -> KernelName {
        names::bell(&self.id, slot)
    }

    /// The event of `slot`, and whether it was not open here before.
    fn of(&self, slot: u32) -> Option<(BorrowedHandle<'_>, bool)> {
        let place = self.events.get(slot as usize)?;
        if let Some(event) = place.get() {
            return Some((event.as_handle(), false));
        }
        let event = object::create_event(&self.name_of(slot)).ok()?;
        Some((place.get_or_init(|| event.handle).as_handle(), true))
    }
}

impl Bells for Segment {
    fn now(&self) -> Nanos {
        Nanos(monotonic_nanos())
    }

    fn sleep(&self, slot: u32, deadline: Option<Nanos>) -> Slept {
        let Some((bell, is_new)) = self.events().of(slot) else {
            return Slept::NoBell;
        };
        if is_new {
            // A ring may have come before there was an event to keep it.
            return Slept::Rung;
        }
        let vigil = self.watch().begin();
        match sleep(bell, &vigil, deadline) {
            Ok(Some(0)) => Slept::Rung,
            Ok(Some(peer)) => {
                vigil.report(peer - 1);
                Slept::Died
            }
            Ok(None) => Slept::TimedOut,
            Err(_) => Slept::NoBell,
        }
    }

    fn ring(&self, slot: u32, _sort: u32) -> bool {
        let bell = self.events().of(slot);
        bell.is_some_and(|(bell, _)| object::set_event(bell).is_ok())
    }

    fn nap(&self, until: Nanos) {
        lot::nap(Bells::now(self), until);
    }
}

/// Sleeps until `bell` is rung (0), one of the processes of `vigil` ends (its number from 1 on), or
/// `deadline` passes (`None`).
fn sleep(
    bell: BorrowedHandle<'_>,
    vigil: &Vigil<'_>,
    deadline: Option<Nanos>,
) -> io::Result<Option<usize>> {
    let mut objects = [bell; MOST_WATCHED + 1];
    let mut count = 1;
    for (object, process) in objects[1..].iter_mut().zip(vigil.handles()) {
        *object = process;
        count += 1;
    }
    loop {
        match object::wait_for_any(&objects[..count], deadline.map(left))? {
            Waited::Signalled(index) => return Ok(Some(index)),
            // Of mutexes only, and there is none.
            Waited::Abandoned => return Ok(Some(0)),
            // It may fire a little early.
            Waited::TimedOut if deadline.is_some_and(|at| !left(at).is_zero()) => {}
            Waited::TimedOut => return Ok(None),
        }
    }
}

/// How long it is until `point`.
fn left(point: Nanos) -> Duration {
    Duration::from_nanos(point.0.saturating_sub(monotonic_nanos()))
}

impl Wait for Segment {
    /// `QueryPerformanceCounter`, which is the same for all processes.
    fn now(&self) -> Nanos {
        Bells::now(self)
    }

    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        lot::wait(self, word, expected, deadline)
    }

    fn wait_any(&self, words: &[(Word<'_>, u32)], deadline: Option<Nanos>) -> WaitResult {
        lot::wait_any(self, words, deadline)
    }

    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        lot::wake(self, word, count)
    }

    fn yield_now(&self) {
        std::thread::yield_now();
    }
}
