//! One attachment of this process to a segment, as far as all Unix systems are alike.

use super::liveness::Attachment;
use super::memory::{ForkMark, UnforkedMapping};
use super::ofd;
use super::open::INIT_LOCK;
use super::problem::on;
use super::spot::Spot;
use crate::error::{OpenError, Problem};
use crate::patience::Patience;
use crate::place::Place;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// A segment that this process has mapped, and its attachment to it.
///
/// Dropping it unmaps the bytes and ends the attachment; the segment's name stays. In a forked child
/// neither the bytes nor the attachment exist, and dropping does nothing to those of the parent; its
/// locks must not be touched there.
#[derive(Debug)]
pub struct Held<M: ForkMark> {
    mapping: UnforkedMapping<M>,
    attachment: Attachment,
    handle: Option<OwnedFd>,
    place: Place,
    lock_timeout: Duration,
}

impl<M: ForkMark> Held<M> {
    pub(crate) fn new(
        mapping: UnforkedMapping<M>,
        attachment: Attachment,
        handle: Option<OwnedFd>,
        place: Place,
        lock_timeout: Duration,
    ) -> Self {
        Held {
            mapping,
            attachment,
            handle,
            place,
            lock_timeout,
        }
    }

    /// Where it was opened.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The bytes.
    #[must_use]
    pub fn mapping(&self) -> &UnforkedMapping<M> {
        &self.mapping
    }

    /// The attachment.
    #[must_use]
    pub fn attachment(&self) -> &Attachment {
        &self.attachment
    }

    /// What another process needs to open a segment without a name.
    #[must_use]
    pub fn handle(&self) -> Option<BorrowedFd<'_>> {
        self.handle.as_ref().map(AsFd::as_fd)
    }

    /// Gives the initialisation lock back.
    pub fn unlock(&self) {
        // Fails for a bad descriptor or a malformed request only, and it is neither.
        let _ = ofd::unlock(self.attachment.description(), INIT_LOCK);
    }

    /// Takes the initialisation lock again.
    ///
    /// # Errors
    ///
    /// [`Problem::LockTimeout`].
    pub fn lock(&self) -> Result<(), OpenError> {
        let mut patience = Patience::new(self.lock_timeout);
        take_lock(self.attachment.description(), &mut patience)
            .map_err(|problem| OpenError::new(&self.place, problem))
    }

    /// Removes the name at `spot`, where it has one.
    ///
    /// # Errors
    ///
    /// [`Problem::PermissionDenied`].
    pub fn unlink(&self, spot: Option<&impl Spot>) -> Result<(), OpenError> {
        let Some(spot) = spot else {
            return Ok(());
        };
        spot.remove(self.attachment.description())
            .map_err(|problem| OpenError::new(&self.place, problem))
    }

    /// Whether the name at `spot` still refers to this segment.
    pub fn is_linked(&self, spot: Option<&impl Spot>) -> bool {
        spot.is_some_and(|spot| {
            spot.refers_to(self.attachment.description())
                .unwrap_or(false)
        })
    }
}

/// Waits for the initialisation lock. The kernel can wait for it too, but without a timeout.
///
/// # Errors
///
/// [`Problem::LockTimeout`].
pub fn take_lock(description: BorrowedFd<'_>, patience: &mut Patience) -> Result<(), Problem> {
    while !try_init_lock(description)? {
        patience.pause()?;
    }
    Ok(())
}

pub(super) fn try_init_lock(description: BorrowedFd<'_>) -> Result<bool, Problem> {
    ofd::try_lock(description, INIT_LOCK).map_err(on("fcntl(F_OFD_SETLK)"))
}

impl<M: ForkMark> Drop for Held<M> {
    /// Gives both locks back at once. Closing the description would not, while a child that was
    /// forked meanwhile still holds it; and in such a child they are not ours to give back.
    fn drop(&mut self) {
        if self.mapping.is_mapped_here() {
            self.attachment.leave();
            self.unlock();
        }
    }
}
