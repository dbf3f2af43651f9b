//! The word that publishes a record of bytes: how long it is, and what it holds.
//!
//! ```text
//!   31                                      2 1      0
//!  ┌─────────────────────────────────────────┬────────┐
//!  │ length in bytes                         │ kind   │     0: nothing is published here
//!  └─────────────────────────────────────────┴────────┘
//! ```
//!
//! A word is never 0 once something is published, also not for a message without bytes: the kind is
//! at least 1.

use super::spsc::Corrupt;

/// The bits of the kind.
const KIND_BITS: u32 = 2;
const KIND_MASK: u32 = (1 << KIND_BITS) - 1;

/// What a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// A whole message.
    Whole = 1,
    /// A part of a message: a part header, then bytes.
    Part = 2,
    /// Nothing: its bytes are passed over.
    Skip = 3,
}

/// What a word that is not 0 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What the record holds.
    pub kind: Kind,
    /// Of a message or a part of one: its bytes, with the part header. Of a record that is passed
    /// over: all the bytes that it takes in the ring.
    pub len: u32,
}

impl Frame {
    /// The longest length that a word can hold.
    pub const MAX_LEN: u32 = u32::MAX >> KIND_BITS;

    /// A record of `kind` with `len` bytes, at most [`MAX_LEN`](Frame::MAX_LEN).
    #[inline(always)]
    #[must_use]
    pub const fn new(kind: Kind, len: u32) -> Self {
        debug_assert!(len <= Self::MAX_LEN);
        Frame { kind, len }
    }

    /// The word that says so.
    #[inline(always)]
    #[must_use]
    pub const fn word(self) -> u32 {
        self.len << KIND_BITS | self.kind as u32
    }

    /// What `word` says; `Ok(None)` if nothing is published.
    ///
    /// The length is the peer's word and no more: whoever reads it sees that it fits.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if it has a length without a kind.
    #[inline(always)]
    pub const fn of(word: u32) -> Result<Option<Self>, Corrupt> {
        let kind = match word & KIND_MASK {
            1 => Kind::Whole,
            2 => Kind::Part,
            3 => Kind::Skip,
            _ if word == 0 => return Ok(None),
            _ => return Err(Corrupt),
        };
        let len = word >> KIND_BITS;
        Ok(Some(Frame { kind, len }))
    }
}

/// Which piece of a message a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// All of it.
    Whole,
    /// A part, behind a part header; others follow.
    Part,
    /// The last part.
    LastPart,
}

impl Piece {
    /// What the word of such a record says.
    #[inline(always)]
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Piece::Whole => Kind::Whole,
            Piece::Part | Piece::LastPart => Kind::Part,
        }
    }

    /// Whether the message is complete with it.
    #[inline(always)]
    #[must_use]
    pub const fn ends_message(self) -> bool {
        !matches!(self, Piece::Part)
    }
}

#[cfg(all(test, not(ringway_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_frame_comes_back_from_its_word() {
        for kind in [Kind::Whole, Kind::Part, Kind::Skip] {
            for len in [0, 1, 7, 8, 1 << 16, Frame::MAX_LEN] {
                let frame = Frame::new(kind, len);
                assert_ne!(frame.word(), 0);
                assert_eq!(Frame::of(frame.word()), Ok(Some(frame)));
            }
        }
    }

    #[test]
    fn a_length_without_a_kind_is_corrupt() {
        assert_eq!(Frame::of(0), Ok(None));
        assert_eq!(Frame::of(4), Err(Corrupt));
        assert_eq!(Frame::of(!KIND_MASK), Err(Corrupt));
    }
}
