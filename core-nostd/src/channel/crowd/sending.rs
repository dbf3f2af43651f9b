//! The writing end of a channel with a table.

use super::member::Member;
use super::suspicion::Suspicion;
use crate::attach::AttachError;
use crate::channel::pace::Pace;
use crate::channel::topology::{Membership, SendItems, SendSide};
use crate::error::{SendTimeoutError, TrySendError};
use crate::layout::{Participant, Role};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Mapped;
use crate::ring::mpmc::{Claims, Several};
use crate::ring::spsc::Corrupt;
use crate::slots::mpmc::Writer;
use crate::wait::{Company, Interrupted, Outlook, Probe, SLICE, Sight, Spin, Spot, Watch};
use core::fmt;
use core::time::Duration;

/// See [`SendSide`].
pub struct Sending<T: Plain, P: Platform, C: Claims> {
    writer: Writer<T, C>,
    spin: Spin,
    pace: Pace,
    /// Items that have passed through this end.
    passed: u64,
    suspicion: Suspicion,
    member: Member<P>,
}

/// Why there is no slot.
type Refused = SendTimeoutError<()>;

impl<T: Plain, P: Platform, C: Claims> Sending<T, P, C> {
    pub(crate) fn new(writer: Writer<T, C>, member: Member<P>) -> Self {
        Sending {
            writer,
            spin: Spin::new(member.strategy()),
            pace: Pace::of_many(),
            passed: 0,
            suspicion: Suspicion::default(),
            member,
        }
    }

    fn unreachable() -> ! {
        unreachable!("a grant is made for a claimed slot")
    }
}

/// What a sender looks at while the ring is full.
struct Space<'a, T: Plain, P: Platform, C> {
    writer: &'a mut Writer<T, C>,
    suspicion: &'a mut Suspicion,
    member: &'a Member<P>,
    me: Mapped<Participant>,
    most: u32,
}

impl<T: Plain, P: Platform, C: Claims> Watch for Space<'_, T, P, C> {
    type Found = Result<(), Refused>;

    #[inline(always)]
    fn poll(&mut self, _: Sight) -> Option<Result<(), Refused>> {
        if self.member.has_lost_peers() && self.member.is_closed() {
            return Some(Err(Refused::Closed(())));
        }
        match self.writer.claim(&self.me, self.most) {
            Ok(true) => Some(Ok(())),
            Ok(false) => None,
            Err(Corrupt) => Some(Err(Refused::Corrupt(()))),
        }
    }

    fn pass_on(&mut self) {
        if self.writer.sees_more(&self.me) {
            self.member.notify_role(Role::Sender, 1);
        }
    }

    fn outlook(&mut self, _: Probe) -> Outlook {
        let next = self.writer.next();
        let within = self.member.tend(self.suspicion, C::MENDS.then_some(next));
        if self.member.is_closed() {
            Outlook::Over
        } else {
            Outlook::Open(within)
        }
    }
}

/// As many as a call asks for, in the width of an intent.
pub(super) fn narrow(most: usize) -> u32 {
    u32::try_from(most).unwrap_or(u32::MAX)
}

impl<T: Plain, P: Platform, C: Claims> SendSide<P> for Sending<T, P, C> {
    /// Receivers pass over the slot. The one that waits for it must be woken to do that.
    fn abort(&mut self) {
        if let Some(me) = self.member.me()
            && self.writer.abort(&me)
        {
            self.member.notify(u32::MAX);
        }
    }

    #[cold]
    fn try_claim(&mut self, most: usize) -> Result<(), TrySendError<()>> {
        let Some((mut space, _)) = self.look_for(most, false) else {
            return Err(TrySendError::Crowded(()));
        };
        let mut found = space.poll(Sight::Last);
        if found.is_none() && space.suspicion.is_time() {
            let outlook = space.outlook(Probe::Ask);
            found = space.poll(Sight::Last);
            if found.is_none() && outlook == Outlook::Over {
                found = Some(Err(Refused::Closed(())));
            }
        }
        match found {
            Some(Ok(())) => Ok(()),
            Some(Err(refused)) => {
                self.member.note_end();
                Err(refused.for_ever().into())
            }
            None => Err(TrySendError::Full(())),
        }
    }

    #[cold]
    fn claim(&mut self, most: usize, timeout: Option<Duration>) -> Result<(), Refused> {
        self.pace.keep(&self.spin, self.passed);
        let Some((mut space, spin)) = self.look_for(most, true) else {
            return Err(Refused::Crowded(()));
        };
        let waiting = space.member.waiting(timeout, Company::Others);
        let refused = match waiting.watch(spin, &mut space) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(refused)) => refused,
            Err(Interrupted::TimedOut) => return Err(Refused::Timeout(())),
            Err(Interrupted::PeerGone) => Refused::Closed(()),
            Err(Interrupted::Lost) => Refused::Corrupt(()),
        };
        self.member.note_end();
        Err(refused)
    }

    fn may_claim(&mut self, _: Sight) -> bool {
        // Without a place the call says that there is none.
        let has_place = self.member.enter_late(false);
        match self.member.me() {
            Some(me) if has_place => {
                (self.member.has_lost_peers() && self.member.is_closed())
                    || self.writer.may_claim(&me)
            }
            _ => true,
        }
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        match self.look_for(1, false) {
            Some((mut space, _)) => space.outlook(probe),
            None => Outlook::Over,
        }
    }

    fn spot(&self) -> Spot<'_> {
        self.member.spot()
    }

    fn wait_for_receiver(&mut self, timeout: Option<Duration>) -> bool {
        self.member.wait_for_peer(&mut self.spin, timeout, || false)
    }

    fn capacity(&self) -> usize {
        self.member.capacity()
    }

    fn platform(&self) -> &P {
        &self.member.platform
    }

    fn describe(&self, out: &mut fmt::DebugStruct<'_, '_>) {
        out.field("receivers", &self.member.peers());
    }
}

impl<T: Plain, P: Platform, C: Claims> SendItems<T, P> for Sending<T, P, C> {
    #[inline(always)]
    fn is_ready(&mut self) -> bool {
        match self.member.me() {
            Some(me) => !self.member.has_lost_peers() && self.writer.is_ready(&me),
            None => false,
        }
    }

    #[inline(always)]
    fn put(&mut self, value: T) {
        if let Some(me) = self.member.me() {
            self.writer.push(&me, value);
            self.passed += 1;
            self.member.notify(1);
        }
    }

    #[inline(always)]
    fn slot(&mut self) -> &mut T {
        self.writer.slot().unwrap_or_else(|| Self::unreachable())
    }

    fn slot_ref(&self) -> &T {
        self.writer
            .slot_ref()
            .unwrap_or_else(|| Self::unreachable())
    }

    #[inline(always)]
    fn publish(&mut self) {
        if let Some(me) = self.member.me() {
            self.writer.publish(&me);
            self.passed += 1;
            self.member.notify(1);
        }
    }

    fn put_batch(&mut self, items: &[T]) -> usize {
        let Some(me) = self.member.me() else { return 0 };
        let sent = self.writer.push_many(&me, items);
        self.member.notify(narrow(sent));
        sent
    }
}

impl<T: Plain, P: Platform + Clone, C: Several> Sending<T, P, C> {
    /// Another end beside this one. Without room for it: if `late`, one that attaches later.
    pub(crate) fn try_clone(&self, late: bool) -> Result<Self, AttachError> {
        let member = self.member.try_clone(late)?;
        Ok(Sending::new(self.writer.another(), member))
    }
}

impl<T: Plain, P: Platform, C: Claims> Sending<T, P, C> {
    /// What to look at for up to `most` slots, and how long; `None` without a place in the table,
    /// for which it waits a while if it `may_wait`.
    fn look_for(&mut self, most: usize, may_wait: bool) -> Option<(Space<'_, T, P, C>, &mut Spin)> {
        self.member.enter_late(may_wait);
        let space = Space {
            me: self.member.me()?,
            writer: &mut self.writer,
            suspicion: &mut self.suspicion,
            member: &self.member,
            most: narrow(most),
        };
        Some((space, &mut self.spin))
    }

    /// What this end knows of the others.
    pub(crate) fn member(&self) -> &Member<P> {
        &self.member
    }
}

/// What a sender looks at while it waits for the receivers to finish.
struct Unfinished<'a, P: Platform> {
    member: &'a Member<P>,
    from: u64,
    end: u64,
}

impl<P: Platform> Watch for Unfinished<'_, P> {
    type Found = ();

    fn poll(&mut self, _: Sight) -> Option<()> {
        match self.member.ring().first_unfinished(self.from, self.end) {
            Some(position) => {
                self.from = position;
                None
            }
            None => Some(()),
        }
    }

    fn outlook(&mut self, _: Probe) -> Outlook {
        self.member.table().sweep_if_due(false);
        if self.member.is_closed() {
            Outlook::Over
        } else {
            Outlook::Open(SLICE)
        }
    }
}

impl<T: Plain, P: Platform, C: Claims> Sending<T, P, C> {
    /// Waits until everything that was sent before is finished.
    pub(crate) fn join(&mut self, timeout: Option<Duration>) -> Result<(), Refused> {
        // One whose grant was forgotten would be waited for.
        self.abort();
        let mut unfinished = Unfinished {
            member: &self.member,
            from: 0,
            end: self.writer.next(),
        };
        if unfinished.poll(Sight::Last).is_some() {
            return Ok(());
        }
        let waiting = self.member.waiting(timeout, Company::OthersFirst);
        match waiting.watch(&mut self.spin, &mut unfinished) {
            Ok(()) => Ok(()),
            Err(Interrupted::TimedOut) => Err(Refused::Timeout(())),
            Err(Interrupted::PeerGone) => Err(Refused::Closed(())),
            Err(Interrupted::Lost) => Err(Refused::Corrupt(())),
        }
    }
}

impl<T: Plain, P: Platform, C: Claims> Drop for Sending<T, P, C> {
    /// A grant that was forgotten is given up.
    fn drop(&mut self) {
        if self.member.platform.is_mapped_here() {
            self.abort();
        }
    }
}
