//! What a sender and a receiver have in common.

use super::link::Link;
use crate::layout::{Geometry, Participant, Peer, Role};
use crate::platform::Platform;
use crate::region::Mapped;
use crate::ring::spsc::Control;
use crate::wait::{
    Company, Gate, Interrupted, Outlook, Probe, SLICE, Sight, Spin, Spot, WaitStrategy, Waiting,
};
use core::mem::offset_of;
use core::time::Duration;

/// One end of a channel, without its half of the ring.
///
/// The platform, and with it the mapping, is dropped last.
pub(crate) struct End<P: Platform> {
    pub(crate) control: Mapped<Control>,
    pub(crate) capacity: usize,
    role: Role,
    object_offset: usize,
    me: Mapped<Participant>,
    peer: Mapped<Participant>,
    link: Link,
    persistent: bool,
    /// The platform's [`is_reached_by_barriers`](crate::wait::Wait::is_reached_by_barriers).
    reached: bool,
    pub(crate) platform: P,
}

/// What [`End::new`] takes besides the platform: the places that were checked.
pub(crate) struct Parts {
    pub(crate) role: Role,
    pub(crate) geometry: Geometry,
    pub(crate) control: Mapped<Control>,
    pub(crate) me: Mapped<Participant>,
    pub(crate) peer: Mapped<Participant>,
    pub(crate) strategy: WaitStrategy,
}

impl<P: Platform> End<P> {
    /// An end whose entry in the participant table is claimed: takes up its gate, and tells a peer
    /// that waits for it.
    pub(crate) fn new(parts: Parts, platform: P) -> Self {
        let Parts {
            role,
            geometry,
            control,
            me,
            peer,
            strategy,
        } = parts;
        let end = End {
            control,
            capacity: geometry.capacity() as usize,
            role,
            object_offset: geometry.object_offset,
            me,
            peer,
            link: Link::new(role, geometry.persistent),
            persistent: geometry.persistent,
            reached: platform.is_reached_by_barriers(),
            platform,
        };
        end.gate(role).reset(&end.platform, strategy);
        end.notify(role.peer());
        end
    }

    /// Where `role` sleeps.
    #[inline(always)]
    fn gate(&self, role: Role) -> &Gate {
        match role {
            Role::Sender => &self.control.space,
            Role::Receiver => &self.control.items,
        }
    }

    /// Where that gate stands in the segment, in bytes.
    #[inline(always)]
    fn gate_offset(&self, role: Role) -> usize {
        self.object_offset
            + match role {
                Role::Sender => offset_of!(Control, space),
                Role::Receiver => offset_of!(Control, items),
            }
    }

    /// Wakes `role` if it sleeps.
    #[inline(always)]
    pub(crate) fn notify(&self, role: Role) {
        self.gate(role)
            .notify(self.gate_offset(role), &self.platform, self.reached);
    }

    /// Who is at the other end.
    pub(crate) fn peer(&self) -> Peer {
        self.peer.peer(&self.platform)
    }

    /// Whether nothing more is to be expected of the peer, for a `try_` call that found nothing.
    pub(crate) fn is_over_by_now(&mut self) -> bool {
        self.link.is_over_by_now(&self.peer, &self.platform)
    }

    /// Whether the peer may still do something, for a wait of which this end's is a part. If not, the
    /// `try_` call that follows finds the same.
    pub(crate) fn outlook(&mut self, probe: Probe) -> Outlook {
        if self.link.is_over(&self.peer, &self.platform, probe) {
            self.link.ask_next();
            Outlook::Over
        } else {
            Outlook::Open(SLICE)
        }
    }

    /// This end's gate.
    pub(crate) fn spot(&self) -> Spot<'_> {
        Spot {
            gate: self.gate(self.role),
            at: self.gate_offset(self.role),
            wait: &self.platform,
        }
    }

    /// Waits at this end's gate until `poll` finds something or the peer is gone.
    pub(crate) fn wait<R>(
        &self,
        spin: &mut Spin,
        timeout: Option<Duration>,
        poll: impl FnMut(Sight) -> Option<R>,
    ) -> Result<R, Interrupted> {
        let gone = |probe| self.link.is_over(&self.peer, &self.platform, probe);
        self.waiting(timeout).until(spin, poll, gone)
    }

    /// Waits until a peer is attached, or was, other than `past`, or `poll` finds what one left;
    /// whether that is so.
    pub(crate) fn wait_for_peer(
        &self,
        spin: &mut Spin,
        timeout: Option<Duration>,
        past: Option<Peer>,
        mut poll: impl FnMut() -> bool,
    ) -> bool {
        let found = |sight| {
            // A look that asks the system is too dear for one of many.
            let came = sight == Sight::Last
                && match self.peer() {
                    Peer::Absent => false,
                    Peer::Alive(_) => true,
                    gone @ (Peer::Left | Peer::Died(_)) => past != Some(gone),
                };
            (came || poll()).then_some(())
        };
        self.waiting(timeout).until(spin, found, |_| false).is_ok()
    }

    fn waiting(&self, timeout: Option<Duration>) -> Waiting<'_, P> {
        Waiting {
            gate: self.gate(self.role),
            at: self.gate_offset(self.role),
            wait: &self.platform,
            deadline: timeout.map(|timeout| self.platform.now().after(timeout)),
            company: Company::None,
        }
    }
}

impl<P: Platform> Drop for End<P> {
    fn drop(&mut self) {
        if !self.platform.is_mapped_here() {
            return;
        }
        if Link::ends_for_peer(self.role, self.persistent) {
            self.gate(self.role).leave();
        }
        self.me.leave();
        self.notify(self.role.peer());
    }
}
