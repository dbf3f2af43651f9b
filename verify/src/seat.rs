//! What the ends of a ring with many have in common: an entry, and the means to look after the dead.

use crate::kernel::Process;
use ringway_core::layout::roster::Entries;
use ringway_core::layout::{Kind, Participant, Role};
use ringway_core::ring::table::{Commons, Table};
use ringway_core::wait::{Company, Interrupted, Nanos, Spin, Wait, WaitStrategy, Waiting, Watch};
use std::mem::offset_of;
use std::sync::Arc;

/// A ring in the memory of a model, with a table.
pub trait Meeting: Entries {
    /// The words of the table.
    fn commons(&self) -> &Commons;
    /// Which sides have several ends.
    fn kind(&self) -> Kind;
}

/// One end without its half of the ring. Dropping it is no departure.
#[derive(Debug)]
pub struct Seat<R> {
    ring: Arc<R>,
    process: Process,
    role: Role,
    index: usize,
}

impl<R> Clone for Seat<R> {
    fn clone(&self) -> Self {
        Seat {
            ring: self.ring.clone(),
            process: self.process.clone(),
            ..*self
        }
    }
}

impl<R: Meeting> Seat<R> {
    /// Takes an entry.
    ///
    /// # Panics
    ///
    /// There is none.
    #[must_use]
    pub fn take(ring: Arc<R>, process: Process, role: Role) -> Self {
        let mut seat = Seat {
            ring,
            process,
            role,
            index: 0,
        };
        let entered = seat.table().enter(role, WaitStrategy::Adaptive, None);
        seat.index = entered.unwrap();
        seat
    }

    /// The ring.
    #[must_use]
    pub fn ring(&self) -> &R {
        &self.ring
    }

    /// This end's own entry.
    #[must_use]
    pub fn me(&self) -> &Participant {
        self.ring.entry(self.index)
    }

    /// Number of the entry.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Who comes and goes.
    #[must_use]
    pub fn table(&self) -> Table<'_, R, Process> {
        Table {
            commons: self.ring.commons(),
            entries: &*self.ring,
            platform: &self.process,
            kind: self.ring.kind(),
            persistent: false,
            at: 0,
        }
    }

    /// Wakes up to `count` of `role`, if they sleep.
    pub fn notify(&self, role: Role, count: u32) {
        let table = self.table();
        let reached = self.process.is_reached_by_barriers();
        let at = table.gate_offset(role);
        table
            .gate(role)
            .notify_some(at, &self.process, reached, count);
    }

    /// Waits at this side's gate until `watch` finds something.
    ///
    /// # Errors
    ///
    /// Why it did not.
    pub fn wait<F: Watch>(
        &self,
        company: Company,
        deadline: Option<Nanos>,
        watch: &mut F,
    ) -> Result<F::Found, Interrupted> {
        let table = self.table();
        let waiting = Waiting {
            gate: table.gate(self.role),
            at: table.gate_offset(self.role),
            wait: &self.process,
            deadline,
            company,
        };
        waiting.watch(&mut Spin::new(WaitStrategy::Park), watch)
    }

    /// Waits for the lock of the table and dies with it.
    ///
    /// # Panics
    ///
    /// It cannot be had.
    pub fn die_locking(&self) {
        let lock = &self.ring.commons().roster.lock;
        let held = lock.take(offset_of!(Commons, roster), &self.process, None);
        std::mem::forget(held.unwrap());
        self.die();
    }

    /// Ends the process without a word.
    pub fn die(&self) {
        self.process.die();
    }

    /// Gives the entry back in good order.
    pub fn leave(&self) {
        self.table().leave(self.role, self.index);
    }
}
