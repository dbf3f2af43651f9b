//! ringbuf.

use super::{HEAD, Ring, gather, len, scatter};
use crate::bytes::{Inlet, Outlet};
use ringbuf::traits::{Consumer, Observer, Producer, Raw, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};
use std::hint::spin_loop;

/// The kind of ring.
#[derive(Debug)]
pub struct Ringbuf;

/// The writing end.
pub struct Tx(HeapProd<u8>);
/// The reading end.
pub struct Rx(HeapCons<u8>);

impl Ring for Ringbuf {
    type Tx = Tx;
    type Rx = Rx;
    fn of(bytes: usize) -> (Tx, Rx) {
        let (producer, consumer) = HeapRb::new(bytes).split();
        (Tx(producer), Rx(consumer))
    }
}

impl Outlet for Tx {
    #[inline(always)]
    fn put(&mut self, message: &[u8]) {
        let bytes = HEAD + message.len();
        while self.0.vacant_len() < bytes {
            spin_loop();
        }
        scatter(self.0.vacant_slices_mut(), message);
        // SAFETY: `scatter` has written so many.
        unsafe { self.0.advance_write_index(bytes) };
    }
}

impl Inlet for Rx {
    #[inline(always)]
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        while self.0.occupied_len() < HEAD {
            spin_loop();
        }
        let slices = self.0.as_slices();
        let mut first = [0; HEAD];
        gather(slices, 0, &mut first);
        let len = len(first);
        gather(slices, HEAD, &mut buffer[..len]);
        // SAFETY: they were there, and bytes need no destructor.
        unsafe { self.0.advance_read_index(HEAD + len) };
        len
    }
}
