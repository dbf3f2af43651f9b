//! What senders and receivers write down where it outlives them: what was sent, what came.

use super::contents::{NUMBERED, tiny};
use super::{Finding, Size, Trace, place};
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
/// A number that came and that nobody can have sent.
const TORN: usize = 4;
/// For each worker, how often it got on and how often it was refused.
const WORKERS: usize = 8;
const MAX_WORKERS: usize = 16;
/// For each length of messages that hold no number, how many came unmarked, and how many marked.
const TINY: usize = WORKERS + 2 * MAX_WORKERS;
/// For each block, how many of its numbers were begun to be sent, and how many were sent.
const SENT: usize = TINY + 2 * NUMBERED;
/// For each number four bits that count how often it came unmarked, and four for marked.
const CAME: usize = SENT + 2 * BLOCKS as usize;
const MARKED: u64 = 1 << 4;
/// Messages that a receiver has at most in hand, and are marked if it dies.
const AT_ONCE: u64 = 1;
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
        Size::Any.number(self.block, self.index)
    }

    fn of(number: u64) -> Self {
        let (block, index) = place(number);
        Ticket { block, index }
    }

    fn is_one(self) -> bool {
        self.block < BLOCKS && self.index < BLOCK
    }
}

/// How many processes were killed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deaths {
    /// Of both kinds.
    pub all: u64,
    /// Of those that received.
    pub receivers: u64,
}

/// What came of all messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// How many were sent.
    pub sent: u64,
    /// How many of those that went in parts were sent and did not come.
    pub lost_in_parts: u64,
}

/// What its sender wrote down of a message.
#[derive(Clone, Copy)]
struct Sent {
    is_begun: bool,
    is_committed: bool,
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

    /// Notes the number of a message that came.
    pub(super) fn came(&self, number: u64, redelivered: bool) {
        if let Some(len) = tiny(number) {
            let word = &self.0[TINY + 2 * len + usize::from(redelivered)];
            word.fetch_add(1, Ordering::AcqRel);
            return;
        }
        let ticket = Ticket::of(number);
        if !ticket.is_one() {
            self.0[TORN].store(number, Ordering::Relaxed);
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

    /// What came of all messages, each of which left a [`Trace`]. To be asked when everybody has
    /// left.
    pub(super) fn account(&self, trace: fn(u64) -> Trace, deaths: Deaths) -> Account {
        let mut account = Account::default();
        let torn = self.0[TORN].load(Ordering::Relaxed);
        if torn > 0 {
            let told = format!("bytes of no message, or number {torn:#x}");
            account.findings.push(Finding::Unknown(told));
        }
        if self.0[DISORDERED].load(Ordering::Relaxed) > 0 {
            let told = "messages of some sender".to_owned();
            account.findings.push(Finding::Disordered(told));
        }
        let taken = self.0[TAKEN].load(Ordering::Acquire).min(BLOCKS);
        let mut tiny = [(0, 0); NUMBERED];
        for block in 0..taken {
            let committed = self.committed(block).load(Ordering::Acquire);
            let begun = self.begun(block).load(Ordering::Acquire);
            account.sent += committed;
            for index in 0..BLOCK {
                let ticket = Ticket { block, index };
                let sent = Sent {
                    is_begun: index < begun,
                    is_committed: index < committed,
                };
                match trace(ticket.number()) {
                    Trace::Tiny(len) => {
                        tiny[len].0 += u64::from(sent.is_begun);
                        tiny[len].1 += u64::from(sent.is_committed);
                    }
                    trace => self.account_for(ticket, sent, trace, deaths, &mut account),
                }
            }
        }
        for (len, (begun, committed)) in tiny.into_iter().enumerate() {
            self.account_for_tiny(len, begun, committed, deaths, &mut account);
        }
        if account.lost_in_parts > deaths.receivers {
            let Account { lost_in_parts, .. } = account;
            let told = format!(
                "{lost_in_parts} messages in parts, and {} receivers died",
                deaths.receivers
            );
            account.findings.push(Finding::Lost(told));
        }
        account
    }

    fn account_for(
        &self,
        ticket: Ticket,
        sent: Sent,
        trace: Trace,
        deaths: Deaths,
        account: &mut Account,
    ) {
        let (word, shift) = self.count(ticket);
        let count = word.load(Ordering::Acquire) >> shift & 0xff;
        let (plain, marked) = (count % MARKED, count / MARKED);
        let told = || {
            let Ticket { block, index } = ticket;
            format!("message {index} of sender {block} ({plain} + {marked} marked), {trace:?}")
        };
        if !sent.is_begun && count > 0 {
            account.findings.push(Finding::Unknown(told()));
        } else if sent.is_committed && count == 0 && trace == Trace::InParts {
            account.lost_in_parts += 1;
        } else if sent.is_committed && count == 0 {
            account.findings.push(Finding::Lost(told()));
        } else if plain > 1 || marked > 0 && deaths.receivers == 0 {
            account.findings.push(Finding::Twice(told()));
        }
    }

    /// Which one came cannot be told, but how many.
    fn account_for_tiny(
        &self,
        len: usize,
        begun: u64,
        committed: u64,
        deaths: Deaths,
        account: &mut Account,
    ) {
        let came = |at: usize| self.0[TINY + 2 * len + at].load(Ordering::Acquire);
        let (plain, marked) = (came(0), came(1));
        let told = || {
            format!(
                "of {committed} to {begun} messages of {len} bytes came {plain} + {marked} marked"
            )
        };
        if plain + marked < committed {
            account.findings.push(Finding::Lost(told()));
        } else if plain > begun || marked > deaths.receivers * AT_ONCE {
            account.findings.push(Finding::Twice(told()));
        }
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
