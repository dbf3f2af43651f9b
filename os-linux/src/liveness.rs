//! Who is alive, as [`unix`](ringway_os_common::unix) finds out; what Linux says of a process.

use crate::segment::Segment;
use ringway_core::layout::known;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_os_common::unix::Whereabouts;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, getpid, pidfd_open};

/// Whether the process with this number in our PID namespace is known to have ended. A zombie has.
#[must_use]
pub fn has_ended(process: u32) -> bool {
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
fn pid_namespace() -> u32 {
    let found = rustix::fs::stat("/proc/self/ns/pid");
    found.map_or(0, |stat| u32::try_from(stat.st_ino).unwrap_or(0))
}

/// This process, as others may name it.
pub(crate) fn here() -> Whereabouts {
    Whereabouts {
        process: getpid().as_raw_nonzero().get().unsigned_abs(),
        domain: pid_namespace(),
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
        let peer = known(self.memory(), peer);
        self.attachment().is_alive(peer, has_ended)
    }
}
