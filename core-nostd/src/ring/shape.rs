//! Which of three layouts an item gets, decided by its size and alignment alone.

/// How stamps and items lie in the ring. The number is the one in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Layout {
    /// No ring: an object.
    None = 0,
    /// Small items: several behind one stamp in each 64-byte line.
    Packed = 1,
    /// One stamp beside each item.
    Slot = 2,
    /// Items that fill whole lines, where a stamp would cost one more: one common stamp, the tail.
    Index = 3,
    /// Records of any length over units of `stride` bytes.
    Frames = 4,
}

impl core::fmt::Display for Layout {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Layout::None => "none",
            Layout::Packed => "packed",
            Layout::Slot => "slot",
            Layout::Index => "index",
            Layout::Frames => "frames",
        })
    }
}

/// A cell in bytes.
///
/// ```text
///   packed   │stamp│pad│item│item│ … │item│   one 64-byte line, `lanes` items
///   slot     │stamp│pad│   item   │           `stride` bytes
///   index    │   item   │                     `stride` bytes, whole lines; the stamp is the tail
///   frames   │ … unit …                       `stride` bytes, of which a record takes several
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Which layout.
    pub layout: Layout,
    /// Items in a cell.
    pub lanes: u32,
    /// Bits of the lane in a position.
    pub lane_bits: u32,
    /// Bytes from one cell to the next.
    pub stride: u32,
    /// Bytes from the start of a cell to its first item.
    pub item_offset: u32,
}

/// The unit in which processors hand memory over, on every machine this was measured on.
const LINE: u32 = 64;
/// Bytes of a stamp.
const STAMP: u32 = 4;

impl Shape {
    /// The largest item, in bytes.
    pub const MAX_ITEM: u32 = 1 << 24;
    /// The strictest alignment of an item, in bytes.
    pub const MAX_ALIGN: u32 = 128;

    /// The largest ring of frames, in bytes.
    pub const MAX_FRAMES: u64 = 1 << 31;

    /// That of no ring.
    pub const NONE: Shape = Shape {
        layout: Layout::None,
        lanes: 0,
        lane_bits: 0,
        stride: 0,
        item_offset: 0,
    };

    /// The shape for items of `size` bytes aligned to `align`, or `None` if there is none: an
    /// alignment that is no power of two up to 128, a size above 16 MiB or no multiple of it.
    #[must_use]
    pub const fn of(size: u32, align: u32) -> Option<Self> {
        let possible = align.is_power_of_two()
            && align <= Self::MAX_ALIGN
            && size <= Self::MAX_ITEM
            && size.is_multiple_of(align);
        if !possible {
            return None;
        }
        let item_offset = if align > STAMP { align } else { STAMP };
        let lanes = match size {
            0 => 1,
            _ => LINE.saturating_sub(item_offset) / size,
        };
        Some(if size > 0 && size.is_multiple_of(LINE) {
            Shape {
                layout: Layout::Index,
                lanes: 1,
                lane_bits: 0,
                stride: size,
                item_offset: 0,
            }
        } else if lanes > 1 {
            let lane_bits = u32::BITS - lanes.leading_zeros();
            Shape {
                layout: Layout::Packed,
                lanes,
                lane_bits,
                stride: LINE,
                item_offset,
            }
        } else {
            Self::slot(size, item_offset)
        })
    }

    /// Records over units of `unit` bytes.
    #[must_use]
    pub const fn frames(unit: u32) -> Self {
        Shape {
            layout: Layout::Frames,
            lanes: 1,
            lane_bits: 0,
            stride: unit,
            item_offset: 0,
        }
    }

    /// Bytes one by one, behind one common stamp.
    #[must_use]
    pub const fn stream() -> Self {
        Shape {
            layout: Layout::Index,
            lanes: 1,
            lane_bits: 0,
            stride: 1,
            item_offset: 0,
        }
    }

    const fn slot(size: u32, item_offset: u32) -> Self {
        Shape {
            layout: Layout::Slot,
            lanes: 1,
            lane_bits: 0,
            stride: (item_offset + size).next_multiple_of(item_offset),
            item_offset,
        }
    }

    /// The shape for a ring whose ends claim cell by cell: one stamp beside each item, whatever its
    /// size. `None` as for [`of`](Shape::of).
    #[must_use]
    pub const fn stamped(size: u32, align: u32) -> Option<Self> {
        let item_offset = if align > STAMP { align } else { STAMP };
        match Self::of(size, align) {
            Some(_) => Some(Self::slot(size, item_offset)),
            None => None,
        }
    }

    /// Cells that hold at least `capacity` items however they come to lie, as a power of two, or
    /// `None` if positions could not tell so many apart. Of frames, `capacity` is in bytes.
    ///
    /// A packed cell is used again only when all its items are read, so up to one cell of them is
    /// neither free nor in use.
    #[must_use]
    pub const fn cells_for(&self, capacity: u32) -> Option<u32> {
        let least = match capacity {
            0 => return None,
            _ if matches!(self.layout, Layout::Frames) => capacity.div_ceil(self.stride),
            1 => 1,
            _ if self.lanes == 1 => capacity,
            _ => (capacity - 1).div_ceil(self.lanes) + 1,
        };
        match least.checked_next_power_of_two() {
            Some(cells) if self.fits(cells) => Some(cells),
            _ => None,
        }
    }

    /// Whether `cells` is a number of cells that a ring of this shape can have: a power of two
    /// whose positions span at most a quarter of what a stamp can tell apart.
    #[must_use]
    pub const fn fits(&self, cells: u32) -> bool {
        let is_countable = cells.is_power_of_two() && (cells as u64) << self.lane_bits <= 1 << 30;
        is_countable
            && (!matches!(self.layout, Layout::Frames)
                || cells as u64 * self.stride as u64 <= Self::MAX_FRAMES)
    }

    /// How many items fit at least; of frames, how many bytes the ring has.
    #[must_use]
    pub const fn capacity(&self, cells: u32) -> u32 {
        match self.layout {
            Layout::Frames => cells * self.stride,
            _ => (cells - 1) * self.lanes + 1,
        }
    }
}

#[cfg(all(test, not(ringway_loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_size_gets_its_layout() {
        let shape = |size, align| Shape::of(size, align).unwrap();
        assert_eq!((shape(8, 8).layout, shape(8, 8).lanes), (Layout::Packed, 7));
        assert_eq!((shape(4, 4).lanes, shape(4, 4).lane_bits), (15, 4));
        assert_eq!((shape(1, 1).lanes, shape(1, 1).lane_bits), (60, 6));
        assert_eq!((shape(14, 2).lanes, shape(14, 2).lane_bits), (4, 3));
        assert_eq!(
            (shape(40, 8).layout, shape(40, 8).stride),
            (Layout::Slot, 48)
        );
        assert_eq!((shape(0, 1).layout, shape(0, 1).stride), (Layout::Slot, 4));
        assert_eq!(
            (shape(64, 8).layout, shape(64, 8).stride),
            (Layout::Index, 64)
        );
        assert_eq!(
            (shape(4096, 128).layout, shape(4096, 128).stride),
            (Layout::Index, 4096)
        );
        assert_eq!(Shape::of(8, 256), None);
        assert_eq!(Shape::of(Shape::MAX_ITEM + 4, 4), None);
    }

    #[test]
    fn every_lane_lies_in_its_cell_and_every_position_is_one() {
        for align in [1, 2, 4, 8, 16, 32, 64, 128] {
            for size in (0..=512).step_by(align as usize) {
                let shape = Shape::of(size, align).unwrap();
                assert!(shape.item_offset + shape.lanes * size <= shape.stride);
                assert!(shape.stride.is_multiple_of(align) || shape.stride == LINE);
                assert!(shape.item_offset.is_multiple_of(align));
                assert!(shape.lanes == 1 || shape.lanes < 1 << shape.lane_bits);
            }
        }
    }

    #[test]
    fn what_was_asked_for_fits() {
        for size in [1, 4, 8, 24, 32, 40, 64, 100] {
            let shape = Shape::of(size, 1).unwrap();
            for capacity in [1, 2, 7, 8, 9, 100, 1024, 1 << 20] {
                let cells = shape.cells_for(capacity).unwrap();
                assert!(
                    shape.capacity(cells) >= capacity,
                    "{size} bytes, capacity {capacity}"
                );
            }
            assert_eq!(shape.cells_for(0), None);
            assert_eq!(shape.cells_for(u32::MAX), None);
        }
    }
}
