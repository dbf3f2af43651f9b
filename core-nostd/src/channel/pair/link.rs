//! What an end knows of the other one: is it there, has it left, did it die.

use crate::layout::{Participant, Peer, Role};
use crate::liveness::Liveness;
use crate::wait::{Nanos, Probe, SLICE};

/// Looks of a `try_` call that found nothing, of which one asks what time it is. Asking costs
/// about as much as eight looks.
const LOOKS_PER_CLOCK: u32 = 8;

/// How one end looks at the other.
#[derive(Debug)]
pub struct Link {
    /// Whether the channel ends when the peer goes.
    ends_with_peer: bool,
    looks: u32,
    ask_at: Option<Nanos>,
}

impl Link {
    /// The receiver of a persistent channel may come and go; every other peer ends the channel.
    #[must_use]
    pub fn new(role: Role, persistent: bool) -> Self {
        let ends_with_peer = role == Role::Receiver || !persistent;
        Link {
            ends_with_peer,
            looks: 0,
            ask_at: None,
        }
    }

    /// For an end that has just been attached: if nothing of the peer's is left, as `is_empty`
    /// says, then a peer of an earlier session is no reason to be over now.
    pub fn forget_past(
        peer: &Participant,
        liveness: &impl Liveness,
        is_empty: impl FnOnce() -> bool,
    ) {
        let past = peer.peer(liveness);
        // In this order: a session that came and went meanwhile is forgotten too, but what it left
        // is found.
        if peer.forget(past) && !is_empty() {
            peer.remember(past);
        }
    }

    /// Whether the peer has left or died, so that nothing more is to be expected of it.
    pub fn is_over(&self, peer: &Participant, liveness: &impl Liveness, probe: Probe) -> bool {
        let peer = match probe {
            Probe::Glance => peer.glance(),
            Probe::Ask => peer.peer(liveness),
        };
        self.ends_with_peer && matches!(peer, Peer::Left | Peer::Died(_))
    }

    /// As [`is_over`](Link::is_over), for a `try_` call that found nothing: asks the system only
    /// now and then, and soon after it was last found alive for a caller who looks seldom.
    pub fn is_over_by_now<P: Liveness + crate::wait::Wait>(
        &mut self,
        peer: &Participant,
        platform: &P,
    ) -> bool {
        let mut probe = Probe::Glance;
        self.looks += 1;
        if self.looks == LOOKS_PER_CLOCK {
            self.looks = 0;
            let now = platform.now();
            if self.ask_at.is_none_or(|at| at <= now) {
                self.ask_at = Some(now.after(SLICE));
                probe = Probe::Ask;
            }
        }
        self.is_over(peer, platform, probe)
    }

    /// Has the next [`is_over_by_now`](Link::is_over_by_now) ask the system.
    pub fn ask_next(&mut self) {
        self.looks = LOOKS_PER_CLOCK - 1;
        self.ask_at = None;
    }

    /// Whether this end's leaving ends the channel for the peer.
    #[must_use]
    pub fn ends_for_peer(role: Role, persistent: bool) -> bool {
        Link::new(role.peer(), persistent).ends_with_peer
    }
}
