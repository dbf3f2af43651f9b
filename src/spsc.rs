//! Opening a channel from one sender to one receiver.

use crate::open::{open, unfit};
use crate::os::{Disposition, OpenError, Place, Problem, Request};
use crate::{Attachment, Plain, Receiver, Sender, WaitStrategy};
use ringway_core::layout::{Blueprint, Unfit};
use ringway_core::spsc::{AttachError, Options, receiver, sender};
use ringway_core::wait::Wait as _;
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A channel of `T` from one sender to one receiver, at `place`.
///
/// `place` is a name (`"ticks"`), a path (a [`Path`] or [`PathBuf`]: a file-backed channel), or a
/// [`Place`], such as [`Place::Anonymous`] or the handle of one.
///
/// A file that is empty or holds nothing but zeros counts as one that a creator left unfinished, and
/// is built into; any other file that is no channel is refused and kept.
///
/// Nothing happens until [`sender`](Spsc::sender) or [`receiver`](Spsc::receiver). Both sides say
/// the same type; capacity and the like may be left to one of them.
///
/// ```
/// # let name = format!("doc-spsc-{}", std::process::id());
/// let mut tx = ringway::spsc::<u64>(&*name).capacity(128).sender()?;
/// let mut rx = ringway::spsc::<u64>(&*name).receiver()?;
/// tx.send(7)?;
/// assert_eq!(*rx.recv()?, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `sender` or `receiver`"]
pub fn spsc<T: Plain>(place: impl IntoPlace) -> Spsc<T> {
    Spsc {
        place: place.into_place(),
        capacity: None,
        mode: None,
        wait: WaitStrategy::default(),
        persistent: false,
        acknowledge_each: false,
        disposition: Disposition::CreateOrOpen,
        open_timeout: Duration::from_secs(5),
        items: PhantomData,
    }
}

/// What can say where a channel is.
pub trait IntoPlace {
    /// The place, or why it is none.
    ///
    /// # Errors
    ///
    /// A name that breaks a rule for names.
    fn into_place(self) -> Result<Place, OpenError>;
}

impl IntoPlace for &str {
    fn into_place(self) -> Result<Place, OpenError> {
        Place::try_from(self).map_err(|error| {
            OpenError::new(format_args!("channel {self:?}"), Problem::BadName(error))
        })
    }
}
impl IntoPlace for &String {
    fn into_place(self) -> Result<Place, OpenError> {
        self.as_str().into_place()
    }
}
impl IntoPlace for &Path {
    fn into_place(self) -> Result<Place, OpenError> {
        Ok(self.into())
    }
}
impl IntoPlace for PathBuf {
    fn into_place(self) -> Result<Place, OpenError> {
        Ok(self.into())
    }
}
impl IntoPlace for Place {
    fn into_place(self) -> Result<Place, OpenError> {
        Ok(self)
    }
}

/// How a channel is opened; made by [`spsc`].
#[derive(Debug)]
#[must_use = "call `sender` or `receiver`"]
pub struct Spsc<T> {
    place: Result<Place, OpenError>,
    capacity: Option<u32>,
    mode: Option<u32>,
    wait: WaitStrategy,
    persistent: bool,
    acknowledge_each: bool,
    disposition: Disposition,
    open_timeout: Duration,
    items: PhantomData<T>,
}

impl<T: Plain> Spsc<T> {
    /// How many messages must fit at least; 1024 if neither side says. A ring has a power of two
    /// of cells, so more may fit. Both sides that say it must agree.
    pub fn capacity(mut self, items: u32) -> Self {
        self.capacity = Some(items);
        self
    }

    /// Permission bits of a new segment, whatever the umask; `0o600` if not said.
    ///
    /// Bits for group or others also say that a segment of another user is welcome.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// How this end waits.
    pub fn wait(mut self, strategy: WaitStrategy) -> Self {
        self.wait = strategy;
        self
    }

    /// Unread messages outlive both processes. In a file they also outlive a restart of the
    /// machine, as far as the system had written it out.
    ///
    /// The receiver may come and go, and the sender goes on; to the receiver the channel is closed
    /// when it has received everything and the sender has left. The segment stays until somebody
    /// removes it.
    pub fn persistent(mut self) -> Self {
        self.persistent = true;
        self
    }

    /// For a receiver: at most one message comes again after a death, instead of up to a line of
    /// small ones. Costs one store a message.
    pub fn acknowledge_each(mut self) -> Self {
        self.acknowledge_each = true;
        self
    }

    /// Fails if somebody uses a channel of that name already.
    pub fn create_new(mut self) -> Self {
        self.disposition = Disposition::CreateNew;
        self
    }

    /// Fails if there is no such channel yet.
    pub fn open_existing(mut self) -> Self {
        self.disposition = Disposition::OpenExisting;
        self
    }

    /// How long to wait for another process that is just opening or leaving the channel; 5 seconds
    /// if not said. It takes them microseconds, unless they are stopped.
    pub fn open_timeout(mut self, timeout: Duration) -> Self {
        self.open_timeout = timeout;
        self
    }

    /// Opens the writing end.
    ///
    /// # Errors
    ///
    /// The channel cannot be opened, is of another type or capacity, or has a living sender.
    pub fn sender(self) -> Result<Sender<T>, OpenError> {
        let sender = self.attach(sender::<T, Attachment>)?;
        sender.platform().segment().unlock();
        Ok(sender)
    }

    /// Opens the reading end.
    ///
    /// # Errors
    ///
    /// The channel cannot be opened, is of another type or capacity, or has a living receiver.
    pub fn receiver(self) -> Result<Receiver<T>, OpenError> {
        let receiver = self.attach(receiver::<T, Attachment>)?;
        receiver.platform().segment().unlock();
        Ok(receiver)
    }

    fn attach<E>(
        self,
        claim: impl FnOnce(Attachment, &Blueprint, Options) -> Result<E, AttachError>,
    ) -> Result<E, OpenError> {
        let place = self.place?;
        let fail = |reason: Unfit| unfit(&place, reason);
        let mut blueprint = Blueprint::spsc::<T>().map_err(fail)?;
        blueprint.capacity = self.capacity;
        blueprint.persistent = self.persistent;
        let request = Request {
            place: &place,
            disposition: self.disposition,
            len: blueprint.geometry().map_err(fail)?.total_len,
            mode: self.mode,
            lock_timeout: self.open_timeout,
        };
        let options = Options {
            wait: self.wait,
            deadline: None,
            nonce: RandomState::new().hash_one(std::process::id()),
            acknowledge_each: self.acknowledge_each,
        };
        open(&request, |attachment| {
            let deadline = Some(attachment.now().after(self.open_timeout));
            let options = Options {
                deadline,
                ..options
            };
            claim(attachment, &blueprint, options)
        })
    }
}
