//! One attachment of this process to a segment.

use crate::claims::{Claim, Claims};
use crate::file::FileEnd;
use crate::liveness::Attachment;
use crate::memory::View;
use crate::wait::Events;
use crate::watch::Watch;
use ringway_core::platform::Platform;
use ringway_core::wait::parking::WAIT_SLOTS;
use ringway_os_common::{OpenError, Patience, Place, Problem};
use std::os::windows::io::{AsHandle, BorrowedHandle, OwnedHandle};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A segment that this process has mapped, and its attachment to it.
///
/// Dropping it unmaps the bytes and ends the attachment. A section ends with its last handle, and its
/// name with it; a file stays (see [`unlink`](Segment::unlink)).
// The order of the fields is that in which they are dropped: the attachment ends, then the lock is
// given back, then the bytes go, and then what held them.
#[derive(Debug)]
pub struct Segment {
    attachment: Attachment,
    init_lock: Mutex<Option<Claim>>,
    view: View,
    base: Base,
    claims: Claims,
    events: Events,
    watch: Watch,
    place: Place,
    lock_timeout: Duration,
}

/// Where the bytes come from.
#[derive(Debug)]
pub(crate) enum Base {
    /// A section with a name.
    Named {
        /// As long as it is open, the section has its name.
        _section: OwnedHandle,
        /// Which of that name it is.
        generation: u32,
        /// The first of that name, if it is another one: it says which one the segment is, and must
        /// not go before this one goes.
        first: Option<First>,
    },
    /// A section without a name.
    Anonymous(OwnedHandle),
    /// A file.
    File(FileEnd),
}

/// The first section of a name.
#[derive(Debug)]
pub(crate) struct First {
    pub(crate) view: View,
    pub(crate) _section: OwnedHandle,
}

/// A segment of which this process holds the initialisation lock.
pub(crate) struct Locked {
    pub(crate) view: View,
    pub(crate) base: Base,
    pub(crate) claims: Claims,
    /// Names the events.
    pub(crate) id: String,
    pub(crate) init_lock: Claim,
}

impl Segment {
    /// Gives this attachment its name.
    pub(crate) fn attach(
        locked: Locked,
        place: Place,
        lock_timeout: Duration,
    ) -> Result<Self, Problem> {
        Ok(Segment {
            attachment: Attachment::new(&locked.claims)?,
            init_lock: Mutex::new(Some(locked.init_lock)),
            view: locked.view,
            base: locked.base,
            claims: locked.claims,
            events: Events::new(locked.id),
            watch: Watch::new(),
            place,
            lock_timeout,
        })
    }

    /// Where it was opened.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What another process needs to open an anonymous segment, as
    /// [`Place::Handle`](Place::Handle). `None` if the segment has a name, by which it is opened.
    ///
    /// See [`handover`](crate::handover) for ways to give it to another process.
    #[must_use]
    pub fn handle(&self) -> Option<BorrowedHandle<'_>> {
        match &self.base {
            Base::Anonymous(section) => Some(section.as_handle()),
            Base::Named { .. } | Base::File(_) => None,
        }
    }

    /// Gives the initialisation lock back, which [`open`](Segment::open) took; in any thread.
    pub fn unlock(&self) {
        drop(self.init_lock().take());
    }

    /// Takes the initialisation lock again, to leave or to remove the segment.
    ///
    /// It keeps other attachments out, not other threads that use this one.
    ///
    /// # Errors
    ///
    /// [`Problem::LockTimeout`] if another process does not give it back in the time that was set
    /// when this segment was opened.
    pub fn lock(&self) -> Result<(), OpenError> {
        if self.init_lock().is_some() {
            return Ok(());
        }
        let mut patience = Patience::new(self.lock_timeout);
        match self.claims.take_init_lock(&mut patience) {
            Ok(claim) => *self.init_lock() = Some(claim),
            // Another thread of this attachment may have it.
            Err(_) if self.init_lock().is_some() => {}
            Err(problem) => return Err(OpenError::new(&self.place, problem)),
        }
        Ok(())
    }

    fn init_lock(&self) -> MutexGuard<'_, Option<Claim>> {
        self.init_lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the name from it, so that the next opener makes a new segment. Who has this one mapped
    /// keeps it. Does nothing if there is no name, or if it refers to another segment by now.
    ///
    /// The name of a section cannot be taken away while somebody has it open: it is written down that
    /// the segment of this name is another section from now on. A file is renamed, since it cannot be
    /// removed while it is mapped, and removed by the last one to unmap it.
    ///
    /// To be called with the initialisation lock held.
    ///
    /// # Errors
    ///
    /// [`Problem::PermissionDenied`] if this user may not.
    pub fn unlink(&self) -> Result<(), OpenError> {
        if !self.is_linked() {
            return Ok(());
        }
        match &self.base {
            Base::Named {
                generation, first, ..
            } => {
                let first = first.as_ref().map_or(&self.view, |first| &first.view);
                first.set_generation(generation.wrapping_add(1));
                Ok(())
            }
            Base::Anonymous(_) => Ok(()),
            Base::File(end) => end
                .rename_away()
                .map_err(|problem| OpenError::new(&self.place, problem)),
        }
    }

    /// Whether the name still refers to this segment; `false` if it never had one.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        match &self.base {
            Base::Named {
                generation, first, ..
            } => {
                let first = first.as_ref().map_or(&self.view, |first| &first.view);
                first.generation() == *generation
            }
            Base::Anonymous(_) => false,
            Base::File(end) => match &self.place {
                Place::File(path) => end.is_at(path).unwrap_or(false),
                _ => false,
            },
        }
    }

    pub(crate) fn attachment(&self) -> &Attachment {
        &self.attachment
    }

    pub(crate) fn claims(&self) -> &Claims {
        &self.claims
    }

    pub(crate) fn events(&self) -> &Events {
        &self.events
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }
}

impl Platform for Segment {
    const WAIT_SLOTS: u32 = WAIT_SLOTS;
    type Memory = View;
    type Scratch = ringway_os_common::Joined;

    fn memory(&self) -> &View {
        &self.view
    }
}
