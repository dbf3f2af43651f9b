//! The newest value: one writes, any number read, and nobody waits for anybody.

use super::{Bound, Cell};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Overlay;
use crate::sync::{Occupied, Overrun, PLACES, Places, RawLatest};
use crate::wait::{Interrupted, Nanos, Spin, WaitStrategy};
use core::cell::UnsafeCell;
use core::error::Error;
use core::fmt;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use core::time::Duration;

const WORD: usize = size_of::<usize>();

/// A newest-value cell as it lies in shared memory: the [`RawLatest`], then room for four values.
/// All zeros is version 0, the value that is all zeros.
///
/// Used through a handle, a [`Latest`]: `desk.bind(|desk| &desk.quote)`.
#[repr(C)]
pub struct LatestCell<T> {
    raw: RawLatest,
    places: [Place<T>; PLACES],
}

/// Room for one value, which is reached word by word, as atomics, and in no other way.
#[repr(C, align(8))]
struct Place<T> {
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through atomics alone, and is `Send`.
unsafe impl<T: Plain> Sync for Place<T> {}
// SAFETY: `repr(C)`, atomic words, and values of which any bytes are valid ones, which are reached
// as atomics.
unsafe impl<T: Plain> Overlay for LatestCell<T> {}

impl<T: Plain> LatestCell<T> {
    /// Makes `value` the value of version 0, before anybody uses the cell.
    #[doc(hidden)]
    pub fn initialise(&self, value: T) {
        self.write(0, &value);
    }

    /// The words beside the values.
    #[doc(hidden)]
    pub fn raw(&self) -> &RawLatest {
        &self.raw
    }
}

impl<T: Plain> Places<T> for LatestCell<T> {
    #[inline(always)]
    fn write(&self, place: usize, value: &T) {
        let to = self.places[place % PLACES].value.get();
        let (words, rest) = value.as_bytes().as_chunks::<WORD>();
        for (index, word) in words.iter().enumerate() {
            // SAFETY: word `index` of `words` lies in the value, so the same lies in its place,
            // which is aligned to 8 bytes and reached as these atomics alone.
            let to = unsafe { AtomicUsize::from_ptr(to.cast::<usize>().add(index)) };
            to.store(usize::from_ne_bytes(*word), Ordering::Relaxed);
        }
        for (index, byte) in rest.iter().enumerate() {
            // SAFETY: as above, for the bytes behind the last whole word.
            let to = unsafe { AtomicU8::from_ptr(to.cast::<u8>().add(words.len() * WORD + index)) };
            to.store(*byte, Ordering::Relaxed);
        }
    }

    #[inline(always)]
    fn read(&self, place: usize, into: &mut T) {
        let from = self.places[place % PLACES].value.get();
        let (words, rest) = into.as_mut_bytes().as_chunks_mut::<WORD>();
        let whole = words.len() * WORD;
        for (index, word) in words.iter_mut().enumerate() {
            // SAFETY: as in `write`.
            let from = unsafe { AtomicUsize::from_ptr(from.cast::<usize>().add(index)) };
            *word = from.load(Ordering::Relaxed).to_ne_bytes();
        }
        for (index, byte) in rest.iter_mut().enumerate() {
            // SAFETY: as in `write`.
            let from = unsafe { AtomicU8::from_ptr(from.cast::<u8>().add(whole + index)) };
            *byte = from.load(Ordering::Relaxed);
        }
    }
}

impl<T: Plain> fmt::Debug for LatestCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestCell")
            .field("version", &self.raw.version())
            .finish_non_exhaustive()
    }
}

impl<T: Plain> Cell for LatestCell<T> {
    type Handle<P: Platform> = Latest<T, P>;

    fn handle<P: Platform>(bound: Bound<Self, P>) -> Latest<T, P> {
        Latest { bound }
    }
}

/// The reading side of a newest-value cell across processes, which any number may have.
///
/// Reading never disturbs the writer and never waits for it: a writer that is stopped or killed in
/// the middle of writing leaves the last value as it was. A value is always one that was written as
/// a whole. Versions count the values; version 0 is what the cell was made with, all zeros if
/// nothing else was said.
///
/// There may be no writer, now or ever: [`has_writer`](Latest::has_writer) asks, and one that waits
/// for a newer value goes on waiting for the next writer.
pub struct Latest<T: Plain, P: Platform> {
    bound: Bound<LatestCell<T>, P>,
}

/// The writing side, of which there is one at a time, until it is dropped or its process ends.
///
/// Writing takes no longer than the copy, whoever reads; only if somebody sleeps until there is a
/// newer value, a wake-up comes on top.
pub struct LatestWriter<T: Plain, P: Platform> {
    bound: Bound<LatestCell<T>, P>,
    reached: bool,
    /// `Send`, and used by one thread at a time.
    owns: PhantomData<core::cell::Cell<()>>,
}

/// A value and which version it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot<T> {
    /// The value.
    pub value: T,
    /// How many were written before it.
    pub version: u64,
}

impl<T: Plain, P: Platform> Latest<T, P> {
    /// The newest value.
    ///
    /// Lock-free: it reads again only if the writer publishes three values during one reading, and
    /// gives the processor away between its tries when that happens often.
    ///
    /// # Errors
    ///
    /// That happened 65 536 times in a row, which no honest writer does to a reader that runs.
    #[inline]
    pub fn load(&self) -> Result<T, Overrun> {
        self.load_versioned().map(|snapshot| snapshot.value)
    }

    /// As [`load`](Latest::load), trying once: wait-free.
    ///
    /// # Errors
    ///
    /// The writer published three values during the reading.
    #[inline]
    pub fn try_load(&self) -> Result<Snapshot<T>, Overrun> {
        let mut value = T::new_zeroed();
        let cell = self.bound.cell();
        let version = cell.raw.try_read(cell, &mut value)?;
        Ok(Snapshot { value, version })
    }

    /// As [`load`](Latest::load), with the version.
    ///
    /// # Errors
    ///
    /// As `load`.
    #[inline]
    pub fn load_versioned(&self) -> Result<Snapshot<T>, Overrun> {
        let mut value = T::new_zeroed();
        let version = self.load_into(&mut value)?;
        Ok(Snapshot { value, version })
    }

    /// As [`load`](Latest::load), into a place of the caller's, for values that are large. Says
    /// which version it is.
    ///
    /// # Errors
    ///
    /// As `load`; the place then holds parts of several values.
    #[inline]
    pub fn load_into(&self, value: &mut T) -> Result<u64, Overrun> {
        let cell = self.bound.cell();
        cell.raw.read(cell, value, self.bound.platform())
    }

    /// The newest version.
    #[must_use]
    #[inline]
    pub fn version(&self) -> u64 {
        self.bound.cell().raw.version()
    }

    /// Waits until another version than `version` is there, and reads it, as long as it takes: also
    /// for a writer that is yet to come.
    ///
    /// # Errors
    ///
    /// The memory was taken away; or as [`load`](Latest::load).
    pub fn wait_newer(&self, version: u64) -> Result<Snapshot<T>, WaitNewerError> {
        self.wait_newer_raw(version, None)
    }

    /// As [`wait_newer`](Latest::wait_newer), for no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// [`WaitNewerError::Timeout`]; or as `wait_newer`.
    pub fn wait_newer_timeout(
        &self,
        version: u64,
        timeout: Duration,
    ) -> Result<Snapshot<T>, WaitNewerError> {
        self.wait_newer_until(version, self.bound.platform().now().after(timeout))
    }

    /// As [`wait_newer_timeout`](Latest::wait_newer_timeout), until `deadline` on the clock of the
    /// platform.
    ///
    /// # Errors
    ///
    /// As `wait_newer_timeout`.
    pub fn wait_newer_until(
        &self,
        version: u64,
        deadline: Nanos,
    ) -> Result<Snapshot<T>, WaitNewerError> {
        self.wait_newer_raw(version, Some(deadline))
    }

    /// Whether there is a writer, and it lives; asks the system.
    #[must_use]
    pub fn has_writer(&self) -> bool {
        self.bound.cell().raw.has_writer(self.bound.platform())
    }

    /// Becomes the writer, which goes on from the newest version. It takes over from one that died.
    ///
    /// # Errors
    ///
    /// Somebody alive is the writer, perhaps in this very process.
    pub fn writer(&self) -> Result<LatestWriter<T, P>, Occupied>
    where
        P: Clone,
    {
        let platform = self.bound.platform();
        self.bound.cell().raw.claim(platform)?;
        Ok(LatestWriter {
            reached: platform.is_reached_by_barriers(),
            bound: self.bound.clone(),
            owns: PhantomData,
        })
    }

    /// The cell and the platform.
    pub fn bound(&self) -> &Bound<LatestCell<T>, P> {
        &self.bound
    }

    fn wait_newer_raw(
        &self,
        version: u64,
        deadline: Option<Nanos>,
    ) -> Result<Snapshot<T>, WaitNewerError> {
        let (at, platform) = (self.bound.at(), self.bound.platform());
        let mut spin = Spin::new(WaitStrategy::Adaptive);
        let raw = &self.bound.cell().raw;
        raw.wait_newer(version, at, platform, deadline, &mut spin)
            .map_err(|why| match why {
                Interrupted::TimedOut => WaitNewerError::Timeout,
                Interrupted::PeerGone | Interrupted::Lost => WaitNewerError::Lost,
            })?;
        self.load_versioned()
            .map_err(|Overrun| WaitNewerError::Overrun)
    }
}

impl<T: Plain, P: Platform> LatestWriter<T, P> {
    /// Makes `value` the newest one. Says which version that is.
    #[inline]
    pub fn write(&mut self, value: &T) -> u64 {
        let cell = self.bound.cell();
        let (at, platform) = (self.bound.at(), self.bound.platform());
        cell.raw.publish(cell, value, at, platform, self.reached)
    }

    /// Makes a changed copy of the newest value the newest one. Says which version that is.
    #[inline]
    pub fn update(&mut self, change: impl FnOnce(&mut T)) -> u64 {
        let mut value = self.last();
        change(&mut value);
        self.write(&value)
    }

    /// The newest value, which is the last that was written here or by the writer before.
    #[must_use]
    #[inline]
    pub fn last(&self) -> T {
        let mut value = T::new_zeroed();
        let cell = self.bound.cell();
        // Nobody else publishes, so that the first try cannot fail, unless somebody dishonest does;
        // any bytes are a valid `T`.
        let _ = cell.raw.try_read(cell, &mut value);
        value
    }

    /// The version written last.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.bound.cell().raw.version()
    }
}

impl<T: Plain, P: Platform> Drop for LatestWriter<T, P> {
    fn drop(&mut self) {
        if self.bound.platform().is_mapped_here() {
            self.bound.cell().raw.release();
        }
    }
}

impl<T: Plain, P: Platform + Clone> Clone for Latest<T, P> {
    fn clone(&self) -> Self {
        Latest {
            bound: self.bound.clone(),
        }
    }
}

impl<T: Plain, P: Platform> fmt::Debug for Latest<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latest")
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}

impl<T: Plain, P: Platform> fmt::Debug for LatestWriter<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestWriter")
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}

/// Why [`Latest::wait_newer`] gave no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitNewerError {
    /// Nothing was written until the deadline. Only from the calls that have one.
    Timeout,
    /// The writer was too fast for a reading ([`Latest::load`]).
    Overrun,
    /// The memory was taken away.
    Lost,
}

const OVERRUN: &str = "the writer was too fast for the reading; is it honest?";

impl fmt::Display for WaitNewerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WaitNewerError::Timeout => "no newer value was written until the deadline",
            WaitNewerError::Overrun => OVERRUN,
            WaitNewerError::Lost => "the shared memory was taken away; open it again",
        })
    }
}

impl Error for WaitNewerError {}

impl fmt::Display for Overrun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(OVERRUN)
    }
}

impl Error for Overrun {}

impl fmt::Display for Occupied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("somebody else is the writer and lives; wait until it is dropped")
    }
}

impl Error for Occupied {}
