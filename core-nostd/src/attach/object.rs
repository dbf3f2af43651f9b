//! Attaching to an object: cells that lie where they are, without a ring.
//!
//! ```text
//!  0        256                        object_offset          total_len
//!  ┌────────┬──────────────────────────┬──────────────────────┐
//!  │ header │ participants: one entry  │ S: a cell, or a      │
//!  │        │ for each attachment      │ struct of cells      │
//!  └────────┴──────────────────────────┴──────────────────────┘
//! ```

use super::{AttachError, Options, open_with, truncated};
use crate::handle::{
    AtomicCell, BarrierCell, Bound, Cell, EventCell, LatestCell, MutexCell, RwLockCell,
};
use crate::layout::roster::Entries as _;
use crate::layout::{Blueprint, Kind, Participant, Peer, TypeTag, Unfit};
use crate::liveness::{Liveness, PeerId};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::{Mapped, Overlay};
use crate::slots::entries::MappedEntries;
use crate::sync::{CondvarCell, EventMode, SemaphoreCell};
use crate::wait::Wait;
use core::fmt;
use core::ops::Deref;

/// An object in shared memory that this process is attached to: a cell, or a struct of cells made
/// with [`shared!`](crate::shared!).
///
/// It has an entry in the table of participants, which it gives back when it is dropped.
pub struct Object<S: Overlay, P: Platform> {
    whole: Mapped<S>,
    offset: usize,
    entry: Mapped<Participant>,
    platform: P,
}

/// Attaches to the object of type `S`, and builds it first if nobody has: then `initialise` runs
/// once, over zeros that nobody else sees yet.
///
/// # Errors
///
/// The segment holds something else or differs from the blueprint, or all its entries are taken by
/// attachments that live.
pub fn object<S: Overlay, P: Platform>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
    initialise: impl FnOnce(&mut Fresh<'_, S>),
) -> Result<Object<S, P>, AttachError> {
    object_checked(platform, blueprint, options, initialise, |_| Ok(()))
}

/// As [`object`], if `check` finds what the builder made as it should be: for parameters that all
/// who use the object must agree on, such as the bound of a semaphore ([`Unfit::Parameter`]).
///
/// # Errors
///
/// Those of `object` and of `check`.
pub fn object_checked<S: Overlay, P: Platform>(
    platform: P,
    blueprint: &Blueprint,
    options: Options,
    initialise: impl FnOnce(&mut Fresh<'_, S>),
    check: impl FnOnce(&S) -> Result<(), Unfit>,
) -> Result<Object<S, P>, AttachError> {
    check_blueprint::<S>(blueprint)?;
    let memory = platform.memory();
    let whole = |offset, total_len| {
        // SAFETY: the result is used here, or goes into an object together with the platform, which
        // holds the memory.
        let place: Option<Mapped<S>> = unsafe { Mapped::new(memory, offset) };
        place.ok_or_else(|| truncated(memory, total_len))
    };
    let geometry = open_with(&platform, blueprint, options, |geometry| {
        let whole = whole(geometry.object_offset, geometry.total_len)?;
        initialise(&mut Fresh { whole: &whole });
        Ok(())
    })?;
    let offset = geometry.object_offset;
    let whole = whole(offset, geometry.total_len)?;
    check(&whole)?;
    // SAFETY: as above.
    let entries = unsafe { MappedEntries::new(memory, &geometry) }
        .ok_or_else(|| truncated(memory, geometry.total_len))?;
    // An entry says which process a name stands for, also when that is dead; so those of the dead
    // last.
    let is_vacant = |entry: &Participant| !matches!(entry.glance(), Peer::Alive(_));
    let claim = |index: &usize| entries.entry(*index).claim(&platform).is_ok();
    let free = (0..entries.len())
        .filter(|&index| is_vacant(entries.entry(index)))
        .find(claim)
        .or_else(|| (0..entries.len()).find(claim));
    let entry = free.ok_or(AttachError::Crowded {
        handles: geometry.participants,
    })?;
    Ok(Object {
        whole,
        offset,
        entry: entries.place(entry),
        platform,
    })
}

fn check_blueprint<S: Overlay>(blueprint: &Blueprint) -> Result<(), Unfit> {
    if blueprint.kind != Kind::Object {
        return Err(Unfit::Kind {
            found: blueprint.kind as u32,
            expected: Kind::Object,
        });
    }
    let expected = TypeTag::of_object::<S>();
    if blueprint.item != expected {
        return Err(Unfit::Object {
            found: blueprint.item.clone(),
            expected,
        });
    }
    Ok(())
}

impl<S: Overlay, P: Platform> Object<S, P> {
    /// What it stands on.
    pub fn platform(&self) -> &P {
        &self.platform
    }

    /// A handle for the cell that `find` finds in it, which does not outlive this object.
    pub fn bind<C: Cell>(&self, find: impl for<'a> FnOnce(&'a S) -> &'a C) -> C::Handle<&Self> {
        // SAFETY: this object is borrowed, and keeps the platform, and so the memory.
        unsafe { self.bind_to(self, find) }
    }

    /// A handle for the cell that `find` finds in it, which stands on `keeper`.
    ///
    /// # Safety
    ///
    /// This object is not dropped while `keeper` or a clone of it lives, and `keeper` does what this
    /// object does as a platform.
    pub unsafe fn bind_to<C: Cell, K: Platform>(
        &self,
        keeper: K,
        find: impl for<'a> FnOnce(&'a S) -> &'a C,
    ) -> C::Handle<K> {
        // SAFETY: the caller's promise: `keeper` keeps the platform, and so the memory.
        unsafe { Bound::within(keeper, self.whole, self.offset, find) }.handle()
    }

    /// Where the object stands in its segment, in bytes.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl<S: Overlay, P: Platform> Wait for Object<S, P> {
    crate::waits_as!(self, self.platform);
}

// SAFETY: the answers of the platform.
unsafe impl<S: Overlay, P: Platform> Liveness for Object<S, P> {
    #[inline(always)]
    fn me(&self) -> PeerId {
        self.platform.me()
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        self.platform.is_alive(peer)
    }
}

/// What handles for the object's cells stand on.
impl<S: Overlay, P: Platform> Platform for Object<S, P> {
    const WAIT_SLOTS: u32 = P::WAIT_SLOTS;
    type Memory = P::Memory;
    type Scratch = P::Scratch;
    fn memory(&self) -> &P::Memory {
        self.platform.memory()
    }
    fn is_mapped_here(&self) -> bool {
        self.platform.is_mapped_here()
    }
}

impl<S: Overlay, P: Platform> Deref for Object<S, P> {
    type Target = S;
    #[inline(always)]
    fn deref(&self) -> &S {
        &self.whole
    }
}

impl<S: Overlay, P: Platform> Drop for Object<S, P> {
    fn drop(&mut self) {
        if self.platform.is_mapped_here() {
            self.entry.leave();
        }
    }
}

impl<S: Overlay, P: Platform> fmt::Debug for Object<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object")
            .field("type", &core::any::type_name::<S>())
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// An object that is being built: all zeros, and nobody else sees it yet.
#[derive(Debug)]
pub struct Fresh<'a, S> {
    whole: &'a S,
}

impl<S> Fresh<'_, S> {
    /// Gives the cell that `find` finds in it its first value.
    ///
    /// # Panics
    ///
    /// The cell is not in it, or cannot begin with that ([`Initial::admit`]).
    pub fn set<C: Initial>(
        &mut self,
        find: impl for<'b> FnOnce(&'b S) -> &'b C,
        value: C::Value,
    ) -> &mut Self {
        let cell = find(self.whole);
        let at = core::ptr::from_ref(cell).addr();
        let start = core::ptr::from_ref(self.whole).addr();
        assert!(
            at >= start && at + size_of::<C>() <= start + size_of::<S>(),
            "a cell of the object that is being built"
        );
        if let Err(why) = C::admit(value) {
            panic!("{why}");
        }
        // SAFETY: the object is being built, so no other process uses it; and what this one made
        // from it before is gone, since `self` is borrowed mutably.
        unsafe { cell.put(value) };
        self
    }
}

impl<S> Deref for Fresh<'_, S> {
    type Target = S;
    fn deref(&self) -> &S {
        self.whole
    }
}

/// A cell that begins with something else than zeros, if its builder says so.
pub trait Initial: Overlay {
    /// What it begins with, and what all who use it agree on.
    type Value: Copy;

    /// Writes it.
    ///
    /// # Safety
    ///
    /// Nobody else uses the cell: it is being built.
    unsafe fn put(&self, value: Self::Value);

    /// Whether it can begin with `value` at all.
    ///
    /// # Errors
    ///
    /// [`Unfit::OutOfRange`].
    fn admit(value: Self::Value) -> Result<(), Unfit> {
        let _ = value;
        Ok(())
    }

    /// Whether it was made with what of `value` all who use it must agree on, if there is any.
    ///
    /// # Errors
    ///
    /// [`Unfit::Parameter`], [`Unfit::Sort`].
    fn check(&self, value: Self::Value) -> Result<(), Unfit> {
        let _ = value;
        Ok(())
    }
}

impl<T: Plain> Initial for MutexCell<T> {
    type Value = T;
    unsafe fn put(&self, value: T) {
        // SAFETY: the same contract.
        unsafe { self.initialise(value) }
    }
}

impl<T: Plain, const N: usize> Initial for RwLockCell<T, N> {
    type Value = T;
    unsafe fn put(&self, value: T) {
        // SAFETY: the same contract.
        unsafe { self.initialise(value) }
    }
}

impl<const N: usize> Initial for CondvarCell<N> {
    type Value = ();
    unsafe fn put(&self, (): ()) {}
}

impl<T: Plain> Initial for LatestCell<T> {
    type Value = T;
    unsafe fn put(&self, value: T) {
        self.initialise(value);
    }
}

impl<T: Plain> Initial for AtomicCell<T> {
    type Value = T;
    unsafe fn put(&self, value: T) {
        self.initialise(value);
    }
}

/// What a barrier begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parties {
    /// How many have to come. All who use it must agree.
    pub count: u32,
}

impl<const N: usize> Initial for BarrierCell<N> {
    type Value = Parties;
    unsafe fn put(&self, value: Parties) {
        // The only error is the one that `admit` looks for.
        let _ = self.initialise(value.count);
    }
    fn admit(value: Parties) -> Result<(), Unfit> {
        in_range("parties", value.count, 1, N as u32)
    }
    fn check(&self, value: Parties) -> Result<(), Unfit> {
        same("parties", self.raw().parties() as u32, value.count)
    }
}

/// What a semaphore begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permits {
    /// How many permits are there at first.
    pub available: u32,
    /// How many may be there at a time; [`SemaphoreCell::MAX`] if not said. All that say it must
    /// agree.
    pub bound: Option<u32>,
}

impl<const N: usize> Initial for SemaphoreCell<N> {
    type Value = Permits;
    unsafe fn put(&self, value: Permits) {
        self.initialise(value.available, value.bound);
    }
    fn admit(value: Permits) -> Result<(), Unfit> {
        let bound = value.bound.unwrap_or(Self::MAX);
        in_range("bound", bound, 1, Self::MAX)?;
        in_range("permits", value.available, 0, bound)
    }
    fn check(&self, value: Permits) -> Result<(), Unfit> {
        match value.bound {
            Some(asked) => same("bound", self.bound(), asked),
            None => Ok(()),
        }
    }
}

/// What an event begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signal {
    /// How it ceases to be set. All who use it must agree.
    pub mode: EventMode,
    /// Whether it is set at first.
    pub is_set: bool,
}

impl Initial for EventCell {
    type Value = Signal;
    unsafe fn put(&self, value: Signal) {
        self.initialise(value.mode, value.is_set);
    }
    fn check(&self, value: Signal) -> Result<(), Unfit> {
        match (self.raw().mode(), value.mode) {
            (EventMode::Manual, EventMode::Automatic) => Err(Unfit::Sort {
                found: "a manual event",
                asked: "an automatic one",
            }),
            (EventMode::Automatic, EventMode::Manual) => Err(Unfit::Sort {
                found: "an automatic event",
                asked: "a manual one",
            }),
            _ => Ok(()),
        }
    }
}

fn same(what: &'static str, found: u32, asked: u32) -> Result<(), Unfit> {
    if found == asked {
        return Ok(());
    }
    Err(Unfit::Parameter {
        what,
        found: found.into(),
        asked: asked.into(),
    })
}

fn in_range(what: &'static str, asked: u32, least: u32, most: u32) -> Result<(), Unfit> {
    if (least..=most).contains(&asked) {
        return Ok(());
    }
    Err(Unfit::OutOfRange {
        what,
        asked: asked.into(),
        least: least.into(),
        most: most.into(),
    })
}
