//! Bytes in place.

use crate::channel::topology::{Piece, SendBytes as _, Topology};
use crate::channel::{ReadGrant, WriteGrant};
use crate::platform::Platform;
use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};

impl<P: Platform, K: Topology> WriteGrant<'_, [u8], P, K> {
    /// Publishes all that was reserved and wakes the receiver if it sleeps.
    #[inline]
    pub fn commit(self) {
        let len = self.len();
        self.commit_to(len);
    }

    /// Publishes the first `len` bytes, and gives the rest back.
    ///
    /// # Panics
    ///
    /// `len` is more than what was reserved; nothing is published then.
    #[inline]
    pub fn commit_to(self, len: usize) {
        let reserved = self.len();
        assert!(
            len <= reserved,
            "{len} bytes cannot be committed of {reserved} that were reserved"
        );
        let mut grant = ManuallyDrop::new(self);
        grant.sender.half.publish(len, Piece::Whole);
    }
}

impl<P: Platform, K: Topology> Deref for WriteGrant<'_, [u8], P, K> {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        self.sender.half.record_ref()
    }
}

impl<P: Platform, K: Topology> DerefMut for WriteGrant<'_, [u8], P, K> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        self.sender.half.record()
    }
}

impl<P: Platform, K: Topology> fmt::Debug for WriteGrant<'_, [u8], P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WriteGrant").field(&&**self).finish()
    }
}

impl<P: Platform, K: Topology> Deref for ReadGrant<'_, [u8], P, K> {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        self.receiver.half.message()
    }
}

impl<P: Platform, K: Topology> fmt::Debug for ReadGrant<'_, [u8], P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadGrant").field(&&**self).finish()
    }
}
