//! rtrb and ringbuf as rings of records, by hand: a record is its length, 8 bytes, and the message,
//! made known to the other side by one call.

mod ringbuf;
mod rtrb;

use ringway_benches::bytes::{Inlet, Outlet, flow, ring};
use ringway_benches::cores::Cores;
use ringway_benches::run::{Taken, between_threads};
use ringway_benches::turns::Turns;
use std::mem::MaybeUninit;

pub(crate) use ringbuf::Ringbuf;
pub(crate) use rtrb::Rtrb;

/// A kind of ring.
pub(crate) trait Peer {
    /// Its writing end.
    type Tx: Outlet + Send;
    /// Its reading end.
    type Rx: Inlet + Send;
    /// A new one of so many bytes.
    fn ring(bytes: usize) -> (Self::Tx, Self::Rx);
}

/// One sample of [`flow`].
pub(crate) fn flow<P: Peer, const LEN: usize>(turns: Turns, cores: Cores) -> Taken {
    let (tx, rx) = P::ring(ring(LEN));
    between_threads(
        cores,
        |stage| flow::time(stage, turns, LEN, tx),
        |stage| flow::receive(stage, turns, LEN, rx),
    )
}

/// Bytes before each message.
const HEAD: usize = 8;

fn head(len: usize) -> [u8; HEAD] {
    (len as u64).to_ne_bytes()
}

fn len(head: [u8; HEAD]) -> usize {
    u64::from_ne_bytes(head) as usize
}

/// Copies what lies in one piece, or in two with the end of the ring between them, into `buffer`.
fn gather((one, two): (&[u8], &[u8]), at: usize, buffer: &mut [u8]) {
    if at < one.len() {
        let (here, rest) = buffer.split_at_mut(buffer.len().min(one.len() - at));
        here.copy_from_slice(&one[at..at + here.len()]);
        rest.copy_from_slice(&two[..rest.len()]);
    } else {
        let at = at - one.len();
        buffer.copy_from_slice(&two[at..at + buffer.len()]);
    }
}

/// Copies `head` and `message` into a place in one piece, or in two.
fn scatter(
    (one, two): (&mut [MaybeUninit<u8>], &mut [MaybeUninit<u8>]),
    head: &[u8],
    message: &[u8],
) {
    let (place, rest) = one.split_at_mut(head.len().min(one.len()));
    place.write_copy_of_slice(&head[..place.len()]);
    let (in_two, two) = two.split_at_mut(head.len() - place.len());
    in_two.write_copy_of_slice(&head[place.len()..]);
    let (here, there) = message.split_at(message.len().min(rest.len()));
    rest[..here.len()].write_copy_of_slice(here);
    two[..there.len()].write_copy_of_slice(there);
}
