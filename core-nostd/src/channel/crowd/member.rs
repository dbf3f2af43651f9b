//! What the two halves have in common: a place in the table.

use super::suspicion::Suspicion;
use crate::attach::AttachError;
use crate::channel::topology::{Membership, patience};
use crate::layout::{Geometry, Participant, Role};
use crate::platform::Platform;
use crate::region::Mapped;
use crate::ring::table::{Commons, Refused, Table};
use crate::slots::entries::MappedEntries;
use crate::slots::{Everybody, Mends};
use crate::wait::{Company, Nanos, Probe, Sight, Spin, Spot, WaitStrategy, Waiting};
use core::time::Duration;

/// One end of a channel, without its half of the ring.
///
/// The platform, and with it the mapping, is dropped last.
pub(crate) struct Member<P: Platform> {
    commons: Mapped<Commons>,
    /// Where they stand, in bytes.
    at: usize,
    entries: MappedEntries,
    role: Role,
    geometry: Geometry,
    strategy: WaitStrategy,
    /// Where the entry stands in the table. `None` for a clone that found no room yet.
    place: Option<(usize, Mapped<Participant>)>,
    /// How many peers had come when this end attached, if they had all gone by then and left
    /// nothing: that is no reason to be over now.
    overlooked: Option<u32>,
    /// How many peers had come when that they are gone was last reported, or overlooked.
    past: Option<u32>,
    /// The platform's [`is_reached_by_barriers`](crate::wait::Wait::is_reached_by_barriers).
    reached: bool,
    pub(super) platform: P,
}

/// What [`Member::new`] takes besides the platform: the places that were checked.
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    pub(crate) role: Role,
    pub(crate) geometry: Geometry,
    pub(crate) commons: Mapped<Commons>,
    /// Where they stand, in bytes.
    pub(crate) at: usize,
    pub(crate) entries: MappedEntries,
    pub(crate) strategy: WaitStrategy,
}

impl<P: Platform> Member<P> {
    /// An end that has no place yet.
    pub(crate) fn new(parts: Parts, platform: P) -> Self {
        let Parts {
            role,
            geometry,
            commons,
            at,
            entries,
            strategy,
        } = parts;
        Member {
            commons,
            at,
            entries,
            role,
            geometry,
            strategy,
            place: None,
            overlooked: None,
            past: None,
            reached: platform.is_reached_by_barriers(),
            platform,
        }
    }

    /// The same end once more. Without room for it: if `late`, one that takes its place later.
    pub(super) fn try_clone(&self, late: bool) -> Result<Self, AttachError>
    where
        P: Clone,
    {
        let parts = Parts {
            role: self.role,
            geometry: self.geometry,
            commons: self.commons,
            at: self.at,
            entries: self.entries,
            strategy: self.strategy,
        };
        let mut another = Member::new(parts, self.platform.clone());
        another.overlooked = self.overlooked;
        another.past = self.past;
        match another.enter(patience(&self.platform)) {
            Err(error) if !late => Err(error),
            _ => Ok(another),
        }
    }

    /// Takes a place in the table; does nothing if it has one.
    pub(crate) fn enter(&mut self, deadline: Option<Nanos>) -> Result<(), AttachError> {
        if self.place.is_some() {
            return Ok(());
        }
        let role = self.role;
        let index = self.table().enter(role, self.strategy, deadline);
        let index = index.map_err(|refused| match refused {
            Refused::Occupied(owner) => AttachError::Occupied { role, owner },
            Refused::Full => AttachError::Crowded {
                handles: self.geometry.participants,
            },
            Refused::Busy => AttachError::Busy,
        })?;
        self.place = Some((index, self.entries.place(index)));
        Ok(())
    }

    /// As [`enter`](Member::enter), for a clone that found no room before; whether it has a place.
    /// Waits for somebody else who is just attaching or leaving if the caller `may_wait`: what one
    /// calls from a signal handler may not, as it may have interrupted that one.
    pub(super) fn enter_late(&mut self, may_wait: bool) -> bool {
        if self.place.is_some() {
            return true;
        }
        let deadline = if may_wait {
            patience(&self.platform)
        } else {
            Some(self.platform.now())
        };
        self.enter(deadline).is_ok()
    }

    /// The end's own entry.
    #[inline(always)]
    pub(super) fn me(&self) -> Option<Mapped<Participant>> {
        self.place.map(|(_, entry)| entry)
    }

    /// Who comes and goes.
    pub(crate) fn table(&self) -> Everybody<'_, P> {
        Table {
            commons: &self.commons,
            entries: &self.entries,
            platform: &self.platform,
            kind: self.geometry.kind,
            persistent: self.geometry.persistent,
            at: self.at,
        }
    }

    /// Where the gate of `role` stands, in bytes.
    #[inline(always)]
    fn gate_offset(&self, role: Role) -> usize {
        self.at + Commons::gate_offset(role)
    }

    /// Items that fit into the ring at least.
    pub(super) fn capacity(&self) -> usize {
        self.geometry.capacity() as usize
    }

    /// Wakes up to `count` of the other side, if they sleep.
    #[inline(always)]
    pub(super) fn notify(&self, count: u32) {
        self.notify_role(self.role.peer(), count);
    }

    /// As [`notify`](Member::notify), for either side.
    #[inline(always)]
    pub(super) fn notify_role(&self, role: Role, count: u32) {
        let at = self.gate_offset(role);
        self.commons
            .gate(role)
            .notify_some(at, &self.platform, self.reached, count);
    }

    /// For a receiver: `count` slots were freed.
    #[inline(always)]
    pub(super) fn notify_of_space(&self, count: u32) {
        self.notify(count);
        if self.has_lost_peers() {
            self.notify_of_the_end();
        }
    }

    /// No sender is left: other receivers wait for the last items to be finished.
    #[cold]
    fn notify_of_the_end(&self) {
        self.notify_role(Role::Receiver, u32::MAX);
    }

    /// Whether the other side is known to have had its last end, without a look at what it did.
    #[inline(always)]
    pub(super) fn has_lost_peers(&self) -> bool {
        self.commons.gate(self.role.peer()).is_gone()
    }

    /// Whether the other side has had its last end, in this end's time.
    pub(super) fn is_closed(&self) -> bool {
        let ended = self.session_that_ended();
        ended.is_some() && ended != self.overlooked
    }

    /// For an end that has just been attached: if the peers are gone and have left nothing, as
    /// `is_drained` says, that is no reason to be over now.
    pub(crate) fn overlook_past(&mut self, is_drained: impl FnOnce(&Self) -> bool) {
        // In this order: peers that come, send and leave meanwhile are not overlooked.
        let ended = self.session_that_ended();
        if ended.is_some() && is_drained(self) {
            self.overlooked = ended;
            self.past = ended;
        }
    }

    /// That the peers are gone was reported: they are nobody to wait for.
    pub(crate) fn note_end(&mut self) {
        self.past = self.session_that_ended().or(self.past);
    }

    /// If the peers are all gone, how many had come.
    fn session_that_ended(&self) -> Option<u32> {
        // In this order (A2).
        let arrivals = self.commons.roster.arrivals(self.role.peer());
        self.table().is_closed(self.role.peer()).then_some(arrivals)
    }

    /// How this end waits.
    pub(super) fn strategy(&self) -> WaitStrategy {
        self.strategy
    }

    /// For an end that waits: looks after the dead as far as that is due, and says in how long it is
    /// to be asked again.
    pub(super) fn tend<E: Mends>(&self, end: &E, suspicion: &mut Suspicion) -> Duration {
        let now = self.platform.now();
        let claim = end.stuck(self.table());
        let is_busy = self.strategy == WaitStrategy::Spin;
        let (suspect, within) = suspicion.note(claim, now, is_busy);
        if let Some(suspect) = suspect {
            end.mend(self.table(), suspect);
        }
        self.table().sweep_if_due(is_busy);
        within
    }

    /// This end's gate.
    pub(super) fn spot(&self) -> Spot<'_> {
        Spot {
            gate: self.commons.gate(self.role),
            at: self.gate_offset(self.role),
            wait: &self.platform,
        }
    }

    /// A wait at this end's gate.
    pub(super) fn waiting(&self, timeout: Option<Duration>, company: Company) -> Waiting<'_, P> {
        Waiting {
            gate: self.commons.gate(self.role),
            at: self.gate_offset(self.role),
            wait: &self.platform,
            deadline: timeout.map(|timeout| self.platform.now().after(timeout)),
            company,
        }
    }

    /// Waits until a peer is attached, or was since `past`, or `poll` finds what one left.
    pub(super) fn wait_for_peer(
        &self,
        spin: &mut Spin,
        timeout: Option<Duration>,
        mut poll: impl FnMut() -> bool,
    ) -> bool {
        let roster = &self.commons.roster;
        let peers = self.role.peer();
        let came = || {
            // In this order (A2).
            let arrivals = roster.arrivals(peers);
            arrivals != 0 && (!self.table().is_closed(peers) || self.past != Some(arrivals))
        };
        let found = |sight: Sight| {
            let found = (sight == Sight::Last && came()) || poll();
            found.then_some(())
        };
        let gone = |probe: Probe| {
            if probe == Probe::Ask {
                self.table().sweep_if_due(false);
            }
            false
        };
        let waiting = self.waiting(timeout, Company::Others);
        waiting.until(spin, found, gone).is_ok()
    }
}

impl<P: Platform> Membership for Member<P> {
    fn repair(&self) -> usize {
        self.table().sweep()
    }

    fn peers(&self) -> usize {
        self.table().count(self.role.peer())
    }
}

impl<P: Platform> Drop for Member<P> {
    fn drop(&mut self) {
        if let Some((index, _)) = self.place
            && self.platform.is_mapped_here()
        {
            self.table().leave(self.role, index);
        }
    }
}
