//! Copying long stretches of bytes into and out of shared memory, line by line from the first to
//! the last.
//!
//! A `memcpy` may go from the last byte to the first (that of glibc does if both sides start at the
//! same place of a page), which no processor foresees, and none can write a line back right after
//! it was read (`docs/performance.md`).

use core::ptr::copy_nonoverlapping;

/// A cache line in bytes.
pub(super) const LINE: usize = 64;

/// Shorter stretches are not worth a loop.
const LONG: usize = 4 * LINE;

/// Writes of so many bytes and more are worth the processor's own instruction for copies.
const LONG_WRITE: usize = 16 << 10;
/// Pieces of fewer bytes are not.
const BLOCK: usize = 8 << 10;

/// How a piece is copied. Both sides do the same, or copies by the processor are slowed down by the
/// lines that the others leave behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Line by line, and lines that were read are written back.
    Lines,
    /// By the processor's own instruction for copies, where it is a fast one. It asks for whole lines,
    /// and needs none to be written back.
    Block,
}

impl Manner {
    /// That of a write of `len` bytes, on a processor that `has_block`.
    #[inline(always)]
    pub(super) fn of_write(len: usize, has_block: bool) -> Self {
        if len >= LONG_WRITE && has_block {
            Manner::Block
        } else {
            Manner::Lines
        }
    }

    /// That of a piece of `len` bytes within.
    #[inline(always)]
    pub(super) fn of_piece(self, len: usize) -> Self {
        if len >= BLOCK { self } else { Manner::Lines }
    }
}

/// Copies `len` bytes into shared memory.
///
/// # Safety
///
/// As `core::ptr::copy_nonoverlapping`.
#[inline(always)]
pub(super) unsafe fn into_shared(from: *const u8, shared: *mut u8, len: usize, manner: Manner) {
    let (before, lines) = if len < LONG {
        (len, 0)
    } else {
        split(shared, len)
    };
    let within = before + lines;
    // SAFETY: the three pieces make up the `len` bytes that the caller promises.
    unsafe {
        copy_nonoverlapping(from, shared, before);
        match manner {
            Manner::Lines => line::copy_in(from.add(before), shared.add(before), lines),
            Manner::Block => line::copy_block(from.add(before), shared.add(before), lines),
        }
        copy_nonoverlapping(from.add(within), shared.add(within), len - within);
    }
}

/// Copies `len` bytes out of shared memory, and, line by line, writes the first word of each whole
/// line of them back as it is.
///
/// A line that the reader has only read is shared by two caches, and the writer's next write to it
/// must ask the other cache first; a line that the reader has written comes over at once.
///
/// # Safety
///
/// As `core::ptr::copy_nonoverlapping`, and `shared` may be written and is not referred to.
#[inline(always)]
pub(super) unsafe fn out_of_shared(shared: *mut u8, to: *mut u8, len: usize, manner: Manner) {
    let (before, lines) = split(shared, len);
    let within = before + lines;
    // SAFETY: as in `into_shared`.
    unsafe {
        copy_nonoverlapping(shared, to, before);
        match manner {
            Manner::Lines => line::copy_out(shared.add(before), to.add(before), lines),
            Manner::Block => line::copy_block(shared.add(before), to.add(before), lines),
        }
        copy_nonoverlapping(shared.add(within), to.add(within), len - within);
    }
}

/// Writes the first word of each whole line of `len` bytes back as it is.
///
/// # Safety
///
/// The bytes may be read and written and are not referred to.
#[inline(always)]
pub(super) unsafe fn write_back(shared: *mut u8, len: usize) {
    let (before, lines) = split(shared, len);
    for offset in (before..before + lines).step_by(LINE) {
        // SAFETY: a whole line from `offset` on lies within `len`, and starts at one's boundary.
        unsafe {
            let word = shared.add(offset).cast::<u32>();
            word.write_volatile(word.read_volatile());
        }
    }
}

/// How many bytes lie before the first whole line of `len` bytes at `start`, and in whole lines.
#[inline(always)]
fn split(start: *const u8, len: usize) -> (usize, usize) {
    let before = start.addr().wrapping_neg() % LINE;
    match len.checked_sub(before) {
        Some(rest) => (before, rest - rest % LINE),
        None => (len, 0),
    }
}

pub(super) use line::has_block;

#[cfg(target_arch = "x86_64")]
mod line {
    use super::LINE;
    use core::arch::asm;
    use core::arch::x86_64::{
        __cpuid, __cpuid_count, __m128i, _mm_cvtsi128_si32, _mm_loadu_si128, _mm_storeu_si128,
    };

    /// Copies `len` bytes, a multiple of a line, to a place that is aligned to one.
    ///
    /// # Safety
    ///
    /// As `core::ptr::copy_nonoverlapping`.
    #[inline(always)]
    pub(super) unsafe fn copy_in(from: *const u8, shared: *mut u8, len: usize) {
        for offset in (0..len).step_by(LINE) {
            // SAFETY: the line from `offset` on lies within `len`.
            unsafe { store(shared.add(offset), load(from.add(offset))) };
        }
    }

    /// Copies `len` bytes, a multiple of a line, from a place that is aligned to one, and writes
    /// each line's first word back.
    ///
    /// # Safety
    ///
    /// As [`out_of_shared`](super::out_of_shared).
    #[inline(always)]
    pub(super) unsafe fn copy_out(shared: *mut u8, to: *mut u8, len: usize) {
        for offset in (0..len).step_by(LINE) {
            // SAFETY: as above; the line may be written.
            unsafe {
                let line = load(shared.add(offset));
                store(to.add(offset), line);
                let first = _mm_cvtsi128_si32(line[0]);
                shared.add(offset).cast::<i32>().write_volatile(first);
            }
        }
    }

    /// Whether [`copy_block`] is worth its while: the processor says that it copies strings fast.
    pub(in super::super) fn has_block() -> bool {
        const EXTENDED: u32 = 7;
        const FAST_STRINGS: u32 = 1 << 9;
        if cfg!(miri) {
            return false;
        }
        __cpuid(0).eax >= EXTENDED && __cpuid_count(EXTENDED, 0).ebx & FAST_STRINGS != 0
    }

    /// Copies `len` bytes by the processor's own instruction.
    ///
    /// # Safety
    ///
    /// As `core::ptr::copy_nonoverlapping`.
    #[inline(always)]
    pub(super) unsafe fn copy_block(from: *const u8, to: *mut u8, len: usize) {
        // SAFETY: the caller's promise; the direction flag is clear wherever Rust runs.
        unsafe {
            asm!(
                "rep movsb",
                inout("rcx") len => _,
                inout("rdi") to => _,
                inout("rsi") from => _,
                options(nostack, preserves_flags),
            );
        }
    }

    /// # Safety
    ///
    /// A line may be read there.
    #[inline(always)]
    unsafe fn load(from: *const u8) -> [__m128i; 4] {
        let from = from.cast::<__m128i>();
        // SAFETY: the caller's promise.
        [0, 1, 2, 3].map(|part| unsafe { _mm_loadu_si128(from.add(part)) })
    }

    /// # Safety
    ///
    /// A line may be written there.
    #[inline(always)]
    unsafe fn store(to: *mut u8, line: [__m128i; 4]) {
        let to = to.cast::<__m128i>();
        for (part, value) in line.into_iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { _mm_storeu_si128(to.add(part), value) };
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod line {
    use core::ptr::copy_nonoverlapping;

    /// Not known of other processors.
    pub(in super::super) fn has_block() -> bool {
        false
    }

    pub(super) use copy_in as copy_block;

    /// Copies `len` bytes.
    ///
    /// # Safety
    ///
    /// As `core::ptr::copy_nonoverlapping`.
    #[inline(always)]
    pub(super) unsafe fn copy_in(from: *const u8, shared: *mut u8, len: usize) {
        // SAFETY: the caller's promise.
        unsafe { copy_nonoverlapping(from, shared, len) };
    }

    /// Copies `len` bytes, a multiple of a line, from a place that is aligned to one, and writes
    /// each line's first word back.
    ///
    /// # Safety
    ///
    /// As [`out_of_shared`](super::out_of_shared).
    #[inline(always)]
    pub(super) unsafe fn copy_out(shared: *mut u8, to: *mut u8, len: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            copy_nonoverlapping(shared, to, len);
            super::write_back(shared, len);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn every_byte_arrives_wherever_it_starts_and_none_beside_it_changes() {
        let source: Vec<u8> = (0..1000u32).map(|n| (n * 7 + n / 256) as u8).collect();
        for start in [0, 1, 31, 63, 64, 65] {
            for manner in [Manner::Lines, Manner::Block] {
                for len in [0, 1, 62, 63, 64, 65, 127, 128, 129, 255, 256, 257, 320, 700] {
                    let mut shared = vec![0xAA; 1000];
                    let mut target = vec![0xBB; 1000];
                    // SAFETY: all of it lies within the vectors.
                    unsafe {
                        into_shared(
                            source.as_ptr().add(3),
                            shared.as_mut_ptr().add(start),
                            len,
                            manner,
                        );
                        out_of_shared(
                            shared.as_mut_ptr().add(start),
                            target.as_mut_ptr().add(5),
                            len,
                            manner,
                        );
                        write_back(shared.as_mut_ptr().add(start), len);
                    }
                    assert_eq!(target[5..5 + len], source[3..3 + len]);
                    assert_eq!(shared[start..start + len], source[3..3 + len]);
                    let rest = shared[..start].iter().chain(&shared[start + len..]);
                    assert!(rest.copied().all(|byte| byte == 0xAA));
                    let rest = target[..5].iter().chain(&target[5 + len..]);
                    assert!(rest.copied().all(|byte| byte == 0xBB));
                }
            }
        }
    }
}
