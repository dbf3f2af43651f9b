//! The atomics of `core`, telling of each use before it happens: whoever fuzzes the protocols then
//! changes shared words between any two looks at them.
//!
//! They are laid out as those of `core`, so a segment's bytes are the same.

use core::sync::atomic::{self, Ordering};
use std::cell::Cell;

std::thread_local! {
    static TELL: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// From now on `tell` is called before this thread uses an atomic. What it does to atomics itself is
/// not told.
pub fn tell_of_looks(tell: fn()) {
    TELL.set(Some(tell));
}

fn look() {
    if let Some(tell) = TELL.take() {
        tell();
        TELL.set(Some(tell));
    }
}

macro_rules! watched {
    ($(#[$doc:meta])* $name:ident, $inner:ident, $number:ident) => {
        $(#[$doc])*
        #[repr(transparent)]
        #[derive(Debug)]
        pub struct $name(atomic::$inner);

        impl $name {
            /// A word holding `value`.
            #[must_use]
            pub const fn new(value: $number) -> Self {
                $name(atomic::$inner::new(value))
            }

            /// As of `core`.
            pub fn load(&self, order: Ordering) -> $number {
                look();
                self.0.load(order)
            }

            /// As of `core`.
            pub fn store(&self, value: $number, order: Ordering) {
                look();
                self.0.store(value, order);
            }

            /// As of `core`.
            pub fn fetch_or(&self, value: $number, order: Ordering) -> $number {
                look();
                self.0.fetch_or(value, order)
            }

            /// As of `core`.
            pub fn fetch_and(&self, value: $number, order: Ordering) -> $number {
                look();
                self.0.fetch_and(value, order)
            }

            /// As of `core`.
            pub fn fetch_add(&self, value: $number, order: Ordering) -> $number {
                look();
                self.0.fetch_add(value, order)
            }

            /// As of `core`.
            pub fn swap(&self, value: $number, order: Ordering) -> $number {
                look();
                self.0.swap(value, order)
            }

            /// As of `core`.
            ///
            /// # Errors
            ///
            /// The value found, if it was not `current`.
            pub fn compare_exchange(
                &self,
                current: $number,
                new: $number,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$number, $number> {
                look();
                self.0.compare_exchange(current, new, success, failure)
            }
        }
    };
}

watched! {
    /// An [`atomic::AtomicU32`] whose every use is told.
    AtomicU32, AtomicU32, u32
}
watched! {
    /// An [`atomic::AtomicU64`] whose every use is told.
    Wide, AtomicU64, u64
}
