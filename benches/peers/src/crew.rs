//! One sample: every thread started, pinned, let go at once and waited for; the sum looked at.

use crate::payload::Payload;
use crate::shape::Shape;
use crate::start::Start;
use crate::subject::{Ends, Queue};
use ringway_benches::cores::{Cores, Pinned};
use ringway_benches::ends::{Inlet, Outlet};
use ringway_benches::item::CAPACITY;
use ringway_benches::preemption::{Share, stolen};
use ringway_benches::run::Taken;
use ringway_benches::turns::Turns;
use std::fmt;
use std::ops::Range;
use std::process::exit;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

/// After this a sample will not end any more: a message was lost, or a wake-up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sample counts as disturbed if others had a core for more than this part of its time: 1 / 25.
const STOLEN: u32 = 25;

/// The number of the message after which a receiver stops. The sender that is through last sends
/// one for each receiver. So no receiver has to get a fixed share: some are faster than others.
const STOP: u64 = u64::MAX - 1;

/// What all threads of a sample know.
struct Crew {
    /// All threads are where they belong.
    ready: Start,
    /// They have noted where they begin.
    go: Start,
    /// Senders that are not through.
    sending: AtomicUsize,
    /// Threads that are not through. The last one says so to the thread that sleeps until then:
    /// woken earlier, it would take a core from those that still work.
    working: AtomicUsize,
    all_done: Sender<()>,
}

/// What a thread tells of its work.
struct Part {
    begun: Instant,
    ended: Instant,
    core: usize,
    share: Share,
    received: Sum,
}

/// What a receiver got.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    messages: u64,
    numbers: u64,
}

/// Takes one sample of `Q`: as many messages as `turns` says, shared among the senders.
pub(crate) fn sample<Q: Queue, T: Payload>(shape: Shape, turns: Turns, cores: Cores) -> Taken {
    let mut ends = Q::open::<T>(shape);
    warm_up(&mut ends);
    let (all_done, done) = channel();
    let crew = &Crew {
        ready: Start::of(shape.threads()),
        go: Start::of(shape.threads()),
        sending: AtomicUsize::new(shape.senders),
        working: AtomicUsize::new(shape.threads()),
        all_done,
    };
    let share = turns.count() / shape.senders as u64;
    // Each thread has its end on its own stack: side by side in memory, ends that note something
    // for themselves would slow each other down. An end that is through comes back, so that none
    // is closed while others work.
    let parts = thread::scope(|scope| {
        let feeding = ends.senders.into_iter().enumerate().map(|(index, mut tx)| {
            let core = shape.core_of_sender(index, cores);
            let first = 1 + share * index as u64;
            let work = move || {
                let part = crew.work(core, || {
                    feed(&mut tx, first..first + share);
                    crew.stop(&mut tx, shape);
                    Sum::default()
                });
                (part, tx)
            };
            scope.spawn(work)
        });
        let feeding: Vec<_> = feeding.collect();
        let draining = ends
            .receivers
            .into_iter()
            .enumerate()
            .map(|(index, mut rx)| {
                let core = shape.core_of_receiver(index, cores);
                scope.spawn(move || (crew.work(core, || drain(&mut rx)), rx))
            });
        let draining: Vec<_> = draining.collect();
        wait_for::<Q, T>(&done, shape);
        let (fed, drained) = (joined(feeding), joined(draining));
        let parts = fed.into_iter().map(|(part, _tx)| part);
        parts
            .chain(drained.into_iter().map(|(part, _rx)| part))
            .collect::<Vec<Part>>()
    });

    let sent = Sum::of(share * shape.senders as u64);
    let received = parts
        .iter()
        .fold(Sum::default(), |sum, part| sum.and(part.received));
    if sent != received {
        fail::<Q, T>(shape, &format!("sent were {sent}, received {received}"));
    }
    taken(&parts, cores)
}

fn joined<R>(threads: Vec<ScopedJoinHandle<'_, R>>) -> Vec<R> {
    let results = threads.into_iter().map(ScopedJoinHandle::join);
    results
        .map(|result| result.expect("every thread was through"))
        .collect()
}

fn taken(parts: &[Part], cores: Cores) -> Taken {
    let begun = parts.iter().map(|part| part.begun).min();
    let ended = parts.iter().map(|part| part.ended).max();
    let elapsed = ended
        .zip(begun)
        .map_or(PATIENCE, |(end, begin)| end - begin);
    let is_disturbed = |core| {
        let here = parts.iter().filter(|part| part.core == core);
        let shares: Vec<Share> = here.map(|part| part.share).collect();
        stolen(&shares) * STOLEN > elapsed
    };
    let preemptions = [cores.lead, cores.follower].map(|core| u32::from(is_disturbed(core)));
    Taken {
        elapsed,
        preemptions: preemptions.iter().sum(),
    }
}

impl Crew {
    /// One thread's part, on `core`, begun together with all others.
    fn work(&self, core: usize, work: impl FnOnce() -> Sum) -> Part {
        let _pinned = Pinned::to(core);
        self.ready.wait();
        let before = Share::now();
        self.go.wait();
        let begun = Instant::now();
        let received = work();
        let part = Part {
            begun,
            ended: Instant::now(),
            core,
            share: Share::now().since(before),
            received,
        };
        if self.working.fetch_sub(1, Ordering::AcqRel) == 1 {
            // It fails only if nobody waits any more.
            let _ = self.all_done.send(());
        }
        part
    }

    /// What a sender does when it is through: everything that the others sent lies before its own
    /// last words.
    fn stop<T: Payload>(&self, tx: &mut impl Outlet<T>, shape: Shape) {
        if self.sending.fetch_sub(1, Ordering::AcqRel) == 1 {
            for _ in 0..shape.receivers {
                feed(tx, STOP..STOP + 1);
            }
        }
    }
}

impl Sum {
    /// That of the numbers from 1 to `count`.
    fn of(count: u64) -> Self {
        Sum {
            messages: count,
            numbers: count * (count + 1) / 2,
        }
    }

    fn and(self, other: Self) -> Self {
        Sum {
            messages: self.messages + other.messages,
            // A garbled message may carry any number.
            numbers: self.numbers.wrapping_add(other.numbers),
        }
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sum { messages, numbers } = self;
        write!(f, "{messages} messages with the sum {numbers}")
    }
}

/// Two laps of the ring: every page is there.
fn warm_up<T: Payload>(ends: &mut Ends<impl Outlet<T>, impl Inlet<T>>) {
    const HALF: u64 = CAPACITY as u64 / 2;
    for _ in 0..4 {
        feed(&mut ends.senders[0], 1..HALF);
        feed(&mut ends.senders[0], STOP..STOP + 1);
        drain(&mut ends.receivers[0]);
    }
}

/// Sends messages with these numbers: all that are sent, for calls that stand in one place are
/// built into the loop around them, and those that stand in several may not be.
#[inline(never)]
fn feed<T: Payload>(tx: &mut impl Outlet<T>, numbers: Range<u64>) {
    for number in numbers {
        tx.put(T::numbered(number));
    }
}

/// Receives until a message says to stop.
#[inline(never)]
fn drain<T: Payload>(rx: &mut impl Inlet<T>) -> Sum {
    let mut sum = Sum::default();
    let mut item = T::numbered(STOP);
    loop {
        rx.take(&mut item);
        let number = item.whole_number();
        if number == STOP {
            return sum;
        }
        sum.messages += 1;
        sum.numbers = sum.numbers.wrapping_add(number);
    }
}

fn wait_for<Q: Queue, T: Payload>(done: &Receiver<()>, shape: Shape) {
    if done.recv_timeout(PATIENCE).is_err() {
        fail::<Q, T>(
            shape,
            &format!("not every thread was through after {PATIENCE:?}"),
        );
    }
}

/// Ends the process: what follows would mean nothing, and threads that wait would wait for ever.
#[cold]
fn fail<Q: Queue, T: Payload>(shape: Shape, problem: &str) -> ! {
    let (name, bytes) = (Q::NAME, size_of::<T>());
    eprintln!("error: {name}, {shape}, {bytes} B: {problem}");
    exit(1);
}
