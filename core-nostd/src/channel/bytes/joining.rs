//! The reading end of a channel of bytes, with the memory in which long messages are joined.

use super::joiner::{Joiner, Step};
use crate::channel::topology::{RecvBytes, RecvSide};
use crate::error::{RecvTimeoutError, TryRecvError};
use crate::layout::Kind;
use crate::platform::Platform;
use crate::scratch::Scratch;
use crate::wait::{Nanos, Outlook, Probe, Sight, Spot};
use core::fmt;
use core::time::Duration;

/// See [`RecvSide`]. What is claimed of it is a whole message: a record of the ring, or one that was
/// joined.
#[derive(Debug)]
pub struct Joining<H, S> {
    half: H,
    joiner: Joiner<S>,
    /// Whether a record can be a part of a message.
    splits: bool,
    /// What the next call that has to wait answers.
    refused: Option<RecvTimeoutError>,
}

/// How long a call waits.
#[derive(Clone, Copy)]
pub(super) enum Patience {
    /// Not at all.
    Now,
    /// As long as it takes.
    Ever,
    /// No longer than this.
    For(Duration),
}

/// When a call that waits has to end.
enum Limit {
    /// When it has passed over so many bytes, which is more than can have been there when it began.
    Bytes(usize),
    Never,
    At(Nanos),
}

impl<H, S: Scratch> Joining<H, S> {
    /// Over the reading end of a ring of `kind`, for messages of up to `limit` bytes.
    pub(crate) fn new(half: H, kind: Kind, limit: usize) -> Self {
        Joining {
            half,
            joiner: Joiner::new(limit),
            splits: !kind.is_stamped(),
            refused: None,
        }
    }

    /// The reading end of the ring.
    pub(crate) fn half(&self) -> &H {
        &self.half
    }

    pub(crate) fn limit(&self) -> usize {
        self.joiner.limit
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.joiner.limit = limit;
    }

    pub(super) fn incomplete(&self) -> u64 {
        self.joiner.incomplete
    }
}

impl<H, S: Scratch> Joining<H, S> {
    /// Whether nothing comes before the next record: no message that was joined, and no refusal.
    #[inline(always)]
    fn is_between(&self) -> bool {
        !self.joiner.is_full() && self.refused.is_none()
    }

    /// The message that is claimed.
    #[inline]
    pub(super) fn message<P: Platform>(&self) -> &[u8]
    where
        H: RecvBytes<P>,
    {
        if self.joiner.is_full() {
            self.joiner.message()
        } else {
            self.half.record().0
        }
    }

    /// Claims a message.
    #[inline]
    pub(super) fn receive<P: Platform>(
        &mut self,
        patience: Patience,
    ) -> Result<(), RecvTimeoutError>
    where
        H: RecvBytes<P>,
    {
        if self.is_between() && self.half.is_ready() {
            let (record, is_part) = self.half.record();
            if !is_part && record.len() <= self.joiner.limit {
                return Ok(());
            }
        }
        self.receive_slowly(patience)
    }

    #[cold]
    fn receive_slowly<P: Platform>(&mut self, patience: Patience) -> Result<(), RecvTimeoutError>
    where
        H: RecvBytes<P>,
    {
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        let mut limit = self.begin(patience);
        loop {
            if self.joiner.is_full() {
                return Ok(());
            }
            self.claim_record(&limit)?;
            let (record, is_part) = self.half.record();
            if !is_part {
                return self.check_whole(record.len());
            }
            let len = record.len();
            self.take_part(None)?;
            self.spend(&mut limit, len)?;
        }
    }

    /// Copies the next message into `buffer` and finishes it; how long it is. Parts that come while
    /// this waits go straight there.
    #[inline]
    pub(super) fn receive_into<P: Platform>(
        &mut self,
        buffer: &mut [u8],
        patience: Patience,
    ) -> Result<usize, RecvTimeoutError>
    where
        H: RecvBytes<P>,
    {
        if self.is_between() && self.half.is_ready() {
            let (record, is_part) = self.half.record();
            let len = record.len();
            if !is_part
                && len <= self.joiner.limit
                && let Some(place) = buffer.get_mut(..len)
            {
                place.copy_from_slice(record);
                self.half.finish_record(true, true);
                return Ok(len);
            }
        }
        self.receive_into_slowly(buffer, patience)
    }

    #[cold]
    fn receive_into_slowly<P: Platform>(
        &mut self,
        buffer: &mut [u8],
        patience: Patience,
    ) -> Result<usize, RecvTimeoutError>
    where
        H: RecvBytes<P>,
    {
        let received = self.fill(buffer, patience);
        self.joiner.save(buffer);
        received
    }

    fn fill<P: Platform>(
        &mut self,
        buffer: &mut [u8],
        patience: Patience,
    ) -> Result<usize, RecvTimeoutError>
    where
        H: RecvBytes<P>,
    {
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        let mut limit = self.begin(patience);
        loop {
            if self.joiner.is_full() {
                let len = copy(self.joiner.message(), buffer)?;
                self.joiner.clear();
                return Ok(len);
            }
            self.claim_record(&limit)?;
            let (record, is_part) = self.half.record();
            let len = record.len();
            if !is_part {
                self.check_whole(len)?;
                // It may stand between the parts of another one.
                self.joiner.save(buffer);
                let copied = copy(self.half.record().0, buffer)?;
                self.half.finish_record(true, true);
                return Ok(copied);
            }
            if let Some(len) = self.take_part(Some(buffer))? {
                return Ok(len);
            }
            self.spend(&mut limit, len)?;
        }
    }

    /// A record that is a whole message of `len` bytes is claimed: drops it if it is too long.
    fn check_whole<P: Platform>(&mut self, len: usize) -> Result<(), RecvTimeoutError>
    where
        H: RecvBytes<P>,
    {
        let limit = self.joiner.limit;
        if len <= limit {
            return Ok(());
        }
        self.half.finish();
        let len = len as u64;
        Err(RecvTimeoutError::TooLong { len, limit })
    }

    /// Joins the part that is claimed; the length of the message if it is complete in `buffer`.
    fn take_part<P: Platform>(
        &mut self,
        buffer: Option<&mut [u8]>,
    ) -> Result<Option<usize>, RecvTimeoutError>
    where
        H: RecvBytes<P>,
    {
        let room = buffer.as_ref().map_or(0, |buffer| buffer.len());
        let stepped = self.joiner.part(self.half.record().0, buffer);
        let mut finish = |was_copied| self.half.finish_record(was_copied, stepped.is_last);
        match stepped.step {
            Step::Copied | Step::Full => {
                finish(true);
                Ok(None)
            }
            Step::Delivered(len) => {
                finish(true);
                Ok(Some(len))
            }
            Step::Skipped => {
                finish(false);
                Ok(None)
            }
            Step::TooLong(len) => {
                finish(false);
                let limit = if S::EXISTS { self.joiner.limit } else { 0 };
                Err(RecvTimeoutError::TooLong { len, limit })
            }
            Step::ShortBuffer(len) => Err(RecvTimeoutError::ShortBuffer { len, buffer: room }),
            Step::Corrupt => Err(RecvTimeoutError::Corrupt),
        }
    }

    /// The next record.
    fn claim_record<P: Platform>(&mut self, limit: &Limit) -> Result<(), RecvTimeoutError>
    where
        H: RecvBytes<P>,
    {
        if self.half.is_ready() {
            return Ok(());
        }
        let claimed = match limit {
            Limit::Bytes(_) => self.half.try_claim(1).map_err(TryRecvError::in_time),
            Limit::Never => self.half.claim(1, None),
            Limit::At(deadline) => {
                let now = self.half.platform().now();
                let rest = Duration::from_nanos(deadline.0.saturating_sub(now.0));
                self.half.claim(1, Some(rest))
            }
        };
        if claimed == Err(RecvTimeoutError::Closed) {
            self.joiner.drop_half();
        }
        claimed
    }

    fn begin<P: Platform>(&self, patience: Patience) -> Limit
    where
        H: RecvBytes<P>,
    {
        match patience {
            Patience::Now => Limit::Bytes(self.half.capacity()),
            Patience::Ever => Limit::Never,
            Patience::For(timeout) => Limit::At(self.half.platform().now().after(timeout)),
        }
    }

    /// Whether there is time for another part behind one of `len` bytes. A sender could keep the
    /// call for ever.
    fn spend<P: Platform>(&self, limit: &mut Limit, len: usize) -> Result<(), RecvTimeoutError>
    where
        H: RecvBytes<P>,
    {
        let is_over = !self.joiner.is_full()
            && match limit {
                Limit::Bytes(left) => {
                    *left = left.saturating_sub(len);
                    *left == 0
                }
                Limit::Never => false,
                Limit::At(deadline) => self.half.platform().now() >= *deadline,
            };
        if is_over {
            return Err(RecvTimeoutError::Timeout);
        }
        Ok(())
    }
}

/// Copies `message` to the beginning of `buffer`; how long it is.
fn copy(message: &[u8], buffer: &mut [u8]) -> Result<usize, RecvTimeoutError> {
    let len = message.len();
    let room = buffer.len();
    let Some(place) = buffer.get_mut(..len) else {
        return Err(RecvTimeoutError::ShortBuffer { len, buffer: room });
    };
    place.copy_from_slice(message);
    Ok(len)
}

impl<P: Platform, H: RecvBytes<P>> RecvSide<P> for Joining<H, P::Scratch> {
    #[inline]
    fn is_ready(&mut self) -> bool {
        self.receive(Patience::Now).is_ok()
    }

    fn is_redelivered(&self) -> bool {
        !self.joiner.is_full() && self.half.is_redelivered()
    }

    #[inline]
    fn finish(&mut self) {
        if self.joiner.is_full() {
            self.joiner.clear();
        } else {
            self.half.finish();
        }
    }

    fn try_claim(&mut self, _: usize) -> Result<(), TryRecvError> {
        self.receive(Patience::Now)
            .map_err(RecvTimeoutError::at_once)
    }

    fn claim(&mut self, _: usize, timeout: Option<Duration>) -> Result<(), RecvTimeoutError> {
        self.receive(timeout.map_or(Patience::Ever, Patience::For))
    }

    /// Joins the parts that are there. With too many of them it says yes, and the call that follows
    /// goes on.
    fn may_claim(&mut self, sight: Sight) -> bool {
        if !self.splits {
            return self.half.may_claim(sight);
        }
        let mut left = self.half.capacity();
        loop {
            if self.joiner.is_full() || self.refused.is_some() {
                return true;
            }
            if !self.half.may_claim(sight) {
                return false;
            }
            if !self.half.is_ready() {
                // The end of the channel.
                return true;
            }
            let (record, is_part) = self.half.record();
            left = left.saturating_sub(record.len());
            if !is_part || left == 0 {
                return true;
            }
            if let Err(refused) = self.take_part(None) {
                self.refused = Some(refused);
            }
        }
    }

    fn outlook(&mut self, probe: Probe) -> Outlook {
        self.half.outlook(probe)
    }

    fn spot(&self) -> Spot<'_> {
        self.half.spot()
    }

    fn wait_for_sender(&mut self, timeout: Option<Duration>) -> bool {
        self.joiner.is_full() || self.half.wait_for_sender(timeout)
    }

    fn capacity(&self) -> usize {
        self.half.capacity()
    }

    fn platform(&self) -> &P {
        self.half.platform()
    }

    fn describe(&self, out: &mut fmt::DebugStruct<'_, '_>) {
        out.field("limit", &self.joiner.limit);
        self.half.describe(out);
    }
}
