//! ringbuf.

use super::Peer;
use ringbuf::traits::{Consumer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};
use ringway_benches::ends::{BatchInlet, BatchOutlet, Inlet, Outlet};
use ringway_benches::item::{CAPACITY, Item};
use std::hint::spin_loop;

/// The kind of ring.
pub(crate) struct Ringbuf;

pub(crate) struct Tx<T>(HeapProd<T>);
pub(crate) struct Rx<T>(HeapCons<T>);

impl Peer for Ringbuf {
    type Tx<T: Item> = Tx<T>;
    type Rx<T: Item> = Rx<T>;
    fn ring<T: Item>() -> (Tx<T>, Rx<T>) {
        let (producer, consumer) = HeapRb::new(CAPACITY as usize).split();
        (Tx(producer), Rx(consumer))
    }
}

impl<T: Item> Outlet<T> for Tx<T> {
    #[inline(always)]
    fn put(&mut self, item: T) {
        while self.0.try_push(item).is_err() {
            spin_loop();
        }
    }
}

impl<T: Item> Inlet<T> for Rx<T> {
    #[inline(always)]
    fn take(&mut self, item: &mut T) {
        *item = loop {
            if let Some(item) = self.0.try_pop() {
                break item;
            }
            spin_loop();
        };
    }
}

impl<T: Item> BatchOutlet<T> for Tx<T> {
    #[inline(always)]
    fn put_all(&mut self, items: &[T]) {
        let mut rest = items;
        while !rest.is_empty() {
            match self.0.push_slice(rest) {
                0 => spin_loop(),
                pushed => rest = &rest[pushed..],
            }
        }
    }
}

impl<T: Item> BatchInlet<T> for Rx<T> {
    #[inline(always)]
    fn take_some(&mut self, items: &mut [T]) -> usize {
        loop {
            match self.0.pop_slice(items) {
                0 => spin_loop(),
                popped => return popped,
            }
        }
    }
}
