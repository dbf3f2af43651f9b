//! What is held here is not held by a forked child.

use crate::platform::Platform;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};

/// A guard that does nothing when it is dropped in a forked child, which inherits neither the memory
/// nor what its parent holds there.
pub(super) struct Unforked<'a, G, P: Platform> {
    guard: ManuallyDrop<G>,
    platform: &'a P,
}

impl<'a, G, P: Platform> Unforked<'a, G, P> {
    #[inline(always)]
    pub(super) fn new(guard: G, platform: &'a P) -> Self {
        Unforked {
            guard: ManuallyDrop::new(guard),
            platform,
        }
    }

    /// The guard itself.
    #[inline(always)]
    pub(super) fn into_inner(self) -> G {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is never dropped, and not used again.
        unsafe { ManuallyDrop::take(&mut this.guard) }
    }
}

impl<G, P: Platform> Deref for Unforked<'_, G, P> {
    type Target = G;
    #[inline(always)]
    fn deref(&self) -> &G {
        &self.guard
    }
}

impl<G, P: Platform> DerefMut for Unforked<'_, G, P> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut G {
        &mut self.guard
    }
}

impl<G, P: Platform> Drop for Unforked<'_, G, P> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.platform.is_mapped_here() {
            // SAFETY: this is the drop of the only value that holds it.
            unsafe { ManuallyDrop::drop(&mut self.guard) }
        }
    }
}
