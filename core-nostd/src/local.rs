//! A channel, or locks, within one program, without an operating system.

use crate::attach::{self, AttachError, Fresh, Object, Options};
use crate::channel::{Message, Receiver, Sender, Spsc};
use crate::layout::{Blueprint, Kind};
use crate::liveness::{Liveness, PeerId};
use crate::pipe::{Reader, Writer};
use crate::platform::Platform;
use crate::region::{Borrowed, Memory, Overlay};
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
    type Scratch = ();
    fn memory(&self) -> &Borrowed<'r> {
        &self.memory
    }
}

impl<'r> Local<'r> {
    /// Context number `number` of a program, from 0 on.
    fn new(memory: Borrowed<'r>, number: u32) -> Self {
        Local {
            memory,
            token: NonZeroU32::MIN.saturating_add(number),
            looks: Cell::new(0),
        }
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
/// Of messages of bytes, `split::<[u8]>`, the longest is a record of the ring, nearly half of it:
/// without an allocator there is nowhere to join parts.
///
/// # Errors
///
/// Not even one item fits, or an end of an earlier `split` is still there.
pub fn split<'r, T: Message + ?Sized>(
    region: impl Into<Borrowed<'r>>,
) -> Result<Ends<'r, T>, AttachError> {
    let memory = region.into();
    let blueprint = T::blueprint::<Spsc>(None)?.filling(memory.len() as u64)?;
    let options = Options {
        wait: WaitStrategy::Spin,
        ..Options::default()
    };
    let sender = attach::sender(Local::new(memory, 0), &blueprint, options)?;
    let receiver = attach::receiver(Local::new(memory, 1), &blueprint, options)?;
    Ok((sender, receiver))
}

/// Both ends of a pipe in one region.
pub type PipeEnds<'r> = (Writer<Local<'r>>, Reader<Local<'r>>);

/// The two ends of a pipe within one program, over memory that it has set aside. The ring is as
/// large as fits.
///
/// ```
/// use ringway_core::region::StaticRegion;
///
/// static REGION: StaticRegion<4096> = StaticRegion::new();
/// let (mut tx, mut rx) = ringway_core::local::pipe(&REGION)?;
/// tx.write_all(b"to and").unwrap();
/// let mut bytes = [0; 16];
/// assert_eq!(rx.read(&mut bytes), Ok(6));
/// assert_eq!(&bytes[..6], b"to and");
/// # Ok::<(), ringway_core::attach::AttachError>(())
/// ```
///
/// # Errors
///
/// Not even one byte fits, or an end of an earlier `pipe` is still there.
pub fn pipe<'r>(region: impl Into<Borrowed<'r>>) -> Result<PipeEnds<'r>, AttachError> {
    let memory = region.into();
    let blueprint = Blueprint::of_bytes(Kind::Pipe, None)?.filling(memory.len() as u64)?;
    let options = Options {
        wait: WaitStrategy::Spin,
        ..Options::default()
    };
    let writer = attach::writer(Local::new(memory, 0), &blueprint, options)?;
    let reader = attach::reader(Local::new(memory, 1), &blueprint, options)?;
    Ok((writer, reader))
}

/// Locks, signals and values in memory that a program has set aside, for `N` of its contexts: each
/// element of the result goes to one of them. What is new is made ready by `initialise`, which must
/// not panic: what it leaves half made nobody makes anew.
///
/// ```
/// use ringway_core::handle::{EventCell, MutexCell};
/// use ringway_core::region::StaticRegion;
///
/// ringway_core::shared! {
///     struct Desk { total: MutexCell<u64>, ready: EventCell }
/// }
///
/// static REGION: StaticRegion<4096> = StaticRegion::new();
/// let [one, two] = ringway_core::local::share::<Desk, 2>(&REGION, |desk| {
///     desk.set(|desk| &desk.total, 40);
/// })?;
/// *one.bind(|desk| &desk.total).lock().unwrap() += 2;
/// one.bind(|desk| &desk.ready).set();
///
/// assert!(two.bind(|desk| &desk.ready).is_set());
/// assert_eq!(*two.bind(|desk| &desk.total).lock().unwrap(), 42);
/// # Ok::<(), ringway_core::attach::AttachError>(())
/// ```
///
/// # Errors
///
/// The region is too small, or holds something else, or contexts of an earlier call are still there.
pub fn share<'r, S: Overlay, const N: usize>(
    region: impl Into<Borrowed<'r>>,
    initialise: impl FnOnce(&mut Fresh<'_, S>),
) -> Result<[Object<S, Local<'r>>; N], AttachError> {
    let memory = region.into();
    let blueprint = Blueprint {
        handles: Some(N as u32),
        ..Blueprint::object::<S>()
    };
    let mut initialise = Some(initialise);
    let mut first = |fresh: &mut Fresh<'_, S>| {
        if let Some(initialise) = initialise.take() {
            initialise(fresh);
        }
    };
    let mut contexts = heapless::Vec::<_, N>::new();
    for number in 0..N as u32 {
        let local = Local::new(memory, number);
        let context = attach::object(local, &blueprint, Options::default(), &mut first)?;
        // There is room for so many.
        let _ = contexts.push(context);
    }
    contexts.into_array().map_err(|_| AttachError::Busy)
}
