//! Messages of any type that serde can write and read.

use super::joining::Patience;
use super::splitting::{Parts, Refused, claim, splits, try_claim};
use crate::channel::topology::{Piece, RecvSide as _, SendBytes, Topology};
use crate::channel::{Receiver, Sender};
use crate::error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
use crate::layout::{Blueprint, Unfit};
use crate::platform::Platform;
use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::time::Duration;
use postcard::ser_flavors::{Flavor, Size};
use serde_core::Serialize;
use serde_core::de::DeserializeOwned;

/// What can be a message of an [`Encoded`] channel: whatever serde can write and read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be encoded",
    note = "it needs `#[derive(Serialize, Deserialize)]` of serde, and must not borrow what it is read from"
)]
pub trait Codable: Serialize + DeserializeOwned {}

impl<T: Serialize + DeserializeOwned> Codable for T {}

/// The message of a channel that carries `T`s by way of serde, for those who do not want to lay out
/// bytes: a `T` may hold text, vectors, enums and options. Needs the feature `serde`.
///
/// A value is encoded by [postcard](https://postcard.jamesmunns.com/wire-format), straight into the
/// ring, and decoded from there.
///
/// ```
/// # mod ringway {
/// #     pub use ringway_core::channel::Encoded;
/// #     pub use ringway_core::local;
/// # }
/// use ringway::Encoded;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Debug, PartialEq)]
/// enum Order {
///     Buy { what: String, at_most: Option<f64> },
///     Cancel(Vec<u64>),
/// }
///
/// # static REGION: ringway_core::region::StaticRegion<8192> =
/// #     ringway_core::region::StaticRegion::new();
/// # let (mut tx, mut rx) = ringway::local::split::<Encoded<Order>>(&REGION)?;
/// tx.send(&Order::Cancel(vec![3, 1, 4])).unwrap();
/// assert_eq!(rx.recv().unwrap(), Order::Cancel(vec![3, 1, 4]));
/// # Ok::<(), ringway_core::attach::AttachError>(())
/// ```
///
/// Only the name of `T` is compared when the channel is opened. Both sides must have the same
/// definition: postcard writes no names, and what another definition wrote is an error or another
/// value.
pub struct Encoded<T>(PhantomData<T>);

impl<T> fmt::Debug for Encoded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encoded")
    }
}

/// A channel of bytes as one of `T`s.
pub(in crate::channel) fn blueprint<T: Codable>(bytes: Blueprint) -> Result<Blueprint, Unfit> {
    Ok(bytes.named(core::any::type_name::<Encoded<T>>()))
}

impl<T: Codable, P: Platform, K: Topology> Sender<Encoded<T>, P, K> {
    /// Encodes `value` into the ring, in parts if it is long, and waits while the ring is full.
    ///
    /// # Errors
    ///
    /// As [`send`](Sender::send) of bytes, and [`SendError::Malformed`] if the value cannot be encoded.
    pub fn send(&mut self, value: &T) -> Result<(), SendError<()>> {
        send(&mut self.half, value, None).map_err(SendTimeoutError::for_ever)
    }

    /// As [`send`](Sender::send), if there is room now for the encoded value in one piece.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Sender::try_send) of bytes, and [`TrySendError::Malformed`].
    pub fn try_send(&mut self, value: &T) -> Result<(), TrySendError<()>> {
        let len =
            size_of_encoded(value).map_err(|why| TrySendError::Malformed { value: (), why })?;
        try_claim(&mut self.half, len)?;
        put(&mut self.half, value).map_err(|why| TrySendError::Malformed { value: (), why })
    }

    /// As [`send`](Sender::send), and waits no longer than `timeout` in all.
    ///
    /// # Errors
    ///
    /// As [`send_timeout`](Sender::send_timeout) of bytes, and [`SendTimeoutError::Malformed`].
    pub fn send_timeout(
        &mut self,
        value: &T,
        timeout: Duration,
    ) -> Result<(), SendTimeoutError<()>> {
        send(&mut self.half, value, Some(timeout))
    }
}

impl<T: Codable, P: Platform, K: Topology> Receiver<Encoded<T>, P, K> {
    /// Decodes the next message and finishes it, and waits until there is one. It does not come again
    /// if this process dies over it.
    ///
    /// It is decoded where senders can write: it assumes a peer that keeps the protocol.
    ///
    /// # Errors
    ///
    /// As [`recv`](Receiver::recv) of bytes, and [`RecvError::Malformed`] if the message is no encoded
    /// `T`: it is dropped.
    pub fn recv(&mut self) -> Result<T, RecvError> {
        self.receive(Patience::Ever)
            .map_err(RecvTimeoutError::for_ever)
    }

    /// As [`recv`](Receiver::recv), if all of the message is there.
    ///
    /// # Errors
    ///
    /// As `recv`, and [`TryRecvError::Empty`].
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.receive(Patience::Now)
            .map_err(RecvTimeoutError::at_once)
    }

    /// As [`recv`](Receiver::recv), and waits no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As `recv`, and [`RecvTimeoutError::Timeout`].
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.receive(Patience::For(timeout))
    }

    fn receive(&mut self, patience: Patience) -> Result<T, RecvTimeoutError> {
        self.half.receive(patience)?;
        let message = self.half.message();
        let len = message.len();
        let decoded = match postcard::take_from_bytes(message) {
            Ok((value, [])) => Ok(value),
            Ok(_) => Err("bytes are left over behind it"),
            Err(error) => Err(why(error)),
        };
        self.half.finish();
        decoded.map_err(|why| RecvTimeoutError::Malformed { len, why })
    }
}

fn send<P: Platform>(
    half: &mut impl SendBytes<P>,
    value: &impl Serialize,
    timeout: Option<Duration>,
) -> Result<(), Refused> {
    let malformed = |why| Refused::Malformed { value: (), why };
    let len = size_of_encoded(value).map_err(malformed)?;
    if len > half.max_record() && splits(half) {
        return send_parts(half, value, len, timeout);
    }
    claim(half, len, timeout)?;
    put(half, value).map_err(malformed)
}

fn size_of_encoded(value: &impl Serialize) -> Result<usize, &'static str> {
    postcard::serialize_with_flavor(value, Size::default()).map_err(why)
}

/// Encodes `value` into the record that is claimed for it, and publishes it.
fn put<P: Platform>(
    half: &mut impl SendBytes<P>,
    value: &impl Serialize,
) -> Result<(), &'static str> {
    let claimed = Claimed(half, PhantomData);
    let len = postcard::to_slice(value, claimed.0.record())
        .map_err(why)?
        .len();
    ManuallyDrop::new(claimed).0.publish(len, Piece::Whole);
    Ok(())
}

/// A record that is given up if it is not published, also if `Serialize` panics: receivers wait for it
/// as long as it is claimed.
struct Claimed<'h, P: Platform, H: SendBytes<P>>(&'h mut H, PhantomData<P>);

impl<P: Platform, H: SendBytes<P>> Drop for Claimed<'_, P, H> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cold]
fn send_parts<P: Platform>(
    half: &mut impl SendBytes<P>,
    value: &impl Serialize,
    len: usize,
    timeout: Option<Duration>,
) -> Result<(), Refused> {
    let mut refused = None;
    let mut parts = Parts::begin(half, len, timeout)?;
    let into_parts = IntoParts {
        parts: &mut parts,
        refused: &mut refused,
    };
    let encoded = postcard::serialize_with_flavor(value, into_parts);
    let why = match (refused, encoded) {
        (Some(refused), _) => return Err(refused),
        (None, Err(error)) => why(error),
        (None, Ok(())) if parts.missing() == 0 => return Ok(()),
        (None, Ok(())) => CHANGES,
    };
    Err(Refused::Malformed { value: (), why })
}

/// Why a value that was measured did not become as long.
const CHANGES: &str = "its `Serialize` writes something else each time";

/// Where postcard writes a message that goes in parts.
struct IntoParts<'p, 'h, P: Platform, H: SendBytes<P>> {
    parts: &'p mut Parts<'h, P, H>,
    refused: &'p mut Option<Refused>,
}

impl<P: Platform, H: SendBytes<P>> Flavor for IntoParts<'_, '_, P, H> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        if bytes.len() > self.parts.missing() {
            return Err(postcard::Error::SerializeBufferFull);
        }
        self.parts.write(bytes).map_err(|refused| {
            *self.refused = Some(refused);
            postcard::Error::SerializeBufferFull
        })
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// What is wrong, as a person would say it.
fn why(error: postcard::Error) -> &'static str {
    use postcard::Error;
    match error {
        Error::SerializeBufferFull => CHANGES,
        Error::SerializeSeqLengthUnknown => "a sequence in it does not know its length beforehand",
        Error::SerdeSerCustom | Error::CollectStrError => "its `Serialize` failed",
        Error::DeserializeUnexpectedEnd => "they end too early",
        Error::DeserializeBadVarint => "a number in them is too large for its type",
        Error::DeserializeBadBool => "a `bool` in them is neither 0 nor 1",
        Error::DeserializeBadChar => "a `char` in them is none",
        Error::DeserializeBadUtf8 => "a text in them is not UTF-8",
        Error::DeserializeBadOption => "an `Option` in them is neither 0 nor 1",
        Error::DeserializeBadEnum => "an enum in them has no such variant",
        Error::SerdeDeCustom => "its `Deserialize` refused them",
        _ => "serde needs a format that describes itself for this type, and postcard does not",
    }
}
