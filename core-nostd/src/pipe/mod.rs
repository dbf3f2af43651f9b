//! A stream of bytes from one writer to one reader: the ends as a program uses them, over any
//! platform.
//!
//! A stream has no messages: what was written in one call may be read in several, or with what came
//! before. Everything else is as in a channel with one sender and one receiver.

mod error;
mod reader;
mod writer;

pub use error::{
    ReadError, ReadTimeoutError, TryReadError, TryWriteError, WriteAllError, WriteError,
    WriteTimeoutError,
};
pub use reader::Reader;
pub use writer::{WriteGrant, Writer};
