//! The attach handshake: of several that come to an empty segment one builds it, and all others
//! see what it built.

use ringway_core::layout::{Entered, Handshake};
use ringway_verify::exec::{Item, JoinHandle, model, spawn};
use ringway_verify::kernel::{Kernel, Process};
use std::sync::Arc;

const STATE: usize = 0;

/// A segment: its state, and one cell for all that a builder writes.
struct Segment {
    state: Handshake,
    contents: Item,
}

impl Segment {
    fn new() -> Arc<Self> {
        Arc::new(Segment {
            state: Handshake::new(),
            contents: Item::new(0),
        })
    }

    fn enter(&self, process: &Process) -> Entered {
        self.state.enter(STATE, process, None)
    }

    /// Enters, and builds `contents` if it is to build; what the segment contains then.
    fn attach(&self, process: &Process, contents: u32) -> u32 {
        match self.enter(process) {
            Entered::Build => {
                self.contents.set(contents);
                self.state.finish(STATE, process);
                contents
            }
            Entered::Join => self.contents.get(),
            other => panic!("{other:?}"),
        }
    }

    /// [`attach`](Segment::attach) in a thread; the process builds its number.
    fn attaching(self: &Arc<Self>, kernel: &Arc<Kernel>, number: u32) -> JoinHandle<u32> {
        let (segment, process) = (self.clone(), kernel.process(number));
        spawn(move || segment.attach(&process, number))
    }
}

/// Goal: two that race to create a segment end with one.
/// Method: both enter, and build or read.
/// Allowed: either builds; both see its contents.
#[test]
fn one_of_two_builds() {
    model(|| {
        let (kernel, segment) = (Kernel::new(), Segment::new());
        let one = segment.attaching(&kernel, 1);
        let two = segment.attach(&kernel.process(2), 2);
        let one = one.join().unwrap();
        assert_eq!(one, two);
        assert!(one == 1 || one == 2);
    });
}

/// Goal: whoever waits for a builder is woken by it.
/// Method: one is building already; two others attach, and sleep if they come too early.
/// Allowed: both see the contents. A wake-up that is missing shows as a deadlock.
#[test]
fn waiting_for_the_builder_ends() {
    model(|| {
        let (kernel, segment) = (Kernel::new(), Segment::new());
        let builder = kernel.process(1);
        assert_eq!(segment.enter(&builder), Entered::Build);
        let others = [2, 3].map(|number| segment.attaching(&kernel, number));
        segment.contents.set(1);
        segment.state.finish(STATE, &builder);
        for other in others {
            assert_eq!(other.join().unwrap(), 1);
        }
    });
}

/// Goal: a builder that dies half-way blocks nobody.
/// Method: one builds half and dies, while two others attach.
/// Allowed: one of the others builds, over what the dead one wrote; both see its contents.
#[test]
fn dead_builder_is_replaced_by_one() {
    model(|| {
        let (kernel, segment) = (Kernel::new(), Segment::new());
        let builder = kernel.process(1);
        assert_eq!(segment.enter(&builder), Entered::Build);
        let other = segment.attaching(&kernel, 2);
        let dying = {
            let segment = segment.clone();
            spawn(move || {
                segment.contents.set(1);
                builder.die();
            })
        };
        let third = segment.attach(&kernel.process(3), 3);
        let other = other.join().unwrap();
        assert_eq!(third, other);
        assert!(other == 2 || other == 3);
        dying.join().unwrap();
    });
}

/// Goal: a builder that cannot build lets the next one try.
/// Method: one is building and abandons it while another attaches, asleep or not.
/// Allowed: the other builds.
#[test]
fn abandoned_building_is_taken_on() {
    model(|| {
        let (kernel, segment) = (Kernel::new(), Segment::new());
        let builder = kernel.process(1);
        assert_eq!(segment.enter(&builder), Entered::Build);
        let other = segment.attaching(&kernel, 2);
        segment.state.abandon(STATE, &builder);
        assert_eq!(other.join().unwrap(), 2);
    });
}

/// Goal: whoever waits for a segment that is given up instead learns of it.
/// Method: the builder retires the segment while another attaches, asleep or not.
/// Allowed: the other is told that it is retired.
#[test]
fn retired_segment_is_not_joined() {
    model(|| {
        let (kernel, segment) = (Kernel::new(), Segment::new());
        let builder = kernel.process(1);
        assert_eq!(segment.enter(&builder), Entered::Build);
        let entering = {
            let (segment, process) = (segment.clone(), kernel.process(2));
            spawn(move || segment.enter(&process))
        };
        segment.state.retire(STATE, &builder);
        assert_eq!(entering.join().unwrap(), Entered::Retired);
    });
}
