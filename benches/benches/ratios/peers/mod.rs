//! rtrb and ringbuf, the fastest rings between the threads of one process, doing what the
//! channels do.

mod ringbuf;
mod rtrb;

use ringway_benches::cores::Cores;
use ringway_benches::ends::{BatchInlet, BatchOutlet, Inlet, Outlet};
use ringway_benches::item::Item;
use ringway_benches::run::{Taken, between_threads};
use ringway_benches::turns::Turns;
use ringway_benches::{batch, one_way, round_trip};

/// A kind of ring.
pub(crate) trait Peer {
    /// Its writing end.
    type Tx<T: Item>: Outlet<T> + BatchOutlet<T> + Send;
    /// Its reading end.
    type Rx<T: Item>: Inlet<T> + BatchInlet<T> + Send;
    /// A new one.
    fn ring<T: Item>() -> (Self::Tx<T>, Self::Rx<T>);
}

pub(crate) use ringbuf::Ringbuf;
pub(crate) use rtrb::Rtrb;

/// One sample of [`round_trip`].
pub(crate) fn round_trip<P: Peer>(turns: Turns, cores: Cores) -> Taken {
    let ((tx, there), (back, rx)) = (P::ring::<u64>(), P::ring::<u64>());
    between_threads(
        cores,
        |stage| round_trip::time(stage, turns, tx, rx),
        |stage| round_trip::answer(stage, turns, there, back),
    )
}

/// One sample of [`one_way`].
pub(crate) fn one_way<P: Peer, T: Item>(turns: Turns, cores: Cores) -> Taken {
    let (tx, rx) = P::ring::<T>();
    between_threads(
        cores,
        |stage| one_way::time(stage, turns, tx),
        |stage| one_way::receive(stage, turns, rx),
    )
}

/// One sample of [`batch`].
pub(crate) fn batches<P: Peer>(turns: Turns, cores: Cores) -> Taken {
    let (tx, rx) = P::ring::<u64>();
    between_threads(
        cores,
        |stage| batch::time(stage, turns, tx),
        |stage| batch::receive(stage, turns, rx),
    )
}
