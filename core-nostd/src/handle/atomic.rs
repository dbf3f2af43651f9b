//! Small values that each call reads or changes as a whole.

use super::{Bound, Cell};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Overlay;
use atomic::Atomic as Instructions;
use bytemuck::NoUninit;
use core::fmt;
use core::sync::atomic::Ordering;

/// A small value in shared memory: a number, or a struct of 1, 2, 4 or 8 bytes that is aligned to
/// as many.
///
/// It is used in its place and needs neither a handle nor a platform. The zero value is what fresh
/// memory holds. It is the size of the value, so that arrays of it are tables of counters; those
/// that different processes write often are better
/// [128 bytes apart](crate::region::ALIGN).
///
/// ```
/// # mod ringway {
/// #     pub use ringway_core::{handle::AtomicCell, shared};
/// # }
/// use ringway::AtomicCell;
/// use std::sync::atomic::Ordering;
///
/// ringway::shared! {
///     pub struct Counters {
///         pub open: AtomicCell<u64>,
///         pub by_desk: [AtomicCell<u32>; 64],
///     }
/// }
///
/// fn count(counters: &Counters, desk: usize) {
///     counters.open.fetch_add(1, Ordering::Relaxed);
///     counters.by_desk[desk].fetch_add(1, Ordering::Relaxed);
/// }
/// ```
///
/// What the machine cannot change in one instruction does not compile: a lock that nobody sees
/// would be left behind by a process that dies.
///
/// ```compile_fail
/// # use ringway_core::handle::AtomicCell;
/// let pair = AtomicCell::new([0_u64; 2]);
/// ```
#[repr(transparent)]
pub struct AtomicCell<T: Plain> {
    atomic: Instructions<Bits<T>>,
}

/// A value of which [`atomic`] knows that all of its bytes have values.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Bits<T>(T);

// SAFETY: `Plain` is `Copy`, `'static`, without padding (`IntoBytes`) and without interior
// mutability (`Immutable`).
unsafe impl<T: Plain> NoUninit for Bits<T> {}

// SAFETY: `repr(transparent)` over memory that is only reached by atomic instructions of its own
// width, which `IS_LOCK_FREE` makes sure of; any bytes are a valid `T`.
unsafe impl<T: Plain> Overlay for AtomicCell<T> {}

impl<T: Plain> Cell for AtomicCell<T> {
    type Handle<P: Platform> = Atomic<T, P>;

    fn handle<P: Platform>(bound: Bound<Self, P>) -> Atomic<T, P> {
        Atomic { bound }
    }
}

/// A small value across processes: the [`AtomicCell`] that it derefs to, and what keeps that mapped.
///
/// Where the cell can be borrowed it needs no handle.
pub struct Atomic<T: Plain, P: Platform> {
    bound: Bound<AtomicCell<T>, P>,
}

impl<T: Plain, P: Platform> Atomic<T, P> {
    /// The cell and the platform.
    pub fn bound(&self) -> &Bound<AtomicCell<T>, P> {
        &self.bound
    }
}

impl<T: Plain, P: Platform> core::ops::Deref for Atomic<T, P> {
    type Target = AtomicCell<T>;
    #[inline(always)]
    fn deref(&self) -> &AtomicCell<T> {
        self.bound.cell()
    }
}

impl<T: Plain, P: Platform + Clone> Clone for Atomic<T, P> {
    fn clone(&self) -> Self {
        Atomic {
            bound: self.bound.clone(),
        }
    }
}

impl<T: Plain + fmt::Debug, P: Platform> fmt::Debug for Atomic<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Atomic")
            .field(&self.load(Ordering::Relaxed))
            .finish()
    }
}

impl<T: Plain> AtomicCell<T> {
    const IS_LOCK_FREE: () = assert!(
        Instructions::<Bits<T>>::is_lock_free(),
        "an AtomicCell needs a type of 1, 2, 4 or 8 bytes that is aligned to its size"
    );

    /// A cell that holds `value`. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub const fn new(value: T) -> Self {
        let () = Self::IS_LOCK_FREE;
        AtomicCell {
            atomic: Instructions::new(Bits(value)),
        }
    }

    /// Puts `value` in place of the present one, before anybody uses the cell.
    pub fn initialise(&self, value: T) {
        self.store(value, Ordering::Relaxed);
    }

    /// The value.
    ///
    /// # Panics
    ///
    /// `order` is `Release` or `AcqRel`.
    #[inline]
    pub fn load(&self, order: Ordering) -> T {
        self.atomic().load(order).0
    }

    /// Puts `value` in place of the present one.
    ///
    /// # Panics
    ///
    /// `order` is `Acquire` or `AcqRel`.
    #[inline]
    pub fn store(&self, value: T, order: Ordering) {
        self.atomic().store(Bits(value), order);
    }

    /// As [`store`](AtomicCell::store); gives the value that was there.
    #[inline]
    pub fn swap(&self, value: T, order: Ordering) -> T {
        self.atomic().swap(Bits(value), order).0
    }

    /// Puts `new` in place of `current`, if the bytes of that are there. Gives the value that was.
    ///
    /// # Errors
    ///
    /// The value that is there instead.
    ///
    /// # Panics
    ///
    /// `failure` is `Release` or `AcqRel`.
    #[inline]
    pub fn compare_exchange(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        self.atomic()
            .compare_exchange(Bits(current), Bits(new), success, failure)
            .map(|value| value.0)
            .map_err(|value| value.0)
    }

    /// As [`compare_exchange`](AtomicCell::compare_exchange), which may fail though `current` is
    /// there: for loops.
    ///
    /// # Errors
    ///
    /// The value that is there.
    ///
    /// # Panics
    ///
    /// `failure` is `Release` or `AcqRel`.
    #[inline]
    pub fn compare_exchange_weak(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        self.atomic()
            .compare_exchange_weak(Bits(current), Bits(new), success, failure)
            .map(|value| value.0)
            .map_err(|value| value.0)
    }

    /// Puts what `change` makes of the present value in its place, and gives the value that was.
    /// `change` is called again if another process comes between.
    ///
    /// # Errors
    ///
    /// The value for which `change` gave `None`.
    ///
    /// # Panics
    ///
    /// `fetch` is `Release` or `AcqRel`.
    #[inline]
    pub fn fetch_update(
        &self,
        set: Ordering,
        fetch: Ordering,
        mut change: impl FnMut(T) -> Option<T>,
    ) -> Result<T, T> {
        self.atomic()
            .fetch_update(set, fetch, |value| change(value.0).map(Bits))
            .map(|value| value.0)
            .map_err(|value| value.0)
    }

    #[inline(always)]
    fn atomic(&self) -> &Instructions<Bits<T>> {
        let () = Self::IS_LOCK_FREE;
        &self.atomic
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl AtomicCell<$number> {
            numbers! { $number:
                "Adds, wrapping around" fetch_add,
                "Subtracts, wrapping around" fetch_sub,
                "Bitwise and" fetch_and,
                "Bitwise or" fetch_or,
                "Bitwise exclusive or" fetch_xor,
                "The greater of both" fetch_max,
                "The smaller of both" fetch_min,
            }

            #[inline(always)]
            fn number(&self) -> &Instructions<$number> {
                // SAFETY: `Instructions` and `Bits` are `repr(transparent)`.
                unsafe { &*core::ptr::from_ref(self.atomic()).cast() }
            }
        }
    )*};
    ($number:ty: $($doc:literal $name:ident),* $(,)?) => {$(
        #[doc = concat!($doc, "; gives the value that was there.")]
        #[inline]
        pub fn $name(&self, value: $number, order: Ordering) -> $number {
            self.number().$name(value, order)
        }
    )*};
}

numbers! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize }

impl<T: Plain + Default> Default for AtomicCell<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Plain> From<T> for AtomicCell<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Plain + fmt::Debug> fmt::Debug for AtomicCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AtomicCell")
            .field(&self.load(Ordering::Relaxed))
            .finish()
    }
}
