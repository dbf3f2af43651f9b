//! Readiness that an event loop can wait for.

use crate::os::OpenError;
use crate::pipe::{Reader, Writer};
use crate::{Attachment, Shared};
use ringway_core::region::Overlay;
use ringway_core::wait::doorbell::{self, HasBells, NoBell, Rings};
use ringway_core::wait::parking::{Bells, Slept};
use ringway_core::wait::{Armed, Nanos, Source, Wait};
use std::fmt;

/// What an event loop waits for instead of a message, room, an event or a permit: a descriptor that
/// becomes readable; on Windows, a handle that is signalled, a packet in a completion port, or a pipe.
///
/// [`Receiver::doorbell`](crate::Receiver::doorbell) makes one, and so do [`Sender`](crate::Sender)
/// (it rings when there is room), [`Event`](crate::Event), [`Semaphore`](crate::Semaphore) and both
/// ends of a [`pipe`](crate::pipe()). It owns one of the 64 wait slots of the segment as long as it
/// lives, and borrows nothing.
///
/// ```
/// use ringway::{Armed, TryRecvError};
/// # #[cfg(unix)]
/// use rustix::event::{PollFd, PollFlags, poll};
/// # let name = format!("doc-doorbell-{}", std::process::id());
///
/// let mut rx = ringway::spsc::<u64>(&name).receiver()?;
/// let mut bell = rx.doorbell()?;
/// # let sender = std::thread::spawn(move || {
/// #     let mut tx = ringway::spsc::<u64>(&name).sender().unwrap();
/// #     (0..5).try_for_each(|n| tx.send(n)).unwrap();
/// # });
/// let mut sum = 0;
/// loop {
///     match rx.try_recv().map(|number| *number) {
///         Ok(number) => sum += number,
///         Err(TryRecvError::Closed) => break,
///         Err(TryRecvError::Empty) => {
///             if bell.arm(&mut rx)? == Armed::Waiting {
///                 // The event loop: waits for whatever else, too.
///                 # #[cfg(unix)]
///                 poll(&mut [PollFd::new(&bell, PollFlags::IN)], None)?;
///             }
///         }
///         Err(other) => return Err(other.into()),
///     }
/// }
/// # sender.join().unwrap();
/// assert_eq!(sum, 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # When it rings
///
/// Only what is [armed](Doorbell::arm) rings, and once: then try the call that was waited for, and
/// when there is nothing to be had any more, arm it again. A ring is a hint; there may be nothing after
/// all. It also rings when that was not tried for 200 ms, since arming is what finds out
/// that the peer has died: news of it come within 300 ms, as for a call that waits.
///
/// What is not armed costs nothing: while there is always a message, nobody makes a system call.
///
/// # Several that wait for the same
///
/// A ring is for all who wait there at that time, asleep or by a doorbell: nobody knows whether the owner
/// of one of them will take what there is. So nobody has to pass anything on, and a doorbell may be
/// cleared or dropped at any time. One message for many doorbells is a ring for each; where that is too
/// much, let one of them watch and hand out.
///
/// # Level or edge
///
/// Once it has rung the descriptor stays readable until the next [`arm`](Doorbell::arm) or
/// [`clear`](Doorbell::clear), and each arming makes it readable once. So it can be watched either
/// way, and is never read from or written to.
///
/// # On Windows
///
/// There the handle is an event, which stays signalled like that descriptor and may be waited for in
/// any way; nobody but the doorbell sets or resets it. Event loops of Windows wait for a completion
/// port, which a doorbell can post to (`Doorbell::post_to`), or for a pipe (`Doorbell::pipe`) that they
/// read. Packets and bytes are not taken back: one may be found there that is older than the last
/// `arm`, and is a hint like any other.
///
/// In a forked child it does not exist: dropping it there does nothing.
pub struct Doorbell {
    inner: doorbell::Doorbell<Attachment>,
}

/// Why there is no doorbell, or it could not be armed.
pub type DoorbellError = doorbell::DoorbellError<OpenError>;

impl Doorbell {
    /// Takes back what has rung, and arms it for `source`, unless that is ready: then nothing is
    /// armed, and nothing rings.
    ///
    /// The source is what it was made for, or something else in the same segment; one at a time.
    ///
    /// # Errors
    ///
    /// The source lies in another segment, or was opened by another call.
    pub fn arm<S: Source + ?Sized>(&mut self, source: &mut S) -> Result<Armed, DoorbellError> {
        self.inner.arm(source)
    }

    /// Takes back what has rung, and lets nothing more ring. A ring that is just on its way may still
    /// come, once.
    pub fn clear(&mut self) {
        self.inner.clear();
    }
}

impl Rings for Attachment {
    type Doorbell = Doorbell;
    type Error = DoorbellError;

    fn doorbell(&self) -> Result<Doorbell, DoorbellError> {
        let inner = doorbell::Doorbell::new(self.clone())?;
        Ok(Doorbell { inner })
    }
}

impl<S: Overlay> Rings for Shared<S> {
    type Doorbell = Doorbell;
    type Error = DoorbellError;

    fn doorbell(&self) -> Result<Doorbell, DoorbellError> {
        self.attachment().doorbell()
    }
}

impl Writer {
    /// What an event loop waits for instead of a write: it rings when there is room, or the reader is
    /// gone.
    ///
    /// # Errors
    ///
    /// All wait slots of the segment are in use, or the system refuses something.
    pub fn doorbell(&self) -> Result<Doorbell, DoorbellError> {
        self.platform().doorbell()
    }
}

impl Reader {
    /// What an event loop waits for instead of a read: it rings when bytes are there, or the writer is
    /// gone.
    ///
    /// # Errors
    ///
    /// All wait slots of the segment are in use, or the system refuses something.
    pub fn doorbell(&self) -> Result<Doorbell, DoorbellError> {
        self.platform().doorbell()
    }
}

impl Bells for Attachment {
    fn now(&self) -> Nanos {
        Wait::now(self.segment())
    }
    fn sleep(&self, slot: u32, deadline: Option<Nanos>) -> Slept {
        self.segment().sleep(slot, deadline)
    }
    fn ring(&self, slot: u32, sort: u32) -> bool {
        self.segment().ring(slot, sort)
    }
    fn nap(&self, until: Nanos) {
        self.segment().nap(until);
    }
}

impl HasBells for Attachment {
    type Bell = crate::os::Bell;

    fn bell(&self, slot: u32) -> Result<Self::Bell, NoBell<OpenError>> {
        self.segment().bell(slot)
    }
}

#[cfg(windows)]
impl Doorbell {
    /// From now on each ring puts a packet into the completion port `port`: with `key`, of zero bytes
    /// and without an `OVERLAPPED`. One is put there at once, which shows that it can be done. It is
    /// the last port that was given to which rings are posted; a doorbell keeps a handle of its own.
    ///
    /// # Errors
    ///
    /// The handle is not that of a completion port ([`Problem::NotAPort`](crate::Problem::NotAPort)),
    /// or does not let this process post to it
    /// ([`Problem::HandleRights`](crate::Problem::HandleRights)).
    pub fn post_to(
        &self,
        port: std::os::windows::io::BorrowedHandle<'_>,
        key: usize,
    ) -> Result<(), DoorbellError> {
        let posted = self.inner.bell().post_to(port, key);
        posted.map_err(|problem| self.refused(problem))
    }

    /// A pipe from which a byte can be read after each ring: the end for overlapped reading, which
    /// event loops such as that of `tokio` or `mio` take for a named pipe. Who does not read it finds
    /// it readable for good. It is the last pipe that was asked for into which rings are written.
    ///
    /// Only this process has the pipe: it is made for it and opened by it, and refuses other users and
    /// other machines.
    ///
    /// # Errors
    ///
    /// Another program has a pipe of that name, or opened this one in between
    /// ([`Problem::PipeTaken`](crate::Problem::PipeTaken)).
    pub fn pipe(&self) -> Result<std::os::windows::io::OwnedHandle, DoorbellError> {
        let pipe = self.inner.bell().pipe();
        pipe.map_err(|problem| self.refused(problem))
    }

    fn refused(&self, problem: crate::Problem) -> DoorbellError {
        let place = self.inner.platform().segment().place();
        DoorbellError::Bell(OpenError::new(place, problem))
    }
}

#[cfg(windows)]
impl std::os::windows::io::AsHandle for Doorbell {
    fn as_handle(&self) -> std::os::windows::io::BorrowedHandle<'_> {
        self.inner.bell().as_handle()
    }
}

#[cfg(windows)]
impl std::os::windows::io::AsRawHandle for Doorbell {
    fn as_raw_handle(&self) -> std::os::windows::io::RawHandle {
        self.inner.bell().as_raw_handle()
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for Doorbell {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.inner.bell().as_fd()
    }
}

#[cfg(unix)]
impl std::os::fd::AsRawFd for Doorbell {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.inner.bell().as_raw_fd()
    }
}

impl fmt::Debug for Doorbell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
