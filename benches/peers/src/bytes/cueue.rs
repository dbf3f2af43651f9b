//! cueue, a ring of bytes whose memory is mapped twice in a row, as a ring of records by hand: a
//! length of 8 bytes, and the message, in one piece always.

use cueue::{Reader, Writer};
use ringway_benches::bytes::threads::Ring;
use ringway_benches::bytes::{Inlet, Outlet};
use std::hint::spin_loop;

/// The kind of ring.
pub(crate) struct Cueue;

pub(crate) struct Tx(Writer<u8>);
pub(crate) struct Rx(Reader<u8>);

const HEAD: usize = 8;

impl Ring for Cueue {
    type Tx = Tx;
    type Rx = Rx;
    fn of(bytes: usize) -> (Tx, Rx) {
        let (writer, reader) = cueue::cueue(bytes).expect("memory");
        (Tx(writer), Rx(reader))
    }
}

impl Outlet for Tx {
    #[inline(always)]
    fn put(&mut self, message: &[u8]) {
        let record = HEAD + message.len();
        loop {
            if let Some(place) = self.0.write_chunk().get_mut(..record) {
                let (head, rest) = place.split_at_mut(HEAD);
                head.copy_from_slice(&(message.len() as u64).to_ne_bytes());
                rest.copy_from_slice(message);
                self.0.commit(record);
                return;
            }
            spin_loop();
        }
    }
}

impl Inlet for Rx {
    #[inline(always)]
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        loop {
            if let Some((head, rest)) = self.0.read_chunk().split_first_chunk::<HEAD>() {
                let len = u64::from_ne_bytes(*head) as usize;
                buffer[..len].copy_from_slice(&rest[..len]);
                // What is released is the last chunk that was looked at.
                self.0.limited_read_chunk((HEAD + len) as u64);
                self.0.commit();
                return len;
            }
            spin_loop();
        }
    }
}
