//! The reader-writer lock: no value is read while it is written, whoever dies, and nobody is left
//! behind. A sleeper that is shows as a deadlock, an access that is not ordered as a race on the value.

use ringway_core::sync::{RawRead, RawRwLock, RawWriteGuard};
use ringway_core::wait::lock::NotTaken;
use ringway_core::wait::{Nanos, Spin, WaitResult, WaitStrategy};
use ringway_verify::exec::{
    Item, JoinHandle, bounded_model, from_both_sides, model, spawn, suppose_barriers,
};
use ringway_verify::kernel::{Kernel, Process};
use std::sync::Arc;

const AT: usize = 0;
const NEVER: Option<Nanos> = None;
const SOON: Option<Nanos> = Some(Nanos(1));

fn park() -> Spin {
    Spin::new(WaitStrategy::Park)
}

/// A lock for `N` readers, and its value.
struct Guarded<const N: usize> {
    lock: RawRwLock<N>,
    value: Item,
}

/// How a reader's look at the value ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    Value(u32),
    /// The last writer had died; the value is in order again.
    Recovered(u32),
    Not(NotTaken),
}

impl<const N: usize> Guarded<N> {
    fn new() -> Arc<Self> {
        Arc::new(Guarded {
            lock: RawRwLock::new(),
            value: Item::new(0),
        })
    }

    fn enter(&self, process: &Process) -> usize {
        self.lock.enter(AT, process, NEVER).unwrap()
    }

    /// Waits until it may read, and reads.
    fn read(&self, process: &Process, seat: usize, deadline: Option<Nanos>) -> Read {
        let got = self.lock.read(AT, process, seat, &mut park(), deadline);
        self.look(got, process, seat)
    }

    fn try_read(&self, process: &Process, seat: usize) -> Read {
        self.look(self.lock.try_read(AT, process, seat), process, seat)
    }

    fn look(
        &self,
        got: Result<RawRead<'_, Process, N>, NotTaken>,
        process: &Process,
        seat: usize,
    ) -> Read {
        match got {
            Ok(RawRead::Reading) => {
                let value = self.value.get();
                self.lock.end_read(AT, process, seat);
                Read::Value(value)
            }
            Ok(RawRead::Recovering(mut guard)) => {
                assert!(guard.is_inconsistent());
                let value = self.value.get();
                self.value.set(value);
                guard.make_consistent();
                Read::Recovered(value)
            }
            Err(why) => Read::Not(why),
        }
    }

    /// Waits until it may write, and adds to the value. Whether the last writer had died.
    fn write(&self, process: &Process) -> bool {
        let guard = self.lock.write(AT, process, &mut park(), NEVER);
        self.add(guard.unwrap())
    }

    fn add(&self, mut guard: RawWriteGuard<'_, Process, N>) -> bool {
        let was_inconsistent = guard.is_inconsistent();
        self.value.set(self.value.get() + 1);
        guard.make_consistent();
        was_inconsistent
    }

    /// Begins to read, and dies.
    fn die_reading(&self, process: &Process, seat: usize) {
        if let Ok(RawRead::Reading) = self.lock.read(AT, process, seat, &mut park(), NEVER) {
            self.value.get();
        }
        process.die();
    }

    /// Says that a writer is there, and dies before it has looked for readers.
    fn die_arriving(&self, process: &Process) {
        std::mem::forget(self.lock.arrive(AT, process, NEVER).unwrap());
        process.die();
    }

    /// Adds to the value, and dies.
    fn die_writing(&self, process: &Process) {
        let guard = self.lock.write(AT, process, &mut park(), NEVER).unwrap();
        self.value.set(self.value.get() + 1);
        std::mem::forget(guard);
        process.die();
    }

    /// What the value is when nobody has it.
    fn value(&self, process: &Process) -> u32 {
        let _guard = self.lock.try_write(AT, process).unwrap();
        self.value.get()
    }
}

/// Lets a process do something in a thread of its own.
fn start<const N: usize, R: Send + 'static>(
    guarded: &Arc<Guarded<N>>,
    process: &Process,
    work: impl FnOnce(&Guarded<N>, &Process) -> R + Send + 'static,
) -> JoinHandle<R> {
    let (guarded, process) = (guarded.clone(), process.clone());
    spawn(move || work(&guarded, &process))
}

/// Goal: the value is read before or after it is written, and who waits is woken.
/// Method: one reads twice, one writes.
/// Allowed: any order.
#[test]
fn reader_and_writer() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let (one, two) = (kernel.process(1), kernel.process(2));
        let seat = guarded.enter(&one);
        let reading = start(&guarded, &one, move |guarded, one| {
            let first = guarded.read(one, seat, NEVER);
            (first, guarded.read(one, seat, NEVER))
        });
        from_both_sides();
        assert!(!guarded.write(&two));
        let (first, second) = reading.join().unwrap();
        assert!(matches!(first, Read::Value(0 | 1)));
        assert!(second == first || second == Read::Value(1));
        assert_eq!(guarded.value(&two), 1);
    });
}

/// Goal: a writer that finds a seat waiting has what was read from it before.
/// Method: one reads twice, in a system without barriers, so that giving back is no fence; another
/// tries to write.
/// Allowed: the second read and the write may fail.
#[test]
fn reader_comes_back_while_a_writer_looks() {
    model(|| {
        suppose_barriers(false);
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let (one, two) = (kernel.process(1).reached_in_vain(), kernel.process(2));
        let seat = guarded.enter(&one);
        let reading = start(&guarded, &one, move |guarded, one| {
            guarded.try_read(one, seat);
            guarded.try_read(one, seat);
        });
        from_both_sides();
        let guard = guarded.lock.write(AT, &two, &mut park(), Some(Nanos(0)));
        let has_written = guard.is_ok_and(|guard| !guarded.add(guard));
        reading.join().unwrap();
        assert_eq!(guarded.value(&two), u32::from(has_written));
    });
}

/// As `reader_and_writer`, with two readers, who may read together.
#[test]
fn two_readers_and_a_writer() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::<2>::new());
        let reading = [1, 2].map(|number| {
            let process = kernel.process(number);
            let seat = guarded.enter(&process);
            start(&guarded, &process, move |guarded, process| {
                guarded.read(process, seat, NEVER)
            })
        });
        from_both_sides();
        let writer = kernel.process(3);
        assert!(!guarded.write(&writer));
        for reading in reading {
            assert!(matches!(reading.join().unwrap(), Read::Value(0 | 1)));
        }
        assert_eq!(guarded.value(&writer), 1);
    });
}

/// Goal: two writers take turns, and a reader that waits for one is admitted before the next.
/// Method: two write, one reads.
/// Allowed: any order.
#[test]
fn two_writers_and_a_reader() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let reader = kernel.process(3);
        let seat = guarded.enter(&reader);
        let writing = [1, 2].map(|number| {
            let process = kernel.process(number);
            start(&guarded, &process, |guarded, process| {
                guarded.write(process)
            })
        });
        from_both_sides();
        assert!(matches!(
            guarded.read(&reader, seat, NEVER),
            Read::Value(0..=2)
        ));
        for writing in writing {
            assert!(!writing.join().unwrap());
        }
        assert_eq!(guarded.value(&reader), 2);
    });
}

/// Goal: a writer is not starved: who comes while it waits is behind it.
/// Method: one reads; a writer comes; another tries to read until it cannot, and once more.
/// Allowed: the writer comes late.
#[test]
fn who_comes_behind_a_writer_waits() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<2>::new());
        let (one, two) = (kernel.process(1), kernel.process(2));
        let seats = [guarded.enter(&one), guarded.enter(&one)];
        let first = guarded.lock.try_read(AT, &one, seats[0]);
        assert!(matches!(first, Ok(RawRead::Reading)));
        let writing = start(&guarded, &two, |guarded, two| guarded.write(two));
        from_both_sides();
        if guarded.try_read(&one, seats[1]) != Read::Value(0) {
            let again = guarded.try_read(&one, seats[1]);
            assert_eq!(again, Read::Not(NotTaken::Held));
        }
        assert_eq!(guarded.value.get(), 0);
        guarded.lock.end_read(AT, &one, seats[0]);
        assert!(!writing.join().unwrap());
        assert_eq!(guarded.value(&one), 1);
    });
}

/// Goal: a reader is not starved: who waits for one writer is before the next.
/// Method: one writes and then tries to write once more, while another reads.
/// Allowed: the reader comes early or late; or the writer cannot write again.
#[test]
fn who_waited_for_a_writer_is_before_the_next() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let (one, two) = (kernel.process(1), kernel.process(2));
        let seat = guarded.enter(&one);
        let guard = guarded.lock.try_write(AT, &two).unwrap();
        let reading = start(&guarded, &one, move |guarded, one| {
            guarded.read(one, seat, NEVER)
        });
        from_both_sides();
        let waits = guarded.lock.readers() == 1;
        guarded.add(guard);
        let again = guarded.lock.try_write(AT, &two);
        let has_written_again = again.is_ok_and(|guard| !guarded.add(guard));
        let read = reading.join().unwrap();
        assert!(matches!(read, Read::Value(1 | 2)));
        if read == Read::Value(2) {
            assert!(has_written_again && !waits);
        }
        assert_eq!(guarded.value(&two), 1 + u32::from(has_written_again));
    });
}

/// Goal: a reader that gives up holds nobody up, and one that is woken at the same time reads.
/// Method: a reader waits for a writer, with a sleep that ends by itself; two writers write.
/// Allowed: it reads or does not.
#[test]
fn reader_times_out() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let one = kernel.process(1).with_hints(&[WaitResult::TimedOut]);
        let two = kernel.process(2);
        let seat = guarded.enter(&one);
        let reading = start(&guarded, &one, move |guarded, one| {
            guarded.read(one, seat, SOON)
        });
        from_both_sides();
        assert!(!guarded.write(&two));
        assert!(!guarded.write(&two));
        let read = reading.join().unwrap();
        assert!(matches!(
            read,
            Read::Value(0..=2) | Read::Not(NotTaken::Held)
        ));
        assert_eq!(guarded.value(&two), 2);
    });
}

/// Goal: a writer that gives up lets those read that wait for it.
/// Method: one reads; a writer waits for it, with a sleep that ends by itself; another reads.
/// Allowed: it writes or does not.
#[test]
fn writer_times_out() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::<2>::new());
        let one = kernel.process(1);
        let two = kernel.process(2).with_hints(&[WaitResult::TimedOut]);
        let three = kernel.process(3);
        let seats = [guarded.enter(&one), guarded.enter(&three)];
        let first = guarded.lock.try_read(AT, &one, seats[0]);
        assert!(matches!(first, Ok(RawRead::Reading)));
        let writing = start(&guarded, &two, |guarded, two| {
            let guard = guarded.lock.write(AT, two, &mut park(), SOON);
            guard.map(|guard| guarded.add(guard))
        });
        let reading = start(&guarded, &three, move |guarded, three| {
            guarded.read(three, seats[1], NEVER)
        });
        from_both_sides();
        guarded.lock.end_read(AT, &one, seats[0]);
        let written = writing.join().unwrap();
        assert!(matches!(written, Ok(false) | Err(NotTaken::Held)));
        assert!(matches!(reading.join().unwrap(), Read::Value(0 | 1)));
        assert_eq!(guarded.value(&one), u32::from(written.is_ok()));
    });
}

/// Goal: what ends a sleep for no reason ends no wait.
/// Method: a reader and a writer, each of whose first sleeps is such.
/// Allowed: any order.
#[test]
fn sleeps_that_end_for_no_reason() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let [one, two] = [1, 2].map(|number| {
            let process = kernel.process(number);
            process.with_hints(&[WaitResult::Woken])
        });
        let seat = guarded.enter(&one);
        let reading = start(&guarded, &one, move |guarded, one| {
            guarded.read(one, seat, NEVER)
        });
        from_both_sides();
        assert!(!guarded.write(&two));
        assert!(matches!(reading.join().unwrap(), Read::Value(0 | 1)));
        assert_eq!(guarded.value(&two), 1);
    });
}

/// Goal: trying never waits, and disturbs nobody.
/// Method: one tries to read, one tries to write, one writes.
/// Allowed: each may fail; what was done is there.
#[test]
fn two_try() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let (one, two, three) = (kernel.process(1), kernel.process(2), kernel.process(3));
        let seat = guarded.enter(&one);
        let reading = start(&guarded, &one, move |guarded, one| {
            guarded.try_read(one, seat)
        });
        let writing = start(&guarded, &two, |guarded, two| guarded.write(two));
        from_both_sides();
        let tried = guarded.lock.try_write(AT, &three);
        let has_written = tried.is_ok_and(|guard| !guarded.add(guard));
        assert!(!writing.join().unwrap());
        let read = reading.join().unwrap();
        assert!(matches!(
            read,
            Read::Value(0..=2) | Read::Not(NotTaken::Held)
        ));
        assert_eq!(guarded.value(&three), 1 + u32::from(has_written));
    });
}

/// Goal: a reader that dies keeps no writer out, neither while it reads nor when it was admitted.
/// Method: one reads and dies, one writes twice.
/// Allowed: any order.
#[test]
fn reader_dies_reading() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let (one, two) = (kernel.process(1), kernel.process(2));
        let seat = guarded.enter(&one);
        let dying = start(&guarded, &one, move |guarded, one| {
            guarded.die_reading(one, seat);
        });
        from_both_sides();
        assert!(!guarded.write(&two));
        assert!(!guarded.write(&two));
        dying.join().unwrap();
        assert_eq!(guarded.value(&two), 2);
    });
}

/// Goal: a reader that dies while it waits keeps no writer out.
/// Method: one is killed in its first sleep; another writes twice.
/// Allowed: any order; it may read instead, and die then.
#[test]
fn reader_dies_waiting() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        // Nothing more is done once the memory is gone: as good as dead.
        let one = kernel.process(1).with_hints(&[WaitResult::Lost]);
        let two = kernel.process(2);
        let seat = guarded.enter(&one);
        let guard = guarded.lock.try_write(AT, &two).unwrap();
        let dying = start(&guarded, &one, move |guarded, one| {
            guarded.die_reading(one, seat);
        });
        from_both_sides();
        guarded.add(guard);
        assert!(!guarded.write(&two));
        dying.join().unwrap();
        assert_eq!(guarded.value(&two), 2);
    });
}

/// Goal: trying to write succeeds where only the dead read.
/// Method: one reads and dies, then another tries.
/// Allowed: it writes.
#[test]
fn dead_readers_do_not_count() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<2>::new());
        let (one, two) = (kernel.process(1), kernel.process(2));
        for _ in 0..2 {
            let seat = guarded.enter(&one);
            let read = guarded.lock.try_read(AT, &one, seat);
            assert!(matches!(read, Ok(RawRead::Reading)));
        }
        one.die();
        assert_eq!(guarded.value(&two), 0);
        assert_eq!(guarded.lock.readers(), 0);
    });
}

/// Goal: a newcomer that is given the seat of a dead reader wakes the writer that waits for that,
/// and hands on what the dead one did.
/// Method: one reads and dies, whereupon another enters, where there is but one seat; a third writes.
/// Allowed: any order.
#[test]
fn seat_of_a_dead_reader_is_given_away() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let (one, two, three) = (kernel.process(1), kernel.process(2), kernel.process(3));
        let seat = guarded.enter(&one);
        let dying = start(&guarded, &one, move |guarded, one| {
            guarded.die_reading(one, seat);
            let seat = guarded.enter(&two);
            guarded.read(&two, seat, NEVER)
        });
        from_both_sides();
        assert!(!guarded.write(&three));
        assert!(matches!(dying.join().unwrap(), Read::Value(0 | 1)));
        assert_eq!(guarded.value(&three), 1);
    });
}

/// Goal: a writer that dies before it has changed anything is not missed.
/// Method: a writer arrives and dies, while another reads and a third writes.
/// Allowed: any order; nobody is told of it.
#[test]
fn writer_dies_arriving() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let (one, two, three) = (kernel.process(1), kernel.process(2), kernel.process(3));
        let seat = guarded.enter(&two);
        let dying = start(&guarded, &one, |guarded, one| guarded.die_arriving(one));
        let reading = start(&guarded, &two, move |guarded, two| {
            guarded.read(two, seat, NEVER)
        });
        from_both_sides();
        assert!(!guarded.write(&three));
        dying.join().unwrap();
        assert!(matches!(reading.join().unwrap(), Read::Value(0 | 1)));
        assert_eq!(guarded.value(&three), 1);
    });
}

/// Goal: of a writer that dies writing, one of the others is told, once.
/// Method: a writer dies, while another reads and a third writes.
/// Allowed: any order.
#[test]
fn writer_dies_writing() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let (one, two, three) = (kernel.process(1), kernel.process(2), kernel.process(3));
        let seat = guarded.enter(&two);
        let dying = start(&guarded, &one, |guarded, one| guarded.die_writing(one));
        let reading = start(&guarded, &two, move |guarded, two| {
            guarded.read(two, seat, NEVER)
        });
        from_both_sides();
        let was_told = guarded.write(&three);
        dying.join().unwrap();
        let read = reading.join().unwrap();
        let told = u32::from(was_told) + u32::from(matches!(read, Read::Recovered(_)));
        let left = guarded.lock.try_write(AT, &three).unwrap();
        assert_eq!(told + u32::from(guarded.add(left)), 1);
        assert_eq!(guarded.value(&three), 3);
    });
}

/// Goal: who recovers may die as well.
/// Method: a writer is dead; the next dies writing; a reader waits.
/// Allowed: the reader is the one to repair, or it reads after the next.
#[test]
fn who_recovers_dies() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let (two, three) = (kernel.process(2), kernel.process(3));
        let seat = guarded.enter(&three);
        guarded.die_writing(&kernel.process(1));
        let dying = start(&guarded, &two, |guarded, two| guarded.die_writing(two));
        from_both_sides();
        let read = guarded.read(&three, seat, NEVER);
        assert!(matches!(read, Read::Recovered(1 | 2)));
        dying.join().unwrap();
        let left = guarded.lock.try_write(AT, &three).unwrap();
        assert_eq!(guarded.add(left), read == Read::Recovered(1));
        assert_eq!(guarded.value(&three), 3);
    });
}

/// Goal: a reader that repairs, while another reader and a writer wait, holds the value alone.
/// Method: a writer is dead; two read, one writes.
/// Allowed: one of them repairs.
#[test]
fn three_come_for_what_a_dead_one_left() {
    bounded_model(2, || {
        let (kernel, guarded) = (Kernel::new(), Guarded::<2>::new());
        let readers = [2, 3].map(|number| kernel.process(number));
        let seats = [0, 1].map(|index| guarded.enter(&readers[index]));
        guarded.die_writing(&kernel.process(1));
        let reading = [0, 1].map(|index| {
            start(&guarded, &readers[index], move |guarded, process| {
                guarded.read(process, seats[index], NEVER)
            })
        });
        from_both_sides();
        let writer = kernel.process(4);
        let mut told = u32::from(guarded.write(&writer));
        for reading in reading {
            told += u32::from(matches!(reading.join().unwrap(), Read::Recovered(_)));
        }
        assert_eq!(told, 1);
        assert_eq!(guarded.value(&writer), 2);
    });
}

/// Goal: those who wait learn that the value was given up.
/// Method: a writer is dead; one gives up what it left, while another waits to read.
/// Allowed: either of them is the one to give it up.
#[test]
fn value_is_given_up() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let (two, three) = (kernel.process(2), kernel.process(3));
        let seat = guarded.enter(&three);
        guarded.die_writing(&kernel.process(1));
        let reading = start(&guarded, &three, move |guarded, three| {
            let got = guarded.lock.read(AT, three, seat, &mut park(), NEVER);
            match got {
                Ok(RawRead::Reading) => panic!("reads what was given up"),
                Ok(RawRead::Recovering(guard)) => guard.give_up(),
                Err(why) => assert_eq!(why, NotTaken::Closed),
            }
        });
        from_both_sides();
        match guarded.lock.write(AT, &two, &mut park(), NEVER) {
            Ok(guard) => {
                assert!(guard.is_inconsistent());
                guard.give_up();
            }
            Err(why) => assert_eq!(why, NotTaken::Closed),
        }
        reading.join().unwrap();
        assert!(guarded.lock.is_poisoned());
        assert_eq!(guarded.try_read(&three, seat), Read::Not(NotTaken::Closed));
        assert!(guarded.lock.clear_poison(AT, &two));
        assert_eq!(guarded.try_read(&three, seat), Read::Recovered(1));
        assert_eq!(guarded.value(&two), 1);
    });
}

/// Goal: who is told of a death and decides nothing leaves that to the next one, who may be waiting.
/// Method: a writer is dead; one writes and one reads, both without a decision.
/// Allowed: either order; both are told.
#[test]
fn who_decides_nothing_passes_it_on() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let (two, three) = (kernel.process(2), kernel.process(3));
        let seat = guarded.enter(&three);
        guarded.die_writing(&kernel.process(1));
        let reading = start(&guarded, &three, move |guarded, three| {
            let got = guarded.lock.read(AT, three, seat, &mut park(), NEVER);
            assert!(matches!(got, Ok(RawRead::Recovering(guard)) if guard.is_inconsistent()));
        });
        from_both_sides();
        let guard = guarded.lock.write(AT, &two, &mut park(), NEVER).unwrap();
        assert!(guard.is_inconsistent());
        drop(guard);
        reading.join().unwrap();
        let mut guard = guarded.lock.write(AT, &two, &mut park(), NEVER).unwrap();
        assert!(guard.is_inconsistent());
        guard.make_consistent();
    });
}

/// Goal: a writer that goes on reading lets no other in between.
/// Method: one writes and goes on reading, another writes.
/// Allowed: either order.
#[test]
fn writer_goes_on_reading() {
    model(|| {
        let (kernel, guarded) = (Kernel::new(), Guarded::<1>::new());
        let (one, two) = (kernel.process(1), kernel.process(2));
        let seat = guarded.enter(&one);
        let reading = start(&guarded, &one, move |guarded, one| {
            let guard = guarded.lock.write(AT, one, &mut park(), NEVER).unwrap();
            let written = guarded.value.get() + 1;
            guarded.value.set(written);
            guard.downgrade(seat);
            assert_eq!(guarded.value.get(), written);
            guarded.lock.end_read(AT, one, seat);
        });
        from_both_sides();
        assert!(!guarded.write(&two));
        reading.join().unwrap();
        assert_eq!(guarded.value(&two), 2);
    });
}
