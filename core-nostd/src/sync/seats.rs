//! Who takes part in something: a table of seats, each of which belongs to one handle of one
//! attachment until that gives it back or dies.
//!
//! ```text
//!          enter: under the lock                leave
//!   vacant ─────────────────────▶ token ─────────────────▶ vacant
//!      ▲                            │ dies
//!      │        clear, under the lock
//!      └────────────────────────────┘
//! ```
//!
//! What the dead one had begun is brought to an end before the seat is vacant again, by whoever
//! holds the lock; if that one dies as well, the next finds the same seat in the same hands.

use crate::liveness::{Liveness, PeerId};
use crate::primitive::{AtomicU32, Ordering};
use crate::wait::lock::{Held, Lock, NotTaken};
use crate::wait::{Nanos, Wait};
use core::fmt;
use core::mem::offset_of;
use core::num::NonZeroU32;
use core::time::Duration;

/// How many handles can take part in something of which nobody said how many. A field of a
/// [`shared!`](crate::shared!) struct can say: `SemaphoreCell<256>`.
pub const SEATS: usize = 64;

const VACANT: u32 = 0;

/// When to look for the dead again if somebody else was just at it.
pub(crate) const SOON: Duration = Duration::from_millis(10);

/// One seat: what its owner says of itself. All zeros when nobody ever had it.
pub trait Seat {
    /// A seat that nobody ever had. For memory that is not mapped; mapped bytes start as zeros.
    fn new() -> Self;

    /// Who has it.
    fn owner(&self) -> &AtomicU32;
}

/// The table.
#[repr(C)]
#[derive(Debug)]
pub struct Seats<S, const N: usize> {
    lock: Lock,
    /// Seats from this one on were never used.
    used: AtomicU32,
    reserved: [AtomicU32; 2],
    seats: [S; N],
}

/// Offsets that other languages rely on (`docs/abi.md`).
#[cfg(not(ringway_loom))]
const _: () = {
    assert!(offset_of!(Seats<u32, 1>, used) == 4);
    assert!(offset_of!(Seats<u32, 1>, seats) == 16);
};

/// Why a handle cannot take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoSeat {
    /// All seats are taken by handles that live.
    Crowded {
        /// How many that is.
        seats: usize,
    },
    /// Somebody alive who is just taking a seat, or clearing one, has not finished in time: it is
    /// stopped.
    Busy,
    /// The memory was taken away.
    Lost,
}

impl fmt::Display for NoSeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoSeat::Crowded { seats } => write!(
                f,
                "all {seats} handles that can take part at a time do; drop some, or make it a \
                 field with more seats: `RwLockCell<T, 256>`, `SemaphoreCell<256>` and the like in \
                 a `shared!` struct"
            ),
            NoSeat::Busy => f.write_str(
                "another process has begun to take part or to leave and has not finished; is it \
                 stopped?",
            ),
            NoSeat::Lost => f.write_str("the shared memory was taken away; open it again"),
        }
    }
}

impl core::error::Error for NoSeat {}

impl<S: Seat, const N: usize> Seats<S, N> {
    /// An empty table. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        Seats {
            lock: Lock::new(),
            used: AtomicU32::new(0),
            reserved: core::array::from_fn(|_| AtomicU32::new(0)),
            seats: core::array::from_fn(|_| S::new()),
        }
    }

    /// The seats that anybody may have ever had.
    pub fn used(&self) -> &[S] {
        // Whoever acts from a seat stored this before it did.
        let used = self.used.load(Ordering::Relaxed) as usize;
        &self.seats[..used.min(N)]
    }

    /// Seat number `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<&S> {
        self.seats.get(index)
    }

    /// Takes a seat for one more handle of this attachment. `at` is where the table stands in the
    /// segment, in bytes. If all are taken, those of the dead are [cleared](Seats::clear) first.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn enter<W: Wait + Liveness>(
        &self,
        at: usize,
        platform: &W,
        deadline: Option<Nanos>,
        clear: impl FnMut(usize, &S),
    ) -> Result<usize, NoSeat> {
        self.enter_among(N, at, platform, deadline, clear)
    }

    /// As [`enter`](Seats::enter), where there are only the first `seats`.
    ///
    /// # Errors
    ///
    /// As `enter`.
    pub fn enter_among<W: Wait + Liveness>(
        &self,
        seats: usize,
        at: usize,
        platform: &W,
        deadline: Option<Nanos>,
        clear: impl FnMut(usize, &S),
    ) -> Result<usize, NoSeat> {
        let seats = seats.min(N);
        let held = self.lock(at, platform, deadline)?;
        let index = self
            .first_vacant(seats)
            .or_else(|| {
                self.clear_locked(platform, clear);
                self.first_vacant(seats)
            })
            .ok_or(NoSeat::Crowded { seats })?;
        if self.used.load(Ordering::Relaxed) <= index as u32 {
            self.used.store(index as u32 + 1, Ordering::Relaxed);
        }
        let token = platform.me().token.get();
        self.seats[index].owner().store(token, Ordering::Relaxed);
        drop(held);
        Ok(index)
    }

    /// Gives a seat back.
    pub fn leave(&self, index: usize) {
        if let Some(seat) = self.seats.get(index) {
            // E1: what was done from the seat, against its next owner. Pairs with E2.
            seat.owner().store(VACANT, Ordering::Release);
        }
    }

    /// Brings to an end what the dead had begun, by `clear`, which is called for each of their
    /// seats, and gives the seats back. Says whether there was any; `None` if somebody alive is at it,
    /// so that it is to be asked again soon.
    pub fn clear<W: Wait + Liveness>(
        &self,
        at: usize,
        platform: &W,
        clear: impl FnMut(usize, &S),
    ) -> Option<bool> {
        let held = self.lock.try_take(at + offset_of!(Self, lock), platform);
        let _held = held.ok()?;
        Some(self.clear_locked(platform, clear))
    }

    fn lock<'a, W: Wait + Liveness>(
        &'a self,
        at: usize,
        platform: &'a W,
        deadline: Option<Nanos>,
    ) -> Result<Held<'a, W>, NoSeat> {
        let taken = self
            .lock
            .take(at + offset_of!(Self, lock), platform, deadline);
        taken.map_err(|why| match why {
            NotTaken::Held => NoSeat::Busy,
            // Nobody honest closes it.
            NotTaken::Closed | NotTaken::Lost => NoSeat::Lost,
        })
    }

    fn first_vacant(&self, seats: usize) -> Option<usize> {
        self.seats[..seats].iter().position(|seat| {
            // E2: makes what the last owner did visible. Pairs with E1.
            seat.owner().load(Ordering::Acquire) == VACANT
        })
    }

    fn clear_locked(&self, liveness: &impl Liveness, mut clear: impl FnMut(usize, &S)) -> bool {
        let mut has_cleared = false;
        for (index, seat) in self.used().iter().enumerate() {
            if is_dead(seat.owner().load(Ordering::Relaxed), liveness) {
                clear(index, seat);
                // Its next owner takes it under the lock, which orders what was done here.
                seat.owner().store(VACANT, Ordering::Relaxed);
                has_cleared = true;
            }
        }
        has_cleared
    }
}

/// Whether the owner of a seat has died; nobody honest writes a token out of range.
pub(crate) fn is_dead(owner: u32, liveness: &impl Liveness) -> bool {
    match NonZeroU32::new(owner) {
        None => false,
        Some(token) => {
            token.get() > PeerId::MAX_TOKEN || !liveness.is_alive(PeerId::from_token(token))
        }
    }
}

impl<S: Seat, const N: usize> Default for Seats<S, N> {
    fn default() -> Self {
        Self::new()
    }
}
