//! The ends of a ring with many producers or consumers.
#![allow(unsafe_code)]

use super::Slots;
use crate::layout::Participant;
use crate::plain::Plain;
use crate::ring::mpmc::{Claims, Consumer, Control, Producer, Ring, Several};
use crate::ring::spsc::Corrupt;

/// The cells of such a ring.
pub(crate) type Cells = super::Cells<Control>;
type Items<T> = Slots<T, Control, true>;

/// The ring as the end with entry `me` sees it.
#[inline(always)]
fn ring<'a, T: Plain>(items: &'a Items<T>, me: &'a Participant) -> Ring<'a, Items<T>> {
    Ring {
        control: &items.cells.control,
        stamps: items,
        intent: &me.intent,
    }
}

/// A writing end of a ring of `T`.
pub(crate) struct Writer<T, C> {
    items: Items<T>,
    pub(crate) ring: Producer<C>,
}

impl<T: Plain, C: Claims> Writer<T, C> {
    /// A writing end; `None` if `cells` are not those of a ring of `T`.
    ///
    /// # Safety
    ///
    /// The memory behind `cells` outlives the result. If `ring` is that of a sole producer, no
    /// other one of this ring is alive in any process; if it is one of several, each has an entry
    /// of its own, which it gives to every call (the participant table sees to both).
    pub(crate) unsafe fn new(cells: Cells, ring: Producer<C>) -> Option<Self> {
        let items = Items::over(cells)?;
        Some(Writer { items, ring })
    }

    /// One more of several: it has nothing claimed yet.
    pub(crate) fn another(&self) -> Self
    where
        C: Several,
    {
        Writer {
            items: self.items,
            ring: Producer::shared(),
        }
    }

    /// The position that is claimed next.
    pub(crate) fn next(&self) -> u64 {
        self.ring.next(&self.items.cells.control)
    }

    /// Whether a slot is claimed, by one look if need be.
    #[inline(always)]
    pub(crate) fn is_ready(&mut self, me: &Participant) -> bool {
        self.ring.is_ready(ring(&self.items, me))
    }

    /// Whether a slot is claimed; claims up to `most` if none is.
    pub(crate) fn claim(&mut self, me: &Participant, most: u32) -> Result<bool, Corrupt> {
        self.ring.claim(ring(&self.items, me), most)
    }

    /// Whether a slot is claimed or free to be; claims none.
    pub(crate) fn may_claim(&self, me: &Participant) -> bool {
        self.ring.may_claim(ring(&self.items, me))
    }

    /// Whether another end of this side could go on, too.
    pub(crate) fn sees_more(&self, me: &Participant) -> bool {
        self.ring.sees_more(ring(&self.items, me))
    }

    /// Publishes `item` in the slot that was claimed.
    #[inline(always)]
    pub(crate) fn push(&mut self, me: &Participant, item: T) {
        let Some(position) = self.ring.claimed() else {
            unreachable!("a slot was claimed");
        };
        // SAFETY: the position is claimed by this end and not published, so nobody else touches
        // it, and `&mut self` borrows this end.
        unsafe { self.items.item(position).write(item) };
        self.publish(me);
    }

    /// The slot written next, if it was claimed.
    #[inline(always)]
    pub(crate) fn slot(&mut self) -> Option<&mut T> {
        let position = self.ring.claimed()?;
        // SAFETY: as in `push`. Any bytes are a valid `T` (`Plain`).
        Some(unsafe { self.items.item(position).as_mut() })
    }

    /// As [`slot`](Writer::slot), to read.
    pub(crate) fn slot_ref(&self) -> Option<&T> {
        let position = self.ring.claimed()?;
        // SAFETY: as in `slot`.
        Some(unsafe { self.items.item(position).as_ref() })
    }

    /// Publishes copies of as many of `items`, in order, as slots are free; how many.
    pub(crate) fn push_many(&mut self, me: &Participant, items: &[T]) -> usize {
        let mut sent = 0;
        while sent < items.len() {
            let most = u32::try_from(items.len() - sent).unwrap_or(u32::MAX);
            if self.claim(me, most) != Ok(true) {
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

    /// Publishes the slot that was claimed.
    #[inline(always)]
    pub(crate) fn publish(&mut self, me: &Participant) {
        self.ring.publish(ring(&self.items, me));
    }

    /// Gives up what was claimed; whether receivers have to pass over it.
    pub(crate) fn abort(&mut self, me: &Participant) -> bool {
        self.ring.abort(ring(&self.items, me))
    }
}

/// A reading end of a ring of `T`.
pub(crate) struct Reader<T, C> {
    items: Items<T>,
    pub(crate) ring: Consumer<C>,
}

impl<T: Plain, C: Claims> Reader<T, C> {
    /// A reading end; `None` if `cells` are not those of a ring of `T`.
    ///
    /// # Safety
    ///
    /// As [`Writer::new`], for readers.
    pub(crate) unsafe fn new(cells: Cells, ring: Consumer<C>) -> Option<Self> {
        let items = Items::over(cells)?;
        Some(Reader { items, ring })
    }

    /// One more of several: it has nothing claimed yet.
    pub(crate) fn another(&self) -> Self
    where
        C: Several,
    {
        Reader {
            items: self.items,
            ring: Consumer::shared(),
        }
    }

    /// The position that is claimed next.
    pub(crate) fn next(&self) -> u64 {
        self.ring.next(&self.items.cells.control)
    }

    /// Whether an item is claimed, by one look if need be.
    #[inline(always)]
    pub(crate) fn is_ready(&mut self, me: &Participant) -> bool {
        self.ring.is_ready(ring(&self.items, me))
    }

    /// Whether an item is claimed; claims up to `most` if none is.
    pub(crate) fn claim(&mut self, me: &Participant, most: u32) -> Result<bool, Corrupt> {
        self.ring.claim(ring(&self.items, me), most)
    }

    /// Whether an item is claimed or there to be; claims none.
    pub(crate) fn may_claim(&self, me: &Participant) -> bool {
        self.ring.may_claim(ring(&self.items, me))
    }

    /// Whether something is there, claimed or next.
    pub(crate) fn sees_something(&self, me: &Participant) -> bool {
        self.ring.claimed().is_some() || self.ring.sees_something(ring(&self.items, me))
    }

    /// Whether another end of this side could go on, too.
    pub(crate) fn sees_more(&self, me: &Participant) -> bool {
        self.ring.sees_more(ring(&self.items, me))
    }

    /// The item that was claimed.
    #[inline(always)]
    pub(crate) fn item(&self) -> Option<&T> {
        let position = self.ring.claimed()?;
        // SAFETY: the position is claimed by this end and not released, so an honest peer does not
        // touch it, and any bytes are a valid `T` (`Plain`).
        Some(unsafe { self.items.item(position).as_ref() })
    }

    /// Copies the item that was claimed into `item` and has done with it.
    #[inline(always)]
    pub(crate) fn take(&mut self, me: &Participant, item: &mut T) {
        let Some(position) = self.ring.claimed() else {
            unreachable!("an item was claimed");
        };
        // SAFETY: as in `item`.
        *item = unsafe { self.items.item(position).read() };
        self.release(me);
    }

    /// Copies as many items as are there and fit, and has done with them; how many. One that may
    /// have been delivered before comes alone.
    pub(crate) fn pop_many(&mut self, me: &Participant, items: &mut [T]) -> usize {
        let mut taken = 0;
        let is_alone = self.ring.is_redelivered();
        while taken < items.len() {
            let most = u32::try_from(items.len() - taken).unwrap_or(u32::MAX);
            if (is_alone && taken > 0) || self.claim(me, most) != Ok(true) {
                break;
            }
            let most = if is_alone { 1 } else { items.len() - taken };
            let count = (self.ring.count() as usize).min(most);
            for item in &mut items[taken..taken + count] {
                self.take(me, item);
            }
            taken += count;
        }
        taken
    }

    /// Has done with the item that was claimed.
    #[inline(always)]
    pub(crate) fn release(&mut self, me: &Participant) {
        self.ring.release(ring(&self.items, me));
    }
}
