//! The atomics of `core`, as they are.

pub use core::hint::spin_loop;
pub use core::sync::atomic::{AtomicU32, Ordering, fence};

/// The cheap half of an asymmetric fence: orders the compiler only. The other half is a barrier
/// that the sleeper makes this thread pass (see [`crate::wait::Wait::barrier_everywhere`]).
#[inline(always)]
pub fn light_fence() {
    core::sync::atomic::compiler_fence(Ordering::SeqCst);
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
