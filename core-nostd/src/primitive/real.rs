//! The atomics of `core`, as they are.

pub use core::hint::spin_loop;
#[cfg(not(ringway_watched))]
pub use core::sync::atomic::AtomicU32;
pub use core::sync::atomic::{Ordering, fence};

#[cfg(all(target_has_atomic = "64", not(ringway_watched)))]
pub use core::sync::atomic::AtomicU64 as Wide;

#[cfg(ringway_watched)]
pub use super::watched::{AtomicU32, Wide, tell_of_looks};

#[cfg(not(target_has_atomic = "64"))]
pub use narrow::Wide;

/// 64 bits on machines whose atomics have 32.
#[cfg(not(target_has_atomic = "64"))]
mod narrow {
    use super::{AtomicU32, Ordering};

    /// A position that counts in its low word only, or an intent. Such a machine has no processes
    /// that could die, so nobody needs to read both words of an intent at once.
    #[repr(C, align(8))]
    #[derive(Debug)]
    pub struct Wide {
        low: AtomicU32,
        high: AtomicU32,
    }

    impl Wide {
        /// A word holding `value`.
        #[must_use]
        pub const fn new(value: u64) -> Self {
            Wide {
                low: AtomicU32::new(value as u32),
                high: AtomicU32::new((value >> 32) as u32),
            }
        }

        /// The low word.
        #[inline(always)]
        pub fn load(&self, order: Ordering) -> u64 {
            u64::from(self.low.load(order))
        }

        /// Both words, one after the other.
        #[inline(always)]
        pub fn store(&self, value: u64, order: Ordering) {
            self.high.store((value >> 32) as u32, Ordering::Relaxed);
            self.low.store(value as u32, order);
        }

        /// Exchanges the low word.
        ///
        /// # Errors
        ///
        /// The low word found, if it was not that of `current`.
        #[inline(always)]
        pub fn compare_exchange(
            &self,
            current: u64,
            new: u64,
            success: Ordering,
            failure: Ordering,
        ) -> Result<u64, u64> {
            let exchanged = self
                .low
                .compare_exchange(current as u32, new as u32, success, failure);
            exchanged.map(u64::from).map_err(u64::from)
        }
    }
}

/// The cheap half of an asymmetric fence: orders the compiler only. The other half is a barrier
/// that the sleeper makes this thread pass (see [`crate::wait::Wait::barrier_everywhere`]).
#[inline(always)]
pub fn light_fence() {
    core::sync::atomic::compiler_fence(Ordering::SeqCst);
}

/// Keeps the compiler from moving stores across it, for whoever finds them when this thread was killed
/// between them: every instruction before the kill was executed, and none behind it.
#[inline(always)]
pub fn in_program_order() {
    core::sync::atomic::compiler_fence(Ordering::Release);
}

/// A full fence behind a read-modify-write by the same thread, for free where that is one already.
#[inline(always)]
pub fn fence_behind_exchange() {
    if cfg!(any(target_arch = "x86_64", target_arch = "x86")) {
        // Every locked instruction is a barrier there (Intel SDM 3A, 10.2.3.9; AMD APM 2, 7.4.2).
        core::sync::atomic::compiler_fence(Ordering::SeqCst);
    } else {
        fence(Ordering::SeqCst);
    }
}

/// The dear half of an asymmetric fence where the system supplies it: the call itself is the
/// barrier, the compiler must not move anything across it.
#[inline(always)]
pub fn heavy_fence(barrier_everywhere: impl FnOnce() -> bool) -> bool {
    fence(Ordering::SeqCst);
    barrier_everywhere()
}

/// Whether a wake-up is really sent. Always; under loom one of them can be lost on purpose.
#[inline(always)]
pub fn wake_site() -> bool {
    true
}

/// `N` words that nothing uses yet.
pub type Reserved<const N: usize> = [AtomicU32; N];

/// Reserved words, all zero.
#[must_use]
pub fn zeros<const N: usize>() -> Reserved<N> {
    [const { AtomicU32::new(0) }; N]
}
