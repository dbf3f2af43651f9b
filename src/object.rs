//! Opening an object: a cell, or a struct of cells.

use crate::Plain;
use crate::os::OpenError;
use crate::place::IntoPlace;
use crate::settings::Settings;
use crate::shared::Shared;
use ringway_core::attach::{Fresh, Initial, Options, object_checked};
use ringway_core::handle::Cell;
use ringway_core::layout::{Blueprint, Unfit};
use ringway_core::region::Overlay;
use std::fmt;
use std::marker::PhantomData;

/// How an object of type `S` is opened; made by [`shared`](crate::shared()) and by the functions for
/// single cells, such as [`mutex`](crate::mutex()).
#[must_use = "call `open`"]
pub struct ObjectBuilder<S, F = Whole> {
    settings: Settings,
    pub(crate) first: F,
    object: PhantomData<fn() -> S>,
}

/// Of a builder: that what it opens is a struct of cells.
#[derive(Clone, Copy, Debug)]
pub struct Whole;

/// Of a builder: that what it opens is a single cell, and what that begins with.
#[derive(Clone, Copy, Debug)]
pub struct First<V>(pub(crate) Option<V>);

impl<S, F> ObjectBuilder<S, F> {
    pub(crate) fn new(place: impl IntoPlace, first: F) -> Self {
        ObjectBuilder {
            settings: Settings::new(place),
            first,
            object: PhantomData,
        }
    }

    /// It outlives all who use it, as they left it. In a file it also outlives a restart of the
    /// machine, as far as the system had written it out. It stays until somebody removes it.
    pub fn persistent(mut self) -> Self {
        self.settings.persistent = true;
        self
    }

    crate::settings::setters!();

    /// How many can have it open at a time, in all processes: 1 to 1024, 64 if nobody says. Each
    /// takes 128 bytes. All that say it must agree. What one has opened it may clone as often as it
    /// likes.
    pub fn handles(mut self, handles: u32) -> Self {
        self.settings.handles = Some(handles);
        self
    }
}

impl<S: Overlay, F> ObjectBuilder<S, F> {
    fn attach(
        self,
        initialise: impl FnOnce(&mut Fresh<'_, S>),
        check: impl FnOnce(&S) -> Result<(), Unfit>,
    ) -> Result<Shared<S>, OpenError> {
        let blueprint = Ok(Blueprint::object::<S>());
        let object = self.settings.open(
            blueprint,
            Options::default(),
            |attachment, blueprint, options| {
                object_checked(attachment, blueprint, options, initialise, check)
            },
        )?;
        object.platform().segment().unlock();
        Ok(Shared::new(object))
    }
}

impl<S: Overlay> ObjectBuilder<S> {
    /// Opens it. A new one begins as zeros.
    ///
    /// # Errors
    ///
    /// It cannot be opened, is something else, or has all the handles that it was made for.
    pub fn open(self) -> Result<Shared<S>, OpenError> {
        self.open_with(|_| {})
    }

    /// As [`open`](ObjectBuilder::open); a new one is given to `initialise` before anybody else sees
    /// it. If that panics, or the process dies in it, the next one who opens it begins anew.
    ///
    /// # Errors
    ///
    /// As [`open`](ObjectBuilder::open).
    pub fn open_with(
        self,
        initialise: impl FnOnce(&mut Fresh<'_, S>),
    ) -> Result<Shared<S>, OpenError> {
        self.attach(initialise, |_| Ok(()))
    }

    /// As [`open_with`](ObjectBuilder::open_with), if `check` finds it as it should be: for what all
    /// who use it must agree on ([`Initial::check`]).
    ///
    /// # Errors
    ///
    /// As [`open`](ObjectBuilder::open), and those of `check`.
    ///
    /// ```
    /// use ringway::sync::Permits;
    /// use ringway::{Initial as _, SemaphoreCell};
    ///
    /// ringway::shared! {
    ///     struct Desk {
    ///         gate: SemaphoreCell,
    ///     }
    /// }
    ///
    /// # let name = format!("doc-checked-{}", std::process::id());
    /// let open = |bound| {
    ///     let permits = Permits { available: 0, bound: Some(bound) };
    ///     ringway::shared::<Desk>(&name).open_checked(
    ///         |desk| { desk.set(|desk| &desk.gate, permits); },
    ///         |desk| desk.gate.check(permits),
    ///     )
    /// };
    /// let desk = open(4)?;
    /// let error = open(6).unwrap_err();
    /// assert!(error.to_string().contains("a bound of 4, this program asks for 6"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_checked(
        self,
        initialise: impl FnOnce(&mut Fresh<'_, S>),
        check: impl FnOnce(&S) -> Result<(), Unfit>,
    ) -> Result<Shared<S>, OpenError> {
        self.attach(initialise, check)
    }
}

impl<C: Cell + Initial<Value: Plain>> ObjectBuilder<C, First<C::Value>> {
    /// What a new one begins with; zeros if not said. One that is there keeps what it has.
    pub fn initial(mut self, value: C::Value) -> Self {
        self.first = First(Some(value));
        self
    }
}

impl<C: Cell + Initial> ObjectBuilder<C, First<C::Value>> {
    /// Opens it.
    ///
    /// # Errors
    ///
    /// It cannot be opened, is something else, was made with other parameters, or has all the
    /// handles that it was made for.
    pub fn open(self) -> Result<C::Handle<Shared<C>>, OpenError> {
        let first = self.first.0;
        if let Some(Err(why)) = first.map(C::admit) {
            return Err(self.settings.refuse(why));
        }
        let object = self.attach(
            |fresh| {
                if let Some(value) = first {
                    fresh.set(|cell| cell, value);
                }
            },
            |cell| first.map_or(Ok(()), |value| cell.check(value)),
        )?;
        Ok(object.bind(|cell| cell))
    }
}

impl<S, F> fmt::Debug for ObjectBuilder<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
