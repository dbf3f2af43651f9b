//! Who is alive: a lock per attachment that the kernel takes back.

use super::ofd;
use super::problem::on;
use super::random::random_token;
use crate::error::Problem;
use ringway_core::liveness::PeerId;
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// How many names an attachment tries. All of them are taken with a probability of one in 2⁵⁰⁰ if
/// as many as 2¹⁴ others are attached; otherwise somebody locks the whole range on purpose.
const ATTEMPTS: usize = 32;

/// Which process this is, as far as others can make use of it.
#[derive(Clone, Copy, Debug)]
pub struct Whereabouts {
    /// Its number.
    pub process: u32,
    /// Which number space that belongs to; 0 where it is not known.
    pub domain: u32,
}

/// One attachment: an open file description and the lock on the byte that is its name.
#[derive(Debug)]
pub struct Attachment {
    description: OwnedFd,
    me: PeerId,
}

impl Attachment {
    /// Picks a name and locks it. `description` must be open for writing and shared with nobody.
    ///
    /// # Errors
    ///
    /// Those of locking, and that all names are taken.
    pub fn new(description: OwnedFd, here: Whereabouts) -> Result<Self, Problem> {
        for _ in 0..ATTEMPTS {
            let token = random_token()?;
            let free = ofd::try_lock(description.as_fd(), token.get());
            if free.map_err(on("fcntl(F_OFD_SETLK)"))? {
                let me = PeerId {
                    token,
                    process: here.process,
                    domain: here.domain,
                };
                return Ok(Attachment { description, me });
            }
        }
        Err(Problem::System {
            operation: "finding a free name for this attachment",
            source: Errno::AGAIN.into(),
        })
    }

    /// The name of this attachment.
    #[must_use]
    pub fn me(&self) -> PeerId {
        self.me
    }

    /// From now on this attachment counts as dead.
    pub fn leave(&self) {
        // Fails for a bad descriptor or a malformed request only, and it is neither.
        let _ = ofd::unlock(self.description(), self.me.token.get());
    }

    /// The open file that is its own.
    #[must_use]
    pub fn description(&self) -> BorrowedFd<'_> {
        self.description.as_fd()
    }

    /// As [`is_alive`], with which this attachment counts as alive.
    pub fn is_alive(&self, peer: PeerId, has_ended: impl FnOnce(u32) -> bool) -> bool {
        // The kernel reports the locks of others only.
        peer.token == self.me.token || is_alive(self.description(), peer, self.me.domain, has_ended)
    }
}

/// Dead is who does not hold the lock on its byte of what `description` refers to, or whose process
/// has ended: `has_ended` is asked if it is of our number space, `domain`.
///
/// The lock alone would call a peer alive whose forked child keeps the descriptor. The process alone
/// would not do either: its number says something only in the number space it belongs to, and may
/// be given to another process; then the peer passes for alive until the lock is gone too.
///
/// Where the system gives no answer, the peer passes for alive.
pub fn is_alive(
    description: BorrowedFd<'_>,
    peer: PeerId,
    domain: u32,
    has_ended: impl FnOnce(u32) -> bool,
) -> bool {
    if peer.token.get() > PeerId::MAX_TOKEN {
        return false; // nobody has such a name
    }
    match ofd::is_locked_elsewhere(description, peer.token.get()) {
        Ok(false) => false,
        Ok(true) => peer.domain != domain || domain == 0 || !has_ended(peer.process),
        Err(_) => true,
    }
}
