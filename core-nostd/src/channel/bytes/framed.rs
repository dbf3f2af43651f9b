//! Messages of a type with a slice at its end.

use super::joining::Patience;
use super::splitting::{self, claim, put, try_claim};
use crate::channel::topology::{Piece, RecvSide as _, SendBytes as _, Topology};
use crate::channel::{ReadGrant, Receiver, Sender, WriteGrant};
use crate::error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
use crate::layout::{Blueprint, TypeTag, Unfit};
use crate::platform::Platform;
use core::fmt;
use core::fmt::Write as _;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::time::Duration;
use heapless::String;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// As [`Plain`](crate::plain::Plain), for a type that ends in a slice, so that each value has a length
/// of its own: `[f32]`, or a struct with zerocopy's derives.
///
/// Never implemented by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between processes as a frame",
    note = "`[T]` can, for a `T` that can cross; a struct whose last field is a slice needs `#[derive(FromBytes, IntoBytes, KnownLayout, Immutable)]`, `#[zerocopy(crate = \"ringway::zerocopy\")]` and `#[repr(C)]`, and no padding whatever the length of the slice"
)]
pub trait PlainUnsized:
    FromBytes + IntoBytes + KnownLayout<PointerMetadata = usize> + Immutable + Send + Sync + 'static
{
}

impl<T> PlainUnsized for T where
    T: FromBytes
        + IntoBytes
        + KnownLayout<PointerMetadata = usize>
        + Immutable
        + Send
        + Sync
        + ?Sized
        + 'static
{
}

/// The message of a channel that carries `T`s of varying length, which begin with fixed fields and
/// end in a slice: both sides see a `T` in shared memory.
///
/// ```
/// # mod ringway {
/// #     pub use ringway_core::channel::Framed;
/// #     pub use ringway_core::local;
/// #     pub use zerocopy::{self, FromBytes, Immutable, IntoBytes, KnownLayout};
/// # }
/// use ringway::{Framed, FromBytes, Immutable, IntoBytes, KnownLayout};
///
/// #[derive(FromBytes, IntoBytes, KnownLayout, Immutable)]
/// # /*
/// #[zerocopy(crate = "ringway::zerocopy")]
/// # */
/// #[repr(C)]
/// struct Samples { start: u64, rate: u32, channel: u32, values: [u64] }
///
/// # static REGION: ringway_core::region::StaticRegion<8192> =
/// #     ringway_core::region::StaticRegion::new();
/// # let (mut tx, mut rx) = ringway::local::split::<Framed<Samples>>(&REGION)?;
/// let mut samples = tx.reserve(3).unwrap();    // room for three values
/// (samples.start, samples.rate, samples.channel) = (1, 48_000, 0);
/// samples.values.copy_from_slice(&[4, 5, 6]);
/// samples.commit();
///
/// let samples = rx.recv().unwrap();            // a `Samples` where the sender wrote it
/// assert_eq!((samples.rate, samples.values.len()), (48_000, 3));
/// # Ok::<(), ringway_core::attach::AttachError>(())
/// ```
///
/// Both sides must have the same definition of `T`: its name, the size of what stands before the slice
/// and of the elements are compared when the channel is opened. The alignment is at most 8.
pub struct Framed<T: ?Sized>(PhantomData<T>);

/// A channel of bytes as one of `T`s.
pub(in crate::channel) fn blueprint<T: PlainUnsized + ?Sized>(
    bytes: Blueprint,
) -> Result<Blueprint, Unfit> {
    let size = |elements| T::size_for_metadata(elements).unwrap_or(usize::MAX);
    let head = size(0);
    let mut name = String::<256>::new();
    let path = core::any::type_name::<T>();
    // One that is cut short is still the same on both sides.
    let _ = write!(name, "Framed<{path}, {head} + {}n>", size(1) - head);
    let blueprint = bytes.named(&name);
    if fits_alignment::<T>() {
        Ok(blueprint)
    } else {
        let item = TypeTag::new(&name, head, ALIGN);
        Err(Unfit::Alignment { item, most: ALIGN })
    }
}

/// To which every message of bytes is aligned.
const ALIGN: usize = 8;

/// Whether `T` may lie wherever a message may.
fn fits_alignment<T: PlainUnsized + ?Sized>() -> bool {
    #[repr(align(4096))]
    struct Aligned([u8; 4096]);
    static PLACE: Aligned = Aligned([0; 4096]);
    // At no multiple of more than `ALIGN`, and of a length that may be wrong.
    match T::ref_from_bytes(&PLACE.0[ALIGN..ALIGN]) {
        Err(zerocopy::CastError::Alignment(_)) => false,
        Ok(_) | Err(_) => true,
    }
}

/// Bytes of a `T` with so many elements.
fn len_of<T: PlainUnsized + ?Sized>(elements: usize) -> usize {
    T::size_for_metadata(elements).unwrap_or(usize::MAX)
}

impl<T: PlainUnsized + ?Sized, P: Platform, K: Topology> Sender<Framed<T>, P, K> {
    /// As [`send`](Sender::send) of bytes: copies `value` into the ring, in parts if it is long.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send(&mut self, value: &T) -> Result<(), SendError<()>> {
        splitting::send(&mut self.half, value.as_bytes(), None).map_err(SendTimeoutError::for_ever)
    }

    /// As [`try_send`](Sender::try_send) of bytes.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_send(&mut self, value: &T) -> Result<(), TrySendError<()>> {
        let bytes = value.as_bytes();
        try_claim(&mut self.half, bytes.len())?;
        put(&mut self.half, bytes);
        Ok(())
    }

    /// As [`send_timeout`](Sender::send_timeout) of bytes.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_timeout(
        &mut self,
        value: &T,
        timeout: Duration,
    ) -> Result<(), SendTimeoutError<()>> {
        splitting::send(&mut self.half, value.as_bytes(), Some(timeout))
    }

    /// Hands out room for a `T` with so many elements in its slice, and waits while the ring is full.
    /// It holds whatever was there before.
    ///
    /// # Errors
    ///
    /// As [`reserve`](Sender::reserve) of bytes.
    pub fn reserve(
        &mut self,
        elements: usize,
    ) -> Result<WriteGrant<'_, Framed<T>, P, K>, SendError<()>> {
        match claim(&mut self.half, len_of::<T>(elements), None) {
            Ok(()) => Ok(WriteGrant::new(self)),
            Err(refused) => Err(refused.for_ever()),
        }
    }

    /// As [`reserve`](Sender::reserve), if there is room now.
    ///
    /// # Errors
    ///
    /// As `reserve`, and [`TrySendError::Full`].
    pub fn try_reserve(
        &mut self,
        elements: usize,
    ) -> Result<WriteGrant<'_, Framed<T>, P, K>, TrySendError<()>> {
        try_claim(&mut self.half, len_of::<T>(elements))?;
        Ok(WriteGrant::new(self))
    }

    /// As [`reserve`](Sender::reserve), and waits no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As `reserve`, and [`SendTimeoutError::Timeout`].
    pub fn reserve_timeout(
        &mut self,
        elements: usize,
        timeout: Duration,
    ) -> Result<WriteGrant<'_, Framed<T>, P, K>, SendTimeoutError<()>> {
        claim(&mut self.half, len_of::<T>(elements), Some(timeout))?;
        Ok(WriteGrant::new(self))
    }
}

impl<T: PlainUnsized + ?Sized, P: Platform, K: Topology> Receiver<Framed<T>, P, K> {
    /// Borrows the next message where it lies, and waits until there is one.
    ///
    /// # Errors
    ///
    /// As [`recv`](Receiver::recv) of bytes, and [`RecvError::Malformed`] if the message has a length
    /// that no `T` has: it is dropped.
    pub fn recv(&mut self) -> Result<ReadGrant<'_, Framed<T>, P, K>, RecvError> {
        match self.receive(Patience::Ever) {
            Ok(()) => Ok(ReadGrant::new(self)),
            Err(refused) => Err(refused.for_ever()),
        }
    }

    /// As [`recv`](Receiver::recv), if all of the message is there.
    ///
    /// # Errors
    ///
    /// As `recv`, and [`TryRecvError::Empty`].
    pub fn try_recv(&mut self) -> Result<ReadGrant<'_, Framed<T>, P, K>, TryRecvError> {
        match self.receive(Patience::Now) {
            Ok(()) => Ok(ReadGrant::new(self)),
            Err(refused) => Err(refused.at_once()),
        }
    }

    /// As [`recv`](Receiver::recv), and waits no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As `recv`, and [`RecvTimeoutError::Timeout`].
    pub fn recv_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<ReadGrant<'_, Framed<T>, P, K>, RecvTimeoutError> {
        self.receive(Patience::For(timeout))?;
        Ok(ReadGrant::new(self))
    }

    fn receive(&mut self, patience: Patience) -> Result<(), RecvTimeoutError> {
        self.half.receive(patience)?;
        let message = self.half.message();
        if T::ref_from_bytes(message).is_ok() {
            return Ok(());
        }
        let len = message.len();
        self.half.finish();
        let why = "the type has no value of this length";
        Err(RecvTimeoutError::Malformed { len, why })
    }
}

impl<T: PlainUnsized + ?Sized, P: Platform, K: Topology> WriteGrant<'_, Framed<T>, P, K> {
    /// Publishes the message and wakes the receiver if it sleeps.
    pub fn commit(self) {
        let len = self.sender.half.record_ref().len();
        ManuallyDrop::new(self)
            .sender
            .half
            .publish(len, Piece::Whole);
    }

    /// Publishes the message with the first so many elements of its slice, and gives the rest back.
    ///
    /// # Panics
    ///
    /// Fewer were reserved; nothing is published then.
    pub fn commit_to(self, elements: usize) {
        let len = len_of::<T>(elements);
        let reserved = self.sender.half.record_ref().len();
        assert!(
            len <= reserved,
            "a message of {elements} elements, {len} bytes, cannot be committed of {reserved} bytes \
             that were reserved"
        );
        ManuallyDrop::new(self)
            .sender
            .half
            .publish(len, Piece::Whole);
    }
}

impl<T: PlainUnsized + ?Sized, P: Platform, K: Topology> Deref for WriteGrant<'_, Framed<T>, P, K> {
    type Target = T;
    fn deref(&self) -> &T {
        checked(T::ref_from_bytes(self.sender.half.record_ref()).ok())
    }
}

impl<T: PlainUnsized + ?Sized, P: Platform, K: Topology> DerefMut
    for WriteGrant<'_, Framed<T>, P, K>
{
    fn deref_mut(&mut self) -> &mut T {
        checked(T::mut_from_bytes(self.sender.half.record()).ok())
    }
}

impl<T: PlainUnsized + ?Sized, P: Platform, K: Topology> Deref for ReadGrant<'_, Framed<T>, P, K> {
    type Target = T;
    fn deref(&self) -> &T {
        checked(T::ref_from_bytes(self.receiver.half.message()).ok())
    }
}

/// A message whose length was checked when it was claimed, and whose alignment when its channel was
/// opened.
fn checked<T>(message: Option<T>) -> T {
    message.unwrap_or_else(|| unreachable!("a grant is made for a message that fits"))
}

impl<T: PlainUnsized + fmt::Debug + ?Sized, P: Platform, K: Topology> fmt::Debug
    for WriteGrant<'_, Framed<T>, P, K>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WriteGrant").field(&&**self).finish()
    }
}

impl<T: PlainUnsized + fmt::Debug + ?Sized, P: Platform, K: Topology> fmt::Debug
    for ReadGrant<'_, Framed<T>, P, K>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadGrant").field(&&**self).finish()
    }
}

impl<T: ?Sized> fmt::Debug for Framed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Framed")
    }
}
