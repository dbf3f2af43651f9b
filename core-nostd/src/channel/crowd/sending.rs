//! The writing end of a channel with a table.

use super::member::Member;
use super::suspicion::Suspicion;
use crate::attach::AttachError;
use crate::channel::pace::Pace;
use crate::channel::topology::{Membership, Piece, SendBytes, SendItems, SendSide};
use crate::error::{SendTimeoutError, TrySendError};
use crate::layout::{Participant, Role};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Mapped;
use crate::ring::mpmc::{Claims, Several};
use crate::ring::spsc::Corrupt;
use crate::slots::TableWriter;
use crate::slots::bytes::BytesWriter;
use crate::slots::mpmc::{Items, Slot, Writer};
use crate::wait::{Company, Interrupted, Outlook, Probe, SLICE, Sight, Spin, Spot, Watch};
use core::fmt;
use core::time::Duration;

/// See [`SendSide`].
pub struct Sending<W: TableWriter, P: Platform> {
    pub(super) writer: W,
    pub(super) spin: Spin,
    pace: Pace,
    /// Messages that have passed through this end.
    pub(super) passed: u64,
    suspicion: Suspicion,
    pub(super) member: Member<P>,
}

/// Why there is no slot.
type Refused = SendTimeoutError<()>;

impl<W: TableWriter, P: Platform> Sending<W, P> {
    pub(crate) fn new(writer: W, member: Member<P>) -> Self {
        Sending {
            writer,
            spin: Spin::new(member.strategy()),
            pace: Pace::of_many(),
            passed: 0,
            suspicion: Suspicion::default(),
            member,
        }
    }

    pub(super) fn unreachable() -> ! {
        unreachable!("a grant is made for a claimed slot")
    }
}

/// What a sender looks at while the ring is full.
struct Space<'a, W: TableWriter, P: Platform> {
    writer: &'a mut W,
    suspicion: &'a mut Suspicion,
    member: &'a Member<P>,
    me: Mapped<Participant>,
    size: usize,
}

impl<W: TableWriter, P: Platform> Watch for Space<'_, W, P> {
    type Found = Result<(), Refused>;

    #[inline(always)]
    fn poll(&mut self, _: Sight) -> Option<Result<(), Refused>> {
        if self.member.has_lost_peers() && self.member.is_closed() {
            return Some(Err(Refused::Closed(())));
        }
        match self.writer.claim(&self.me, self.size) {
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
        let within = self.member.tend(self.writer, self.suspicion);
        if self.member.is_closed() {
            Outlook::Over
        } else {
            Outlook::Open(within)
        }
    }
}

impl<W: TableWriter, P: Platform> SendSide<P> for Sending<W, P> {
    /// Receivers pass over the slot. The one that waits for it must be woken to do that.
    fn abort(&mut self) {
        if let Some(me) = self.member.me()
            && self.writer.abort(&me)
        {
            self.member.notify(u32::MAX);
        }
    }

    #[cold]
    fn try_claim(&mut self, size: usize) -> Result<(), TrySendError<()>> {
        let Some((mut space, _)) = self.look_for(size, false) else {
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
    fn claim(&mut self, size: usize, timeout: Option<Duration>) -> Result<(), Refused> {
        self.pace.keep(&self.spin, self.passed);
        let Some((mut space, spin)) = self.look_for(size, true) else {
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

impl<T: Plain, P: Platform, C: Claims> SendItems<T, P> for Sending<Writer<Items<T>, C>, P> {
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
        self.member.notify(u32::try_from(sent).unwrap_or(u32::MAX));
        sent
    }
}

impl<P: Platform, C: Claims> SendBytes<P> for Sending<BytesWriter<C>, P> {
    fn max_record(&self) -> usize {
        self.writer.max_len()
    }

    fn splits(&self) -> bool {
        false
    }

    #[inline(always)]
    fn is_ready_for(&mut self, len: usize) -> bool {
        match self.member.me() {
            Some(me) => !self.member.has_lost_peers() && self.writer.is_ready_for(&me, len),
            None => false,
        }
    }

    #[inline(always)]
    fn record(&mut self) -> &mut [u8] {
        self.writer.record().unwrap_or_else(|| Self::unreachable())
    }

    fn record_ref(&self) -> &[u8] {
        self.writer
            .record_ref()
            .unwrap_or_else(|| Self::unreachable())
    }

    #[inline(always)]
    fn publish(&mut self, len: usize, _: Piece) {
        if let Some(me) = self.member.me() {
            self.writer.publish_len(&me, len);
            self.passed += 1;
            self.member.notify(1);
        }
    }

    /// There are no parts.
    fn begin_parts(&mut self, _: Option<Duration>) -> Result<(), Refused> {
        Ok(())
    }

    fn end_parts(&mut self) {}
}

impl<S: Slot, P: Platform + Clone, C: Several> Sending<Writer<S, C>, P> {
    /// Another end beside this one. Without room for it: if `late`, one that attaches later.
    pub(crate) fn try_clone(&self, late: bool) -> Result<Self, AttachError> {
        let member = self.member.try_clone(late)?;
        Ok(Sending::new(self.writer.another(), member))
    }
}

impl<W: TableWriter, P: Platform> Sending<W, P> {
    /// What to look at for up to `size` slots, or a record of that size, and how long; `None` without
    /// a place in the table, for which it waits a while if it `may_wait`.
    fn look_for(&mut self, size: usize, may_wait: bool) -> Option<(Space<'_, W, P>, &mut Spin)> {
        self.member.enter_late(may_wait);
        let space = Space {
            me: self.member.me()?,
            writer: &mut self.writer,
            suspicion: &mut self.suspicion,
            member: &self.member,
            size,
        };
        Some((space, &mut self.spin))
    }

    /// What this end knows of the others.
    pub(crate) fn member(&self) -> &Member<P> {
        &self.member
    }
}

/// What a sender looks at while it waits for the receivers to finish.
struct Unfinished<'a, W, P: Platform> {
    writer: &'a W,
    member: &'a Member<P>,
    from: u64,
    end: u64,
}

impl<W: TableWriter, P: Platform> Watch for Unfinished<'_, W, P> {
    type Found = ();

    fn poll(&mut self, _: Sight) -> Option<()> {
        let all = self.member.table();
        match self.writer.first_unfinished(all, self.from, self.end) {
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

impl<W: TableWriter, P: Platform> Sending<W, P> {
    /// Waits until everything that was sent before is finished.
    pub(crate) fn join(&mut self, timeout: Option<Duration>) -> Result<(), Refused> {
        // One whose grant was forgotten would be waited for.
        self.abort();
        let mut unfinished = Unfinished {
            writer: &self.writer,
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

impl<W: TableWriter, P: Platform> Drop for Sending<W, P> {
    /// A grant that was forgotten is given up.
    fn drop(&mut self) {
        if self.member.platform.is_mapped_here() {
            self.abort();
        }
    }
}
