//! One attachment of this process to a segment.

use crate::liveness::Attachment;
use crate::memory::UnforkedMapping;
use crate::ofd;
use crate::open::INIT_LOCK;
use crate::patience::Patience;
use crate::problem::on;
use crate::spot::Spot;
use ringway_core::platform::Platform;
use ringway_os_common::{OpenError, Place, Problem};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// A segment that this process has mapped, and its attachment to it.
///
/// Dropping it unmaps the bytes and ends the attachment; the segment's name stays (see
/// [`unlink`](Segment::unlink)). In a forked child neither the bytes nor the attachment exist, and
/// dropping does nothing to those of the parent; its locks must not be touched there.
#[derive(Debug)]
pub struct Segment {
    mapping: UnforkedMapping,
    attachment: Attachment,
    handle: Option<OwnedFd>,
    place: Place,
    lock_timeout: Duration,
    pub(crate) is_reached_by_barriers: bool,
}

impl Segment {
    pub(crate) fn new(
        mapping: UnforkedMapping,
        attachment: Attachment,
        handle: Option<OwnedFd>,
        place: Place,
        lock_timeout: Duration,
    ) -> Self {
        Segment {
            mapping,
            attachment,
            handle,
            place,
            lock_timeout,
            is_reached_by_barriers: crate::wait::register_for_barriers(),
        }
    }

    /// Where it was opened.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What another process needs to open an anonymous segment, as
    /// [`Place::Handle`](Place::Handle). `None` if the segment has a name, by which it is opened.
    ///
    /// See [`handover`](crate::handover) for a way to send it.
    #[must_use]
    pub fn handle(&self) -> Option<BorrowedFd<'_>> {
        self.handle.as_ref().map(AsFd::as_fd)
    }

    /// Gives the initialisation lock back, which [`open`](Segment::open) took.
    pub fn unlock(&self) {
        // Fails for a bad descriptor or a malformed request only, and it is neither.
        let _ = ofd::unlock(self.attachment.description(), INIT_LOCK);
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
        let mut patience = Patience::new(self.lock_timeout);
        take_lock(self.attachment.description(), &mut patience)
            .map_err(|problem| OpenError::new(&self.place, problem))
    }

    /// Removes the name, so that the next opener makes a new segment. Who has this one mapped keeps
    /// it. Does nothing if there is no name, or if it refers to another segment by now.
    ///
    /// To be called with the initialisation lock held.
    ///
    /// # Errors
    ///
    /// [`Problem::PermissionDenied`] if this user may not; usually only the owner may.
    pub fn unlink(&self) -> Result<(), OpenError> {
        let Some(spot) = Spot::of(&self.place) else {
            return Ok(());
        };
        spot.remove(self.attachment.description())
            .map_err(|problem| OpenError::new(&self.place, problem))
    }

    /// Whether the name still refers to this segment; `false` if it never had one.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        Spot::of(&self.place).is_some_and(|spot| {
            spot.refers_to(self.attachment.description())
                .unwrap_or(false)
        })
    }

    pub(crate) fn attachment(&self) -> &Attachment {
        &self.attachment
    }
}

/// Waits for the initialisation lock. The kernel can wait for it too, but without a timeout.
pub(crate) fn take_lock(
    description: BorrowedFd<'_>,
    patience: &mut Patience,
) -> Result<(), Problem> {
    while !try_init_lock(description)? {
        patience.pause()?;
    }
    Ok(())
}

pub(crate) fn try_init_lock(description: BorrowedFd<'_>) -> Result<bool, Problem> {
    ofd::try_lock(description, INIT_LOCK).map_err(on("fcntl(F_OFD_SETLK)"))
}

impl Drop for Segment {
    /// Gives both locks back at once. Closing the description would not, while a child that was
    /// forked meanwhile still holds it; and in such a child they are not ours to give back.
    fn drop(&mut self) {
        if self.is_mapped_here() {
            self.attachment.leave();
            self.unlock();
        }
    }
}

impl Platform for Segment {
    type Memory = UnforkedMapping;
    type Scratch = ringway_os_common::Joined;

    fn memory(&self) -> &UnforkedMapping {
        &self.mapping
    }

    fn is_mapped_here(&self) -> bool {
        self.mapping.is_mapped_here()
    }
}
