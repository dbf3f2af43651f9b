//! Which messages are owed to the survivors, and which of them came.

use super::{Received, Size, place};
use std::collections::BTreeMap;
use std::fmt;

/// What is wrong with a channel, a lock or a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Survivors cannot go on.
    Wedged(String),
    /// A message that was sent does not come.
    Lost(String),
    /// A message comes again and is not marked, or nobody died who could have received it.
    Twice(String),
    /// A message comes that nobody sent.
    Unknown(String),
    /// Messages of one sender come in another order than they were sent.
    Disordered(String),
    /// A segment stays that nobody is attached to.
    LeftBehind(String),
    /// What a lock guards, or what it says of its holders, is not as it must be.
    Broken(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, detail) = match self {
            Finding::Wedged(detail) => ("wedged", detail),
            Finding::Lost(detail) => ("lost", detail),
            Finding::Twice(detail) => ("twice", detail),
            Finding::Unknown(detail) => ("unknown", detail),
            Finding::Disordered(detail) => ("disordered", detail),
            Finding::LeftBehind(detail) => ("left behind", detail),
            Finding::Broken(detail) => ("broken", detail),
        };
        write!(f, "{what}: {detail}")
    }
}

/// How often a message must come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Once, and again only if it is marked.
    Once,
    /// Once or not at all, and again only if it is marked.
    Perhaps,
    /// One of those of which [some](Ledger::pool) were received by the victim, nobody knows which.
    Pooled,
    /// Not at all: who received it has finished it. Again only if it is marked.
    Finished,
}

#[derive(Debug)]
struct Entry {
    due: Due,
    plain: u32,
    marked: u32,
}

impl Entry {
    fn came(&self) -> bool {
        self.plain + self.marked > 0
    }
}

/// The account of one scene.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: BTreeMap<u64, Entry>,
    /// The last message of each sender that came unmarked.
    last: BTreeMap<u64, u64>,
    sent: BTreeMap<u64, u64>,
    /// How many of the pooled ones need not come.
    spared: usize,
    /// Whether a receiver died, so that messages may come again.
    pub receiver_died: bool,
}

impl Ledger {
    /// The next number of `sender`.
    pub fn next(&mut self, sender: u64, size: Size) -> u64 {
        let count = self.sent.entry(sender).or_default();
        *count += 1;
        size.number(sender, *count)
    }

    /// How many messages came or were finished, and how many others may have been.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        let count = |is_so: fn(&&Entry) -> bool| self.entries.values().filter(is_so).count() as u64;
        (
            count(|entry| entry.came() || entry.due == Due::Finished),
            count(|entry| !entry.came() && entry.due == Due::Perhaps),
        )
    }

    /// Notes what is owed of `number`.
    pub fn owe(&mut self, number: u64, due: Due) {
        let (plain, marked) = (0, 0);
        let entry = self
            .entries
            .entry(number)
            .or_insert(Entry { due, plain, marked });
        entry.due = due;
    }

    /// Pools all that has not come yet: `spared` of it was received and perhaps finished by one
    /// who died.
    pub fn pool(&mut self, spared: u64) {
        self.spared = spared as usize;
        for entry in self.entries.values_mut().filter(|entry| !entry.came()) {
            entry.due = Due::Pooled;
        }
    }

    /// A message that must come and has not.
    #[must_use]
    pub fn missing(&self) -> Option<u64> {
        let missing = |due| {
            let is_missing = move |entry: &Entry| entry.due == due && !entry.came();
            let found = self
                .entries
                .iter()
                .filter(move |(_, entry)| is_missing(entry));
            found.map(|(number, _)| *number)
        };
        missing(Due::Once)
            .next()
            .or_else(|| missing(Due::Pooled).nth(self.spared))
    }

    /// Whether `number` came.
    #[must_use]
    pub fn came(&self, number: u64) -> bool {
        let entry = self.entries.get(&number);
        entry.is_some_and(Entry::came)
    }

    /// Notes that a message came.
    ///
    /// # Errors
    ///
    /// It should not have.
    pub fn note(&mut self, message: Received) -> Result<(), Finding> {
        let Received {
            number,
            redelivered,
        } = message;
        let (sender, _) = place(number);
        let told = told(number);
        let Some(entry) = self.entries.get_mut(&number) else {
            return Err(Finding::Unknown(told));
        };
        let came_before = entry.came() || entry.due == Due::Finished;
        if came_before && !(redelivered && self.receiver_died) {
            return Err(Finding::Twice(told));
        }
        if redelivered {
            entry.marked += 1;
            return Ok(());
        }
        entry.plain += 1;
        let last = self.last.entry(sender).or_default();
        if *last > number {
            let after = place(*last).1;
            return Err(Finding::Disordered(format!("{told} after {after}")));
        }
        *last = number;
        Ok(())
    }
}

/// A message, in words.
pub(super) fn told(number: u64) -> String {
    let (sender, index) = place(number);
    format!(
        "message {index} ({:?}) of sender {sender}",
        Size::of(number)
    )
}
