//! The newest-value cell: no reader ever sees half a value or an older one than before, whoever
//! dies at whichever word, and a reader that waits is woken.

use ringway_core::primitive::AtomicU32;
use ringway_core::sync::{Occupied, Overrun, PLACES, Places, RawLatest};
use ringway_core::wait::{Interrupted, Nanos, Spin, Wait, WaitResult, WaitStrategy};
use ringway_verify::exec::{
    Ordering, bounded_model, from_both_sides, model, spawn, suppose_barriers,
};
use ringway_verify::kernel::{Kernel, Process};
use std::sync::Arc;

const AT: usize = 0;

/// A cell for values of two words, which are whole if the words are equal.
struct Place {
    raw: RawLatest,
    places: [[AtomicU32; 2]; PLACES],
}

impl Places<[u32; 2]> for Place {
    fn write(&self, place: usize, value: &[u32; 2]) {
        for (word, part) in self.places[place].iter().zip(value) {
            word.store(*part, Ordering::Relaxed);
        }
    }

    fn read(&self, place: usize, into: &mut [u32; 2]) {
        for (word, part) in self.places[place].iter().zip(into) {
            *part = word.load(Ordering::Relaxed);
        }
    }
}

impl Place {
    fn new() -> Arc<Self> {
        Arc::new(Place {
            raw: RawLatest::new(),
            places: std::array::from_fn(|_| std::array::from_fn(|_| AtomicU32::new(0))),
        })
    }

    /// Publishes the next version, the words of which are its number. A writer that is
    /// [`reached_in_vain`](Process::reached_in_vain) orders no more than the cell itself does.
    fn publish(&self, writer: &Process) {
        let next = self.raw.version() as u32 + 1;
        let reached = writer.is_reached_by_barriers();
        let version = self.raw.publish(self, &[next; 2], AT, writer, reached);
        assert_eq!(version, u64::from(next));
    }

    /// Begins to write the next version, and dies.
    fn die_writing(&self, writer: &Process) {
        let next = self.raw.version() + 1;
        self.places[next as usize % PLACES][0].store(77, Ordering::Relaxed);
        writer.die();
    }

    /// Reads once; which version, if the writer was not too fast.
    fn read(&self) -> Result<u64, Overrun> {
        let mut value = [u32::MAX; 2];
        let version = self.raw.try_read(self, &mut value)?;
        assert_eq!(value, [version as u32; 2]);
        Ok(version)
    }

    fn wait_newer(
        &self,
        version: u64,
        reader: &Process,
        deadline: Option<Nanos>,
    ) -> Result<u64, Interrupted> {
        let mut spin = Spin::new(WaitStrategy::Park);
        self.raw
            .wait_newer(version, AT, reader, deadline, &mut spin)?;
        Ok(self.read().unwrap())
    }
}

/// Goal: what is read is one value.
/// Method: one publishes so often that what the reader began with is written over; the reader reads
/// twice.
/// Allowed: any versions, the later not behind the earlier; or the writer was too fast.
#[test]
fn writer_laps_a_reader() {
    bounded_model(2, || {
        suppose_barriers(false);
        let (kernel, place) = (Kernel::new(), Place::new());
        let writer = kernel.process(1).reached_in_vain();
        place.raw.claim(&writer).unwrap();
        let writing = {
            let place = place.clone();
            spawn(move || (0..PLACES).for_each(|_| place.publish(&writer)))
        };
        from_both_sides();
        // An overrun takes all that the writer does: then nothing is behind.
        let first = place.read().unwrap_or(0);
        assert!(place.read().map_or(true, |second| second >= first));
        writing.join().unwrap();
        assert_eq!(place.read(), Ok(PLACES as u64));
    });
}

/// Goal: a reading during which two versions are published stays valid.
/// Method: one publishes twice; another reads once.
/// Allowed: any version.
#[test]
fn two_versions_later_is_not_too_late() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new());
        let writer = kernel.process(1);
        place.raw.claim(&writer).unwrap();
        let writing = {
            let place = place.clone();
            spawn(move || (0..2).for_each(|_| place.publish(&writer)))
        };
        from_both_sides();
        assert!(place.read().is_ok());
        writing.join().unwrap();
    });
}

/// Goal: a writer that dies in the middle of a value disturbs nobody, and the next one goes on.
/// Method: one publishes, begins anew and dies; the next publishes as soon as it may; a reader reads.
/// Allowed: any version, the last as often as it was published.
#[test]
fn writer_dies_writing() {
    bounded_model(2, || {
        let (kernel, place) = (Kernel::new(), Place::new());
        let (dying, next) = (kernel.process(1), kernel.process(2));
        place.raw.claim(&dying).unwrap();
        let writing = {
            let place = place.clone();
            spawn(move || {
                place.publish(&dying);
                place.die_writing(&dying);
            })
        };
        let reading = {
            let place = place.clone();
            spawn(move || place.read().unwrap())
        };
        from_both_sides();
        let mut last = 1;
        if place.raw.claim(&next).is_ok() {
            place.publish(&next);
            last = 2;
            assert_eq!(place.read(), Ok(last));
        }
        writing.join().unwrap();
        assert!(reading.join().unwrap() <= last);
        assert_eq!(place.read(), Ok(last));
    });
}

/// Goal: there is one writer at a time, and each goes on where the last one ended.
/// Method: two become the writer if they can, publish, and leave.
/// Allowed: either order, or one finds the other there.
#[test]
fn writers_follow_each_other() {
    model(|| {
        suppose_barriers(false);
        let (kernel, place) = (Kernel::new(), Place::new());
        let write = |place: &Place, writer: Process| match place.raw.claim(&writer) {
            Ok(()) => {
                place.publish(&writer);
                place.raw.release();
                1
            }
            Err(Occupied) => 0,
        };
        let other = {
            let (place, writer) = (place.clone(), kernel.process(1).reached_in_vain());
            spawn(move || write(&place, writer))
        };
        from_both_sides();
        let mine = write(&place, kernel.process(2).reached_in_vain());
        let published = mine + other.join().unwrap();
        assert!(published > 0);
        assert_eq!(place.read(), Ok(published));
    });
}

/// Goal: of two that find the writer dead one takes its place.
/// Method: the writer is dead; two come.
/// Allowed: either has it.
#[test]
fn two_come_for_a_dead_writer() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new());
        let dead = kernel.process(1);
        place.raw.claim(&dead).unwrap();
        dead.die();
        let other = {
            let (place, writer) = (place.clone(), kernel.process(2));
            spawn(move || place.raw.claim(&writer).is_ok())
        };
        from_both_sides();
        let mine = place.raw.claim(&kernel.process(3)).is_ok();
        assert_ne!(mine, other.join().unwrap());
    });
}

/// Goal: a reader that waits for a newer value gets it.
/// Method: one waits twice, the other publishes twice.
/// Allowed: the first wait may find the second version.
#[test]
fn waiting_reader_is_woken() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new());
        let (writer, reader) = (kernel.process(1), kernel.process(2));
        place.raw.claim(&writer).unwrap();
        let writing = {
            let place = place.clone();
            spawn(move || (0..2).for_each(|_| place.publish(&writer)))
        };
        from_both_sides();
        let first = place.wait_newer(0, &reader, None).unwrap();
        if first == 1 {
            assert_eq!(place.wait_newer(1, &reader, None), Ok(2));
        }
        writing.join().unwrap();
    });
}

/// As above, with two that wait.
#[test]
fn two_waiting_readers_are_woken() {
    bounded_model(2, || {
        let (kernel, place) = (Kernel::new(), Place::new());
        let writer = kernel.process(1);
        place.raw.claim(&writer).unwrap();
        let reading = [2, 3].map(|number| {
            let (place, reader) = (place.clone(), kernel.process(number));
            spawn(move || assert_eq!(place.wait_newer(0, &reader, None), Ok(1)))
        });
        from_both_sides();
        place.publish(&writer);
        for reading in reading {
            reading.join().unwrap();
        }
    });
}

/// Goal: a deadline that races the writer loses nothing.
/// Method: one waits until a deadline that comes at once, and then without one.
/// Allowed: the first wait finds the version or is late; the second finds it.
#[test]
fn timeout_races_the_writer() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new());
        let writer = kernel.process(1);
        let reader = kernel.process(2).with_hints(&[WaitResult::TimedOut]);
        place.raw.claim(&writer).unwrap();
        let writing = {
            let place = place.clone();
            spawn(move || place.publish(&writer))
        };
        from_both_sides();
        let first = place.wait_newer(0, &reader, Some(Nanos(1)));
        assert!(matches!(first, Ok(1) | Err(Interrupted::TimedOut)));
        assert_eq!(place.wait_newer(0, &reader, None), Ok(1));
        writing.join().unwrap();
    });
}

/// Goal: a writer that dies when it has published and has woken nobody delays a reader, no more.
/// Method: one publishes and dies instead of waking; the reader waits.
/// Allowed: the reader finds the version.
#[test]
fn writer_dies_before_it_wakes() {
    model(|| {
        let (kernel, place) = (Kernel::new(), Place::new());
        let (writer, reader) = (kernel.process(1), kernel.process(2));
        place.raw.claim(&writer).unwrap();
        let writing = {
            let place = place.clone();
            // Its wake-ups go elsewhere.
            spawn(move || {
                place
                    .raw
                    .publish(&*place, &[1; 2], AT + 100, &writer, false);
                writer.die();
            })
        };
        from_both_sides();
        assert_eq!(place.wait_newer(0, &reader, None), Ok(1));
        writing.join().unwrap();
    });
}
