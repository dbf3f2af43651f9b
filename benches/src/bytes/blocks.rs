//! The machine's `memcpy` through shared memory: what any copying channel costs at least.
//!
//! Shared memory of [`ring`] bytes is a ring of blocks, each of the length of a
//! message, with one word a block, on lines of its own: 0 while the block is the writer's, 1 while
//! it is the reader's. The writer waits for 0, copies its message in and stores 1; the reader
//! waits for 1, copies it out and stores 0. There is nothing else: no positions, no wake-ups, no
//! lengths, and nobody to find out about.
//!
//! With `BACK` the reader writes the first word of each line that it has copied back as it was.
//! Then the line is its own, and comes over at once when the writer wants it again; a line that
//! both caches share has to be asked for first.
#![allow(unsafe_code)]

use super::messages::Messages;
use super::{Inlet, Outlet, Side, Which, Wire, handover, ring};
use crate::cores::{Cores, Pinned};
use crate::preemption;
use crate::run::Taken;
use crate::stage::{Stage, Word};
use crate::turns::Turns;
use memmap2::{MmapMut, MmapRaw};
use std::hint::spin_loop;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Blocks behind words, at most `DEPTH` of them.
#[derive(Debug)]
pub struct Blocks<const DEPTH: usize, const BACK: bool>;

/// One side of them.
#[derive(Debug)]
pub struct End<const BACK: bool> {
    map: MmapRaw,
    len: usize,
    /// Of blocks.
    count: usize,
    /// The block that is next.
    next: usize,
}

impl<const DEPTH: usize, const BACK: bool> Wire for Blocks<DEPTH, BACK> {
    type Tx = End<BACK>;
    type Rx = End<BACK>;
    fn outlet(stage: &Stage, side: Side, which: Which, len: usize) -> Self::Tx {
        End::open(stage, side, which, len, DEPTH)
    }
    fn inlet(stage: &Stage, side: Side, which: Which, len: usize) -> Self::Rx {
        End::open(stage, side, which, len, DEPTH)
    }
}

impl<const BACK: bool> End<BACK> {
    fn open(stage: &Stage, side: Side, which: Which, len: usize, depth: usize) -> Self {
        let count = (ring(len) / len).min(depth);
        let bytes = count * (len + size_of::<Word>());
        End {
            map: handover::memory(stage, side, which, bytes),
            len,
            count,
            next: 0,
        }
    }

    /// Waits until the next block has come to this side, lets `work` have it, and passes it on.
    #[inline(always)]
    fn pass(&mut self, mine: u32, work: impl FnOnce(*mut u8)) {
        let words = self.map.as_mut_ptr().wrapping_add(self.count * self.len);
        // SAFETY: the words lie behind the blocks, `count` of them; the mapping begins at a page
        // and lives as long as `self`. They are atomics.
        let word = unsafe { &*words.cast::<Word>().add(self.next) };
        while word.load(Ordering::Acquire) != mine {
            spin_loop();
        }
        work(self.map.as_mut_ptr().wrapping_add(self.next * self.len));
        word.store(1 - mine, Ordering::Release);
        self.next += 1;
        if self.next == self.count {
            self.next = 0;
        }
    }
}

impl<const BACK: bool> Outlet for End<BACK> {
    #[inline(always)]
    fn put(&mut self, message: &[u8]) {
        let len = message.len().min(self.len);
        self.pass(0, |block| {
            // SAFETY: the block has `self.len` bytes and is this side's alone.
            unsafe { block.copy_from_nonoverlapping(message.as_ptr(), len) };
        });
    }
}

impl<const BACK: bool> Inlet for End<BACK> {
    #[inline(always)]
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let len = buffer.len().min(self.len);
        self.pass(1, |block| {
            // SAFETY: as above.
            unsafe { buffer.as_mut_ptr().copy_from_nonoverlapping(block, len) };
            if BACK {
                for line in (0..len).step_by(64) {
                    let word = block.wrapping_add(line).cast::<u64>();
                    // SAFETY: as above, and blocks and lines are aligned.
                    unsafe { word.write_volatile(word.read_volatile()) };
                }
            }
        });
        len
    }
}

/// `memcpy` by one process, from memory of its own into a ring of shared memory.
#[must_use]
pub fn alone<const LEN: usize>(turns: Turns, cores: Cores) -> Taken {
    let _pinned = Pinned::to(cores.lead);
    let messages = Messages::of(LEN);
    let mut shared = MmapMut::map_anon(ring(LEN)).expect("memory");
    fill(&mut shared, &messages, turns.warm_up());
    let before = preemption::count();
    let start = Instant::now();
    fill(&mut shared, &messages, turns.timed());
    Taken {
        elapsed: start.elapsed(),
        preemptions: preemption::count() - before,
    }
}

#[inline(never)]
fn fill(shared: &mut [u8], messages: &Messages, numbers: Range<u64>) {
    let mut at = 0;
    for number in numbers {
        let message = messages.get(number);
        shared[at..at + message.len()].copy_from_slice(message);
        at = (at + message.len()) % shared.len();
    }
}
