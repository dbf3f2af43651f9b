//! The ends of a ring with many producers or consumers.
#![allow(unsafe_code)]

use super::{Everybody, Mends, Slots, TableReader, TableWriter};
use crate::layout::{Participant, Role};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::Mapped;
use crate::ring::Stamps;
use crate::ring::mpmc::{Claims, Consumer, Control, Producer, Ring, Several};
use crate::ring::repair::Repair;
use crate::ring::spsc::Corrupt;
use crate::ring::table::Stuck;

/// The cells of such a ring.
pub(crate) type Cells = super::Cells<Control>;

/// The cells of such a ring of `T`.
pub(crate) type Items<T> = Slots<T, Control, true>;

/// Cells of which each has a stamp and holds one message.
pub trait Slot: Stamps + Copy {
    /// What was found out about a message before it is read.
    type Measure: Copy + Default;

    /// The words that all ends share.
    fn control(&self) -> &Mapped<Control>;

    /// How many cells a sender claims at the most that asks for a `size`.
    fn most(size: usize) -> u32;

    /// Looks once at how long the message at `position` is, which is claimed.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if no message can be so long.
    fn measure(&self, position: u64) -> Result<Self::Measure, Corrupt>;
}

impl<T: Plain> Slot for Items<T> {
    type Measure = ();

    #[inline(always)]
    fn control(&self) -> &Mapped<Control> {
        &self.cells.control
    }
    fn most(size: usize) -> u32 {
        u32::try_from(size).unwrap_or(u32::MAX)
    }
    #[inline(always)]
    fn measure(&self, _: u64) -> Result<(), Corrupt> {
        Ok(())
    }
}

/// The ring as the end with entry `me` sees it.
#[inline(always)]
fn ring<'a, S: Slot>(slots: &'a S, me: &'a Participant) -> Ring<'a, S> {
    Ring {
        control: slots.control(),
        stamps: slots,
        intent: &me.intent,
    }
}

/// The ring with those who may have claimed something in it.
fn repair<'a, S: Slot, P: Platform>(
    slots: &'a S,
    all: Everybody<'a, P>,
) -> Repair<'a, S, super::entries::MappedEntries, P> {
    Repair {
        table: all,
        control: slots.control(),
        stamps: slots,
    }
}

/// A writing end of a ring.
pub struct Writer<S, C> {
    pub(super) slots: S,
    pub(super) ring: Producer<C>,
    /// Of bytes: how long the message is to be that is claimed for.
    pub(super) size: usize,
}

impl<S: Slot, C: Claims> Writer<S, C> {
    /// A writing end.
    ///
    /// # Safety
    ///
    /// The memory behind `slots` outlives the result. If `ring` is that of a sole producer, no
    /// other one of this ring is alive in any process; if it is one of several, each has an entry
    /// of its own, which it gives to every call (the participant table sees to both).
    pub(crate) unsafe fn new(slots: S, ring: Producer<C>) -> Self {
        Writer {
            slots,
            ring,
            size: 0,
        }
    }

    /// One more of several: it has nothing claimed yet.
    pub(crate) fn another(&self) -> Self
    where
        C: Several,
    {
        Writer {
            slots: self.slots,
            ring: Producer::shared(),
            size: 0,
        }
    }

    /// Whether a slot is claimed, by one look if need be.
    #[inline(always)]
    pub(crate) fn is_ready(&mut self, me: &Participant) -> bool {
        self.ring.is_ready(ring(&self.slots, me))
    }

    /// Publishes the slot that was claimed.
    #[inline(always)]
    pub(crate) fn publish(&mut self, me: &Participant) {
        self.ring.publish(ring(&self.slots, me));
    }
}

impl<S: Slot, C: Claims> Mends for Writer<S, C> {
    fn stuck<P: Platform>(&self, all: Everybody<'_, P>) -> Option<Stuck> {
        if !C::MENDS {
            return None;
        }
        repair(&self.slots, all).stuck(Role::Sender, self.next())
    }

    fn mend<P: Platform>(&self, all: Everybody<'_, P>, stuck: Stuck) {
        repair(&self.slots, all).mend(stuck);
    }
}

impl<S: Slot, C: Claims> TableWriter for Writer<S, C> {
    fn claim(&mut self, me: &Participant, size: usize) -> Result<bool, Corrupt> {
        self.size = size;
        self.ring.claim(ring(&self.slots, me), S::most(size))
    }

    fn may_claim(&self, me: &Participant) -> bool {
        self.ring.may_claim(ring(&self.slots, me))
    }

    fn sees_more(&self, me: &Participant) -> bool {
        self.ring.sees_more(ring(&self.slots, me))
    }

    fn abort(&mut self, me: &Participant) -> bool {
        self.ring.abort(ring(&self.slots, me))
    }

    fn next(&self) -> u64 {
        self.ring.next(self.slots.control())
    }

    fn first_unfinished<P: Platform>(
        &self,
        all: Everybody<'_, P>,
        from: u64,
        end: u64,
    ) -> Option<u64> {
        repair(&self.slots, all).first_unfinished(from, end)
    }
}

impl<T: Plain, C: Claims> Writer<Items<T>, C> {
    /// Publishes `item` in the slot that was claimed.
    #[inline(always)]
    pub(crate) fn push(&mut self, me: &Participant, item: T) {
        let Some(position) = self.ring.claimed() else {
            unreachable!("a slot was claimed");
        };
        // SAFETY: the position is claimed by this end and not published, so nobody else touches
        // it, and `&mut self` borrows this end.
        unsafe { self.slots.item(position).write(item) };
        self.publish(me);
    }

    /// The slot written next, if it was claimed.
    #[inline(always)]
    pub(crate) fn slot(&mut self) -> Option<&mut T> {
        let position = self.ring.claimed()?;
        // SAFETY: as in `push`. Any bytes are a valid `T` (`Plain`).
        Some(unsafe { self.slots.item(position).as_mut() })
    }

    /// As [`slot`](Writer::slot), to read.
    pub(crate) fn slot_ref(&self) -> Option<&T> {
        let position = self.ring.claimed()?;
        // SAFETY: as in `slot`.
        Some(unsafe { self.slots.item(position).as_ref() })
    }

    /// Publishes copies of as many of `items`, in order, as slots are free; how many.
    pub(crate) fn push_many(&mut self, me: &Participant, items: &[T]) -> usize {
        let mut sent = 0;
        while sent < items.len() {
            if self.claim(me, items.len() - sent) != Ok(true) {
                break;
            }
            let count = (self.ring.count() as usize).min(items.len() - sent);
            for item in &items[sent..sent + count] {
                self.push(me, *item);
            }
            sent += count;
        }
        sent
    }
}

/// A reading end of a ring.
pub struct Reader<S: Slot, C> {
    pub(super) slots: S,
    pub(super) ring: Consumer<C>,
    /// What was found out about the message that is claimed.
    pub(super) measure: S::Measure,
}

impl<S: Slot, C: Claims> Reader<S, C> {
    /// A reading end.
    ///
    /// # Safety
    ///
    /// As [`Writer::new`], for readers.
    pub(crate) unsafe fn new(slots: S, ring: Consumer<C>) -> Self {
        Reader {
            slots,
            ring,
            measure: S::Measure::default(),
        }
    }

    /// One more of several: it has nothing claimed yet.
    pub(crate) fn another(&self) -> Self
    where
        C: Several,
    {
        Reader {
            slots: self.slots,
            ring: Consumer::shared(),
            measure: S::Measure::default(),
        }
    }

    /// Looks at how long the message is that is claimed.
    #[inline(always)]
    fn measure(&mut self) -> Result<(), Corrupt> {
        if let Some(position) = self.ring.claimed() {
            self.measure = self.slots.measure(position)?;
        }
        Ok(())
    }
}

impl<S: Slot, C: Claims> Mends for Reader<S, C> {
    fn stuck<P: Platform>(&self, all: Everybody<'_, P>) -> Option<Stuck> {
        if !C::MENDS {
            return None;
        }
        let next = self.ring.next(self.slots.control());
        repair(&self.slots, all).stuck(Role::Receiver, next)
    }

    fn mend<P: Platform>(&self, all: Everybody<'_, P>, stuck: Stuck) {
        repair(&self.slots, all).mend(stuck);
    }
}

impl<S: Slot, C: Claims> TableReader for Reader<S, C> {
    #[inline(always)]
    fn is_ready(&mut self, me: &Participant) -> bool {
        self.ring.is_ready(ring(&self.slots, me)) && self.measure().is_ok()
    }

    fn claim(&mut self, me: &Participant, most: usize) -> Result<bool, Corrupt> {
        let is_claimed = self.ring.claim(ring(&self.slots, me), S::most(most))?;
        if is_claimed && self.measure().is_err() {
            // Nobody can read it, and nobody is to wait for it.
            self.ring.pass_over(ring(&self.slots, me));
            return Err(Corrupt);
        }
        Ok(is_claimed)
    }

    #[inline(always)]
    fn take_passed(&mut self) -> bool {
        self.ring.take_passed()
    }

    fn may_claim(&self, me: &Participant) -> bool {
        self.ring.may_claim(ring(&self.slots, me))
    }

    fn sees_something(&self, me: &Participant) -> bool {
        self.ring.claimed().is_some() || self.ring.sees_something(ring(&self.slots, me))
    }

    fn sees_more(&self, me: &Participant) -> bool {
        self.ring.sees_more(ring(&self.slots, me))
    }

    #[inline(always)]
    fn release(&mut self, me: &Participant) -> u32 {
        self.ring.release(ring(&self.slots, me));
        1
    }

    fn is_redelivered(&self) -> bool {
        self.ring.is_redelivered()
    }

    fn was_redelivered(&self) -> bool {
        self.ring.was_redelivered()
    }

    fn adopt<P: Platform>(&mut self, all: Everybody<'_, P>, me: &Participant) -> bool {
        repair(&self.slots, all).adopt(&mut self.ring, &me.intent)
    }

    fn forsake<P: Platform>(&mut self, all: Everybody<'_, P>, me: &Participant) {
        repair(&self.slots, all).forsake(&mut self.ring, &me.intent);
    }

    fn is_drained<P: Platform>(&self, all: Everybody<'_, P>) -> bool {
        let next = self.ring.next(self.slots.control());
        repair(&self.slots, all).is_drained(next)
    }
}

impl<T: Plain, C: Claims> Reader<Items<T>, C> {
    /// The item that was claimed.
    #[inline(always)]
    pub(crate) fn item(&self) -> Option<&T> {
        let position = self.ring.claimed()?;
        // SAFETY: the position is claimed by this end and not released, so an honest peer does not
        // touch it, and any bytes are a valid `T` (`Plain`).
        Some(unsafe { self.slots.item(position).as_ref() })
    }

    /// Copies the item that was claimed into `item` and has done with it.
    #[inline(always)]
    pub(crate) fn take(&mut self, me: &Participant, item: &mut T) {
        let Some(position) = self.ring.claimed() else {
            unreachable!("an item was claimed");
        };
        // SAFETY: as in `item`.
        *item = unsafe { self.slots.item(position).read() };
        self.release(me);
    }

    /// Copies as many items as are there and fit, and has done with them; how many. One that may
    /// have been delivered before comes alone.
    pub(crate) fn pop_many(&mut self, me: &Participant, items: &mut [T]) -> usize {
        let mut taken = 0;
        let is_alone = self.ring.is_redelivered();
        while taken < items.len() {
            let most = items.len() - taken;
            if (is_alone && taken > 0) || self.claim(me, most) != Ok(true) {
                break;
            }
            let most = if is_alone { 1 } else { most };
            let count = (self.ring.count() as usize).min(most);
            for item in &mut items[taken..taken + count] {
                self.take(me, item);
            }
            taken += count;
        }
        taken
    }
}
