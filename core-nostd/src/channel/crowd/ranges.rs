//! The two halves of a channel of messages of any length, from many senders to one receiver.

use super::{Receiving, Sending};
use crate::attach::AttachError;
use crate::channel::topology::{Piece, RecvBytes, SendBytes, SendSide as _};
use crate::error::SendTimeoutError;
use crate::platform::Platform;
use crate::slots::ranges::{RangeReader, RangeWriter};
use crate::slots::{Read, TableReader as _, TableWriter as _};
use crate::wait::SLICE;
use crate::wait::lock::NotTaken;
use core::time::Duration;

impl<P: Platform> SendBytes<P> for Sending<RangeWriter, P> {
    fn max_record(&self) -> usize {
        self.writer.longest()
    }

    fn splits(&self) -> bool {
        true
    }

    #[inline(always)]
    fn is_ready_for(&mut self, len: usize) -> bool {
        if self.writer.has_claimed() {
            // Its grant was forgotten.
            self.abort();
        }
        match self.member.me() {
            Some(me) => !self.member.has_lost_peers() && self.writer.claim(&me, len) == Ok(true),
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
    fn publish(&mut self, len: usize, piece: Piece) {
        if let Some(me) = self.member.me() {
            self.writer.publish(&me, len, piece);
            self.passed += u64::from(piece.ends_message());
            self.member.notify(1);
        }
    }

    fn begin_parts(&mut self, timeout: Option<Duration>) -> Result<(), SendTimeoutError<()>> {
        if !self.member.enter_late(true) {
            return Err(SendTimeoutError::Crowded(()));
        }
        // A grant may have been forgotten: the receiver would wait for it, whoever has the lock for
        // the receiver, and this end for the lock.
        self.abort();
        let platform = &self.member.platform;
        let deadline = timeout.map(|timeout| platform.now().after(timeout));
        loop {
            let now = platform.now();
            let slice = now.after(SLICE);
            let until = deadline.map_or(slice, |deadline| deadline.min(slice));
            match self.writer.parts.take(platform, Some(until)) {
                Ok(()) => return Ok(()),
                Err(NotTaken::Held) => {}
                Err(NotTaken::Closed | NotTaken::Lost) => {
                    return Err(SendTimeoutError::Corrupt(()));
                }
            }
            self.member.table().sweep_if_due(false);
            if self.member.is_closed() {
                self.member.note_end();
                return Err(SendTimeoutError::Closed(()));
            }
            if deadline.is_some_and(|deadline| deadline <= platform.now()) {
                return Err(SendTimeoutError::Timeout(()));
            }
        }
    }

    fn end_parts(&mut self) {
        self.writer.parts.give_back(&self.member.platform);
    }
}

impl<P: Platform + Clone> Sending<RangeWriter, P> {
    /// Another end beside this one. Without room for it: if `late`, one that attaches later.
    pub(crate) fn try_clone(&self, late: bool) -> Result<Self, AttachError> {
        let member = self.member.try_clone(late)?;
        Ok(Sending::new(self.writer.another(), member))
    }
}

impl<P: Platform> RecvBytes<P> for Receiving<RangeReader, P> {
    #[inline(always)]
    fn record(&self) -> (&[u8], bool) {
        self.reader.record().unwrap_or_else(|| Self::unreachable())
    }

    #[inline(always)]
    fn finish_record(&mut self, was_copied: bool, ends_message: bool) {
        let read = if was_copied {
            Read::Whole
        } else {
            Read::Unknown
        };
        self.reader.release_record(read, ends_message);
        self.reader.take_passed();
        self.passed += u64::from(ends_message);
        self.member.notify_of_space(u32::MAX);
    }
}
