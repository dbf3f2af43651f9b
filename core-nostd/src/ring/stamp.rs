//! The stamps of a ring whose cells are claimed one by one by several ends.
//!
//! ```text
//!   31                                      2 1      0
//!  ┌─────────────────────────────────────────┬────────┐
//!  │ low 30 bits of a position               │ state  │     0 free, 1 full, 2 void
//!  └─────────────────────────────────────────┴────────┘
//!
//!          claimed, written            claimed, read
//!   free(p) ───────────────▶ full(p) ────────────────▶ free(p + cells)
//!      └───────────────────▶ void(p) ────────────────────────▲
//!       given up by its sender,         passed over
//!       or that one died
//! ```
//!
//! A stamp is the whole truth about its cell: whether a position is free or full never depends on
//! how far the other side has got.

/// The bits of the state.
const STATE_BITS: u32 = 2;
const FULL: u32 = 1;
const VOID: u32 = 2;

/// The cell is free for `position`.
#[inline(always)]
pub(super) fn free(position: u64) -> u32 {
    (position as u32) << STATE_BITS
}

/// The cell holds the item of `position`.
#[inline(always)]
pub(super) fn full(position: u64) -> u32 {
    free(position) | FULL
}

/// The cell holds nothing, and nothing will come at `position`.
#[inline(always)]
pub(super) fn void(position: u64) -> u32 {
    free(position) | VOID
}

/// What a stamp says of a position of its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is free.
    Free,
    /// It holds an item.
    Full,
    /// It holds nothing and will not.
    Void,
    /// The lap before is not done with: free, full or void for that.
    Behind(Before),
    /// None of these: it is done with, if the position is an old one, or else a lie.
    Other,
}

/// What a stamp says of the lap before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Claimed, and not written yet.
    Unwritten,
    /// Written, and not read to the end yet.
    Unread,
    /// Nothing is there, and nobody has passed over it yet.
    Void,
}

/// What `stamp` says of `position` in a ring of `cells`.
#[inline(always)]
pub(super) fn see(stamp: u32, position: u64, cells: u32) -> Seen {
    let lap = cells << STATE_BITS;
    match stamp.wrapping_sub(free(position)) {
        0 => Seen::Free,
        FULL => Seen::Full,
        VOID => Seen::Void,
        other => match other.wrapping_add(lap) {
            0 => Seen::Behind(Before::Unwritten),
            FULL => Seen::Behind(Before::Unread),
            VOID => Seen::Behind(Before::Void),
            _ => Seen::Other,
        },
    }
}

#[cfg(all(test, not(ringway_loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_state_is_told_from_all_others_also_where_positions_wrap() {
        for cells in [1, 2, 4, 1 << 28] {
            for position in [0, 1, (1 << 30) - 1, 1 << 30, u64::from(u32::MAX), 1 << 40] {
                let seen = |stamp| see(stamp, position, cells);
                let before = position.wrapping_sub(u64::from(cells));
                assert_eq!(seen(free(position)), Seen::Free);
                assert_eq!(seen(full(position)), Seen::Full);
                assert_eq!(seen(void(position)), Seen::Void);
                assert_eq!(seen(free(before)), Seen::Behind(Before::Unwritten));
                assert_eq!(seen(full(before)), Seen::Behind(Before::Unread));
                assert_eq!(seen(void(before)), Seen::Behind(Before::Void));
                assert_eq!(seen(free(position + u64::from(cells))), Seen::Other);
                assert_eq!(seen(free(position) | 3), Seen::Other);
            }
        }
    }
}
