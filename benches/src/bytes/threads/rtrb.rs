//! rtrb.

use super::{HEAD, Ring, gather, len, scatter};
use crate::bytes::{Inlet, Outlet};
use rtrb::{Consumer, Producer, RingBuffer};
use std::hint::spin_loop;

/// The kind of ring.
#[derive(Debug)]
pub struct Rtrb;

/// The writing end.
pub struct Tx(Producer<u8>);
/// The reading end.
pub struct Rx(Consumer<u8>);

impl Ring for Rtrb {
    type Tx = Tx;
    type Rx = Rx;
    fn of(bytes: usize) -> (Tx, Rx) {
        let (producer, consumer) = RingBuffer::new(bytes);
        (Tx(producer), Rx(consumer))
    }
}

impl Outlet for Tx {
    #[inline(always)]
    fn put(&mut self, message: &[u8]) {
        let mut chunk = loop {
            match self.0.write_chunk_uninit(HEAD + message.len()) {
                Ok(chunk) => break chunk,
                Err(_) => spin_loop(),
            }
        };
        scatter(chunk.as_mut_slices(), message);
        // SAFETY: `scatter` writes as many bytes as it is given, and that is all of the chunk.
        unsafe { chunk.commit_all() };
    }
}

impl Inlet for Rx {
    #[inline(always)]
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let mut first = [0; HEAD];
        loop {
            match self.0.read_chunk(HEAD) {
                Ok(chunk) => break gather(chunk.as_slices(), 0, &mut first),
                Err(_) => spin_loop(),
            }
        }
        let len = len(first);
        let chunk = self.0.read_chunk(HEAD + len).expect("both came at once");
        gather(chunk.as_slices(), HEAD, &mut buffer[..len]);
        chunk.commit_all();
        len
    }
}
