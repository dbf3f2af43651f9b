//! The participant table over mapped bytes.
#![allow(unsafe_code)]

use crate::layout::roster::Entries;
use crate::layout::{Geometry, Participant};
use crate::region::{Mapped, Memory};

/// The entries of a table, a place that was checked once.
#[derive(Clone, Copy)]
pub struct MappedEntries {
    first: Mapped<Participant>,
    len: usize,
}

impl MappedEntries {
    /// The table that `geometry` describes, or `None` if it does not lie wholly in `memory`.
    ///
    /// # Safety
    ///
    /// `memory` outlives the result.
    pub(crate) unsafe fn new(memory: &impl Memory, geometry: &Geometry) -> Option<Self> {
        // SAFETY: this function has the same contract.
        let first = unsafe { Mapped::new(memory, geometry.participant_offset(0)) }?;
        (geometry.object_offset <= memory.len()).then_some(MappedEntries {
            first,
            len: geometry.participants as usize,
        })
    }

    /// Entry number `index`, which is less than [`len`](Entries::len), to keep beside the table.
    pub(crate) fn place(&self, index: usize) -> Mapped<Participant> {
        assert!(index < self.len, "the table has no such entry");
        // SAFETY: the table has more entries than `index`, and `new` checked that it ends in the
        // memory.
        unsafe { self.first.behind(index) }
    }
}

impl Entries for MappedEntries {
    fn len(&self) -> usize {
        self.len
    }

    fn entry(&self, index: usize) -> &Participant {
        assert!(index < self.len, "the table has no such entry");
        // SAFETY: as in `place`.
        unsafe { self.first.behind_ref(index) }
    }
}
