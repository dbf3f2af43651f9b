//! One sender, several receivers.

use super::{NEW, STAYS, channel};
use crate::payload::Payload;
use crate::shape::Shape;
use crate::subject::{Ends, Queue};
use ringway::spmc::{Receiver, Sender};
use ringway_benches::ends::{Inlet, Outlet};
use ringway_benches::item::CAPACITY;

/// The kind of queue.
pub(crate) struct Spmc;

pub(crate) struct Tx<T: Payload>(Sender<T>);
pub(crate) struct Rx<T: Payload>(Receiver<T>);

impl Queue for Spmc {
    const NAME: &'static str = "ringway spmc";
    type Tx<T: Payload> = Tx<T>;
    type Rx<T: Payload> = Rx<T>;
    fn open<T: Payload>(shape: Shape) -> Ends<Tx<T>, Rx<T>> {
        let name = channel();
        let options = || ringway::spmc::<T>(&name).capacity(CAPACITY);
        let tx = || Tx(options().sender().expect(NEW));
        let rx = options().receiver().expect(NEW);
        Ends::new(shape, tx, || Rx(rx.clone()))
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
