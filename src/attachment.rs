//! A segment that this process is attached to, and what happens when it leaves.

use crate::os::{BorrowedSystemHandle, OpenError, Segment};
use ringway_core::inspect::{Condition, condition, retire};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::wait::Wait;
use std::sync::Arc;

/// A segment with this process attached to it: what an endpoint and its clones stand on.
///
/// When the last of them is dropped, and nobody else is attached or expected, the segment is removed.
#[derive(Clone, Debug)]
pub struct Attachment {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    segment: Segment,
}

impl Attachment {
    /// Takes charge of `segment`, whose initialisation lock is held.
    pub(crate) fn new(segment: Segment) -> Self {
        Attachment {
            inner: Arc::new(Inner { segment }),
        }
    }

    /// What another process needs to open an anonymous channel, as
    /// [`Place::Handle`](crate::Place::Handle); see [`handover`](crate::handover). `None` for a
    /// channel that has a name.
    #[must_use]
    pub fn handle(&self) -> Option<BorrowedSystemHandle<'_>> {
        self.segment().handle()
    }

    /// The segment itself, for what is particular to this system, such as its
    /// initialisation lock.
    #[must_use]
    pub fn segment(&self) -> &Segment {
        &self.inner.segment
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if !self.segment.is_mapped_here() || self.segment.lock().is_err() {
            // Whoever holds the lock for so long leaves the rest to the next opener or to `gc`.
            return;
        }
        if condition(self.segment.memory(), &self.segment) == Condition::Abandoned {
            let _ = remove(&self.segment);
        }
        self.segment.unlock();
    }
}

/// Removes a segment's name, and then gives the segment up; the initialisation lock is held.
///
/// In this order: where this user may not remove it, it stays as it is for one who may, or who
/// finds it abandoned as this one did.
pub(crate) fn remove(segment: &Segment) -> Result<(), OpenError> {
    segment.unlink()?;
    let _ = retire(segment);
    Ok(())
}

impl Wait for Attachment {
    ringway_core::waits_as!(self, self.segment());
}

// SAFETY: the segment's own answers.
#[allow(unsafe_code)]
unsafe impl Liveness for Attachment {
    fn me(&self) -> PeerId {
        self.segment().me()
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        self.segment().is_alive(peer)
    }
}

impl Platform for Attachment {
    const WAIT_SLOTS: u32 = <Segment as Platform>::WAIT_SLOTS;
    type Memory = <Segment as Platform>::Memory;
    type Scratch = <Segment as Platform>::Scratch;
    fn memory(&self) -> &Self::Memory {
        self.segment().memory()
    }
    fn is_mapped_here(&self) -> bool {
        self.segment().is_mapped_here()
    }
}
