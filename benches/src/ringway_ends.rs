//! The ways to use a channel of ringway.

use crate::ends::{BatchInlet, BatchOutlet, Inlet, Outlet};
use crate::item::{CAPACITY, Item};
use ringway::{Receiver, Sender, TryRecvError, TrySendError, WaitStrategy, spsc};
use std::hint::spin_loop;
use std::marker::PhantomData;

/// How an end is used.
pub trait Style: 'static {
    /// How it waits.
    const WAIT: WaitStrategy;
    /// Whether the loop asks again and again by itself.
    const POLLS: bool;
}

/// Calls that wait, and never sleep: what a user with a core to spare writes.
#[derive(Debug)]
pub struct Spinning;
/// Calls that wait, and sleep at once.
#[derive(Debug)]
pub struct Parking;
/// Calls that do not wait, in a loop: how other rings are used.
#[derive(Debug)]
pub struct Polling;

impl Style for Spinning {
    const WAIT: WaitStrategy = WaitStrategy::Spin;
    const POLLS: bool = false;
}
impl Style for Parking {
    const WAIT: WaitStrategy = WaitStrategy::Park;
    const POLLS: bool = false;
}
impl Style for Polling {
    const WAIT: WaitStrategy = WaitStrategy::Spin;
    const POLLS: bool = true;
}

/// An end used in one style.
#[derive(Debug)]
pub struct Styled<E, S> {
    end: E,
    style: PhantomData<S>,
}

/// Opens the sending end of the channel `name`.
///
/// # Panics
///
/// If that fails, as everything here does when there is nothing to measure.
#[must_use]
pub fn outlet<T: Item, S: Style>(name: &str) -> Styled<Sender<T>, S> {
    let options = spsc(name).capacity(CAPACITY).wait(S::WAIT);
    let end = options.sender().expect("the channel is this sample's own");
    let style = PhantomData;
    Styled { end, style }
}

/// Opens the receiving end of the channel `name`.
///
/// # Panics
///
/// As [`outlet`].
#[must_use]
pub fn inlet<T: Item, S: Style>(name: &str) -> Styled<Receiver<T>, S> {
    let options = spsc(name).capacity(CAPACITY).wait(S::WAIT);
    let end = options
        .receiver()
        .expect("the channel is this sample's own");
    let style = PhantomData;
    Styled { end, style }
}

const STAYS: &str = "the other side stays for the whole sample";

impl<T: Item, S: Style> Outlet<T> for Styled<Sender<T>, S> {
    #[inline(always)]
    fn put(&mut self, item: T) {
        if !S::POLLS {
            return self.end.send(item).expect(STAYS);
        }
        while let Err(refused) = self.end.try_send(item) {
            assert!(matches!(refused, TrySendError::Full(_)), "{STAYS}");
            spin_loop();
        }
    }
}

impl<T: Item, S: Style> Inlet<T> for Styled<Receiver<T>, S> {
    #[inline(always)]
    fn take(&mut self, item: &mut T) {
        if !S::POLLS {
            return self.end.recv_into(item).expect(STAYS);
        }
        while let Err(refused) = self.end.try_recv_into(item) {
            assert!(refused == TryRecvError::Empty, "{STAYS}");
            spin_loop();
        }
    }
}

impl<T: Item, S: Style> BatchOutlet<T> for Styled<Sender<T>, S> {
    #[inline(always)]
    fn put_all(&mut self, items: &[T]) {
        self.end.send_batch(items).expect(STAYS);
    }
}

impl<T: Item, S: Style> BatchInlet<T> for Styled<Receiver<T>, S> {
    #[inline(always)]
    fn take_some(&mut self, items: &mut [T]) -> usize {
        self.end.recv_batch(items).expect(STAYS)
    }
}
