//! Who is alive: a lock for each attachment, and its process.
#![allow(unsafe_code)]

use crate::claims::{Claim, Claims};
use crate::problem::on;
use crate::segment::Segment;
use crate::watch::{Watch, own_domain};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_os_common::Problem;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::num::NonZeroU32;

/// How many names an attachment tries. All of them are taken with a probability of one in 2⁵⁰⁰ if
/// as many as 2¹⁴ others are attached; otherwise somebody takes the whole range on purpose.
const ATTEMPTS: usize = 32;

/// One attachment: its name, and the lock that says that it exists.
#[derive(Debug)]
pub(crate) struct Attachment {
    /// Kept for its drop, with which the attachment ends.
    _claim: Claim,
    me: PeerId,
}

impl Attachment {
    /// Picks a name that nobody has.
    pub(crate) fn new(claims: &Claims) -> Result<Self, Problem> {
        for _ in 0..ATTEMPTS {
            let token = random_token();
            let claim = claims.try_claim(token);
            if let Some(claim) = claim.map_err(on("taking a name for this attachment"))? {
                return Ok(Attachment {
                    _claim: claim,
                    me: PeerId {
                        token,
                        process: std::process::id(),
                        domain: own_domain(),
                    },
                });
            }
        }
        Err(Problem::System {
            operation: "finding a free name for this attachment",
            source: io::ErrorKind::AddrInUse.into(),
        })
    }

    pub(crate) fn me(&self) -> PeerId {
        self.me
    }
}

/// A name that was most likely never used before.
pub(crate) fn random_token() -> NonZeroU32 {
    loop {
        // Seeded by the system, and another one each time.
        let random = RandomState::new().hash_one(std::process::id()) as u32;
        if let Some(token) = NonZeroU32::new(random & PeerId::MAX_TOKEN) {
            return token;
        }
    }
}

/// Dead is who does not hold its lock, or whose process has ended.
///
/// The lock alone would do, but that somebody who looks at the same moment passes for its holder.
///
/// Where the system gives no answer, the peer passes for alive.
pub(crate) fn is_alive(claims: &Claims, watch: &Watch, peer: PeerId) -> bool {
    if peer.token.get() > PeerId::MAX_TOKEN {
        return false; // nobody has such a name
    }
    match claims.is_claimed(peer.token) {
        Ok(false) => false,
        Ok(true) => !watch.has_ended(peer),
        Err(_) => true,
    }
}

// SAFETY: a token is a lock that the system gives to one and takes back when the attachment ends or
// its process does; a process is known by its number and the time of its creation; errors count as
// alive.
unsafe impl Liveness for Segment {
    fn me(&self) -> PeerId {
        self.attachment().me()
    }

    /// Up to five system calls, none of which waits.
    fn is_alive(&self, peer: PeerId) -> bool {
        peer.token == self.me().token || is_alive(self.claims(), self.watch(), peer)
    }
}
