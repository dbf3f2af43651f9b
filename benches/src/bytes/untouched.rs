//! Messages that nobody writes or reads: reserved and committed on one side, received and released
//! on the other. What is left is what the ring costs.

use super::Which;
use super::ringway::{Receiver, Ringed, Sender, receiver, sender};
use crate::stage::Stage;
use crate::turns::Turns;
use std::ops::Range;
use std::time::{Duration, Instant};

/// Bytes of the ring.
const RING: usize = 4 << 20;
const STAYS: &str = "the other side stays for the whole sample";

/// The lead.
pub fn lead<K: Ringed, const LEN: usize>(stage: &Stage, turns: Turns) -> Duration {
    let mut tx = sender::<K>(stage, Which::There, RING);
    stage.meet();
    feed(&mut tx, LEN, turns.warm_up());
    let start = Instant::now();
    feed(&mut tx, LEN, turns.timed());
    stage.wait_until_finished();
    start.elapsed()
}

/// The follower.
pub fn follow<K: Ringed, const LEN: usize>(stage: &Stage, turns: Turns) {
    let mut rx = receiver::<K>(stage, Which::There, RING);
    stage.meet();
    drain(&mut rx, LEN, turns.all());
    stage.finish();
}

#[inline(never)]
fn feed<K: Ringed>(tx: &mut Sender<K>, len: usize, numbers: Range<u64>) {
    for _ in numbers {
        tx.reserve(len).expect(STAYS).commit();
    }
}

#[inline(never)]
fn drain<K: Ringed>(rx: &mut Receiver<K>, len: usize, numbers: Range<u64>) {
    for number in numbers {
        let received = rx.recv().expect(STAYS).len();
        assert_eq!(received, len, "message {number}");
    }
}
