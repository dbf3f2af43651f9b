//! What may cross between processes.

use zerocopy::{FromBytes, Immutable, IntoBytes};

/// A value that means the same in every process: any bit pattern is a valid one, there is no
/// padding, no pointer and no interior mutability.
///
/// Never implemented by hand. Integers, floats and arrays of them have it; a struct gets it from
/// zerocopy's derives, which check each of these properties at compile time:
///
/// ```
/// # mod ringway {
/// #     pub use ringway_core::plain::Plain;
/// #     pub use zerocopy::{self, FromBytes, Immutable, IntoBytes};
/// # }
/// use ringway::{FromBytes, Immutable, IntoBytes, Plain};
///
/// #[derive(Clone, Copy, FromBytes, IntoBytes, Immutable)]
/// # /*
/// #[zerocopy(crate = "ringway::zerocopy")] // needed, unless zerocopy is a dependency as well
/// # */
/// #[repr(C)]
/// struct Tick { price: i64, volume: u32, venue: u32 }
///
/// fn crosses<T: Plain>() {}
/// crosses::<Tick>();
/// ```
///
/// A reference, a `bool` (only two of its bit patterns are valid) or a struct with padding is
/// refused:
///
/// ```compile_fail
/// # use ringway_core::plain::Plain;
/// fn crosses<T: Plain>() {}
/// crosses::<&'static str>();
/// ```
///
/// `usize` is accepted, but differs between 32-bit and 64-bit processes; they then refuse each
/// other's channel by its size. Write `u64`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between processes",
    note = "a number or an array of numbers can; a struct needs `#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable)]`, `#[zerocopy(crate = \"ringway::zerocopy\")]` and `#[repr(C)]`",
    note = "what holds a `bool`, a `char`, a reference, a `String` or padding never can: write a `u8`, a `u32`, an array or a field for the padding"
)]
pub trait Plain: FromBytes + IntoBytes + Immutable + Copy + Send + Sync + 'static {}

impl<T: FromBytes + IntoBytes + Immutable + Copy + Send + Sync + 'static> Plain for T {}
