//! bbqueue, in frames: a bip buffer, each frame in one piece behind its length.

use bbqueue::nicknames::GogiGui;
use bbqueue::prod_cons::framed::{FramedConsumer, FramedProducer};
use bbqueue::traits::coordination::cas::AtomicCoord;
use bbqueue::traits::notifier::polling::Polling;
use bbqueue::traits::storage::BoxedSlice;
use ringway_benches::bytes::threads::Ring;
use ringway_benches::bytes::{Inlet, Outlet};
use std::hint::spin_loop;
use std::sync::Arc;

/// The kind of ring.
pub(crate) struct Bbqueue;

type Queue = Arc<bbqueue::BBQueue<BoxedSlice, AtomicCoord, Polling>>;

pub(crate) struct Tx(FramedProducer<Queue>);
pub(crate) struct Rx(FramedConsumer<Queue>);

impl Ring for Bbqueue {
    type Tx = Tx;
    type Rx = Rx;
    fn of(bytes: usize) -> (Tx, Rx) {
        let queue = GogiGui::new_with_storage(BoxedSlice::new(bytes));
        (Tx(queue.framed_producer()), Rx(queue.framed_consumer()))
    }
}

impl Outlet for Tx {
    #[inline(always)]
    fn put(&mut self, message: &[u8]) {
        let len = message.len() as u16;
        loop {
            if let Ok(mut grant) = self.0.grant(len) {
                grant[..message.len()].copy_from_slice(message);
                return grant.commit(len);
            }
            spin_loop();
        }
    }
}

impl Inlet for Rx {
    #[inline(always)]
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        loop {
            if let Ok(grant) = self.0.read() {
                let len = grant.len();
                buffer[..len].copy_from_slice(&grant);
                grant.release();
                return len;
            }
            spin_loop();
        }
    }
}
