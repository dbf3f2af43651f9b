//! Locks and signals by name, each in a segment of its own.

use crate::object::{First, ObjectBuilder};
use crate::place::IntoPlace;
use crate::{Plain, Shared};
use ringway_core::handle::{self, MutexCell};

/// A mutex around a `T`, at `place`, which is as for [`spsc`](crate::spsc()).
///
/// Whoever comes first makes it, around [`initial`](ObjectBuilder::initial) or zeros. With the last
/// one it is gone, unless it is [persistent](ObjectBuilder::persistent).
///
/// ```
/// # let name = format!("doc-mutex-{}", std::process::id());
/// let hits = ringway::mutex::<u64>(&*name).initial(10).open()?;
/// *hits.lock().unwrap() += 1;
/// assert_eq!(*hits.lock().unwrap(), 11);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "call `open`"]
pub fn mutex<T: Plain>(place: impl IntoPlace) -> ObjectBuilder<MutexCell<T>, First<T>> {
    ObjectBuilder::new(place, First(None))
}

/// A mutex between processes, with a segment of its own.
pub type Mutex<T> = handle::Mutex<T, Shared<MutexCell<T>>>;

/// The value of a [`Mutex`], held until this is dropped.
pub type MutexGuard<'a, T> = handle::MutexGuard<'a, T, Shared<MutexCell<T>>>;
