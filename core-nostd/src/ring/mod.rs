//! Rings of cells: stamps and positions only, no pointers.
//!
//! # Positions and stamps
//!
//! Messages are numbered by *position*, counting for ever in 64 bits. A ring is a power of two of
//! *cells*; a cell has one stamp and one or more *lanes*, each holding an item. A position is the
//! cell's number followed by the lane's, as if it were one number:
//!
//! ```text
//!   position = … cell number … │ lane          seven lanes, three bits:
//!                              └─ lane_bits     … 5,6 | 8,9,…,14 | 16 …   (7, 15, … never occur)
//! ```
//!
//! The stamp of a cell is the position behind the last one published in it, in its low 32 bits:
//! the line that a consumer polls is the line that brings the items. A cell that is not published
//! for the present lap still holds the last stamp of the lap before, and no other value; so any
//! other is a peer's lie and is reported as corrupt.
//!
//! Shared words are 32 bits wide, which every machine has atomics for, and are compared with the
//! low half of a 64-bit local position. That is also what keeps the ring fast: if a whole position
//! were compared for equality with a loaded stamp, the compiler would go on with the *loaded*
//! value, and the address of the next cell would wait for a cache miss.

pub mod frame;
pub mod frames;
pub mod holes;
pub mod mpmc;
pub mod ranges;
pub mod repair;
mod shape;
pub mod spsc;
mod stamp;
pub mod table;

pub use shape::{Layout, Shape};

use crate::primitive::{AtomicU32, Ordering};

/// The shape of a ring, and where the stamp of each position is.
///
/// Where the shape follows from a type, the first three are constants to the compiler.
pub trait Stamps {
    /// Items in a cell.
    fn lanes(&self) -> u32;

    /// Bits of the lane in a position; [`lanes`](Stamps::lanes) itself fits in them unless it is 1.
    fn lane_bits(&self) -> u32;

    /// Whether one stamp serves all cells: the tail of an index ring.
    fn has_common_stamp(&self) -> bool;

    /// Cells in the ring, a power of two.
    fn cells(&self) -> u32;

    /// The stamp of the cell that `position` falls in.
    fn stamp(&self, position: u64) -> &AtomicU32;
}

/// Arithmetic on positions for one shape of ring.
trait Positions: Stamps {
    /// How far positions of the same place in the ring are apart.
    #[inline(always)]
    fn span(&self) -> u64 {
        u64::from(self.cells()) << self.lane_bits()
    }

    /// The first position of the cell.
    #[inline(always)]
    fn base(&self, position: u64) -> u64 {
        position >> self.lane_bits() << self.lane_bits()
    }

    /// The lane in the cell.
    #[inline(always)]
    fn lane(&self, position: u64) -> u32 {
        (position - self.base(position)) as u32
    }

    /// The same position, or, behind the last lane of a cell, the first one of the next.
    #[inline(always)]
    fn normal(&self, position: u64) -> u64 {
        if self.lanes() > 1 && self.lane(position) == self.lanes() {
            self.base(position) + (1 << self.lane_bits())
        } else {
            position
        }
    }

    /// How many positions from `position` on its stamp can publish.
    #[inline(always)]
    fn room(&self, position: u64) -> u32 {
        if self.has_common_stamp() {
            self.cells()
        } else {
            self.lanes() - self.lane(position)
        }
    }

    /// The one value that the stamp of `position` has while that position is not published.
    fn unpublished(&self, position: u64) -> u32 {
        if self.has_common_stamp() || self.lane(position) > 0 {
            position as u32
        } else {
            (position as u32)
                .wrapping_add(self.lanes())
                .wrapping_sub(self.span() as u32)
        }
    }

    /// How many items lie in `from..to`.
    fn items(&self, from: u64, to: u64) -> u64 {
        let count = |position: u64| {
            let cell = position >> self.lane_bits();
            cell * u64::from(self.lanes()) + u64::from(self.lane(position))
        };
        count(to) - count(from)
    }
}

impl<S: Stamps + ?Sized> Positions for S {}

/// Writes the stamps of a ring that nobody has used: each as if the lap before had filled it.
pub fn initialise(stamps: &impl Stamps) {
    initialise_at(stamps, 0);
}

/// As [`initialise`], for a ring whose first message has the number `start`.
pub fn initialise_at(stamps: &impl Stamps, start: u64) {
    let cells = if stamps.has_common_stamp() {
        1
    } else {
        stamps.cells()
    };
    for cell in 0..u64::from(cells) {
        let position = start.max(stamps.base(start) + (cell << stamps.lane_bits()));
        // Not yet visible to anybody: the handshake publishes all of it (H1).
        stamps
            .stamp(position)
            .store(stamps.unpublished(position), Ordering::Relaxed);
    }
}
