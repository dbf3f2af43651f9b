//! The newest value and nothing else: one writes, who never waits; any number read, who never see
//! half a value and whom the writer does not see at all.
//!
//! ```text
//!   version 6                     place:   0     1     2     3
//!                                       ┌─────┬─────┬─────┬─────┐
//!   value of version v: place v % 4     │  4  │  5  │  6  │ (3) │◀── the writer: version 7
//!                                       └─────┴─────┴──▲──┴─────┘
//!                                                      └── readers
//! ```
//!
//! The writer never touches the newest value, so that one that is killed in the middle of the next
//! leaves the newest as it was; its successor writes the same place anew.
//!
//! A reader looks at the version before and behind its reading. The place of version `v` is written
//! again for version `v + 4`, and that begins when `v + 3` is published. So if the version behind
//! the reading is `v + 2` at most, what was read is version `v` and nothing of another. It need not
//! have been the same all the time: the writer can publish twice meanwhile.
//!
//! Versions count for ever in 64 bits; in 32, round and round, on machines whose atomics have no
//! more.

use super::seats::is_dead;
use crate::liveness::Liveness;
use crate::primitive::{AtomicU32, Ordering, Reserved, Wide, fence, zeros};
use crate::wait::{Company, Gate, Interrupted, Nanos, Sight, Spin, Wait, Waiting};

/// How many values there is room for.
pub const PLACES: usize = 4;

/// How many versions may be published during a reading that stays valid: when one more is, the
/// writer may have begun to write over what is read.
const LATER: u64 = PLACES as u64 - 2;

/// How often to try to read before others get the processor in between. It takes a writer that
/// publishes three times during one reading to make one try fail.
const EAGER: u32 = if cfg!(ringway_loom) { 1 } else { 16 };
/// How often to try to read at all.
const TRIES: u32 = if cfg!(ringway_loom) { 2 } else { 1 << 16 };

const NOBODY: u32 = 0;

/// The words of a newest-value cell, without the values.
#[repr(C)]
#[derive(Debug)]
pub struct RawLatest {
    gate: Gate,
    version: Wide,
    /// Token of the writer.
    writer: AtomicU32,
    reserved: Reserved<29>,
}

/// Offsets that other languages rely on (`docs/abi.md`).
#[cfg(not(ringway_loom))]
const _: () = {
    assert!(core::mem::offset_of!(RawLatest, version) == 128);
    assert!(core::mem::offset_of!(RawLatest, writer) == 136);
    assert!(size_of::<RawLatest>() == 256);
};

/// Where the values are: [`PLACES`] of them, each of which may be read while it is written. What is
/// read then is any mixture of both values. Accesses are `Relaxed`.
pub trait Places<T> {
    /// Writes place number `place`.
    fn write(&self, place: usize, value: &T);

    /// Reads place number `place`.
    fn read(&self, place: usize, into: &mut T);
}

/// The writer published three times during the reading, so that what was read may be half a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overrun;

/// Somebody alive is the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occupied;

impl RawLatest {
    /// Version 0, and no writer. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        RawLatest {
            gate: Gate::new(),
            version: Wide::new(0),
            writer: AtomicU32::new(NOBODY),
            reserved: zeros(),
        }
    }

    /// The version published last.
    #[must_use]
    #[inline(always)]
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// Whether there is a writer that lives; asks the system.
    pub fn has_writer(&self, liveness: &impl Liveness) -> bool {
        let writer = self.writer.load(Ordering::Relaxed);
        writer != NOBODY && !is_dead(writer, liveness)
    }

    /// Becomes the writer.
    ///
    /// # Errors
    ///
    /// Somebody alive is, perhaps in this very process.
    pub fn claim(&self, liveness: &impl Liveness) -> Result<(), Occupied> {
        let found = self.writer.load(Ordering::Relaxed);
        if found != NOBODY && !is_dead(found, liveness) {
            return Err(Occupied);
        }
        let me = liveness.me().token.get();
        // Q1: what the last writer did against what this one does. Pairs with Q2.
        self.writer
            .compare_exchange(found, me, Ordering::Acquire, Ordering::Relaxed)
            .map(drop)
            .map_err(|_| Occupied)
    }

    /// Ceases to be the writer.
    pub fn release(&self) {
        // Q2: what this writer did against what the next one does. Pairs with Q1.
        self.writer.store(NOBODY, Ordering::Release);
    }

    /// Publishes `value` as the next version, by the writer; which version that is. `at` is the
    /// offset of these words in the segment, in bytes, and `reached` the caller's own
    /// [`Wait::is_reached_by_barriers`].
    #[inline(always)]
    pub fn publish<T>(
        &self,
        places: &impl Places<T>,
        value: &T,
        at: usize,
        wait: &impl Wait,
        reached: bool,
    ) -> u64 {
        let version = self.version().wrapping_add(1);
        // Q3: that the last version is published against what is written over. Pairs with Q4.
        fence(Ordering::Release);
        places.write(place_of(version), value);
        // Q5: the value against its version. Pairs with Q6.
        self.version.store(version, Ordering::Release);
        self.gate.notify(at, wait, reached);
        version
    }

    /// Reads the newest value; which version it is.
    ///
    /// # Errors
    ///
    /// The writer was too fast: `into` may hold parts of several values.
    #[inline(always)]
    pub fn try_read<T>(&self, places: &impl Places<T>, into: &mut T) -> Result<u64, Overrun> {
        // Q6: the version against its value. Pairs with Q5.
        let version = self.version.load(Ordering::Acquire);
        places.read(place_of(version), into);
        // Q4: what was read against whether it is being written over. Pairs with Q3.
        fence(Ordering::Acquire);
        if self.version().wrapping_sub(version) <= LATER {
            Ok(version)
        } else {
            Err(Overrun)
        }
    }

    /// As [`try_read`](RawLatest::try_read), again and again, though not for ever.
    ///
    /// # Errors
    ///
    /// The writer was too fast each time.
    #[inline(always)]
    pub fn read<T>(
        &self,
        places: &impl Places<T>,
        into: &mut T,
        wait: &impl Wait,
    ) -> Result<u64, Overrun> {
        match self.try_read(places, into) {
            Ok(version) => Ok(version),
            Err(Overrun) => self.read_again(places, into, wait),
        }
    }

    #[cold]
    fn read_again<T>(
        &self,
        places: &impl Places<T>,
        into: &mut T,
        wait: &impl Wait,
    ) -> Result<u64, Overrun> {
        for tried in 1..TRIES {
            if tried >= EAGER {
                wait.yield_now();
            }
            if let Ok(version) = self.try_read(places, into) {
                return Ok(version);
            }
        }
        Err(Overrun)
    }

    /// Waits until another version than `version` is published.
    ///
    /// # Errors
    ///
    /// The deadline passed, or the memory was taken away.
    pub fn wait_newer(
        &self,
        version: u64,
        at: usize,
        wait: &impl Wait,
        deadline: Option<Nanos>,
        spin: &mut Spin,
    ) -> Result<(), Interrupted> {
        let waiting = Waiting {
            gate: &self.gate,
            at,
            wait,
            deadline,
            company: Company::Others,
        };
        let is_newer = |_: Sight| (self.version() != version).then_some(());
        // There may always come another writer.
        waiting.until(spin, is_newer, |_| false)
    }
}

fn place_of(version: u64) -> usize {
    (version % PLACES as u64) as usize
}

impl Default for RawLatest {
    fn default() -> Self {
        Self::new()
    }
}
