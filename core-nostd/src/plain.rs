//! What may cross between processes.

use zerocopy::{FromBytes, Immutable, IntoBytes};

/// A value that means the same in every process: any bit pattern is a valid one, there is no
/// padding, no pointer and no interior mutability.
///
/// Never implemented by hand. Integers, floats and arrays of them have it; a struct gets it from
/// zerocopy's derives, which check each of these properties at compile time:
///
/// ```
/// use zerocopy::{FromBytes, Immutable, IntoBytes};
///
/// #[derive(Clone, Copy, FromBytes, IntoBytes, Immutable)]
/// #[repr(C)]
/// struct Tick { price: i64, volume: u32, venue: u32 }
///
/// fn crosses<T: ringway_core::plain::Plain>() {}
/// crosses::<Tick>();
/// ```
///
/// A reference, a `bool` (only two of its bit patterns are valid) or a struct with padding is
/// refused:
///
/// ```compile_fail
/// fn crosses<T: ringway_core::plain::Plain>() {}
/// crosses::<&'static str>();
/// ```
///
/// `usize` is accepted, but differs between 32-bit and 64-bit processes; they then refuse each
/// other's channel by its size. Write `u64`.
pub trait Plain: FromBytes + IntoBytes + Immutable + Copy + Send + Sync + 'static {}

impl<T: FromBytes + IntoBytes + Immutable + Copy + Send + Sync + 'static> Plain for T {}
