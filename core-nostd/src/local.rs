//! A channel within one program, without an operating system.

use crate::attach::{self, AttachError, Options};
use crate::channel::{Receiver, Sender};
use crate::layout::Blueprint;
use crate::liveness::{Liveness, PeerId};
use crate::plain::Plain;
use crate::platform::Platform;
use crate::region::{Borrowed, Memory};
use crate::wait::{Nanos, Wait, WaitResult, WaitStrategy, Word};
use core::cell::Cell;
use core::num::NonZeroU32;

/// What stands in for an operating system where there is none: two contexts of one program, such
/// as two cores, or a main loop and an interrupt handler.
///
/// Waiting is looking again. There is no clock: each look at it counts as a microsecond, so that a
/// timeout is a number of looks. Both ends are always alive.
#[derive(Debug)]
pub struct Local<'r> {
    memory: Borrowed<'r>,
    token: NonZeroU32,
    looks: Cell<u64>,
}

/// What a look at the clock of [`Local`] counts as, in nanoseconds.
const LOOK: u64 = 1_000;

impl Wait for Local<'_> {
    fn now(&self) -> Nanos {
        self.looks.set(self.looks.get() + 1);
        Nanos(self.looks.get() * LOOK)
    }
    fn wait(&self, _: Word<'_>, _: u32, _: Option<Nanos>) -> WaitResult {
        crate::primitive::spin_loop();
        WaitResult::Woken
    }
    fn wake(&self, _: Word<'_>, _: u32) -> bool {
        false
    }
}

// SAFETY: both ends are of this program and stay; `split` gives them different tokens.
#[allow(unsafe_code)]
unsafe impl Liveness for Local<'_> {
    fn me(&self) -> PeerId {
        PeerId::from_token(self.token)
    }
    fn is_alive(&self, _: PeerId) -> bool {
        true
    }
}

impl<'r> Platform for Local<'r> {
    type Memory = Borrowed<'r>;
    fn memory(&self) -> &Borrowed<'r> {
        &self.memory
    }
}

/// Both ends of a channel in one region.
pub type Ends<'r, T> = (Sender<T, Local<'r>>, Receiver<T, Local<'r>>);

/// The two ends of a channel within one program, over memory that it has set aside. The ring is
/// as large as fits.
///
/// ```
/// use ringway_core::region::StaticRegion;
///
/// static REGION: StaticRegion<4096> = StaticRegion::new();
/// let (mut tx, mut rx) = ringway_core::local::split::<u64>(&REGION)?;
/// tx.try_send(7).unwrap();
/// assert_eq!(*rx.recv().unwrap(), 7);
/// # Ok::<(), ringway_core::attach::AttachError>(())
/// ```
///
/// # Errors
///
/// Not even one item fits, or an end of an earlier `split` is still there.
pub fn split<'r, T: Plain>(region: impl Into<Borrowed<'r>>) -> Result<Ends<'r, T>, AttachError> {
    let memory = region.into();
    let blueprint = Blueprint::spsc::<T>()?.filling(memory.len() as u64)?;
    let options = Options {
        wait: WaitStrategy::Spin,
        ..Options::default()
    };
    let local = |token| Local {
        memory,
        token,
        looks: Cell::new(0),
    };
    let (one, two) = (NonZeroU32::MIN, NonZeroU32::MIN.saturating_add(1));
    let sender = attach::sender(local(one), &blueprint, options)?;
    let receiver = attach::receiver(local(two), &blueprint, options)?;
    Ok((sender, receiver))
}
