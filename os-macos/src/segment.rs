//! One attachment of this process to a segment.

use crate::bells::bells_of;
use crate::deaths::Deaths;
use crate::fork::KeptFromChildren;
use crate::sleep::Way;
use crate::spot::Spot;
use ringway_core::platform::Platform;
use ringway_core::wait::parking::WAIT_SLOTS;
use ringway_os_common::bells::FifoBells;
use ringway_os_common::unix::{Attachment, Held, UnforkedMapping};
use ringway_os_common::{OpenError, Origin, Place, Problem};
use std::os::fd::BorrowedFd;

/// A segment that this process has mapped, and its attachment to it.
///
/// Dropping it unmaps the bytes and ends the attachment; the segment's name stays (see
/// [`unlink`](Segment::unlink)). In a forked child neither the bytes nor the attachment exist, and
/// dropping does nothing to those of the parent; its locks must not be touched there.
#[derive(Debug)]
pub struct Segment {
    held: Held<KeptFromChildren>,
    spot: Spot,
    pub(crate) bells: FifoBells,
    pub(crate) deaths: Deaths,
    pub(crate) way: Way,
}

impl Segment {
    /// The initialisation lock of `held` is held.
    pub(crate) fn new(
        held: Held<KeptFromChildren>,
        spot: Spot,
        origin: Origin,
    ) -> Result<Self, Problem> {
        let way = Way::of(held.mapping(), origin)?;
        Ok(Segment {
            bells: bells_of(held.attachment().description())?,
            deaths: match way {
                Way::Slots => Deaths::told(),
                // The call that sleeps on an address waits for nothing else.
                Way::Address(_) => Deaths::untold(),
            },
            way,
            held,
            spot,
        })
    }

    /// Where it was opened.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.held.place()
    }

    /// What another process needs to open an anonymous segment, as
    /// [`Place::Handle`](Place::Handle). `None` if the segment has a name, by which it is opened.
    ///
    /// See [`handover`](crate::handover) for a way to send it.
    #[must_use]
    pub fn handle(&self) -> Option<BorrowedFd<'_>> {
        self.held.handle()
    }

    /// Gives the initialisation lock back, which [`open`](Segment::open) took.
    pub fn unlock(&self) {
        self.held.unlock();
    }

    /// Takes the initialisation lock again, to leave or to remove the segment.
    ///
    /// It keeps other attachments out, not other threads that use this one.
    ///
    /// # Errors
    ///
    /// [`Problem::LockTimeout`](crate::Problem::LockTimeout) if another process does not give it
    /// back in the time that was set when this segment was opened.
    pub fn lock(&self) -> Result<(), OpenError> {
        self.held.lock()
    }

    /// Removes the name, so that the next opener makes a new segment, unless it refers to another
    /// segment by now; and the bells of the wait slots. Who has this one mapped keeps it. An
    /// anonymous one cannot be opened by its handle afterwards.
    ///
    /// To be called with the initialisation lock held.
    ///
    /// # Errors
    ///
    /// [`Problem::PermissionDenied`](crate::Problem::PermissionDenied) if this user may not;
    /// usually only the owner may.
    pub fn unlink(&self) -> Result<(), OpenError> {
        self.held.unlink(Some(&self.spot))?;
        self.remove_bells();
        Ok(())
    }

    /// Whether the name still refers to this segment; `false` if it never had one.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.handle().is_none() && self.held.is_linked(Some(&self.spot))
    }

    pub(crate) fn attachment(&self) -> &Attachment {
        self.held.attachment()
    }
}

impl Platform for Segment {
    const WAIT_SLOTS: u32 = WAIT_SLOTS;
    type Memory = UnforkedMapping<KeptFromChildren>;
    type Scratch = ringway_os_common::Joined;

    fn memory(&self) -> &Self::Memory {
        self.held.mapping()
    }

    fn is_mapped_here(&self) -> bool {
        self.held.mapping().is_mapped_here()
    }
}
