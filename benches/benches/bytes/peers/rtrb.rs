//! rtrb.
#![allow(unsafe_code)]

use super::{HEAD, Peer, gather, head, len, scatter};
use ringway_benches::bytes::{Inlet, Outlet};
use rtrb::{Consumer, Producer, RingBuffer};
use std::hint::spin_loop;

/// The kind of ring.
pub(crate) struct Rtrb;

pub(crate) struct Tx(Producer<u8>);
pub(crate) struct Rx(Consumer<u8>);

impl Peer for Rtrb {
    type Tx = Tx;
    type Rx = Rx;
    fn ring(bytes: usize) -> (Tx, Rx) {
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
        scatter(chunk.as_mut_slices(), &head(message.len()), message);
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
