//! Ringway's own.
#![allow(unsafe_code)]

use super::{Exclusive, Open, Side, Which};
use crate::stage::Stage;
use ringway::{Name, Place};
use ringway_core::handle::{Bound, Mutex, MutexCell};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::region::{Mapped, Overlay};
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use ringway_os_linux::{Disposition, Request, Segment};
use std::sync::Arc;
use std::time::Duration;

/// An attachment to a segment, which its clones share.
#[derive(Clone, Debug)]
pub struct Attached(Arc<Shelf>);

/// A segment that loses its name when either side has finished.
#[derive(Debug)]
struct Shelf(Segment);

impl Drop for Shelf {
    fn drop(&mut self) {
        if self.0.lock().is_ok() {
            // Best effort: a name that stays is a page of memory until it is removed by hand.
            let _ = self.0.unlink();
            self.0.unlock();
        }
    }
}

impl Wait for Attached {
    #[inline]
    fn now(&self) -> Nanos {
        self.0.0.now()
    }
    #[inline]
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        self.0.0.wait(word, expected, deadline)
    }
    #[inline]
    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        self.0.0.wake(word, count)
    }
    #[inline]
    fn yield_now(&self) {
        self.0.0.yield_now();
    }
    #[inline]
    fn is_reached_by_barriers(&self) -> bool {
        self.0.0.is_reached_by_barriers()
    }
    #[inline]
    fn barrier_everywhere(&self) -> bool {
        self.0.0.barrier_everywhere()
    }
}

// SAFETY: the segment's own answers.
unsafe impl Liveness for Attached {
    #[inline]
    fn me(&self) -> PeerId {
        self.0.0.me()
    }
    #[inline]
    fn is_alive(&self, peer: PeerId) -> bool {
        self.0.0.is_alive(peer)
    }
}

impl Platform for Attached {
    type Memory = <Segment as Platform>::Memory;
    fn memory(&self) -> &Self::Memory {
        self.0.0.memory()
    }
    fn is_mapped_here(&self) -> bool {
        self.0.0.is_mapped_here()
    }
}

/// A cell at the start of a segment of its own.
fn bound<C: Overlay>(stage: &Stage, which: Which) -> Bound<C, Attached> {
    let name = stage.channel(if which == Which::There {
        "there"
    } else {
        "back"
    });
    let place = Place::Named(Name::new(&name).expect("a short name"));
    let request = Request {
        place: &place,
        disposition: Disposition::CreateOrOpen,
        len: size_of::<C>() as u64,
        mode: None,
        lock_timeout: Duration::from_secs(5),
    };
    let (segment, _) = Segment::open(&request).expect("memory for a cell");
    segment.unlock();
    let attached = Attached(Arc::new(Shelf(segment)));
    // SAFETY: `attached` keeps the memory mapped beside it, in `Bound`.
    let cell: Mapped<C> = unsafe { Mapped::new(attached.memory(), 0) }.expect("it was made for it");
    // SAFETY: as above, and the cell lies at its start.
    unsafe { Bound::within(attached, cell, 0, |cell| cell) }
}

/// The mutex.
#[derive(Debug)]
pub struct RingwayMutex(Mutex<u64, Attached>);

impl Open for RingwayMutex {
    fn open(stage: &Stage, _: Side, which: Which) -> Self {
        RingwayMutex(bound::<MutexCell<u64>>(stage, which).handle())
    }
}

impl Exclusive for RingwayMutex {
    #[inline(always)]
    fn hold<R>(&self, work: impl FnOnce(&mut u64) -> R) -> R {
        work(&mut self.0.lock().expect("nobody dies here"))
    }
}
