//! crossbeam-channel, bounded: its own way to wait.

use crate::payload::Payload;
use crate::shape::Shape;
use crate::subject::{Ends, Queue};
use crossbeam_channel::{Receiver, Sender, bounded};
use ringway_benches::ends::{Inlet, Outlet};
use ringway_benches::item::CAPACITY;

/// The kind of queue.
pub(crate) struct CrossbeamChannel;

pub(crate) struct Tx<T>(Sender<T>);
pub(crate) struct Rx<T>(Receiver<T>);

impl Queue for CrossbeamChannel {
    const NAME: &'static str = "crossbeam-channel";
    type Tx<T: Payload> = Tx<T>;
    type Rx<T: Payload> = Rx<T>;
    fn open<T: Payload>(shape: Shape) -> Ends<Tx<T>, Rx<T>> {
        let (tx, rx) = bounded(CAPACITY as usize);
        Ends::new(shape, || Tx(tx.clone()), || Rx(rx.clone()))
    }
}

impl<T: Payload> Outlet<T> for Tx<T> {
    #[inline(always)]
    fn put(&mut self, item: T) {
        self.0.send(item).expect("the receivers stay");
    }
}

impl<T: Payload> Inlet<T> for Rx<T> {
    #[inline(always)]
    fn take(&mut self, item: &mut T) {
        *item = self.0.recv().expect("the senders stay");
    }
}
