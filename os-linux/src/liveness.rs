//! Who is alive: a lock per attachment that the kernel takes back.

use crate::ofd;
use crate::problem::on;
use crate::segment::Segment;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_os_common::Problem;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, getpid, pidfd_open};
use rustix::rand::{GetRandomFlags, getrandom};
use std::num::NonZeroU32;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// How many names an attachment tries. All of them are taken with a probability of one in 2⁵⁰⁰ if
/// as many as 2¹⁴ others are attached; otherwise somebody locks the whole range on purpose.
const ATTEMPTS: usize = 32;

/// One attachment: an open file description and the lock on the byte that is its name.
#[derive(Debug)]
pub(crate) struct Attachment {
    description: OwnedFd,
    me: PeerId,
}

impl Attachment {
    /// Picks a name and locks it. `description` must be open for writing and shared with nobody.
    pub(crate) fn new(description: OwnedFd) -> Result<Self, Problem> {
        for _ in 0..ATTEMPTS {
            let token = random_token()?;
            let free = ofd::try_lock(description.as_fd(), token.get());
            if free.map_err(on("fcntl(F_OFD_SETLK)"))? {
                let me = PeerId {
                    token,
                    process: getpid().as_raw_nonzero().get().unsigned_abs(),
                    domain: pid_namespace(),
                };
                return Ok(Attachment { description, me });
            }
        }
        Err(Problem::System {
            operation: "finding a free name for this attachment",
            source: Errno::AGAIN.into(),
        })
    }

    pub(crate) fn me(&self) -> PeerId {
        self.me
    }

    /// From now on this attachment counts as dead.
    pub(crate) fn leave(&self) {
        // Fails for a bad descriptor or a malformed request only, and it is neither.
        let _ = ofd::unlock(self.description(), self.me.token.get());
    }

    pub(crate) fn description(&self) -> BorrowedFd<'_> {
        self.description.as_fd()
    }
}

/// Dead is who does not hold the lock on its byte, or whose process has ended.
///
/// The lock alone would call a peer alive whose forked child keeps the descriptor. The process alone
/// would not do either: its number says something only in the PID namespace it belongs to, and may
/// be given to another process; then the peer passes for alive until the lock is gone too.
///
/// Where the system gives no answer, the peer passes for alive.
pub(crate) fn is_alive(description: BorrowedFd<'_>, peer: PeerId, domain: u32) -> bool {
    if peer.token.get() > PeerId::MAX_TOKEN {
        return false; // nobody has such a name
    }
    match ofd::is_locked_elsewhere(description, peer.token.get()) {
        Ok(false) => false,
        Ok(true) => peer.domain != domain || domain == 0 || !has_ended(peer.process),
        Err(_) => true,
    }
}

/// Whether the process with this number in our PID namespace is known to have ended. A zombie has.
fn has_ended(process: u32) -> bool {
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else {
        return false;
    };
    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(pidfd) => {
            let mut fds = [PollFd::new(&pidfd, PollFlags::IN)];
            let at_once = Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            poll(&mut fds, Some(&at_once)).is_ok_and(|ready| ready > 0)
        }
        Err(Errno::SRCH) => true,
        Err(_) => false,
    }
}

/// Tells PID namespaces apart; 0 if `/proc` is not there to ask.
pub(crate) fn pid_namespace() -> u32 {
    let found = rustix::fs::stat("/proc/self/ns/pid");
    found.map_or(0, |stat| u32::try_from(stat.st_ino).unwrap_or(0))
}

/// A name that was most likely never used before.
pub(crate) fn random_token() -> Result<NonZeroU32, Problem> {
    loop {
        let mut bytes = [0; 4];
        getrandom(&mut bytes, GetRandomFlags::empty()).map_err(on("getrandom"))?;
        if let Some(token) = NonZeroU32::new(u32::from_ne_bytes(bytes) & PeerId::MAX_TOKEN) {
            return Ok(token);
        }
    }
}

// SAFETY: a token is a lock on a byte of its own, which the kernel gives to one and takes back
// when the attachment ends; errors count as alive.
#[allow(unsafe_code)]
unsafe impl Liveness for Segment {
    fn me(&self) -> PeerId {
        self.attachment().me()
    }

    /// Up to five system calls, none of which waits.
    fn is_alive(&self, peer: PeerId) -> bool {
        let me = self.me();
        // The kernel reports the locks of others only.
        peer.token == me.token || is_alive(self.attachment().description(), peer, me.domain)
    }
}
