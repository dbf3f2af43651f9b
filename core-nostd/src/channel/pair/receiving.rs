//! The reading end of a channel with one receiver.

use super::end::End;
use crate::channel::pace::Pace;
use crate::channel::topology::{RecvBytes, RecvItems, RecvSide};
use crate::error::{RecvTimeoutError, TryRecvError};
use crate::layout::{Peer, Role};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::ring::spsc::Corrupt;
use crate::slots::frames::FrameReader;
use crate::slots::spsc::Reader;
use crate::slots::{Read, SoleReader};
use crate::wait::{Interrupted, Outlook, Probe, Sight, Spin, Spot};
use core::fmt;
use core::time::Duration;

/// See [`RecvSide`].
pub struct Receiving<R: SoleReader, P: Platform> {
    reader: R,
    spin: Spin,
    pace: Pace,
    /// The sender whose end was reported as the end of the channel.
    past: Option<Peer>,
    end: End<P>,
}

impl<R: SoleReader, P: Platform> Receiving<R, P> {
    pub(crate) fn new(reader: R, spin: Spin, end: End<P>) -> Self {
        Receiving {
            reader,
            spin,
            pace: Pace::of_one(),
            past: None,
            end,
        }
    }

    pub(crate) fn received(&self) -> u64 {
        self.reader.consumed()
    }

    pub(crate) fn peer(&self) -> Peer {
        self.end.peer()
    }

    #[inline(always)]
    fn release(&mut self, read: Read) {
        if self.reader.release(read) {
            self.end.notify(Role::Sender);
        }
    }

    /// Nothing is there: is anything still to come? What the sender did last may show only now.
    #[cold]
    fn empty(&mut self) -> Result<(), TryRecvError> {
        if !self.end.is_over_by_now() {
            return Err(TryRecvError::Empty);
        }
        match look(&mut self.reader) {
            Some(answer) => answer.map_err(|refused| refused.for_ever().into()),
            None => {
                self.past = Some(self.end.peer());
                Err(TryRecvError::Closed)
            }
        }
    }
}

impl<R: SoleReader, P: Platform> RecvSide<P> for Receiving<R, P> {
    #[inline(always)]
    fn is_ready(&mut self) -> bool {
        self.reader.is_ready()
    }

    fn is_redelivered(&self) -> bool {
        self.reader.is_redelivered()
    }

    #[inline(always)]
    fn finish(&mut self) {
        self.release(Read::Unknown);
    }

    #[inline(always)]
    fn try_claim(&mut self, _most: usize) -> Result<(), TryRecvError> {
        match look(&mut self.reader) {
            Some(answer) => answer.map_err(|refused| refused.for_ever().into()),
            None => self.empty(),
        }
    }

    #[cold]
    fn claim(&mut self, _most: usize, timeout: Option<Duration>) -> Result<(), RecvTimeoutError> {
        let Receiving {
            reader,
            spin,
            pace,
            past,
            end,
        } = self;
        pace.keep(spin, reader.consumed());
        match end.wait(spin, timeout, |_| look(reader)) {
            Ok(answer) => answer,
            Err(Interrupted::TimedOut) => Err(RecvTimeoutError::Timeout),
            Err(Interrupted::PeerGone) => {
                *past = Some(end.peer());
                Err(RecvTimeoutError::Closed)
            }
            Err(Interrupted::Lost) => Err(RecvTimeoutError::Corrupt),
        }
    }

    fn may_claim(&mut self, _: Sight) -> bool {
        look(&mut self.reader).is_some()
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        self.end.outlook(probe)
    }

    fn spot(&self) -> Spot<'_> {
        self.end.spot()
    }

    fn wait_for_sender(&mut self, timeout: Option<Duration>) -> bool {
        let Receiving {
            reader,
            spin,
            end,
            past,
            ..
        } = self;
        let has_left_something = || reader.peek() != Ok(false);
        end.wait_for_peer(spin, timeout, *past, has_left_something)
    }

    fn capacity(&self) -> usize {
        self.end.capacity
    }

    fn platform(&self) -> &P {
        &self.end.platform
    }

    fn describe(&self, out: &mut fmt::DebugStruct<'_, '_>) {
        out.field("received", &self.received());
        out.field("sender", &self.peer());
    }
}

impl<T: Plain, P: Platform> RecvItems<T, P> for Receiving<Reader<T>, P> {
    #[inline(always)]
    fn pop(&mut self, item: &mut T) -> bool {
        let freed = self.reader.pop(item);
        if freed == Some(true) {
            self.end.notify(Role::Sender);
        }
        freed.is_some()
    }

    #[inline(always)]
    fn item(&self) -> &T {
        self.reader
            .item()
            .unwrap_or_else(|| unreachable!("a grant is made for a message found"))
    }

    fn take_into(&mut self, item: &mut T) {
        *item = *self.item();
        self.release(Read::Whole);
    }

    fn take_batch(&mut self, items: &mut [T]) -> usize {
        let taken = self.reader.pop_many(items);
        self.end.notify(Role::Sender);
        taken
    }
}

impl<P: Platform> RecvBytes<P> for Receiving<FrameReader, P> {
    #[inline(always)]
    fn record(&self) -> (&[u8], bool) {
        self.reader
            .record()
            .unwrap_or_else(|| unreachable!("a grant is made for a record found"))
    }

    /// Which records end a message stands beside each of them.
    #[inline(always)]
    fn finish_record(&mut self, was_copied: bool, _ends_message: bool) {
        self.release(if was_copied {
            Read::Whole
        } else {
            Read::Unknown
        });
    }
}

/// One look for a message; `None` if the ring is empty.
#[inline(always)]
fn look<R: SoleReader>(reader: &mut R) -> Option<Result<(), RecvTimeoutError>> {
    match reader.peek() {
        Ok(true) => Some(Ok(())),
        Ok(false) => None,
        Err(Corrupt) => Some(Err(RecvTimeoutError::Corrupt)),
    }
}

impl<R: SoleReader, P: Platform> Drop for Receiving<R, P> {
    fn drop(&mut self) {
        if self.end.platform.is_mapped_here() {
            self.reader.settle();
        }
    }
}
