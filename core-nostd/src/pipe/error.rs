//! What the calls of an end of a pipe can answer besides success: one small enum for each.

use core::error::Error;
use core::fmt;

const CLOSED: &str =
    "the reader has left or died; what was written and not read waits for a new one";
const CORRUPT: &str = "the shared memory holds values that no honest peer writes, or was taken away; \
                       remove the pipe and make a new one";

macro_rules! error {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $text:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($name::$variant => $text),+ })
            }
        }
        impl Error for $name {}
    };
}

error! {
    /// A blocking write did not happen.
    WriteError {
        /// The reader has left or died.
        Closed => CLOSED,
        /// The shared words contradict each other.
        Corrupt => CORRUPT,
    }
}
error! {
    /// A write that does not wait did not happen.
    TryWriteError {
        /// There is no room now.
        Full => "the pipe is full",
        /// The reader has left or died.
        Closed => CLOSED,
        /// The shared words contradict each other.
        Corrupt => CORRUPT,
    }
}
error! {
    /// A write with a time limit did not happen.
    WriteTimeoutError {
        /// There was no room until the deadline.
        Timeout => "the pipe stayed full until the deadline",
        /// The reader has left or died.
        Closed => CLOSED,
        /// The shared words contradict each other.
        Corrupt => CORRUPT,
    }
}
error! {
    /// A blocking read did not happen.
    ReadError {
        /// The shared words contradict each other.
        Corrupt => CORRUPT,
    }
}
error! {
    /// A read that does not wait did not happen.
    TryReadError {
        /// Nothing is there now.
        Empty => "the pipe is empty",
        /// The shared words contradict each other.
        Corrupt => CORRUPT,
    }
}
error! {
    /// A read with a time limit did not happen.
    ReadTimeoutError {
        /// Nothing came until the deadline.
        Timeout => "nothing came until the deadline",
        /// The shared words contradict each other.
        Corrupt => CORRUPT,
    }
}

impl From<WriteError> for TryWriteError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Closed => TryWriteError::Closed,
            WriteError::Corrupt => TryWriteError::Corrupt,
        }
    }
}

impl From<WriteError> for WriteTimeoutError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Closed => WriteTimeoutError::Closed,
            WriteError::Corrupt => WriteTimeoutError::Corrupt,
        }
    }
}

impl From<ReadError> for TryReadError {
    fn from(ReadError::Corrupt: ReadError) -> Self {
        TryReadError::Corrupt
    }
}

impl From<ReadError> for ReadTimeoutError {
    fn from(ReadError::Corrupt: ReadError) -> Self {
        ReadTimeoutError::Corrupt
    }
}

impl WriteTimeoutError {
    /// The same error of a call without a deadline, which cannot have passed.
    pub(super) fn for_ever(self) -> WriteError {
        match self {
            WriteTimeoutError::Corrupt => WriteError::Corrupt,
            WriteTimeoutError::Timeout | WriteTimeoutError::Closed => WriteError::Closed,
        }
    }
}

/// Only some of the bytes were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteAllError {
    /// How many, from the first on.
    pub written: usize,
    /// Why the next one was not.
    pub reason: WriteError,
}

impl fmt::Display for WriteAllError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} bytes: {}", self.written, self.reason)
    }
}
impl Error for WriteAllError {}
