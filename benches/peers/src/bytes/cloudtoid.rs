//! Cloudtoid Interprocess: records between processes, from many to many.

use cloudtoid_interprocess::{Options, Publisher, Subscriber};
use ringway_benches::bytes::{Inlet, Outlet, Side, Which, Wire, handover, ring};
use ringway_benches::stage::Stage;
use std::hint::spin_loop;

/// The kind of ring.
pub(crate) struct Cloudtoid;

pub(crate) struct Tx(Publisher);
pub(crate) struct Rx(Subscriber);

fn options(stage: &Stage, which: Which, len: usize) -> Options {
    let name = stage.channel(which.name());
    Options::new(name, ring(len)).with_path("/dev/shm")
}

impl Wire for Cloudtoid {
    type Tx = Tx;
    type Rx = Rx;
    fn outlet(stage: &Stage, _: Side, which: Which, len: usize) -> Tx {
        let options = options(stage, which, len);
        Tx(handover::patiently(|| Publisher::open(&options).ok()))
    }
    fn inlet(stage: &Stage, _: Side, which: Which, len: usize) -> Rx {
        let options = options(stage, which, len);
        Rx(handover::patiently(|| Subscriber::open(&options).ok()))
    }
}

impl Outlet for Tx {
    #[inline(always)]
    fn put(&mut self, message: &[u8]) {
        while let Err(error) = self.0.try_send(message) {
            assert!(error.is_full(), "{error}");
            spin_loop();
        }
    }
}

impl Inlet for Rx {
    #[inline(always)]
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        loop {
            if let Some(len) = self.0.try_recv_into(buffer).expect("a sound queue") {
                return len;
            }
            spin_loop();
        }
    }
}
