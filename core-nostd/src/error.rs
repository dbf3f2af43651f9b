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
        pub enum $name<T> {
            $($(#[$variant_doc])* $variant(T),)+
            /// A message of bytes is longer than what can go in one piece.
            TooLong {
                /// The value.
                value: T,
                /// How many bytes the message has.
                len: usize,
                /// How many it may have.
                max: usize,
            },
            /// The value has no form in bytes.
            Malformed {
                /// The value.
                value: T,
                /// Why it has none.
                why: &'static str,
            },
        }

        impl<T> $name<T> {
            /// The value that was not sent.
            pub fn into_inner(self) -> T {
                match self {
                    $($name::$variant(value) => value,)+
                    $name::TooLong { value, .. } | $name::Malformed { value, .. } => value,
                }
            }

            /// The same error about another value.
            pub fn map<U>(self, f: impl FnOnce(T) -> U) -> $name<U> {
                match self {
                    $($name::$variant(value) => $name::$variant(f(value)),)+
                    $name::TooLong { value, len, max } => {
                        $name::TooLong { value: f(value), len, max }
                    }
                    $name::Malformed { value, why } => $name::Malformed { value: f(value), why },
                }
            }
        }
        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($name::$variant(_) => f.write_str(stringify!($variant)),)+
                    $name::TooLong { len, max, .. } => {
                        write!(f, "TooLong {{ len: {len}, max: {max} }}")
                    }
                    $name::Malformed { why, .. } => write!(f, "Malformed {{ why: {why:?} }}"),
                }
            }
        }
        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($name::$variant(_) => f.write_str($text),)+
                    $name::TooLong { len, max, .. } => write!(
                        f,
                        "a message of {len} bytes is too long: here at most {max} go in one piece; \
                         make the channel with a larger `max_len` (spmc, mpmc) or `capacity` (spsc, \
                         mpsc, whose `send` takes any length)"
                    ),
                    $name::Malformed { why, .. } => {
                        write!(f, "the value has no form in bytes: {why}")
                    }
                }
            }
        }
        impl<T> Error for $name<T> {}
    };
}

macro_rules! receiving_error {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $text:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// A message of bytes was longer than the receiver's limit, and is dropped. The channel
            /// goes on.
            TooLong {
                /// How many bytes it has.
                len: u64,
                /// The limit; 0 where there is no memory to join messages that come in parts.
                limit: usize,
            },
            /// The next message of bytes does not fit into the buffer. It stays the next.
            ShortBuffer {
                /// How many bytes it has.
                len: usize,
                /// How many fit.
                buffer: usize,
            },
            /// The bytes of a message are no value of the channel's type; it is dropped. The channel
            /// goes on.
            Malformed {
                /// How many bytes it had.
                len: usize,
                /// What is wrong with them.
                why: &'static str,
            },
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($name::$variant => f.write_str($text),)+
                    $name::TooLong { len, limit } => write!(
                        f,
                        "a message of {len} bytes was dropped: the limit of this receiver is {limit}; \
                         give it a higher `limit`"
                    ),
                    $name::ShortBuffer { len, buffer } => write!(
                        f,
                        "the next message has {len} bytes, and the buffer has room for {buffer}; \
                         come again with a larger one"
                    ),
                    $name::Malformed { len, why } => write!(
                        f,
                        "a message of {len} bytes was dropped, which is no value of the channel's \
                         type: {why}; do all sides have the same definition of it?"
                    ),
                }
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
    /// A blocking receive gave nothing.
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
    /// A receive that does not wait gave nothing.
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
    /// A receive with a time limit gave nothing.
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

/// Each variant of one error as the same of another, with those that the other has besides.
macro_rules! same_sending {
    ($error:expr, $from:ident => $to:ident, $($more:ident),*) => {
        match $error {
            $from::Closed(value) $(| $from::$more(value))* => $to::Closed(value),
            $from::Crowded(value) => $to::Crowded(value),
            $from::Corrupt(value) => $to::Corrupt(value),
            $from::TooLong { value, len, max } => $to::TooLong { value, len, max },
            $from::Malformed { value, why } => $to::Malformed { value, why },
        }
    };
}

/// As [`same_sending`], of receiving.
macro_rules! same_receiving {
    ($error:expr, $from:ident => $to:ident, $($more:ident => $same:ident),*) => {
        match $error {
            $($from::$more => $to::$same,)*
            $from::Closed => $to::Closed,
            $from::Crowded => $to::Crowded,
            $from::Corrupt => $to::Corrupt,
            $from::TooLong { len, limit } => $to::TooLong { len, limit },
            $from::ShortBuffer { len, buffer } => $to::ShortBuffer { len, buffer },
            $from::Malformed { len, why } => $to::Malformed { len, why },
        }
    };
}

impl<T> From<SendError<T>> for TrySendError<T> {
    fn from(error: SendError<T>) -> Self {
        same_sending!(error, SendError => TrySendError,)
    }
}

impl From<RecvError> for TryRecvError {
    fn from(error: RecvError) -> Self {
        same_receiving!(error, RecvError => TryRecvError,)
    }
}

impl<T> From<SendError<T>> for SendTimeoutError<T> {
    fn from(error: SendError<T>) -> Self {
        same_sending!(error, SendError => SendTimeoutError,)
    }
}

impl From<RecvError> for RecvTimeoutError {
    fn from(error: RecvError) -> Self {
        same_receiving!(error, RecvError => RecvTimeoutError,)
    }
}

impl<T> SendTimeoutError<T> {
    /// The same error of a call without a deadline, which cannot have passed.
    pub(crate) fn for_ever(self) -> SendError<T> {
        same_sending!(self, SendTimeoutError => SendError, Timeout)
    }
}

impl RecvTimeoutError {
    /// The same error of a call without a deadline, which cannot have passed.
    pub(crate) fn for_ever(self) -> RecvError {
        same_receiving!(self, RecvTimeoutError => RecvError, Timeout => Closed)
    }

    /// The same error of a call that does not wait.
    pub(crate) fn at_once(self) -> TryRecvError {
        same_receiving!(self, RecvTimeoutError => TryRecvError, Timeout => Empty)
    }
}

impl TryRecvError {
    /// The same error of a call whose time was over at once.
    pub(crate) fn in_time(self) -> RecvTimeoutError {
        same_receiving!(self, TryRecvError => RecvTimeoutError, Empty => Timeout)
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
