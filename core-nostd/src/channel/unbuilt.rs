//! What stands for ends that do not exist yet.

use super::Piece;
use super::topology::{Membership, RecvBytes, RecvSide, SendBytes, SendSide};
use crate::attach::AttachError;
use crate::error::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use crate::layout::Unfit;
use crate::platform::Platform;
use crate::wait::{Outlook, Probe, Sight, Spot};
use core::fmt;
use core::time::Duration;

/// An end that cannot be.
#[derive(Debug)]
pub enum Unbuilt {}

impl Unbuilt {
    pub(crate) fn member(&self) -> &Self {
        match *self {}
    }
    pub(crate) fn join(&mut self, _: Option<Duration>) -> Result<(), SendTimeoutError<()>> {
        match *self {}
    }
    pub(crate) fn was_redelivered(&self) -> bool {
        match *self {}
    }
    pub(crate) fn try_clone(&self, _: bool) -> Result<Self, AttachError> {
        match *self {}
    }

    /// Why it cannot be attached.
    pub(crate) fn refused() -> AttachError {
        Unfit::Unfinished.into()
    }
}

impl<P: Platform> SendSide<P> for Unbuilt {
    fn abort(&mut self) {
        match *self {}
    }
    fn try_claim(&mut self, _: usize) -> Result<(), TrySendError<()>> {
        match *self {}
    }
    fn claim(&mut self, _: usize, _: Option<Duration>) -> Result<(), SendTimeoutError<()>> {
        match *self {}
    }
    fn may_claim(&mut self, _: Sight) -> bool {
        match *self {}
    }
    fn outlook(&mut self, _: Probe) -> Outlook {
        match *self {}
    }
    fn spot(&self) -> Spot<'_> {
        match *self {}
    }
    fn wait_for_receiver(&mut self, _: Option<Duration>) -> bool {
        match *self {}
    }
    fn capacity(&self) -> usize {
        match *self {}
    }
    fn platform(&self) -> &P {
        match *self {}
    }
    fn describe(&self, _: &mut fmt::DebugStruct<'_, '_>) {
        match *self {}
    }
}

impl<P: Platform> SendBytes<P> for Unbuilt {
    fn max_record(&self) -> usize {
        match *self {}
    }
    fn splits(&self) -> bool {
        match *self {}
    }
    fn is_ready_for(&mut self, _: usize) -> bool {
        match *self {}
    }
    fn record(&mut self) -> &mut [u8] {
        match *self {}
    }
    fn record_ref(&self) -> &[u8] {
        match *self {}
    }
    fn publish(&mut self, _: usize, _: Piece) {
        match *self {}
    }
    fn begin_parts(&mut self, _: Option<Duration>) -> Result<(), SendTimeoutError<()>> {
        match *self {}
    }
    fn end_parts(&mut self) {
        match *self {}
    }
}

impl<P: Platform> RecvSide<P> for Unbuilt {
    fn is_ready(&mut self) -> bool {
        match *self {}
    }
    fn is_redelivered(&self) -> bool {
        match *self {}
    }
    fn finish(&mut self) {
        match *self {}
    }
    fn try_claim(&mut self, _: usize) -> Result<(), TryRecvError> {
        match *self {}
    }
    fn claim(&mut self, _: usize, _: Option<Duration>) -> Result<(), RecvTimeoutError> {
        match *self {}
    }
    fn may_claim(&mut self, _: Sight) -> bool {
        match *self {}
    }
    fn outlook(&mut self, _: Probe) -> Outlook {
        match *self {}
    }
    fn spot(&self) -> Spot<'_> {
        match *self {}
    }
    fn wait_for_sender(&mut self, _: Option<Duration>) -> bool {
        match *self {}
    }
    fn capacity(&self) -> usize {
        match *self {}
    }
    fn platform(&self) -> &P {
        match *self {}
    }
    fn describe(&self, _: &mut fmt::DebugStruct<'_, '_>) {
        match *self {}
    }
}

impl<P: Platform> RecvBytes<P> for Unbuilt {
    fn record(&self) -> (&[u8], bool) {
        match *self {}
    }
    fn finish_record(&mut self, _: bool, _: bool) {
        match *self {}
    }
}

impl Membership for Unbuilt {
    fn repair(&self) -> usize {
        match *self {}
    }
    fn peers(&self) -> usize {
        match *self {}
    }
}
