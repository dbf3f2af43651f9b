//! What senders and receivers write down where it outlives them: what was sent, what came.

use super::Finding;
use crate::SharedWords;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Messages of one block of numbers. A sender takes a block for itself, and then another.
const BLOCK: u64 = 4096;
/// Blocks there are.
const BLOCKS: u64 = 2048;

const STOPPED: usize = 0;
const OVER: usize = 1;
const TAKEN: usize = 2;
const DISORDERED: usize = 3;
/// For each worker, how often it got on and how often it was refused.
const WORKERS: usize = 8;
const MAX_WORKERS: usize = 16;
/// For each block, how many of its numbers were begun to be sent, and how many were sent.
const SENT: usize = WORKERS + 2 * MAX_WORKERS;
/// For each number four bits that count how often it came unmarked, and four for marked.
const CAME: usize = SENT + 2 * BLOCKS as usize;
const MARKED: u64 = 1 << 4;
const PER_WORD: u64 = 8;

/// Words that all processes of a test share.
#[derive(Debug)]
pub(super) struct Board(SharedWords);

/// A number that its sender has taken for itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    block: u64,
    index: u64,
}

impl Ticket {
    pub(super) fn number(self) -> u64 {
        self.block << 32 | self.index
    }

    pub(super) fn of(number: u64) -> Self {
        Ticket {
            block: number >> 32,
            index: number & u64::from(u32::MAX),
        }
    }

    /// Which sender sent it, and its how manieth it was.
    pub(super) fn place(self) -> (u64, u64) {
        (self.block, self.index)
    }

    fn is_one(self) -> bool {
        self.block < BLOCKS && self.index < BLOCK
    }
}

impl Board {
    pub(super) fn create(path: &Path) -> Self {
        let counts = BLOCKS * BLOCK / PER_WORD;
        Board(SharedWords::create(path, CAME + counts as usize))
    }

    pub(super) fn open(path: &Path) -> Self {
        Board(SharedWords::open(path))
    }

    /// Tells senders to leave.
    pub(super) fn stop(&self) {
        self.0[STOPPED].store(1, Ordering::Release);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.0[STOPPED].load(Ordering::Acquire) != 0
    }

    /// Tells receivers that the senders have left.
    pub(super) fn senders_have_left(&self) {
        self.0[OVER].store(1, Ordering::Release);
    }

    pub(super) fn have_senders_left(&self) -> bool {
        self.0[OVER].load(Ordering::Acquire) != 0
    }

    /// A ticket for the first number of a block that nobody had, if there is one left.
    pub(super) fn take_block(&self) -> Option<Ticket> {
        let block = self.0[TAKEN].fetch_add(1, Ordering::Relaxed);
        (block < BLOCKS).then_some(Ticket { block, index: 0 })
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.0[TAKEN].load(Ordering::Relaxed) >= BLOCKS
    }

    /// The ticket after this one, in a new block at the end.
    pub(super) fn after(&self, ticket: Ticket) -> Option<Ticket> {
        let next = Ticket {
            index: ticket.index + 1,
            ..ticket
        };
        if next.is_one() {
            Some(next)
        } else {
            self.take_block()
        }
    }

    pub(super) fn begin(&self, ticket: Ticket) {
        self.begun(ticket.block)
            .store(ticket.index + 1, Ordering::Release);
    }

    pub(super) fn commit(&self, ticket: Ticket) {
        self.committed(ticket.block)
            .store(ticket.index + 1, Ordering::Release);
    }

    /// Notes a message that came; a number that nobody can have sent is ignored here, and missed
    /// elsewhere.
    pub(super) fn came(&self, ticket: Ticket, redelivered: bool) {
        if !ticket.is_one() {
            return;
        }
        let (word, shift) = self.count(ticket);
        let one = if redelivered { MARKED } else { 1 };
        word.fetch_add(one << shift, Ordering::AcqRel);
    }

    pub(super) fn came_disordered(&self) {
        self.0[DISORDERED].fetch_add(1, Ordering::Relaxed);
    }

    /// How often worker `index` got on.
    pub(super) fn progress(&self, index: usize) -> &AtomicU64 {
        &self.0[WORKERS + 2 * index]
    }

    /// How often worker `index` was refused.
    pub(super) fn refusals(&self, index: usize) -> &AtomicU64 {
        &self.0[WORKERS + 2 * index + 1]
    }

    /// What is wrong with what came, and how many messages were sent. To be asked when everybody
    /// has left.
    pub(super) fn account(&self, somebody_died: bool) -> (Vec<Finding>, u64) {
        let mut findings = Vec::new();
        let mut total = 0;
        if self.0[DISORDERED].load(Ordering::Relaxed) > 0 {
            findings.push(Finding::Disordered("messages of some sender".to_owned()));
        }
        let taken = self.0[TAKEN].load(Ordering::Acquire).min(BLOCKS);
        for block in 0..taken {
            let committed = self.committed(block).load(Ordering::Acquire);
            let begun = self.begun(block).load(Ordering::Acquire);
            total += committed;
            for index in 0..BLOCK {
                let (word, shift) = self.count(Ticket { block, index });
                let count = word.load(Ordering::Acquire) >> shift & 0xff;
                let (plain, marked) = (count % MARKED, count / MARKED);
                let told =
                    || format!("message {index} of sender {block} ({plain} + {marked} marked)");
                if index >= begun && count > 0 {
                    findings.push(Finding::Unknown(told()));
                } else if index < committed && count == 0 {
                    findings.push(Finding::Lost(told()));
                } else if plain > 1 || marked > 0 && !somebody_died {
                    findings.push(Finding::Twice(told()));
                }
            }
        }
        (findings, total)
    }

    fn begun(&self, block: u64) -> &AtomicU64 {
        &self.0[SENT + 2 * block as usize]
    }

    fn committed(&self, block: u64) -> &AtomicU64 {
        &self.0[SENT + 2 * block as usize + 1]
    }

    fn count(&self, ticket: Ticket) -> (&AtomicU64, u64) {
        let at = ticket.block * BLOCK + ticket.index;
        let word = &self.0[CAME + (at / PER_WORD) as usize];
        (word, at % PER_WORD * 8)
    }
}
