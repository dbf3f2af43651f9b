//! The writing end of a channel with one sender.

use super::end::End;
use crate::channel::topology::{Piece, SendBytes, SendItems, SendSide};
use crate::error::{SendTimeoutError, TrySendError};
use crate::layout::{Peer, Role};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::ring::spsc::{Control, Corrupt, Look};
use crate::slots::SoleWriter;
use crate::slots::frames::FrameWriter;
use crate::slots::spsc::Writer;
use crate::wait::{Interrupted, Outlook, Probe, Sight, Spin, Spot};
use core::fmt;
use core::time::Duration;

/// See [`SendSide`].
pub struct Sending<W, P: Platform> {
    writer: W,
    spin: Spin,
    /// The receiver whose end was reported as the end of the channel.
    past: Option<Peer>,
    end: End<P>,
}

/// Why there is no slot.
type Refused = SendTimeoutError<()>;

impl<W: SoleWriter, P: Platform> Sending<W, P> {
    pub(crate) fn new(writer: W, spin: Spin, end: End<P>) -> Self {
        Sending {
            writer,
            spin,
            // One of an earlier session is nobody to wait for.
            past: Some(end.peer()),
            end,
        }
    }

    pub(crate) fn sent(&self) -> u64 {
        self.writer.published()
    }

    pub(crate) fn peer(&self) -> Peer {
        self.end.peer()
    }

    #[cold]
    fn full(&mut self) -> TrySendError<()> {
        if !self.end.is_over_by_now() {
            return TrySendError::Full(());
        }
        self.past = Some(self.end.peer());
        TrySendError::Closed(())
    }
}

impl<W: SoleWriter, P: Platform> SendSide<P> for Sending<W, P> {
    /// The slot is handed out again.
    #[inline(always)]
    fn abort(&mut self) {}

    #[cold]
    fn try_claim(&mut self, size: usize) -> Result<(), TrySendError<()>> {
        match look(&mut self.writer, &self.end.control, size, Look::Cursor) {
            Some(Ok(())) => Ok(()),
            Some(Err(refused)) => {
                self.past = Some(self.end.peer());
                Err(refused.for_ever().into())
            }
            None => Err(self.full()),
        }
    }

    #[cold]
    fn claim(&mut self, size: usize, timeout: Option<Duration>) -> Result<(), Refused> {
        let Sending {
            writer,
            spin,
            past,
            end,
        } = self;
        let control = end.control;
        let poll = |sight| look(writer, &control, size, closely(sight));
        let refused = match end.wait(spin, timeout, poll) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(refused)) => refused,
            Err(Interrupted::TimedOut) => return Err(Refused::Timeout(())),
            Err(Interrupted::PeerGone) => Refused::Closed(()),
            Err(Interrupted::Lost) => Refused::Corrupt(()),
        };
        *past = Some(end.peer());
        Err(refused)
    }

    fn may_claim(&mut self, sight: Sight) -> bool {
        self.end.control.items.is_gone() || self.writer.may_claim(closely(sight)) != Ok(false)
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        self.end.outlook(probe)
    }

    fn spot(&self) -> Spot<'_> {
        self.end.spot()
    }

    fn wait_for_receiver(&mut self, timeout: Option<Duration>) -> bool {
        self.end
            .wait_for_peer(&mut self.spin, timeout, self.past, || false)
    }

    fn capacity(&self) -> usize {
        self.end.capacity
    }

    fn platform(&self) -> &P {
        &self.end.platform
    }

    fn describe(&self, out: &mut fmt::DebugStruct<'_, '_>) {
        out.field("sent", &self.sent());
        out.field("receiver", &self.peer());
    }
}

impl<T: Plain, P: Platform> SendItems<T, P> for Sending<Writer<T>, P> {
    #[inline(always)]
    fn is_ready(&mut self) -> bool {
        !self.end.control.items.is_gone() && self.writer.is_ready()
    }

    #[inline(always)]
    fn put(&mut self, value: T) {
        self.writer.push(value);
        self.end.notify(Role::Receiver);
    }

    #[inline(always)]
    fn slot(&mut self) -> &mut T {
        self.writer
            .slot()
            .unwrap_or_else(|| unreachable!("a grant is made for a claimed slot"))
    }

    fn slot_ref(&self) -> &T {
        self.writer
            .slot_ref()
            .unwrap_or_else(|| unreachable!("a grant is made for a claimed slot"))
    }

    #[inline(always)]
    fn publish(&mut self) {
        self.writer.publish();
        self.end.notify(Role::Receiver);
    }

    fn put_batch(&mut self, items: &[T]) -> usize {
        let sent = self.writer.push_many(items);
        self.end.notify(Role::Receiver);
        sent
    }
}

impl<P: Platform> SendBytes<P> for Sending<FrameWriter, P> {
    fn max_record(&self) -> usize {
        self.writer.longest()
    }

    fn splits(&self) -> bool {
        true
    }

    #[inline(always)]
    fn is_ready_for(&mut self, len: usize) -> bool {
        !self.end.control.items.is_gone() && self.writer.is_ready_for(len)
    }

    #[inline(always)]
    fn record(&mut self) -> &mut [u8] {
        self.writer
            .record()
            .unwrap_or_else(|| unreachable!("a grant is made for a claimed record"))
    }

    fn record_ref(&self) -> &[u8] {
        self.writer
            .record_ref()
            .unwrap_or_else(|| unreachable!("a grant is made for a claimed record"))
    }

    #[inline(always)]
    fn publish(&mut self, len: usize, piece: Piece) {
        self.writer.publish(len, piece);
        self.end.notify(Role::Receiver);
    }

    /// There is no other sender.
    fn begin_parts(&mut self, _: Option<Duration>) -> Result<(), SendTimeoutError<()>> {
        Ok(())
    }

    fn end_parts(&mut self) {}
}

fn closely(sight: Sight) -> Look {
    match sight {
        Sight::Passing => Look::Head,
        Sight::Last => Look::Cursor,
    }
}

/// One look for a slot; `None` if the ring is full.
#[inline(always)]
fn look<W: SoleWriter>(
    writer: &mut W,
    control: &Control,
    size: usize,
    closely: Look,
) -> Option<Result<(), Refused>> {
    if control.items.is_gone() {
        return Some(Err(Refused::Closed(())));
    }
    match writer.claim(size, closely) {
        Ok(true) => Some(Ok(())),
        Ok(false) => None,
        Err(Corrupt) => Some(Err(Refused::Corrupt(()))),
    }
}
