//! An object that several processes use: a cell, or a struct of cells.

use crate::Attachment;
use crate::embedded::Beside;
use crate::object::{ObjectBuilder, Whole};
use crate::place::IntoPlace;
use ringway_core::attach::Object;
use ringway_core::handle::Cell;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::region::{Overlay, Room};
use ringway_core::wait::Wait;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A struct of locks, signals and values in one segment at `place`; the struct is made with
/// [`shared!`](macro@crate::shared).
///
/// `place` is as for [`spsc`](crate::spsc()). Whoever comes first makes it, and with the last one it
/// is gone, unless it is [persistent](ObjectBuilder::persistent). The fields are used through
/// handles ([`Shared::bind`]).
///
/// ```
/// use ringway::MutexCell;
///
/// ringway::shared! {
///     struct Desk {
///         orders: MutexCell<u64>,
///         counters: [MutexCell<u64>; 4],
///     }
/// }
///
/// # let name = format!("doc-shared-{}", std::process::id());
/// let desk = ringway::shared::<Desk>(&name).open_with(|desk| {
///     desk.set(|desk| &desk.orders, 100);
/// })?;
/// let orders = desk.bind(|desk| &desk.orders);
/// let third = desk.bind(|desk| &desk.counters[2]);
/// *orders.lock().unwrap() += 1;
/// *third.lock().unwrap() += 1;
/// assert_eq!(*orders.lock().unwrap(), 101);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `open`"]
pub fn shared<S: Overlay>(place: impl IntoPlace) -> ObjectBuilder<S> {
    ObjectBuilder::new(place, Whole)
}

/// An object in shared memory that this process has open; clones are the same one, for other threads
/// and for handles.
///
/// It is closed when the last clone and the last handle are dropped. When nobody has it open any
/// more it is removed, unless it is [persistent](ObjectBuilder::persistent).
pub struct Shared<S: Overlay> {
    object: Arc<Object<S, Attachment>>,
}

impl<S: Overlay> Shared<S> {
    pub(crate) fn new(object: Object<S, Attachment>) -> Self {
        Shared {
            object: Arc::new(object),
        }
    }

    /// A handle for the cell that `find` finds in it. The handle keeps the object open.
    #[allow(unsafe_code)]
    pub fn bind<C: Cell>(&self, find: impl for<'a> FnOnce(&'a S) -> &'a C) -> C::Handle<Shared<S>> {
        // SAFETY: the object lives as long as any clone of this, which delegates to its platform.
        unsafe { self.object.bind_to(self.clone(), find) }
    }

    /// The room that `find` finds in it, for a channel beside its other fields.
    ///
    /// ```
    /// use ringway::{MutexCell, Room};
    ///
    /// ringway::shared! {
    ///     struct Desk {
    ///         total: MutexCell<u64>,
    ///         jobs: Room<65536>,
    ///     }
    /// }
    ///
    /// # let name = format!("doc-room-{}", std::process::id());
    /// let desk = ringway::shared::<Desk>(&name).open()?;
    /// let mut tx = desk.channel(|desk| &desk.jobs).mpmc::<u64>().sender()?;
    /// let mut rx = desk.channel(|desk| &desk.jobs).mpmc::<u64>().receiver()?;
    /// tx.send(7)?;
    /// *desk.bind(|desk| &desk.total).lock().unwrap() += *rx.recv()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn channel<const BYTES: usize>(
        &self,
        find: impl for<'a> FnOnce(&'a S) -> &'a Room<BYTES>,
    ) -> Beside<S> {
        Beside::new(self.bind(find))
    }

    /// The segment it lies in, with this process attached to it.
    #[must_use]
    pub fn attachment(&self) -> &Attachment {
        self.object.platform()
    }
}

impl<S: Overlay> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Shared {
            object: Arc::clone(&self.object),
        }
    }
}

impl<S: Overlay> Deref for Shared<S> {
    type Target = S;
    #[inline(always)]
    fn deref(&self) -> &S {
        &self.object
    }
}

impl<S: Overlay> Wait for Shared<S> {
    ringway_core::waits_as!(self, self.object);
}

// SAFETY: the answers of the object.
#[allow(unsafe_code)]
unsafe impl<S: Overlay> Liveness for Shared<S> {
    #[inline(always)]
    fn me(&self) -> PeerId {
        self.object.me()
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        self.object.is_alive(peer)
    }
}

impl<S: Overlay> Platform for Shared<S> {
    const WAIT_SLOTS: u32 = <Attachment as Platform>::WAIT_SLOTS;
    type Memory = <Attachment as Platform>::Memory;
    type Scratch = <Attachment as Platform>::Scratch;
    fn memory(&self) -> &Self::Memory {
        self.object.memory()
    }
    fn is_mapped_here(&self) -> bool {
        self.object.is_mapped_here()
    }
}

impl<S: Overlay> fmt::Debug for Shared<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object.fmt(f)
    }
}
