//! nexus-logbuf: records behind their lengths, as Aeron has them; the consumer clears what it has
//! read.

use nexus_logbuf::queue::{mpsc, spsc};
use ringway_benches::bytes::threads::Ring;
use ringway_benches::bytes::{Inlet, Outlet};
use std::hint::spin_loop;

/// For one producer.
pub(crate) struct Spsc;
/// For many.
pub(crate) struct Mpsc;

pub(crate) struct Tx<P>(P);
pub(crate) struct Rx<C>(C);

macro_rules! ring {
    ($ring:ident, $module:ident) => {
        impl Ring for $ring {
            type Tx = Tx<$module::Producer>;
            type Rx = Rx<$module::Consumer>;
            fn of(bytes: usize) -> (Self::Tx, Self::Rx) {
                let (producer, consumer) = $module::new(bytes);
                (Tx(producer), Rx(consumer))
            }
        }

        impl Outlet for Tx<$module::Producer> {
            #[inline(always)]
            fn put(&mut self, message: &[u8]) {
                loop {
                    if let Ok(mut claim) = self.0.try_claim(message.len()) {
                        claim.copy_from_slice(message);
                        return claim.commit();
                    }
                    spin_loop();
                }
            }
        }

        impl Inlet for Rx<$module::Consumer> {
            #[inline(always)]
            fn take(&mut self, buffer: &mut [u8]) -> usize {
                loop {
                    if let Some(claim) = self.0.try_claim() {
                        buffer[..claim.len()].copy_from_slice(&claim);
                        return claim.len();
                    }
                    spin_loop();
                }
            }
        }
    };
}

ring!(Spsc, spsc);
ring!(Mpsc, mpsc);
