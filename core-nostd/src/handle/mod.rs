//! What a process calls the locks and signals of [`sync`](crate::sync) through.
//!
//! ```text
//!   in shared memory              in each process
//!  ┌──────────────────┐          ┌──────────────────────┐
//!  │ MutexCell<Book>  │◀─────────│ Mutex<Book, Platform>│──▶ guard: &mut Book
//!  └──────────────────┘  Bound   └──────────────────────┘
//! ```
//!
//! A *cell* lies in shared memory, on its own or as a field of a struct of the user's
//! ([`shared!`](crate::shared!)); a *handle* binds one to the platform it is used through.
#![allow(unsafe_code)]

mod atomic;
mod barrier;
mod condvar;
mod event;
mod latest;
mod mutex;
mod rwlock;
mod semaphore;
mod unforked;

pub use atomic::{Atomic, AtomicCell};
pub use barrier::{Barrier, BarrierCell, BarrierError, BarrierWaitResult};
pub use condvar::{Condvar, WaitError, WaitTimeoutResult};
pub use event::{Event, EventCell, EventError, EventTimeoutError};
pub use latest::{Latest, LatestCell, LatestWriter, Snapshot, WaitNewerError};
pub use mutex::{
    LockError, LockTimeoutError, Mutex, MutexCell, MutexGuard, Recovery, TryLockError,
};
pub use rwlock::{
    ReadError, ReadTimeoutError, RwLock, RwLockCell, RwLockReadGuard, RwLockRecovery,
    RwLockWriteGuard, TryReadError,
};
pub use semaphore::{
    AcquireError, AcquireTimeoutError, Permit, Releaser, Semaphore, TryAcquireError,
};

pub use crate::sync::{CondvarCell, SemaphoreCell};

use crate::platform::Platform;
use crate::region::{Mapped, Memory, Overlay};

/// A cell, where it stands in its segment, and the platform that keeps it mapped.
pub struct Bound<C, P> {
    cell: Mapped<C>,
    at: usize,
    platform: P,
}

/// What lies in shared memory and is used through a handle.
///
/// ```
/// # mod ringway {
/// #     pub use ringway_core::{handle::Bound, handle::MutexCell, platform::Platform};
/// # }
/// use ringway::{Bound, MutexCell, Platform};
///
/// fn add_one<P: Platform>(total: &MutexCell<u64>, platform: &P) {
///     let total = Bound::to(total, platform).handle();
///     if let Ok(mut total) = total.lock() {
///         *total += 1;
///     }
/// }
/// ```
pub trait Cell: Overlay {
    /// What it is used through.
    type Handle<P: Platform>;

    /// A handle for one thread of this process, or for all of them where the handle is `Sync`.
    fn handle<P: Platform>(bound: Bound<Self, P>) -> Self::Handle<P>;
}

impl<'a, C: Overlay, P: Platform> Bound<C, &'a P> {
    /// Binds a cell that lies in the memory of `platform`.
    ///
    /// # Panics
    ///
    /// It lies elsewhere: who is alive there this platform cannot know, and would take what the
    /// living hold for a dead one's.
    pub fn to(cell: &'a C, platform: &'a P) -> Self {
        let memory = platform.memory();
        let base = memory.base().as_ptr().addr();
        Bound {
            at: offset_within(cell, base, memory.len()),
            // SAFETY: the result lives no longer than the borrow of `cell`.
            cell: unsafe { Mapped::from_ref(cell) },
            platform,
        }
    }
}

impl<C: Overlay, P: Platform> Bound<C, P> {
    /// Binds the cell that `find` finds in `whole`, which lies at byte `offset` of the memory of
    /// `platform`, to that platform.
    ///
    /// # Panics
    ///
    /// `find` finds one elsewhere.
    ///
    /// # Safety
    ///
    /// The memory stays mapped while `platform` or a clone of it lives, and `whole` lies in it at
    /// `offset`.
    pub unsafe fn within<S: Overlay>(
        platform: P,
        whole: Mapped<S>,
        offset: usize,
        find: impl for<'a> FnOnce(&'a S) -> &'a C,
    ) -> Self {
        let cell = find(&whole);
        let base = core::ptr::from_ref::<S>(&whole).addr();
        Bound {
            at: offset + offset_within(cell, base, size_of::<S>()),
            // SAFETY: `platform` keeps it mapped, and lies beside it.
            cell: unsafe { Mapped::from_ref(cell) },
            platform,
        }
    }

    /// The handle.
    pub fn handle(self) -> C::Handle<P>
    where
        C: Cell,
    {
        C::handle(self)
    }

    /// The cell.
    #[inline(always)]
    pub fn cell(&self) -> &C {
        &self.cell
    }

    /// Where it stands in the segment, in bytes.
    #[inline(always)]
    pub fn at(&self) -> usize {
        self.at
    }

    /// The platform.
    #[inline(always)]
    pub fn platform(&self) -> &P {
        &self.platform
    }

    /// The platform, without the cell.
    pub(crate) fn into_platform(self) -> P {
        self.platform
    }
}

/// Where `cell` stands in the `len` bytes from address `base` on.
fn offset_within<C>(cell: &C, base: usize, len: usize) -> usize {
    let at = core::ptr::from_ref(cell).addr().wrapping_sub(base);
    let is_within = at <= len && size_of::<C>() <= len - at;
    assert!(
        is_within,
        "a cell must lie in the memory of the platform it is bound to"
    );
    at
}

impl<C: Overlay, P> core::ops::Deref for Bound<C, P> {
    type Target = C;
    #[inline(always)]
    fn deref(&self) -> &C {
        &self.cell
    }
}

impl<C: Overlay, P: Clone> Clone for Bound<C, P> {
    fn clone(&self) -> Self {
        Bound {
            cell: self.cell,
            at: self.at,
            platform: self.platform.clone(),
        }
    }
}

impl<C: Overlay, P> core::fmt::Debug for Bound<C, P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Bound")
            .field("cell", &core::any::type_name::<C>())
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// Defines structs of cells that lie in shared memory: a lock, an event and an array of counters in
/// one segment, say. Each field is a cell, an array of cells, or another such struct.
///
/// ```
/// # mod ringway {
/// #     pub use ringway_core::{handle::MutexCell, shared};
/// # }
/// use ringway::MutexCell;
///
/// ringway::shared! {
///     /// What all desks share.
///     pub struct Floor {
///         pub open: MutexCell<u64>,
///         pub closed: [MutexCell<u64>; 4],
///     }
/// }
/// ```
#[macro_export]
macro_rules! shared {
    ($(
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $( $(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty ),* $(,)?
        }
    )*) => {$(
        $(#[$meta])*
        #[repr(C)]
        $vis struct $name {
            $( $(#[$field_meta])* $field_vis $field: $type ),*
        }

        // SAFETY: `repr(C)`, and each field may itself lie over shared bytes.
        unsafe impl $crate::region::Overlay for $name where $($type: $crate::region::Overlay),* {}
    )*};
}
