//! Sleeping and waking.

mod address;
mod calls;
mod timebase;

pub use address::Address;
pub use calls::{Calls, MACH_ABSOLUTE_TIME, SHARED, WORD};
pub use timebase::Timebase;
