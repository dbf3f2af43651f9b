//! Who comes and goes at a channel with many ends, whatever its ring is like.
//!
//! Arrivals and departures are made under one lock, and so is a sweep, which takes the dead out of
//! the table and closes the side of which they were the last. Whoever holds the lock may die at any
//! step; the next one begins anew. Sending and receiving go on meanwhile.

use crate::layout::intent;
use crate::layout::roster::{Departure, Entries, Roster, SWEEP_EVERY};
use crate::layout::{Kind, Participant, Peer, Role};
use crate::liveness::{Liveness, PeerId};
use crate::wait::lock::Held;
use crate::wait::{Gate, Nanos, Wait, WaitStrategy};
use core::mem::offset_of;
use core::time::Duration;

/// How long an end that leaves waits for the lock. Without it others find out by themselves.
pub(super) const LEAVING: Duration = Duration::from_millis(100);

/// How long a receiver waits for the lock, or until it tries again, when somebody else holds it:
/// for a few microseconds, unless that one is stopped.
pub(super) const AT_ONCE: Duration = Duration::from_millis(1);

/// The words that all ends of such a channel share, beside those of its ring.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Commons {
    /// Where receivers wait for messages.
    pub items: Gate,
    /// Where senders wait for space.
    pub space: Gate,
    /// Who comes and goes.
    pub roster: Roster,
}

impl Commons {
    /// Nobody has come yet. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        Commons {
            items: Gate::new(),
            space: Gate::new(),
            roster: Roster::new(),
        }
    }

    /// Where `role` sleeps.
    #[inline(always)]
    pub fn gate(&self, role: Role) -> &Gate {
        match role {
            Role::Sender => &self.space,
            Role::Receiver => &self.items,
        }
    }

    /// Where that gate stands in these words, in bytes.
    #[inline(always)]
    #[must_use]
    pub fn gate_offset(role: Role) -> usize {
        match role {
            Role::Sender => offset_of!(Commons, space),
            Role::Receiver => offset_of!(Commons, items),
        }
    }
}

impl Default for Commons {
    fn default() -> Self {
        Self::new()
    }
}

/// The table of participants, with all that decides who may come and who is gone.
pub struct Table<'a, E, W> {
    /// The shared words.
    pub commons: &'a Commons,
    /// The entries.
    pub entries: &'a E,
    /// Who lives, and how to sleep.
    pub platform: &'a W,
    /// Which sides have several ends.
    pub kind: Kind,
    /// Whether receivers may come and go.
    pub persistent: bool,
    /// Offset of the shared words in the segment, in bytes.
    pub at: usize,
}

/// A position that somebody claimed, and has kept for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stuck {
    pub(super) kind: intent::Kind,
    pub(super) position: u64,
}

/// Why an end could not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There can be only one of its role, and this one lives.
    Occupied(PeerId),
    /// Every entry belongs to somebody alive.
    Full,
    /// The lock was held until the deadline: its holder is stopped.
    Busy,
}

impl<E: Entries, W: Wait + Liveness> Table<'_, E, W> {
    /// Where `role` sleeps.
    #[inline(always)]
    pub fn gate(&self, role: Role) -> &Gate {
        self.commons.gate(role)
    }

    /// Where that gate stands in the segment, in bytes.
    #[inline(always)]
    pub fn gate_offset(&self, role: Role) -> usize {
        self.at + Commons::gate_offset(role)
    }

    /// Wakes everybody of `role`.
    pub(super) fn wake(&self, role: Role) {
        let reached = self.platform.is_reached_by_barriers();
        self.gate(role)
            .notify(self.gate_offset(role), self.platform, reached);
    }

    fn lock_offset(&self) -> usize {
        self.at + offset_of!(Commons, roster)
    }

    pub(super) fn lock(&self, deadline: Option<Nanos>) -> Option<Held<'_, W>> {
        let lock = &self.commons.roster.lock;
        lock.take(self.lock_offset(), self.platform, deadline).ok()
    }

    pub(super) fn try_lock(&self) -> Option<Held<'_, W>> {
        let lock = &self.commons.roster.lock;
        lock.try_take(self.lock_offset(), self.platform).ok()
    }

    /// The entries that may be in use.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Participant> {
        let used = self.commons.roster.used(self.entries.len());
        (0..used).map(|index| self.entries.entry(index))
    }

    /// Takes an entry for an end of `role`: its index.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn enter(
        &self,
        role: Role,
        strategy: WaitStrategy,
        deadline: Option<Nanos>,
    ) -> Result<usize, Refused> {
        let held = self.lock(deadline).ok_or(Refused::Busy)?;
        self.sweep_locked();
        if self.kind.is_sole(role)
            && let Some(owner) = self.present(role).next()
        {
            return Err(Refused::Occupied(owner));
        }
        let roster = &self.commons.roster;
        let used = roster.used(self.entries.len());
        let is_free =
            |index: &usize| !matches!(self.entries.entry(*index).glance(), Peer::Alive(_));
        let index = (0..used)
            .find(is_free)
            .or((used < self.entries.len()).then_some(used))
            .ok_or(Refused::Full)?;
        // In this order: whoever sees that one more has come does not take the channel for closed any
        // more. One that dies before it is in the table is found missing like any other.
        roster.use_up_to(index + 1);
        self.gate(role).join(self.platform, strategy);
        roster.count_arrival(role);
        let entered = self.entries.entry(index).enter(self.platform, role);
        drop(held);
        entered.map_err(Refused::Occupied)?;
        self.wake(role.peer());
        Ok(index)
    }

    /// Gives entry `index` back in good order.
    pub fn leave(&self, role: Role, index: usize) {
        let deadline = self.platform.now().after(LEAVING);
        let held = self.lock(Some(deadline));
        if held.is_some() {
            // Before the entry is free: the next one to go may go otherwise.
            self.commons.roster.note_departure(role, Departure::Left);
        }
        self.entries.entry(index).leave();
        if held.is_some() {
            self.close_if_empty(role);
        }
    }

    /// Who is at the ends of `role`, as far as they wrote it down.
    fn present(&self, role: Role) -> impl Iterator<Item = PeerId> {
        self.entries()
            .filter_map(move |entry| match entry.glance() {
                Peer::Alive(owner) if entry.role() == role => Some(owner),
                _ => None,
            })
    }

    /// How many ends of `role` there are, those included that died and were not missed yet.
    #[must_use]
    pub fn count(&self, role: Role) -> usize {
        self.present(role).count()
    }

    /// Whether anybody alive names the position.
    pub(super) fn is_named(&self, kind: intent::Kind, position: u64) -> bool {
        self.entries().any(|entry| {
            let intent = entry.intent.get();
            intent.is_some_and(|intent| intent.names(kind, position))
                && matches!(entry.peer(self.platform), Peer::Alive(_))
        })
    }

    /// How far behind `position` the first range begins that somebody alive names, if that is less
    /// than `within`; what begins at `position` itself does not count.
    pub(super) fn first_named(
        &self,
        kind: intent::Kind,
        position: u64,
        within: u32,
    ) -> Option<u32> {
        let is_nearer = |offset: u32| (1..within).contains(&offset);
        self.entries()
            .filter_map(|entry| {
                let offset = entry.intent.get()?.offset(kind, position)?;
                let is_alive = || matches!(entry.peer(self.platform), Peer::Alive(_));
                (is_nearer(offset) && is_alive()).then_some(offset)
            })
            .min()
    }

    /// With the lock held: if the last one of `role` is gone, says so to the other side.
    fn close_if_empty(&self, role: Role) {
        let roster = &self.commons.roster;
        let ends = role == Role::Sender || !self.persistent;
        let gate = self.gate(role);
        if ends
            && !gate.is_gone()
            && roster.arrivals(role) != 0
            && self.present(role).next().is_none()
        {
            gate.close();
            self.wake(role.peer());
            // Those who wait for the last items of others wait for this, too.
            self.wake(role);
        }
    }

    /// For how long a receiver may sleep that waits for what other receivers have claimed, or for
    /// ever so long if there is no such thing: nobody may wake it for that.
    #[must_use]
    pub fn patience_for_orphans(&self) -> Option<Duration> {
        let roster = &self.commons.roster;
        if roster.has_fresh_orphans() {
            Some(AT_ONCE)
        } else {
            (roster.has_orphans() || self.is_closed(Role::Sender)).then_some(SWEEP_EVERY)
        }
    }

    /// Clears the table of the dead, if that is due; it is sooner for one that `is_busy` waiting.
    pub fn sweep_if_due(&self, is_busy: bool) {
        let begun = self.platform.now();
        if self.commons.roster.is_sweep_due(begun, is_busy) {
            self.sweep();
            self.commons.roster.note_sweep(begun, self.platform.now());
        }
    }

    /// Clears the table of the dead: how many there were. Nothing is done if somebody else is
    /// just at it.
    pub fn sweep(&self) -> usize {
        match self.try_lock() {
            Some(_held) => self.sweep_locked(),
            None => 0,
        }
    }

    pub(super) fn sweep_locked(&self) -> usize {
        let roster = &self.commons.roster;
        let mut dead = 0;
        // Clones in one process stand together in the table, and live and die together.
        let mut last: Option<(PeerId, bool)> = None;
        for entry in self.entries() {
            let Peer::Alive(owner) = entry.glance() else {
                continue;
            };
            let is_alive = match last {
                Some((peer, is_alive)) if peer == owner => is_alive,
                _ => self.platform.is_alive(owner),
            };
            last = Some((owner, is_alive));
            if is_alive {
                continue;
            }
            let role = entry.role();
            if entry
                .intent
                .get()
                .is_some_and(|i| i.is(intent::Kind::Receive))
            {
                roster.note_orphans();
            }
            entry.intent.clear();
            roster.note_departure(role, Departure::Died);
            entry.forget(Peer::Died(owner));
            dead += 1;
        }
        for role in Role::ALL {
            self.close_if_empty(role);
        }
        roster.renew_orphans();
        if roster.has_orphans() {
            self.wake(Role::Receiver);
        }
        dead
    }

    /// Whether the side of `role` has had its last end.
    #[must_use]
    pub fn is_closed(&self, role: Role) -> bool {
        self.gate(role).has_closed()
    }
}
