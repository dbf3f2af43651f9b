//! Rings between threads. Those of bytes become rings of records by hand: a record is its length,
//! 8 bytes, and the message, made known to the other side by one call.
#![allow(unsafe_code)]

mod ringbuf;
mod rtrb;

use super::{Inlet, Outlet, flow, ring};
use crate::cores::Cores;
use crate::run::{Taken, between_threads};
use crate::turns::Turns;
use std::mem::MaybeUninit;

pub use ringbuf::Ringbuf;
pub use rtrb::Rtrb;

/// A kind of ring.
pub trait Ring {
    /// Its writing end.
    type Tx: Outlet + Send;
    /// Its reading end.
    type Rx: Inlet + Send;
    /// A new one of so many bytes.
    fn of(bytes: usize) -> (Self::Tx, Self::Rx);
}

/// One sample of [`flow`](mod@flow) with messages of `LEN` bytes.
#[must_use]
pub fn flow<R: Ring, const LEN: usize>(turns: Turns, cores: Cores) -> Taken {
    let (tx, rx) = R::of(ring(LEN));
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

type Uninit = [MaybeUninit<u8>];

/// Copies the head and `message` to a place of their size in one piece, or in two with the end of
/// the ring between them.
#[inline(always)]
fn scatter((one, two): (&mut Uninit, &mut Uninit), message: &[u8]) {
    let head = head(message.len());
    let (at, rest) = one.split_at_mut(HEAD.min(one.len()));
    let (first, last) = head.split_at(at.len());
    let (at_two, rest_two) = two.split_at_mut(last.len());
    copy(at, first);
    copy(at_two, last);
    let (first, last) = message.split_at(message.len().min(rest.len()));
    copy(&mut rest[..first.len()], first);
    copy(&mut rest_two[..last.len()], last);
}

#[inline(always)]
fn copy(place: &mut Uninit, bytes: &[u8]) {
    assert_eq!(place.len(), bytes.len());
    let place = place.as_mut_ptr().cast();
    // SAFETY: both have this length, and one is borrowed mutably.
    unsafe { bytes.as_ptr().copy_to_nonoverlapping(place, bytes.len()) };
}

/// Copies what lies at `at` of one piece, or of two with the end of the ring between them, into
/// `buffer`.
#[inline(always)]
fn gather((one, two): (&[u8], &[u8]), at: usize, buffer: &mut [u8]) {
    if at < one.len() {
        let (first, last) = buffer.split_at_mut(buffer.len().min(one.len() - at));
        first.copy_from_slice(&one[at..at + first.len()]);
        last.copy_from_slice(&two[..last.len()]);
    } else {
        let at = at - one.len();
        buffer.copy_from_slice(&two[at..at + buffer.len()]);
    }
}
