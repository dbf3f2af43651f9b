//! The bytes of a segment, and the page behind them that a section has.
#![allow(unsafe_code)]

use crate::problem::on;
use crate::sys::process;
use crate::sys::section::Mapped;
use core::ptr::NonNull;
use ringway_core::region::Memory;
use ringway_os_common::{MIN_LEN, Problem};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};

/// A page of its own behind the bytes of a section, that says which section it is.
pub(crate) const TRAILER_LEN: u64 = 4096;

/// "RING" and "WIN" and the version of this page, as little-endian words.
const MAGIC: [u32; 2] = [0x474E_4952, 0x014E_4957];

/// What lies at the beginning of that page. Written with the initialisation lock held.
#[repr(C)]
struct Trailer {
    magic: [AtomicU32; 2],
    /// A random number, by which the kernel objects of the segment are named.
    id: [AtomicU32; 4],
    /// The login session in which they are.
    session: AtomicU32,
    /// Of the first section of a name: which section of that name is the segment now.
    generation: AtomicU32,
}

/// The bytes of a segment as they are mapped into this process.
#[derive(Debug)]
pub struct View {
    mapped: Mapped,
    len: usize,
}

impl View {
    /// The first `len` bytes of a file.
    pub(crate) fn of_file(mapped: Mapped, len: usize) -> Self {
        let len = len.min(mapped.len());
        View { mapped, len }
    }

    /// A section, whose last page is the trailer.
    pub(crate) fn of_section(mapped: Mapped) -> Result<Self, Problem> {
        let found = mapped.len() as u64;
        let expected = MIN_LEN + TRAILER_LEN;
        if found < expected {
            return Err(Problem::TooSmall { found, expected });
        }
        let len = mapped.len() - TRAILER_LEN as usize;
        Ok(View { mapped, len })
    }

    fn trailer(&self) -> Option<&Trailer> {
        let has_one = self.mapped.len() - self.len >= size_of::<Trailer>();
        // SAFETY: `of_section` left a page behind `len`, which is a multiple of pages, so that the
        // place is aligned; it stays mapped while `self` lives. The type is `repr(C)` and atomics
        // only: any bytes are one, and others may change them.
        has_one.then(|| unsafe { self.mapped.base().add(self.len).cast().as_ref() })
    }

    /// The name of the kernel objects of this section; made up if nobody has done so. The
    /// initialisation lock is held.
    pub(crate) fn identify(&self) -> Result<String, Problem> {
        let trailer = self.trailer().ok_or(FOREIGN)?;
        match trailer.magic() {
            MAGIC => {}
            // Its maker died before it wrote anything, or is this process.
            [0, 0] => trailer.write(process::session().map_err(on("asking for the session"))?),
            _ => return Err(FOREIGN),
        }
        self.known()
    }

    /// As [`identify`](View::identify), for who does not hold the lock.
    pub(crate) fn known(&self) -> Result<String, Problem> {
        let trailer = self.trailer().ok_or(FOREIGN)?;
        if trailer.magic() != MAGIC {
            return Err(FOREIGN);
        }
        let found = trailer.session.load(Ordering::Relaxed);
        let expected = process::session().map_err(on("asking for the session"))?;
        if found != expected {
            return Err(Problem::OtherSession { found, expected });
        }
        let words = trailer
            .id
            .each_ref()
            .map(|word| word.load(Ordering::Relaxed));
        Ok(words.map(|word| format!("{word:08x}")).concat())
    }

    /// Of the first section of a name: which one of that name is the segment.
    pub(crate) fn generation(&self) -> u32 {
        self.trailer()
            .map_or(0, |trailer| trailer.generation.load(Ordering::Relaxed))
    }

    /// Of the first section of a name: from now on `generation` is the segment. The initialisation
    /// lock is held.
    pub(crate) fn set_generation(&self, generation: u32) {
        if let Some(trailer) = self.trailer() {
            trailer.generation.store(generation, Ordering::Relaxed);
        }
    }
}

const FOREIGN: Problem = Problem::NotASegment {
    found: "a section of another program",
};

impl Trailer {
    fn magic(&self) -> [u32; 2] {
        // X2: what the page says, if the second word is there. Pairs with X1.
        let second = self.magic[1].load(Ordering::Acquire);
        [self.magic[0].load(Ordering::Relaxed), second]
    }

    fn write(&self, session: u32) {
        let random = RandomState::new();
        for (number, word) in self.id.iter().enumerate() {
            word.store(random.hash_one(number) as u32, Ordering::Relaxed);
        }
        self.session.store(session, Ordering::Relaxed);
        self.generation.store(0, Ordering::Relaxed);
        self.magic[0].store(MAGIC[0], Ordering::Relaxed);
        // X1: the rest of the page. Pairs with X2.
        self.magic[1].store(MAGIC[1], Ordering::Release);
    }
}

// SAFETY: `Mapped` keeps address and length until it is dropped, with `self`; `len` is at most that
// length. The system maps to multiples of 64 KiB. References to the bytes are made by the core only,
// and to the page behind them, which `len` leaves out, only here and as atomics.
unsafe impl Memory for View {
    fn base(&self) -> NonNull<u8> {
        self.mapped.base()
    }

    fn len(&self) -> usize {
        self.len
    }
}
