//! What the crew needs of a queue.

use crate::payload::Payload;
use crate::shape::Shape;
use ringway_benches::ends::{Inlet, Outlet};

/// A kind of queue.
pub(crate) trait Queue: 'static {
    /// Its name in the tables.
    const NAME: &'static str;
    /// An end to put messages into.
    type Tx<T: Payload>: Outlet<T> + Send;
    /// An end to take messages from.
    type Rx<T: Payload>: Inlet<T> + Send;
    /// A new queue for [`CAPACITY`](ringway_benches::item::CAPACITY) messages, and an end for
    /// each thread.
    fn open<T: Payload>(shape: Shape) -> Ends<Self::Tx<T>, Self::Rx<T>>;
}

/// An end for each thread.
pub(crate) struct Ends<Tx, Rx> {
    pub(crate) senders: Vec<Tx>,
    pub(crate) receivers: Vec<Rx>,
}

impl<Tx, Rx> Ends<Tx, Rx> {
    /// Those that `sender` and `receiver` make.
    pub(crate) fn new(
        shape: Shape,
        sender: impl FnMut() -> Tx,
        receiver: impl FnMut() -> Rx,
    ) -> Self {
        Ends {
            senders: std::iter::repeat_with(sender).take(shape.senders).collect(),
            receivers: std::iter::repeat_with(receiver)
                .take(shape.receivers)
                .collect(),
        }
    }
}
