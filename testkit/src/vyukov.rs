//! The textbook bounded queue for several senders and receivers (Dmitry Vyukov, 1024cores), between
//! processes: what the tests must find fault with.
//!
//! An end claims a position by moving a counter, uses the cell, and then passes it on by the cell's
//! own turn. Whoever is killed between the two keeps the cell for ever, and everybody else waits at
//! it one lap later.

use crate::SharedWords;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Words before the cells: each counter has a cache line pair of its own.
const CELLS: usize = 32;
const TAIL: usize = 0;
const HEAD: usize = 16;

/// One end of a queue of numbers, or both.
#[derive(Debug)]
pub struct Vyukov {
    words: SharedWords,
}

/// A cell that was claimed.
#[derive(Clone, Copy, Debug)]
pub struct Claim(u64);

impl Vyukov {
    /// Makes a queue for `capacity` numbers, a power of two of at least 2.
    #[must_use]
    pub fn create(path: &Path, capacity: u32) -> Self {
        let words = SharedWords::create(path, CELLS + 2 * capacity as usize);
        for (position, turn) in words[CELLS..].iter().step_by(2).enumerate() {
            turn.store(position as u64, Ordering::Relaxed);
        }
        Vyukov { words }
    }

    /// Opens one that is there.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        Vyukov {
            words: SharedWords::open(path),
        }
    }

    /// Numbers that fit.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        (self.words.len() - CELLS) as u64 / 2
    }

    /// A cell to write to, unless the queue is full.
    pub fn claim_free(&self) -> Option<Claim> {
        self.claim(TAIL, 0)
    }

    /// Writes a number into a free cell and passes it on to a receiver.
    pub fn publish(&self, claim: Claim, number: u64) {
        self.item(claim.0).store(number, Ordering::Relaxed);
        self.turn(claim.0).store(claim.0 + 1, Ordering::Release);
    }

    /// A cell that was written, unless the queue is empty.
    pub fn claim_written(&self) -> Option<Claim> {
        self.claim(HEAD, 1)
    }

    /// What a written cell holds.
    #[must_use]
    pub fn number(&self, claim: Claim) -> u64 {
        self.item(claim.0).load(Ordering::Relaxed)
    }

    /// Passes a cell that was read on to the sender of the next lap.
    pub fn release(&self, claim: Claim) {
        let next_lap = claim.0 + self.capacity();
        self.turn(claim.0).store(next_lap, Ordering::Release);
    }

    fn claim(&self, counter: usize, ahead: u64) -> Option<Claim> {
        let counter = &self.words[counter];
        let mut position = counter.load(Ordering::Relaxed);
        loop {
            let turn = self.turn(position).load(Ordering::Acquire);
            let early = turn.wrapping_sub(position + ahead) as i64;
            if early < 0 {
                return None;
            }
            let (order, next) = (Ordering::Relaxed, position + 1);
            position = if early > 0 {
                counter.load(Ordering::Relaxed)
            } else {
                match counter.compare_exchange_weak(position, next, order, order) {
                    Ok(_) => return Some(Claim(position)),
                    Err(found) => found,
                }
            };
        }
    }

    fn cell(&self, position: u64) -> usize {
        CELLS + 2 * (position % self.capacity()) as usize
    }

    fn turn(&self, position: u64) -> &AtomicU64 {
        &self.words[self.cell(position)]
    }

    fn item(&self, position: u64) -> &AtomicU64 {
        &self.words[self.cell(position) + 1]
    }
}
