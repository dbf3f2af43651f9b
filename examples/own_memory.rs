//! A channel in memory that the program brings itself: huge pages, the shared memory of a virtual
//! machine, a device.
//!
//! ```text
//! cargo run --release --example own_memory
//! ```
//!
//! ringway asks for three things, and puts them together in one trait, `Platform`:
//!
//! | trait      | question                      | answer here                          |
//! |------------|-------------------------------|--------------------------------------|
//! | `Memory`   | where are the bytes?          | an anonymous mapping, in huge pages if there are any |
//! | `Wait`     | how to sleep, how to wake?    | not at all: let others run, look again |
//! | `Liveness` | who am I, is the other alive? | two threads live as long as the program |
//!
//! Two threads share the memory here. Two machines or processes would each map it their own way and
//! do the same; what their `Liveness` says must then be true across the two.

use memmap2::{MmapOptions, MmapRaw};
use ringway_core::attach::{Options, receiver, sender};
use ringway_core::channel::Spsc;
use ringway_core::error::SendError;
use ringway_core::layout::Blueprint;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::region::RawMemory;
use ringway_core::wait::{Nanos, Wait, WaitResult, WaitStrategy, Word};
use std::error::Error;
use std::num::NonZeroU32;
use std::ptr::NonNull;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

/// One end's view of the memory.
struct Board {
    memory: RawMemory,
    /// The name under which this end stands in the table of participants.
    token: NonZeroU32,
    start: Instant,
    /// What keeps the bytes mapped while an end exists.
    _map: Arc<MmapRaw>,
}

impl Board {
    fn new(map: &Arc<MmapRaw>, token: NonZeroU32) -> Result<Self, Box<dyn Error>> {
        let base = NonNull::new(map.as_mut_ptr()).ok_or("nothing is mapped at address zero")?;
        // SAFETY: the bytes are ordinary memory, readable and writable, which stays mapped as long
        // as `_map` is there; nothing else in this program refers to them.
        let memory = unsafe { RawMemory::new(base, map.len()) }?;
        Ok(Board {
            memory,
            token,
            start: Instant::now(),
            _map: Arc::clone(map),
        })
    }
}

impl Wait for Board {
    fn now(&self) -> Nanos {
        Nanos(self.start.elapsed().as_nanos() as u64)
    }
    // May come back at any time, for no reason; so this is enough. A system with a futex, an
    // interrupt or a doorbell would sleep until `word` is woken or the deadline passes.
    fn wait(&self, _word: Word<'_>, _expected: u32, _deadline: Option<Nanos>) -> WaitResult {
        thread::yield_now();
        WaitResult::Woken
    }
    // Nobody ever sleeps.
    fn wake(&self, _word: Word<'_>, _count: u32) -> bool {
        false
    }
}

// SAFETY: no end of this program goes away unseen, and each is given its own token.
unsafe impl Liveness for Board {
    fn me(&self) -> PeerId {
        PeerId::from_token(self.token)
    }
    fn is_alive(&self, _peer: PeerId) -> bool {
        true
    }
}

impl Platform for Board {
    type Memory = RawMemory;
    type Scratch = ();
    fn memory(&self) -> &RawMemory {
        &self.memory
    }
}

/// Memory for a segment: huge pages if the system has set some aside, ordinary ones otherwise.
fn map(len: usize) -> std::io::Result<MmapRaw> {
    const HUGE_PAGE: usize = 2 << 20;
    let huge = MmapOptions::new()
        .len(len.next_multiple_of(HUGE_PAGE))
        .huge(Some(HUGE_PAGE.trailing_zeros() as u8))
        .map_anon();
    match huge {
        Ok(map) => {
            println!("in huge pages");
            Ok(map.into())
        }
        Err(_) => {
            println!("in ordinary pages; no huge ones are set aside (vm.nr_hugepages)");
            Ok(MmapOptions::new().len(len).map_anon()?.into())
        }
    }
}

type Frame = [u64; 64];

const COUNT: u64 = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    // The blueprint says what the segment is to be, and so how large.
    let mut blueprint = Blueprint::spsc::<Frame>()?;
    blueprint.capacity = Some(256);
    let len = usize::try_from(blueprint.geometry()?.total_len)?;
    let map = Arc::new(map(len)?);

    let options = Options {
        wait: WaitStrategy::Adaptive,
        ..Options::default()
    };
    // Zeroed memory is a segment that nobody has built yet. The first to come builds it.
    let (one, two) = (NonZeroU32::MIN, NonZeroU32::MIN.saturating_add(1));
    let mut tx = sender::<Frame, _, Spsc>(Board::new(&map, one)?, &blueprint, options)?;
    let mut rx = receiver::<Frame, _, Spsc>(Board::new(&map, two)?, &blueprint, options)?;

    thread::scope(|scope| {
        let producer = scope.spawn(move || {
            for number in 0..COUNT {
                // A refused send gives the value back; nobody needs it here.
                tx.send([number; 64]).map_err(|refused| refused.map(drop))?;
            }
            Ok::<(), SendError<()>>(())
        });
        for expected in 0..COUNT {
            let frame = rx.recv()?;
            if *frame != [expected; 64] {
                return Err(format!("frame {expected} holds {}", frame[0]).into());
            }
        }
        println!(
            "{COUNT} frames of {} bytes in {len} bytes of memory",
            size_of::<Frame>()
        );
        match producer.join() {
            Ok(sent) => Ok(sent?),
            Err(_) => Err("the producer panicked".into()),
        }
    })
}
