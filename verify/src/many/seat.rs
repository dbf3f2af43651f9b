//! What a sender and a receiver have in common: an entry, and the means to look after the dead.

use super::Many;
use crate::kernel::Process;
use ringway_core::layout::Role;
use ringway_core::ring::mpmc::{Control, Ring};
use ringway_core::ring::repair::Repair;
use ringway_core::ring::table::{Commons, Table};
use ringway_core::wait::{Company, Interrupted, Nanos, Spin, Wait, WaitStrategy, Waiting, Watch};
use std::mem::offset_of;
use std::sync::Arc;

/// One end without its half of the ring. Dropping it is no departure.
#[derive(Clone, Debug)]
pub struct Seat {
    ring: Arc<Many>,
    process: Process,
    role: Role,
    index: usize,
}

impl Seat {
    /// Takes an entry.
    ///
    /// # Panics
    ///
    /// There is none.
    #[must_use]
    pub fn take(ring: Arc<Many>, process: Process, role: Role) -> Self {
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
    pub fn ring(&self) -> &Many {
        &self.ring
    }

    /// Number of the entry.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The table with the ring.
    #[must_use]
    pub fn repair(&self) -> Repair<'_, Many, Many, Process> {
        Repair {
            table: self.table(),
            control: &self.ring.control,
            stamps: &*self.ring,
        }
    }

    /// Who comes and goes.
    #[must_use]
    pub fn table(&self) -> Table<'_, Many, Process> {
        Table {
            commons: &self.ring.control.commons,
            entries: &*self.ring,
            platform: &self.process,
            kind: self.ring.kind,
            persistent: false,
            at: 0,
        }
    }

    /// The ring as this end sees it.
    #[must_use]
    pub fn view(&self) -> Ring<'_, Many> {
        Ring {
            control: &self.ring.control,
            stamps: &*self.ring,
            intent: &self.ring.entries[self.index].intent,
        }
    }

    /// The shared words.
    pub(super) fn control(&self) -> &Control {
        &self.ring.control
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
        let lock = &self.ring.control.commons.roster.lock;
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
