//! Who is alive, as [`unix`](ringway_os_common::unix) finds out.

use crate::segment::Segment;
use crate::sys;
use ringway_core::layout::known;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_os_common::unix::Whereabouts;
use rustix::process::getpid;

/// There is one number space of processes.
const DOMAIN: u32 = 1;

/// This process, as others may name it.
pub(crate) fn here() -> Whereabouts {
    Whereabouts {
        process: getpid().as_raw_nonzero().get().unsigned_abs(),
        domain: DOMAIN,
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
        self.attachment().is_alive(peer, |process| {
            sys::has_ended(process) || self.deaths.watch(process)
        })
    }
}
