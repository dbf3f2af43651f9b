//! What workers write down where it outlives them.

use crate::SharedWords;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

const STOPPED: usize = 0;
const FAILED: usize = 1;
const NOTED: usize = 2;
const PROGRESS: usize = 8;
const MAX_WORKERS: usize = 16;
/// A bit for each life that is about to end, or has.
const DOOMED: usize = PROGRESS + MAX_WORKERS;
const MAX_LIVES: u64 = 1 << 16;
/// A bit for each life that is in a section, or ended in one.
const INSIDE: usize = DOOMED + (MAX_LIVES / 64) as usize;
/// What a scenario keeps there itself.
const OWN: usize = INSIDE + (MAX_LIVES / 64) as usize;
/// Words that a scenario can keep.
pub const OWN_WORDS: usize = 1 << 20;

/// Words that all workers of a play share.
#[derive(Debug)]
pub struct Board(SharedWords);

impl Board {
    pub(super) fn create(path: &Path) -> Self {
        Board(SharedWords::create(path, OWN + OWN_WORDS))
    }

    pub(super) fn open(path: &Path) -> Self {
        Board(SharedWords::open(path))
    }

    pub(super) fn stop(&self) {
        self.0[STOPPED].store(1, Ordering::Release);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.0[STOPPED].load(Ordering::Acquire) != 0
    }

    pub(super) fn fail(&self) {
        self.0[FAILED].store(1, Ordering::Release);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.0[FAILED].load(Ordering::Acquire) != 0
    }

    pub(super) fn progress(&self, index: usize) -> &AtomicU64 {
        &self.0[PROGRESS + index]
    }

    /// To be called before the life is ended.
    pub(super) fn doom(&self, life: u64) {
        let (word, bit) = place(life);
        self.0[DOOMED + word].fetch_or(bit, Ordering::SeqCst);
    }

    pub(super) fn enter(&self, life: u64) {
        let (word, bit) = place(life);
        self.0[INSIDE + word].fetch_or(bit, Ordering::SeqCst);
    }

    pub(super) fn leave(&self, life: u64) {
        let (word, bit) = place(life);
        self.0[INSIDE + word].fetch_and(!bit, Ordering::SeqCst);
    }

    /// How many ended in a section, when everybody has gone.
    pub(super) fn deaths_inside(&self) -> u64 {
        let words = &self.0[INSIDE..OWN];
        let bits = words.iter().map(|word| word.load(Ordering::SeqCst));
        bits.map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether the life has ended or may end at any moment.
    #[must_use]
    pub fn is_doomed(&self, life: u64) -> bool {
        let (word, bit) = place(life);
        self.0[DOOMED + word].load(Ordering::SeqCst) & bit != 0
    }

    /// Whether there are no further lives to give.
    pub(super) fn is_used_up(life: u64) -> bool {
        life >= MAX_LIVES - MAX_WORKERS as u64
    }

    /// Counts that somebody was told of a death.
    pub fn note_death(&self) {
        self.0[NOTED].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn noted_deaths(&self) -> u64 {
        self.0[NOTED].load(Ordering::Relaxed)
    }

    /// The scenario's own words, which begin as zeros.
    #[must_use]
    pub fn words(&self) -> &[AtomicU64] {
        &self.0[OWN..]
    }
}

fn place(life: u64) -> (usize, u64) {
    let life = life % MAX_LIVES;
    ((life / 64) as usize, 1 << (life % 64))
}
