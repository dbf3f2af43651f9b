//! From mapped bytes to references.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;

/// Bytes that other processes may map as well.
///
/// # Safety
///
/// [`base`](Memory::base) and [`len`](Memory::len) never change while `self` lives (also when it is
/// moved), `len` is at most `isize::MAX`, the bytes stay mapped, readable and writable for that time, and `base` is aligned to
/// [`ALIGN`] bytes. Nothing in this process makes a `&` or `&mut` to these bytes except through
/// this crate.
pub unsafe trait Memory {
    /// The first byte.
    fn base(&self) -> NonNull<u8>;
    /// How many bytes there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How a segment's first byte is aligned: two cache lines, since processors fetch them in pairs.
pub const ALIGN: usize = 128;

/// Marks structures that may lie over shared bytes.
///
/// # Safety
///
/// The type is `repr(C)` and holds nothing but padding, atomics of explicit width, so that a write by
/// another process is not a data race, and [`Plain`](crate::plain::Plain) values that no honest
/// process reaches except as those atomics allow. Any bytes are a valid value of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot lie in a `shared!` struct",
    label = "not a cell, an array of cells or another `shared!` struct",
    note = "a number is an `AtomicCell<T>`; a plain value goes under a `MutexCell<T>`, a `RwLockCell<T>` or a `LatestCell<T>`",
    note = "handles such as `Mutex<T>` and `Event` are what `bind` gives for a `MutexCell<T>` and an `EventCell`"
)]
pub unsafe trait Overlay: Sized + Sync {}

// SAFETY: an array is its elements, one behind the other.
unsafe impl<S: Overlay, const N: usize> Overlay for [S; N] {}

/// A place in a segment, checked once.
///
/// It does not keep the memory mapped: whoever makes one keeps the [`Memory`] beside it.
pub struct Mapped<S> {
    place: NonNull<S>,
    owns: PhantomData<S>,
}

// SAFETY: it is a `&S` in all but lifetime, and `S: Overlay` is `Sync`.
unsafe impl<S: Overlay> Send for Mapped<S> {}
// SAFETY: as above.
unsafe impl<S: Overlay> Sync for Mapped<S> {}

impl<S> Clone for Mapped<S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S> Copy for Mapped<S> {}

impl<S: Overlay> Mapped<S> {
    /// The `S` at byte `offset`, or `None` if it does not lie wholly in `memory` or not aligned.
    ///
    /// # Safety
    ///
    /// `memory` outlives the result.
    pub unsafe fn new(memory: &impl Memory, offset: usize) -> Option<Self> {
        let end = offset.checked_add(size_of::<S>())?;
        let fits = end <= memory.len() && offset.is_multiple_of(align_of::<S>());
        if !fits || align_of::<S>() > ALIGN {
            return None;
        }
        // SAFETY: `offset + size_of::<S>()` lies within `len` bytes that `Memory` promises to be
        // mapped from `base` on.
        let place = unsafe { memory.base().add(offset) }.cast();
        Some(Mapped {
            place,
            owns: PhantomData,
        })
    }
}

impl<S: Overlay> Mapped<S> {
    /// The place of an `S` that is mapped.
    ///
    /// # Safety
    ///
    /// `place` stays mapped while the result is used.
    #[cfg(not(ringway_loom))]
    pub(crate) unsafe fn from_ref(place: &S) -> Self {
        Mapped {
            place: NonNull::from(place),
            owns: PhantomData,
        }
    }

    /// The `S` that lies `count` of them behind this one.
    ///
    /// # Safety
    ///
    /// There is one, in the same memory.
    #[cfg(not(ringway_loom))]
    pub(crate) unsafe fn behind(self, count: usize) -> Self {
        Mapped {
            // SAFETY: the caller's promise.
            place: unsafe { self.place.add(count) },
            owns: PhantomData,
        }
    }

    /// As [`behind`](Mapped::behind), to look at.
    ///
    /// # Safety
    ///
    /// As [`behind`](Mapped::behind).
    #[cfg(not(ringway_loom))]
    pub(crate) unsafe fn behind_ref(&self, count: usize) -> &S {
        // SAFETY: the caller's promise; and as in `Deref`.
        unsafe { self.place.add(count).as_ref() }
    }
}

impl<S: Overlay> Deref for Mapped<S> {
    type Target = S;
    #[inline(always)]
    fn deref(&self) -> &S {
        // SAFETY: `new` checked bounds and alignment, its caller keeps the bytes mapped, and any
        // bytes are a valid `S` that others may change at any time (`Overlay`).
        unsafe { self.place.as_ref() }
    }
}

/// Looks at the `S` at byte `offset` for as long as `memory` is borrowed.
#[cfg(not(ringway_loom))]
pub(crate) fn overlay<S: Overlay>(memory: &impl Memory, offset: usize) -> Option<&S> {
    // SAFETY: the result lives as long as the borrow of `memory`.
    let place: Mapped<S> = unsafe { Mapped::new(memory, offset) }?;
    // SAFETY: as in `Deref`; the lifetime is that of the borrow.
    Some(unsafe { place.place.as_ref() })
}

/// Memory that the program brings itself: huge pages, a virtual machine's shared memory, a device.
#[derive(Debug)]
pub struct RawMemory {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: it is an address and a length; what lies there is shared by design (`Memory`).
unsafe impl Send for RawMemory {}
// SAFETY: as above.
unsafe impl Sync for RawMemory {}

impl RawMemory {
    /// Wraps `len` bytes from `base` on.
    ///
    /// # Errors
    ///
    /// [`Misaligned`] if `base` is not aligned to [`ALIGN`] bytes.
    ///
    /// # Safety
    ///
    /// There are at most `isize::MAX` bytes. They stay mapped, readable and writable while the result or anything made from it
    /// lives. They are cacheable memory that keeps the processor's rules for atomics, and nothing
    /// else in this process makes references to them.
    pub unsafe fn new(base: NonNull<u8>, len: usize) -> Result<Self, Misaligned> {
        if base.addr().get().is_multiple_of(ALIGN) {
            Ok(RawMemory { base, len })
        } else {
            Err(Misaligned {
                address: base.addr().get(),
            })
        }
    }
}

// SAFETY: `new` checked the alignment, and its caller promised the rest.
unsafe impl Memory for RawMemory {
    fn base(&self) -> NonNull<u8> {
        self.base
    }
    fn len(&self) -> usize {
        self.len
    }
}

/// The address given to [`RawMemory::new`] is not a multiple of [`ALIGN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misaligned {
    /// The address.
    pub address: usize,
}

impl core::fmt::Display for Misaligned {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let address = self.address;
        write!(
            f,
            "the memory starts at {address:#x}; a segment must start at a multiple of {ALIGN}"
        )
    }
}
impl core::error::Error for Misaligned {}

/// A segment of `N` bytes in a `static`, for a program without an operating system.
#[repr(C, align(128))]
pub struct StaticRegion<const N: usize> {
    bytes: UnsafeCell<[u8; N]>,
}

// SAFETY: the bytes are reached only through `Memory`, whose users share them by design.
unsafe impl<const N: usize> Sync for StaticRegion<N> {}

impl<const N: usize> StaticRegion<N> {
    /// An empty region.
    #[must_use]
    pub const fn new() -> Self {
        StaticRegion {
            bytes: UnsafeCell::new([0; N]),
        }
    }
}

impl<const N: usize> Default for StaticRegion<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// `BYTES` bytes of a struct of cells in which a channel can lie beside the other fields. All zeros
/// is a room in which there is none yet.
///
/// # How large
///
/// A channel takes 896 bytes, 128 for each of its handles (2 of a channel from one sender to one
/// receiver, else 64 if nobody says), and the ring, which has a power of two of cells: as many as
/// fit into what is left. Where there may be several ends on a side, a cell is one message beside a
/// stamp of 4 bytes, both aligned as the message; otherwise small messages share cells of 64 bytes.
///
/// [`Blueprint::room`](crate::layout::Blueprint::room) counts them, also where the type is written:
///
/// ```
/// # mod ringway {
/// #     pub use ringway_core::layout::{Blueprint, Kind};
/// #     pub use ringway_core::{region::Room, shared};
/// # }
/// use ringway::{Blueprint, Kind, Room};
///
/// ringway::shared! {
///     struct Desk {
///         orders: Room<{ Blueprint::room::<u64>(Kind::Mpmc, 1000, 16) }>,
///     }
/// }
/// # assert_eq!(size_of::<Desk>(), 256 + 16 * 128 + 640 + 1024 * 16);
/// ```
#[repr(C, align(128))]
pub struct Room<const BYTES: usize> {
    bytes: UnsafeCell<[u8; BYTES]>,
}

// SAFETY: the bytes are reached only as those of a segment, whose users share them by design.
unsafe impl<const BYTES: usize> Sync for Room<BYTES> {}
// SAFETY: `repr(C)`, bytes that are reached only as those of a segment.
unsafe impl<const BYTES: usize> Overlay for Room<BYTES> {}

impl<const BYTES: usize> Room<BYTES> {
    /// The first byte.
    #[cfg(not(ringway_loom))]
    pub(crate) fn base(&self) -> NonNull<u8> {
        NonNull::from(&self.bytes).cast()
    }
}

impl<const BYTES: usize> core::fmt::Debug for Room<BYTES> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Room({BYTES} bytes)")
    }
}

/// A borrowed [`StaticRegion`] of any size.
#[derive(Clone, Copy, Debug)]
pub struct Borrowed<'r> {
    base: NonNull<u8>,
    len: usize,
    region: PhantomData<&'r ()>,
}

impl<'r, const N: usize> From<&'r StaticRegion<N>> for Borrowed<'r> {
    fn from(region: &'r StaticRegion<N>) -> Self {
        Borrowed {
            base: NonNull::from(&region.bytes).cast(),
            len: N,
            region: PhantomData,
        }
    }
}

// SAFETY: it is a `&StaticRegion` without the size in its type.
unsafe impl Send for Borrowed<'_> {}
// SAFETY: as above.
unsafe impl Sync for Borrowed<'_> {}

// SAFETY: the region is borrowed for `'r`, so it neither moves nor goes; it is aligned by
// `repr(align(128))` with the bytes first, and nothing else refers to that private field.
unsafe impl Memory for Borrowed<'_> {
    fn base(&self) -> NonNull<u8> {
        self.base
    }
    fn len(&self) -> usize {
        self.len
    }
}
