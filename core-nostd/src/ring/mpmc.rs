//! Several producers, several consumers, or several on one side only.
//!
//! Every cell has a stamp of its own (`stamp.rs`), and full and empty are judged from it.
//! Ends of which there are several share a *ticket*, the position that is claimed next: whoever
//! moves it on by a compare-and-swap has the cell. An end that is alone on its side keeps its
//! position to itself and pays no such thing.
//!
//! An end may die between its claim and its stamp. So before it moves a ticket it writes down, on a
//! line of its own, which position it is about to claim: its *intent*. A position that is claimed,
//! has no stamp, and is in the intent of nobody alive is one that a dead end has left. What is done
//! then is in [`super::repair`].

use super::Stamps;
use super::spsc::Corrupt;
use super::stamp::{Seen, free, full, see, void};
use super::table::Commons;
use crate::layout::intent::{Intent, IntentWord, Kind};
use crate::primitive::{Ordering, Reserved, Wide, spin_loop, zeros};
use core::marker::PhantomData;

/// Tries to move a ticket before a call takes the ring for full or empty: each failure is another
/// end's success, but a peer that lies could make it fail for ever.
const ATTEMPTS: u32 = 1 << 16;

/// The position that the ends of one side claim next, on its own pair of cache lines.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Ticket {
    next: Wide,
    reserved: Reserved<30>,
}

impl Ticket {
    pub(super) fn new(position: u64) -> Self {
        Ticket {
            next: Wide::new(position),
            reserved: zeros(),
        }
    }

    #[inline(always)]
    pub(super) fn peek(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// The position that is claimed next; the intents of those who claimed the ones before are
    /// visible.
    pub(super) fn claimed_before(&self) -> u64 {
        // T2: makes the intent visible that was written before a claim. Pairs with T1.
        self.next.load(Ordering::Acquire)
    }

    /// Claims `count` positions from `position` on, if they are still next.
    #[inline(always)]
    pub(super) fn claim(&self, position: u64, count: u32) -> bool {
        // T1: publishes the intent that names them. Pairs with T2.
        self.next
            .compare_exchange(
                position,
                position.wrapping_add(u64::from(count)),
                Ordering::Release,
                Ordering::Relaxed,
            )
            .is_ok()
    }
}

/// The words that all ends share, beside the stamps.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Control {
    /// Where producers write next; not used if there is only one.
    pub tail: Ticket,
    /// Where consumers read next; not used if there is only one.
    pub head: Ticket,
    /// What does not depend on the ring.
    pub commons: Commons,
}

impl Control {
    /// The words of an unused ring. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(0)
    }

    /// As [`new`](Control::new), for a ring whose first message has the number `start`.
    #[must_use]
    pub fn starting_at(start: u64) -> Self {
        Control {
            tail: Ticket::new(start),
            head: Ticket::new(start),
            commons: Commons::new(),
        }
    }
}

impl Default for Control {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes the stamps of a ring that nobody has used and whose first message has the number `start`.
pub fn initialise(stamps: &impl Stamps, start: u64) {
    for position in start..start + u64::from(stamps.cells()) {
        // Not yet visible to anybody: the handshake publishes all of it (H1).
        stamps
            .stamp(position)
            .store(free(position), Ordering::Relaxed);
    }
}

/// How an end comes by the positions it works on.
pub trait Claims {
    /// Whether it shares them with others of its side.
    const SHARED: bool;
    /// Whether it writes its intent down.
    const NAMED: bool;
    /// Whether a claim that no intent names is that of a dead end.
    const MENDS: bool = Self::NAMED || !Self::SHARED;
}

/// One of several on its side.
#[derive(Debug)]
pub enum Shared {}
/// Alone on its side.
#[derive(Debug)]
pub enum Sole {}
/// One of several that must not die: what the intents cost is measured against it.
#[doc(hidden)]
#[derive(Debug)]
pub enum Unnamed {}

/// One of several: another can come at any time.
pub trait Several: Claims {}
impl Several for Shared {}
impl Several for Unnamed {}

impl Claims for Shared {
    const SHARED: bool = true;
    const NAMED: bool = true;
}
impl Claims for Sole {
    const SHARED: bool = false;
    const NAMED: bool = false;
}
impl Claims for Unnamed {
    const SHARED: bool = true;
    const NAMED: bool = false;
}

/// The ring as one end sees it.
pub struct Ring<'a, S> {
    /// The shared words.
    pub control: &'a Control,
    /// The stamps.
    pub stamps: &'a S,
    /// Where this end writes its intent.
    pub intent: &'a IntentWord,
}

impl<S> Clone for Ring<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S> Copy for Ring<'_, S> {}

/// What an end has claimed and not done with: a range of positions, usually one or none.
#[derive(Debug)]
struct Held<C> {
    /// The first one; if there is none, where a sole end goes on.
    position: u64,
    end: u64,
    claims: PhantomData<C>,
}

impl<C: Claims> Held<C> {
    fn none_at(position: u64) -> Self {
        Held {
            position,
            end: position,
            claims: PhantomData,
        }
    }

    #[inline(always)]
    fn first(&self) -> Option<u64> {
        (self.position != self.end).then_some(self.position)
    }

    #[inline(always)]
    fn len(&self) -> u32 {
        self.end.wrapping_sub(self.position) as u32
    }

    /// The position that would be claimed next.
    #[inline(always)]
    fn next(&self, ticket: &Ticket) -> u64 {
        if C::SHARED {
            ticket.peek()
        } else {
            self.position
        }
    }

    /// Claims `count` positions from `position` on, whose stamps allow it.
    #[inline(always)]
    fn take(
        &mut self,
        kind: Kind,
        ticket: &Ticket,
        intent: &IntentWord,
        position: u64,
        count: u32,
    ) -> bool {
        if C::NAMED {
            intent.set(Intent::new(kind, position, count));
        }
        if C::SHARED && !ticket.claim(position, count) {
            if C::NAMED {
                intent.clear();
            }
            return false;
        }
        self.position = position;
        self.end = position.wrapping_add(u64::from(count));
        true
    }

    /// Has done with the first position, whose stamp is stored.
    #[inline(always)]
    fn advance(&mut self, intent: &IntentWord) {
        self.position = self.position.wrapping_add(1);
        if C::NAMED && self.position == self.end {
            intent.clear();
        }
    }
}

/// A writing end.
#[derive(Debug)]
pub struct Producer<C> {
    held: Held<C>,
}

impl<C: Several> Producer<C> {
    /// One of several.
    #[must_use]
    pub fn shared() -> Self {
        Producer {
            held: Held::none_at(0),
        }
    }
}

impl Producer<Sole> {
    /// The only one: continues behind the last position that was published.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if the stamps contradict the head.
    pub fn sole<S: Stamps>(control: &Control, stamps: &S) -> Result<Self, Corrupt> {
        let position = super::repair::end_of_published(control, stamps)?;
        Ok(Producer {
            held: Held::none_at(position),
        })
    }
}

impl<C: Claims> Producer<C> {
    /// The position that is claimed next.
    #[must_use]
    pub fn next(&self, control: &Control) -> u64 {
        self.held.next(&control.tail)
    }

    /// Whether a position is claimed, by one look at the next one if need be.
    #[inline(always)]
    pub fn is_ready<S: Stamps>(&mut self, ring: Ring<'_, S>) -> bool {
        if self.held.first().is_some() {
            return true;
        }
        let next = self.held.next(&ring.control.tail);
        // S2: the item of the lap before has been read. Pairs with S3.
        let is_free = ring.stamps.stamp(next).load(Ordering::Acquire) == free(next);
        is_free
            && self
                .held
                .take(Kind::Send, &ring.control.tail, ring.intent, next, 1)
    }

    /// Claims up to `most` positions that follow each other, if none is claimed already; whether
    /// there is one now.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if a stamp is one that it cannot have.
    pub fn claim<S: Stamps>(&mut self, ring: Ring<'_, S>, most: u32) -> Result<bool, Corrupt> {
        if self.held.first().is_some() {
            return Ok(true);
        }
        let tail = &ring.control.tail;
        for _ in 0..ATTEMPTS {
            let next = self.held.next(tail);
            // S2: as in `is_ready`. Pairs with S3.
            let stamp = ring.stamps.stamp(next).load(Ordering::Acquire);
            match see(stamp, next, ring.stamps.cells()) {
                Seen::Free => {
                    let is_free = |position: u64| {
                        // S2: as in `is_ready`. Pairs with S3.
                        ring.stamps.stamp(position).load(Ordering::Acquire) == free(position)
                    };
                    let count = run(next, most.min(ring.stamps.cells()), is_free);
                    if self.held.take(Kind::Send, tail, ring.intent, next, count) {
                        return Ok(true);
                    }
                    spin_loop();
                }
                Seen::Behind(_) => return Ok(false),
                Seen::Full | Seen::Void | Seen::Other => {
                    if !C::SHARED || is_so_still(tail, next, stamp, ring.stamps) {
                        return Err(Corrupt);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Whether [`claim`](Producer::claim) has something to say, by one look that claims nothing: yes
    /// also if others are quicker and it finds nothing, but never no if there is something.
    pub fn may_claim<S: Stamps>(&self, ring: Ring<'_, S>) -> bool {
        let next = self.next(ring.control);
        let stamp = ring.stamps.stamp(next).load(Ordering::Relaxed);
        let seen = see(stamp, next, ring.stamps.cells());
        // Any stamp but these: the position has been claimed since, or it is a lie.
        self.held.first().is_some() || !matches!(seen, Seen::Behind(_))
    }

    /// Whether the position that is claimed next is free.
    pub fn sees_more<S: Stamps>(&self, ring: Ring<'_, S>) -> bool {
        let next = ring.control.tail.peek();
        C::SHARED && ring.stamps.stamp(next).load(Ordering::Relaxed) == free(next)
    }

    /// The position written next, if one is claimed.
    #[inline(always)]
    #[must_use]
    pub fn claimed(&self) -> Option<u64> {
        self.held.first()
    }

    /// How many are claimed.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.held.len()
    }

    /// Publishes the item at the position written next.
    #[inline(always)]
    pub fn publish<S: Stamps>(&mut self, ring: Ring<'_, S>) {
        let position = self.held.position;
        let stamp = ring.stamps.stamp(position);
        // S1: publishes the item. Pairs with S4.
        stamp.store(full(position), Ordering::Release);
        self.held.advance(ring.intent);
    }

    /// Gives up everything that is claimed: receivers pass over it. A sole producer just goes on
    /// there. Whether anything was given up.
    pub fn abort<S: Stamps>(&mut self, ring: Ring<'_, S>) -> bool {
        if !C::SHARED {
            self.held.end = self.held.position;
            return false;
        }
        let any = self.held.first().is_some();
        while let Some(position) = self.held.first() {
            // S1: whoever passes over it makes the cell free for others, as `publish` does for
            // whoever reads. Pairs with S4.
            ring.stamps
                .stamp(position)
                .store(void(position), Ordering::Release);
            self.held.advance(ring.intent);
        }
        any
    }
}

/// A reading end.
#[derive(Debug)]
pub struct Consumer<C> {
    held: Held<C>,
    /// The position of an item that may have been delivered before.
    again: Option<u64>,
    /// Whether the item that was finished last was that one.
    was_again: bool,
    /// Positions passed over since this was last asked.
    passed: u32,
}

impl<C: Several> Consumer<C> {
    /// One of several.
    #[must_use]
    pub fn shared() -> Self {
        Consumer {
            held: Held::none_at(0),
            again: None,
            was_again: false,
            passed: 0,
        }
    }
}

impl Consumer<Sole> {
    /// The only one: continues at the first position that nobody has done with. `died`: whether
    /// the last one died, and may have been reading there.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if the stamps contradict the tail.
    pub fn sole<S: Stamps>(control: &Control, stamps: &S, died: bool) -> Result<Self, Corrupt> {
        let position = super::repair::start_of_unread(control, stamps)?;
        // What comes later the last one cannot have read.
        let is_there = stamps.stamp(position).load(Ordering::Relaxed) == full(position);
        let is_again = is_there && control.commons.roster.note_reading(full(position), died);
        if is_again {
            control.commons.roster.count_redelivered();
        }
        Ok(Consumer {
            held: Held::none_at(position),
            again: is_again.then_some(position),
            was_again: false,
            passed: 0,
        })
    }
}

impl<C: Claims> Consumer<C> {
    /// The position that is claimed next.
    #[must_use]
    pub fn next(&self, control: &Control) -> u64 {
        self.held.next(&control.head)
    }

    /// Whether an item is claimed, by one look at the next position if need be.
    #[inline(always)]
    pub fn is_ready<S: Stamps>(&mut self, ring: Ring<'_, S>) -> bool {
        if self.held.first().is_some() {
            return true;
        }
        let next = self.held.next(&ring.control.head);
        // S4: makes the item visible. Pairs with S1.
        let is_full = ring.stamps.stamp(next).load(Ordering::Acquire) == full(next);
        is_full
            && self
                .held
                .take(Kind::Receive, &ring.control.head, ring.intent, next, 1)
    }

    /// Claims up to `most` items that follow each other, if none is claimed already; whether there
    /// is one now. Passes over what senders gave up.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if a stamp is one that it cannot have.
    pub fn claim<S: Stamps>(&mut self, ring: Ring<'_, S>, most: u32) -> Result<bool, Corrupt> {
        if self.held.first().is_some() {
            return Ok(true);
        }
        let head = &ring.control.head;
        // As many as the ring can hold may have to be passed over, beside the attempts.
        for _ in 0..ATTEMPTS + ring.stamps.cells() {
            let next = self.held.next(head);
            // S4: as in `is_ready`. Pairs with S1.
            let stamp = ring.stamps.stamp(next).load(Ordering::Acquire);
            match see(stamp, next, ring.stamps.cells()) {
                Seen::Full => {
                    let is_full = |position: u64| {
                        // S4: as in `is_ready`. Pairs with S1.
                        ring.stamps.stamp(position).load(Ordering::Acquire) == full(position)
                    };
                    let count = run(next, most.min(ring.stamps.cells()), is_full);
                    if self
                        .held
                        .take(Kind::Receive, head, ring.intent, next, count)
                    {
                        return Ok(true);
                    }
                    spin_loop();
                }
                Seen::Void => {
                    if self.held.take(Kind::Receive, head, ring.intent, next, 1) {
                        self.pass_over(ring);
                    }
                }
                Seen::Free | Seen::Behind(_) => return Ok(false),
                Seen::Other => {
                    if !C::SHARED || is_so_still(head, next, stamp, ring.stamps) {
                        return Err(Corrupt);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Whether [`claim`](Consumer::claim) has something to say, by one look that claims nothing: yes
    /// also if others are quicker and it finds nothing, but never no if there is something.
    pub fn may_claim<S: Stamps>(&self, ring: Ring<'_, S>) -> bool {
        let next = self.next(ring.control);
        let stamp = ring.stamps.stamp(next).load(Ordering::Relaxed);
        let seen = see(stamp, next, ring.stamps.cells());
        // Any other stamp: the position has been claimed since, or it is a lie.
        self.held.first().is_some() || !matches!(seen, Seen::Free | Seen::Behind(_))
    }

    /// Whether there is something at the position that is claimed next.
    pub fn sees_something<S: Stamps>(&self, ring: Ring<'_, S>) -> bool {
        let next = self.next(ring.control);
        let stamp = ring.stamps.stamp(next).load(Ordering::Relaxed);
        stamp == full(next) || stamp == void(next)
    }

    /// Whether there is something for another consumer.
    pub fn sees_more<S: Stamps>(&self, ring: Ring<'_, S>) -> bool {
        C::SHARED && self.sees_something(ring)
    }

    /// Takes over an item that a dead consumer had claimed; its position is in this end's intent.
    pub(super) fn adopt(&mut self, position: u64) {
        self.held.position = position;
        self.held.end = position.wrapping_add(1);
        self.again = Some(position);
    }

    /// The position read next, if one is claimed.
    #[inline(always)]
    #[must_use]
    pub fn claimed(&self) -> Option<u64> {
        self.held.first()
    }

    /// How many are claimed.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.held.len()
    }

    /// Whether the item that is claimed may have been delivered before.
    #[must_use]
    pub fn is_redelivered(&self) -> bool {
        self.again == Some(self.held.position)
    }

    /// As [`is_redelivered`](Consumer::is_redelivered), of the item that was finished last.
    #[must_use]
    pub fn was_redelivered(&self) -> bool {
        self.was_again
    }

    /// Has done with the item at the position read next.
    #[inline(always)]
    pub fn release<S: Stamps>(&mut self, ring: Ring<'_, S>) {
        let position = self.held.position;
        self.was_again = self.again == Some(position);
        let next_lap = position.wrapping_add(u64::from(ring.stamps.cells()));
        // S3: the item has been read. Pairs with S2.
        ring.stamps
            .stamp(position)
            .store(free(next_lap), Ordering::Release);
        self.held.advance(ring.intent);
    }

    /// As [`release`](Consumer::release), of what nobody has read.
    pub fn pass_over<S: Stamps>(&mut self, ring: Ring<'_, S>) {
        self.release(ring);
        self.passed += 1;
        ring.control.commons.roster.count_skipped();
    }

    /// Whether positions were passed over since this was last asked: their cells are free now.
    #[inline(always)]
    pub fn take_passed(&mut self) -> bool {
        core::mem::take(&mut self.passed) > 0
    }

    /// Leaves what is claimed to others: it is not finished. Whether there was anything.
    pub(super) fn forsake(&mut self, intent: &IntentWord) -> bool {
        let any = C::NAMED && self.held.first().is_some();
        if any {
            self.held.position = self.held.end;
            intent.clear();
        }
        any
    }
}

/// Whether `position` is still next and its stamp still `stamp`, so that no other end has been here
/// since both were read.
#[cold]
fn is_so_still<S: Stamps>(ticket: &Ticket, position: u64, stamp: u32, stamps: &S) -> bool {
    ticket.claimed_before() == position
        && stamps.stamp(position).load(Ordering::Relaxed) == stamp
        && ticket.claimed_before() == position
}

/// How many positions from `first` on, which is one, are so; at most `most`.
#[inline(always)]
fn run(first: u64, most: u32, is_so: impl Fn(u64) -> bool) -> u32 {
    let mut count = 1;
    while count < most && is_so(first.wrapping_add(u64::from(count))) {
        count += 1;
    }
    count
}
