//! One sender, one receiver, for reference.

use super::{NEW, STAYS, channel};
use crate::payload::Payload;
use crate::shape::Shape;
use crate::subject::{Ends, Queue};
use ringway::{Receiver, Sender};
use ringway_benches::ends::{Inlet, Outlet};
use ringway_benches::item::CAPACITY;

/// The kind of queue.
pub(crate) struct Spsc;

pub(crate) struct Tx<T: Payload>(Sender<T>);
pub(crate) struct Rx<T: Payload>(Receiver<T>);

impl Queue for Spsc {
    const NAME: &'static str = "ringway spsc";
    type Tx<T: Payload> = Tx<T>;
    type Rx<T: Payload> = Rx<T>;
    fn open<T: Payload>(shape: Shape) -> Ends<Tx<T>, Rx<T>> {
        let name = channel();
        let options = || ringway::spsc::<T>(&name).capacity(CAPACITY);
        let tx = || Tx(options().sender().expect(NEW));
        let rx = || Rx(options().receiver().expect(NEW));
        Ends::new(shape, tx, rx)
    }
}

impl<T: Payload> Outlet<T> for Tx<T> {
    #[inline(always)]
    fn put(&mut self, item: T) {
        self.0.send(item).expect(STAYS);
    }
}

impl<T: Payload> Inlet<T> for Rx<T> {
    #[inline(always)]
    fn take(&mut self, item: &mut T) {
        self.0.recv_into(item).expect(STAYS);
    }
}
