//! The reading end of a channel with a table.

use super::member::Member;
use super::suspicion::Suspicion;
use crate::attach::AttachError;
use crate::channel::pace::Pace;
use crate::channel::topology::{Membership, RecvBytes, RecvItems, RecvSide};
use crate::error::{RecvTimeoutError, TryRecvError};
use crate::layout::{Participant, Role};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Mapped;
use crate::ring::mpmc::{Claims, Several};
use crate::ring::spsc::Corrupt;
use crate::slots::TableReader;
use crate::slots::bytes::BytesReader;
use crate::slots::mpmc::{Items, Reader, Slot};
use crate::wait::{Company, Interrupted, Outlook, Probe, Sight, Spin, Spot, Watch};
use core::fmt;
use core::time::Duration;

/// See [`RecvSide`].
pub struct Receiving<R: TableReader, P: Platform> {
    pub(super) reader: R,
    spin: Spin,
    pace: Pace,
    /// Messages that have passed through this end.
    pub(super) passed: u64,
    suspicion: Suspicion,
    pub(super) member: Member<P>,
}

impl<R: TableReader, P: Platform> Receiving<R, P> {
    pub(crate) fn new(reader: R, member: Member<P>) -> Self {
        Receiving {
            reader,
            spin: Spin::new(member.strategy()),
            pace: Pace::of_many(),
            passed: 0,
            suspicion: Suspicion::default(),
            member,
        }
    }

    pub(super) fn unreachable() -> ! {
        unreachable!("a grant is made for an item that is claimed")
    }
}

/// What a receiver looks at while the ring is empty.
struct Arrivals<'a, R: TableReader, P: Platform> {
    reader: &'a mut R,
    suspicion: &'a mut Suspicion,
    member: &'a Member<P>,
    me: Mapped<Participant>,
    most: usize,
}

impl<R: TableReader, P: Platform> Arrivals<'_, R, P> {
    fn claim(&mut self) -> Result<bool, Corrupt> {
        let claimed = self.reader.claim(&self.me, self.most);
        if self.reader.take_passed() {
            self.member.notify_of_space(u32::MAX);
        }
        claimed
    }

    /// Takes over what a dead receiver had claimed, if there is such a thing; this end has nothing.
    fn adopt(&mut self) -> bool {
        self.reader.adopt(self.member.table(), &self.me)
    }
}

impl<R: TableReader, P: Platform> Watch for Arrivals<'_, R, P> {
    type Found = Result<(), RecvTimeoutError>;

    #[inline(always)]
    fn poll(&mut self, sight: Sight) -> Option<Result<(), RecvTimeoutError>> {
        let mut claimed = self.claim();
        if claimed == Ok(false) && sight == Sight::Last && self.adopt() {
            claimed = self.claim();
        }
        match claimed {
            Ok(true) => Some(Ok(())),
            Ok(false) => None,
            Err(Corrupt) => Some(Err(RecvTimeoutError::Corrupt)),
        }
    }

    fn pass_on(&mut self) {
        if self.reader.sees_more(&self.me) {
            self.member.notify_role(Role::Receiver, 1);
        }
    }

    fn outlook(&mut self, _: Probe) -> Outlook {
        let within = self.member.tend(self.reader, self.suspicion);
        let all = self.member.table();
        if self.member.is_closed() && self.reader.is_drained(all) {
            Outlook::Over
        } else {
            let patience = self.member.table().patience_for_orphans();
            Outlook::Open(patience.map_or(within, |patience| within.min(patience)))
        }
    }
}

impl<R: TableReader, P: Platform> RecvSide<P> for Receiving<R, P> {
    #[inline(always)]
    fn is_ready(&mut self) -> bool {
        match self.member.me() {
            Some(me) => self.reader.is_ready(&me),
            None => false,
        }
    }

    fn is_redelivered(&self) -> bool {
        self.reader.is_redelivered()
    }

    #[inline(always)]
    fn finish(&mut self) {
        if let Some(me) = self.member.me() {
            let freed = self.reader.release(&me);
            self.passed += 1;
            self.member.notify_of_space(freed);
        }
    }

    #[cold]
    fn try_claim(&mut self, most: usize) -> Result<(), TryRecvError> {
        let Some((mut arrivals, _)) = self.look_for(most, false) else {
            return Err(TryRecvError::Crowded);
        };
        let mut found = arrivals.poll(Sight::Last);
        let is_time = arrivals.suspicion.is_time() || arrivals.member.has_lost_peers();
        if found.is_none() && is_time {
            let outlook = arrivals.outlook(Probe::Ask);
            found = arrivals.poll(Sight::Last);
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
        let Some((mut arrivals, spin)) = self.look_for(most, true) else {
            return Err(RecvTimeoutError::Crowded);
        };
        let waiting = arrivals.member.waiting(timeout, Company::Others);
        let refused = match waiting.watch(spin, &mut arrivals) {
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
        let Some((mut arrivals, _)) = self.look_for(1, false) else {
            return Outlook::Over;
        };
        // Nobody rings for what a dead receiver had claimed.
        if arrivals.adopt() {
            return Outlook::Over;
        }
        arrivals.outlook(probe)
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

impl<T: Plain, P: Platform, C: Claims> RecvItems<T, P> for Receiving<Reader<Items<T>, C>, P> {
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
        self.reader.take_passed();
        self.member.notify_of_space(u32::MAX);
        taken
    }
}

impl<P: Platform, C: Claims> RecvBytes<P> for Receiving<BytesReader<C>, P> {
    #[inline(always)]
    fn record(&self) -> (&[u8], bool) {
        match self.reader.record() {
            Some(message) => (message, false),
            None => Self::unreachable(),
        }
    }

    #[inline(always)]
    fn finish_record(&mut self, _was_copied: bool, _ends_message: bool) {
        self.finish();
    }
}

impl<R: TableReader, P: Platform> Receiving<R, P> {
    /// What to look at for up to `most` items, and how long; `None` without a place in the table,
    /// for which it waits a while if it `may_wait`.
    fn look_for(&mut self, most: usize, may_wait: bool) -> Option<(Arrivals<'_, R, P>, &mut Spin)> {
        self.member.enter_late(may_wait);
        let arrivals = Arrivals {
            me: self.member.me()?,
            reader: &mut self.reader,
            suspicion: &mut self.suspicion,
            member: &self.member,
            most,
        };
        Some((arrivals, &mut self.spin))
    }

    /// What this end knows of the others.
    pub(crate) fn member(&self) -> &Member<P> {
        &self.member
    }

    /// Whether the message that was finished last may have been delivered before.
    pub(crate) fn was_redelivered(&self) -> bool {
        self.reader.was_redelivered()
    }
}

impl<S: Slot, P: Platform + Clone, C: Several> Receiving<Reader<S, C>, P> {
    /// Another end beside this one. Without room for it: if `late`, one that attaches later.
    pub(crate) fn try_clone(&self, late: bool) -> Result<Self, AttachError> {
        let member = self.member.try_clone(late)?;
        Ok(Receiving::new(self.reader.another(), member))
    }
}

impl<R: TableReader, P: Platform> Drop for Receiving<R, P> {
    /// What a grant was forgotten for is not finished: another receiver gets it.
    fn drop(&mut self) {
        if let Some(me) = self.member.me()
            && self.member.platform.is_mapped_here()
        {
            self.reader.forsake(self.member.table(), &me);
        }
    }
}
