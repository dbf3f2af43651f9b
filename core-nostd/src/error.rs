//! What the calls of an endpoint can answer besides success: one small enum for each.
//!
//! An error of a sending call gives the value back.

use core::error::Error;
use core::fmt;

/// Texts that several of the errors share.
const CLOSED_FOR_SENDING: &str = "the receiver has left or died";
const CLOSED_FOR_RECEIVING: &str =
    "the sender has left or died and everything it sent was received";
const CROWDED: &str = "this handle was cloned when the channel had no room for one more; make the \
                       channel for more `handles`, or drop some";
const CORRUPT: &str = "the shared memory holds values that no honest peer writes, or was taken away; \
                       remove the channel and make a new one";

macro_rules! sending_error {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $text:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub enum $name<T> { $($(#[$variant_doc])* $variant(T)),+ }

        impl<T> $name<T> {
            /// The value that was not sent.
            pub fn into_inner(self) -> T {
                match self { $($name::$variant(value) => value),+ }
            }

            /// The same error about another value.
            pub fn map<U>(self, f: impl FnOnce(T) -> U) -> $name<U> {
                match self { $($name::$variant(value) => $name::$variant(f(value))),+ }
            }
        }
        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($name::$variant(_) => stringify!($variant)),+ })
            }
        }
        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($name::$variant(_) => $text),+ })
            }
        }
        impl<T> Error for $name<T> {}
    };
}

macro_rules! receiving_error {
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

sending_error! {
    /// A blocking send did not happen.
    SendError {
        /// Nobody will receive it: the last receiver has left or died.
        Closed => CLOSED_FOR_SENDING,
        /// This handle is a clone for which the channel has no room yet.
        Crowded => CROWDED,
        /// The shared words contradict each other.
        Corrupt => CORRUPT,
    }
}
sending_error! {
    /// A send that does not wait did not happen.
    TrySendError {
        /// The ring is full.
        Full => "the channel is full",
        /// Nobody will receive it: the last receiver has left or died.
        Closed => CLOSED_FOR_SENDING,
        /// This handle is a clone for which the channel has no room yet.
        Crowded => CROWDED,
        /// The shared words contradict each other.
        Corrupt => CORRUPT,
    }
}
sending_error! {
    /// A send with a time limit did not happen.
    SendTimeoutError {
        /// The ring was full until the deadline.
        Timeout => "the channel stayed full until the deadline",
        /// Nobody will receive it: the last receiver has left or died.
        Closed => CLOSED_FOR_SENDING,
        /// This handle is a clone for which the channel has no room yet.
        Crowded => CROWDED,
        /// The shared words contradict each other.
        Corrupt => CORRUPT,
    }
}
receiving_error! {
    /// A blocking receive found nothing and never will.
    RecvError {
        /// The last sender has left or died, and the ring is drained.
        Closed => CLOSED_FOR_RECEIVING,
        /// This handle is a clone for which the channel has no room yet.
        Crowded => CROWDED,
        /// The shared words contradict each other.
        Corrupt => CORRUPT,
    }
}
receiving_error! {
    /// A receive that does not wait found nothing.
    TryRecvError {
        /// Nothing is there now.
        Empty => "the channel is empty",
        /// The last sender has left or died, and the ring is drained.
        Closed => CLOSED_FOR_RECEIVING,
        /// This handle is a clone for which the channel has no room yet.
        Crowded => CROWDED,
        /// The shared words contradict each other.
        Corrupt => CORRUPT,
    }
}
receiving_error! {
    /// A receive with a time limit found nothing.
    RecvTimeoutError {
        /// Nothing came until the deadline.
        Timeout => "nothing came until the deadline",
        /// The last sender has left or died, and the ring is drained.
        Closed => CLOSED_FOR_RECEIVING,
        /// This handle is a clone for which the channel has no room yet.
        Crowded => CROWDED,
        /// The shared words contradict each other.
        Corrupt => CORRUPT,
    }
}

impl<T> From<SendError<T>> for TrySendError<T> {
    fn from(error: SendError<T>) -> Self {
        match error {
            SendError::Closed(value) => TrySendError::Closed(value),
            SendError::Crowded(value) => TrySendError::Crowded(value),
            SendError::Corrupt(value) => TrySendError::Corrupt(value),
        }
    }
}

impl From<RecvError> for TryRecvError {
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Closed => TryRecvError::Closed,
            RecvError::Crowded => TryRecvError::Crowded,
            RecvError::Corrupt => TryRecvError::Corrupt,
        }
    }
}

impl<T> From<SendError<T>> for SendTimeoutError<T> {
    fn from(error: SendError<T>) -> Self {
        match error {
            SendError::Closed(value) => SendTimeoutError::Closed(value),
            SendError::Crowded(value) => SendTimeoutError::Crowded(value),
            SendError::Corrupt(value) => SendTimeoutError::Corrupt(value),
        }
    }
}

impl From<RecvError> for RecvTimeoutError {
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Closed => RecvTimeoutError::Closed,
            RecvError::Crowded => RecvTimeoutError::Crowded,
            RecvError::Corrupt => RecvTimeoutError::Corrupt,
        }
    }
}

impl<T> SendTimeoutError<T> {
    /// The same error of a call without a deadline, which cannot have passed.
    pub(crate) fn for_ever(self) -> SendError<T> {
        match self {
            SendTimeoutError::Corrupt(value) => SendError::Corrupt(value),
            SendTimeoutError::Crowded(value) => SendError::Crowded(value),
            SendTimeoutError::Timeout(value) | SendTimeoutError::Closed(value) => {
                SendError::Closed(value)
            }
        }
    }
}

impl RecvTimeoutError {
    /// The same error of a call without a deadline, which cannot have passed.
    pub(crate) fn for_ever(self) -> RecvError {
        match self {
            RecvTimeoutError::Corrupt => RecvError::Corrupt,
            RecvTimeoutError::Crowded => RecvError::Crowded,
            RecvTimeoutError::Timeout | RecvTimeoutError::Closed => RecvError::Closed,
        }
    }
}

/// A batch was sent in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendBatchError {
    /// How many items, from the first on, were sent.
    pub sent: usize,
    /// Why the next one was not.
    pub reason: SendError<()>,
}

impl fmt::Display for SendBatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} items: {}", self.sent, self.reason)
    }
}
impl Error for SendBatchError {}
