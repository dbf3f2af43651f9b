//! Several senders, several receivers: by the calls that wait as ringway does, and by those that do
//! not wait, in the loop that the queues without a way to wait get.

#![allow(unsafe_code)]

use super::{NEW, STAYS, channel};
use crate::payload::Payload;
use crate::shape::Shape;
use crate::snooze;
use crate::subject::{Ends, Queue};
use ringway::{Attachment, TryRecvError, TrySendError, mpmc};
use ringway_benches::ends::{Inlet, Outlet};
use ringway_benches::item::CAPACITY;
use ringway_core::channel::{self as topology, Receiver, Sender, Topology, Unprotected};

/// Calls that wait.
pub(crate) struct Mpmc;
/// Calls that do not.
pub(crate) struct MpmcTry;
/// Calls that wait, of a ring that writes no intents and so does not survive a death: the
/// difference is the price of crash safety.
pub(crate) struct NoIntents;

pub(crate) struct Tx<T: Payload, K: Topology = topology::Mpmc>(Sender<T, Attachment, K>);
pub(crate) struct Rx<T: Payload, K: Topology = topology::Mpmc>(Receiver<T, Attachment, K>);
pub(crate) struct TryTx<T: Payload>(mpmc::Sender<T>);
pub(crate) struct TryRx<T: Payload>(mpmc::Receiver<T>);

/// The first two ends of a new channel.
fn open<T: Payload>() -> (mpmc::Sender<T>, mpmc::Receiver<T>) {
    let name = channel();
    let options = || mpmc::<T>(&name).capacity(CAPACITY);
    (
        options().sender().expect(NEW),
        options().receiver().expect(NEW),
    )
}

impl Queue for NoIntents {
    const NAME: &'static str = "ringway mpmc, no intents";
    type Tx<T: Payload> = Tx<T, Unprotected>;
    type Rx<T: Payload> = Rx<T, Unprotected>;
    fn open<T: Payload>(shape: Shape) -> Ends<Self::Tx<T>, Self::Rx<T>> {
        let name = channel();
        // SAFETY: all ends of this channel are made here.
        let options = || unsafe { mpmc::unprotected::<T>(&name) }.capacity(CAPACITY);
        let (tx, rx) = (
            options().sender().expect(NEW),
            options().receiver().expect(NEW),
        );
        Ends::new(shape, || Tx(tx.clone()), || Rx(rx.clone()))
    }
}

impl Queue for Mpmc {
    const NAME: &'static str = "ringway mpmc";
    type Tx<T: Payload> = Tx<T>;
    type Rx<T: Payload> = Rx<T>;
    fn open<T: Payload>(shape: Shape) -> Ends<Tx<T>, Rx<T>> {
        let (tx, rx) = open();
        Ends::new(shape, || Tx(tx.clone()), || Rx(rx.clone()))
    }
}

impl Queue for MpmcTry {
    const NAME: &'static str = "ringway mpmc, try";
    type Tx<T: Payload> = TryTx<T>;
    type Rx<T: Payload> = TryRx<T>;
    fn open<T: Payload>(shape: Shape) -> Ends<TryTx<T>, TryRx<T>> {
        let (tx, rx) = open();
        Ends::new(shape, || TryTx(tx.clone()), || TryRx(rx.clone()))
    }
}

impl<T: Payload, K: Topology> Outlet<T> for Tx<T, K> {
    #[inline(always)]
    fn put(&mut self, item: T) {
        self.0.send(item).expect(STAYS);
    }
}

impl<T: Payload, K: Topology> Inlet<T> for Rx<T, K> {
    #[inline(always)]
    fn take(&mut self, item: &mut T) {
        self.0.recv_into(item).expect(STAYS);
    }
}

impl<T: Payload> Outlet<T> for TryTx<T> {
    #[inline(always)]
    fn put(&mut self, item: T) {
        snooze::put(item, |item| match self.0.try_send(item) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(refused)) => Err(refused),
            Err(error) => panic!("{STAYS}: {error}"),
        });
    }
}

impl<T: Payload> Inlet<T> for TryRx<T> {
    #[inline(always)]
    fn take(&mut self, item: &mut T) {
        snooze::take(|| match self.0.try_recv_into(item) {
            Ok(()) => Some(()),
            Err(TryRecvError::Empty) => None,
            Err(error) => panic!("{STAYS}: {error}"),
        });
    }
}
