//! The reading end of a channel with a table.

use super::member::Member;
use super::sending::narrow;
use super::suspicion::Suspicion;
use crate::attach::AttachError;
use crate::channel::pace::Pace;
use crate::channel::topology::{Membership, RecvItems, RecvSide};
use crate::error::{RecvTimeoutError, TryRecvError};
use crate::layout::{Participant, Role};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Mapped;
use crate::ring::mpmc::{Claims, Several};
use crate::ring::spsc::Corrupt;
use crate::slots::mpmc::Reader;
use crate::wait::{Company, Interrupted, Outlook, Probe, Sight, Spin, Spot, Watch};
use core::fmt;
use core::time::Duration;

/// See [`RecvSide`].
pub struct Receiving<T: Plain, P: Platform, C: Claims> {
    reader: Reader<T, C>,
    spin: Spin,
    pace: Pace,
    /// Items that have passed through this end.
    passed: u64,
    suspicion: Suspicion,
    member: Member<P>,
}

impl<T: Plain, P: Platform, C: Claims> Receiving<T, P, C> {
    pub(crate) fn new(reader: Reader<T, C>, member: Member<P>) -> Self {
        Receiving {
            reader,
            spin: Spin::new(member.strategy()),
            pace: Pace::of_many(),
            passed: 0,
            suspicion: Suspicion::default(),
            member,
        }
    }

    fn unreachable() -> ! {
        unreachable!("a grant is made for an item that is claimed")
    }
}

/// What a receiver looks at while the ring is empty.
struct Items<'a, T: Plain, P: Platform, C> {
    reader: &'a mut Reader<T, C>,
    suspicion: &'a mut Suspicion,
    member: &'a Member<P>,
    me: Mapped<Participant>,
    most: u32,
}

impl<T: Plain, P: Platform, C: Claims> Items<'_, T, P, C> {
    /// Claims an item that a dead receiver had claimed, if there is one; this end has none.
    fn adopt(&mut self) -> bool {
        let ring = self.member.ring();
        ring.adopt(&mut self.reader.ring, &self.me.intent)
    }
}

impl<T: Plain, P: Platform, C: Claims> Watch for Items<'_, T, P, C> {
    type Found = Result<(), RecvTimeoutError>;

    #[inline(always)]
    fn poll(&mut self, sight: Sight) -> Option<Result<(), RecvTimeoutError>> {
        let claimed = self.reader.claim(&self.me, self.most);
        if self.reader.ring.take_passed() {
            self.member.notify_of_space(u32::MAX);
        }
        match claimed {
            Ok(true) => Some(Ok(())),
            Ok(false) if sight == Sight::Passing => None,
            Ok(false) => self.adopt().then_some(Ok(())),
            Err(Corrupt) => Some(Err(RecvTimeoutError::Corrupt)),
        }
    }

    fn pass_on(&mut self) {
        if self.reader.sees_more(&self.me) {
            self.member.notify_role(Role::Receiver, 1);
        }
    }

    fn outlook(&mut self, _: Probe) -> Outlook {
        let next = self.reader.next();
        let within = self.member.tend(self.suspicion, C::MENDS.then_some(next));
        if self.member.is_closed() && self.member.ring().is_drained(next) {
            Outlook::Over
        } else {
            let patience = self.member.table().patience_for_orphans();
            Outlook::Open(patience.map_or(within, |patience| within.min(patience)))
        }
    }
}

impl<T: Plain, P: Platform, C: Claims> RecvSide<P> for Receiving<T, P, C> {
    #[inline(always)]
    fn is_ready(&mut self) -> bool {
        match self.member.me() {
            Some(me) => self.reader.is_ready(&me),
            None => false,
        }
    }

    fn is_redelivered(&self) -> bool {
        self.reader.ring.is_redelivered()
    }

    #[inline(always)]
    fn finish(&mut self) {
        if let Some(me) = self.member.me() {
            self.reader.release(&me);
            self.passed += 1;
            self.member.notify_of_space(1);
        }
    }

    #[cold]
    fn try_claim(&mut self, most: usize) -> Result<(), TryRecvError> {
        let Some((mut items, _)) = self.look_for(most, false) else {
            return Err(TryRecvError::Crowded);
        };
        let mut found = items.poll(Sight::Last);
        let is_time = items.suspicion.is_time() || items.member.has_lost_peers();
        if found.is_none() && is_time {
            let outlook = items.outlook(Probe::Ask);
            found = items.poll(Sight::Last);
            if found.is_none() && outlook == Outlook::Over {
                found = Some(Err(RecvTimeoutError::Closed));
            }
        }
        match found {
            Some(Ok(())) => Ok(()),
            Some(Err(refused)) => {
                self.member.note_end();
                Err(refused.for_ever().into())
            }
            None => Err(TryRecvError::Empty),
        }
    }

    #[cold]
    fn claim(&mut self, most: usize, timeout: Option<Duration>) -> Result<(), RecvTimeoutError> {
        self.pace.keep(&self.spin, self.passed);
        let Some((mut items, spin)) = self.look_for(most, true) else {
            return Err(RecvTimeoutError::Crowded);
        };
        let waiting = items.member.waiting(timeout, Company::Others);
        let refused = match waiting.watch(spin, &mut items) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(refused)) => refused,
            Err(Interrupted::TimedOut) => return Err(RecvTimeoutError::Timeout),
            Err(Interrupted::PeerGone) => RecvTimeoutError::Closed,
            Err(Interrupted::Lost) => RecvTimeoutError::Corrupt,
        };
        self.member.note_end();
        Err(refused)
    }

    fn may_claim(&mut self, _: Sight) -> bool {
        // Without a place the call says that there is none.
        let has_place = self.member.enter_late(false);
        match self.member.me() {
            Some(me) if has_place => self.reader.may_claim(&me),
            _ => true,
        }
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        let Some((mut items, _)) = self.look_for(1, false) else {
            return Outlook::Over;
        };
        // Nobody rings for what a dead receiver had claimed.
        if items.adopt() {
            return Outlook::Over;
        }
        items.outlook(probe)
    }

    fn spot(&self) -> Spot<'_> {
        self.member.spot()
    }

    fn wait_for_sender(&mut self, timeout: Option<Duration>) -> bool {
        let Receiving {
            reader,
            spin,
            member,
            ..
        } = self;
        let me = member.me();
        let has_left_something = || me.is_some_and(|me| reader.sees_something(&me));
        member.wait_for_peer(spin, timeout, has_left_something)
    }

    fn capacity(&self) -> usize {
        self.member.capacity()
    }

    fn platform(&self) -> &P {
        &self.member.platform
    }

    fn describe(&self, out: &mut fmt::DebugStruct<'_, '_>) {
        out.field("senders", &self.member.peers());
    }
}

impl<T: Plain, P: Platform, C: Claims> RecvItems<T, P> for Receiving<T, P, C> {
    #[inline(always)]
    fn pop(&mut self, item: &mut T) -> bool {
        let Some(me) = self.member.me() else {
            return false;
        };
        let is_ready = self.reader.is_ready(&me);
        if is_ready {
            self.reader.take(&me, item);
            self.passed += 1;
            self.member.notify_of_space(1);
        }
        is_ready
    }

    #[inline(always)]
    fn item(&self) -> &T {
        self.reader.item().unwrap_or_else(|| Self::unreachable())
    }

    fn take_into(&mut self, item: &mut T) {
        if let Some(me) = self.member.me() {
            self.reader.take(&me, item);
            self.passed += 1;
            self.member.notify_of_space(1);
        }
    }

    fn take_batch(&mut self, items: &mut [T]) -> usize {
        let Some(me) = self.member.me() else { return 0 };
        let taken = self.reader.pop_many(&me, items);
        self.reader.ring.take_passed();
        self.member.notify_of_space(u32::MAX);
        taken
    }
}

impl<T: Plain, P: Platform, C: Claims> Receiving<T, P, C> {
    /// What to look at for up to `most` items, and how long; `None` without a place in the table,
    /// for which it waits a while if it `may_wait`.
    fn look_for(&mut self, most: usize, may_wait: bool) -> Option<(Items<'_, T, P, C>, &mut Spin)> {
        self.member.enter_late(may_wait);
        let items = Items {
            me: self.member.me()?,
            reader: &mut self.reader,
            suspicion: &mut self.suspicion,
            member: &self.member,
            most: narrow(most),
        };
        Some((items, &mut self.spin))
    }

    /// What this end knows of the others.
    pub(crate) fn member(&self) -> &Member<P> {
        &self.member
    }
}

impl<T: Plain, P: Platform + Clone, C: Several> Receiving<T, P, C> {
    /// Another end beside this one. Without room for it: if `late`, one that attaches later.
    pub(crate) fn try_clone(&self, late: bool) -> Result<Self, AttachError> {
        let member = self.member.try_clone(late)?;
        Ok(Receiving::new(self.reader.another(), member))
    }
}

impl<T: Plain, P: Platform, C: Claims> Receiving<T, P, C> {
    /// Whether the item that was finished last may have been delivered before.
    pub(crate) fn was_redelivered(&self) -> bool {
        self.reader.ring.was_redelivered()
    }
}

impl<T: Plain, P: Platform, C: Claims> Drop for Receiving<T, P, C> {
    /// What a grant was forgotten for is not finished: another receiver gets it.
    fn drop(&mut self) {
        if let Some(me) = self.member.me()
            && self.member.platform.is_mapped_here()
        {
            self.member
                .ring()
                .forsake(&mut self.reader.ring, &me.intent);
        }
    }
}
