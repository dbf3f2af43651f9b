//! rtrb.

use super::Peer;
use ringway_benches::ends::{BatchInlet, BatchOutlet, Inlet, Outlet};
use ringway_benches::item::{CAPACITY, Item};
use rtrb::{Consumer, Producer, RingBuffer};
use std::hint::spin_loop;

/// The kind of ring.
pub(crate) struct Rtrb;

pub(crate) struct Tx<T>(Producer<T>);
pub(crate) struct Rx<T>(Consumer<T>);

impl Peer for Rtrb {
    type Tx<T: Item> = Tx<T>;
    type Rx<T: Item> = Rx<T>;
    fn ring<T: Item>() -> (Tx<T>, Rx<T>) {
        let (producer, consumer) = RingBuffer::new(CAPACITY as usize);
        (Tx(producer), Rx(consumer))
    }
}

impl<T: Item> Outlet<T> for Tx<T> {
    #[inline(always)]
    fn put(&mut self, item: T) {
        while self.0.push(item).is_err() {
            spin_loop();
        }
    }
}

impl<T: Item> Inlet<T> for Rx<T> {
    #[inline(always)]
    fn take(&mut self, item: &mut T) {
        *item = loop {
            if let Ok(item) = self.0.pop() {
                break item;
            }
            spin_loop();
        };
    }
}

impl<T: Item> BatchOutlet<T> for Tx<T> {
    #[inline(always)]
    fn put_all(&mut self, items: &[T]) {
        while self.0.push_entire_slice(items).is_err() {
            spin_loop();
        }
    }
}

impl<T: Item> BatchInlet<T> for Rx<T> {
    #[inline(always)]
    fn take_some(&mut self, items: &mut [T]) -> usize {
        while self.0.pop_entire_slice(items).is_err() {
            spin_loop();
        }
        items.len()
    }
}
