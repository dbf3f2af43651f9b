//! Cells in a segment that the processes of a test share.
#![allow(unsafe_code)]

use crate::os::{BEHIND_SLOTS, Disposition, Request, Segment};
use ringway::Place;
use ringway_core::handle::{Bound, Cell};
use ringway_core::platform::Platform;
use ringway_core::region::{Mapped, Overlay};
use std::time::Duration;

/// A segment that holds an `S` and nothing else, and this process's attachment to it.
pub struct Hall<S> {
    segment: Segment,
    whole: Mapped<S>,
}

impl<S: Overlay> Hall<S> {
    /// Opens the hall of this name, which any process may be the first to open.
    ///
    /// # Panics
    ///
    /// It cannot be opened.
    #[must_use]
    pub fn open(name: &str) -> Self {
        let place = Place::try_from(name).expect("tests use good names");
        let request = Request {
            place: &place,
            disposition: Disposition::CreateOrOpen,
            len: (BEHIND_SLOTS + size_of::<S>()) as u64,
            persistent: false,
            mode: None,
            lock_timeout: Duration::from_secs(5),
        };
        let (segment, _) = Segment::open(&request).expect("a segment can be opened");
        segment.unlock();
        // SAFETY: `segment` lies beside it.
        let whole = unsafe { Mapped::new(segment.memory(), BEHIND_SLOTS) };
        Hall {
            whole: whole.expect("it is large enough"),
            segment,
        }
    }

    /// What lies in it.
    #[must_use]
    pub fn look(&self) -> &S {
        &self.whole
    }

    /// A handle for the cell that `find` finds.
    pub fn bind<'a, C: Cell + 'a>(
        &'a self,
        find: impl FnOnce(&'a S) -> &'a C,
    ) -> C::Handle<&'a Segment> {
        Bound::to(find(&self.whole), &self.segment).handle()
    }

    /// The platform of its handles.
    #[must_use]
    pub fn segment(&self) -> &Segment {
        &self.segment
    }
}
