//! What is compared with what.

use crate::crew;
use crate::payload::Payload;
use crate::peers::{ArrayQueue, ConcurrentQueue, CrossbeamChannel, Heapless, Kanal};
use crate::ringway::{Mpmc, MpmcTry, Mpsc, NoIntents, Spmc, Spsc};
use crate::shape::Shape;
use crate::subject::Queue;
use ringway_benches::compare::case::{Case, Sides, Subject, Unit};
use ringway_benches::turns::Turns;

/// The subject that is compared with the others.
pub(crate) const RINGWAY: &str = Mpmc::NAME;

/// The others' names.
pub(crate) const PEERS: [&str; 5] = [
    ArrayQueue::NAME,
    CrossbeamChannel::NAME,
    Heapless::NAME,
    ConcurrentQueue::NAME,
    Kanal::NAME,
];

/// Messages in a sample. With more threads than cores it must last for several of the time slices
/// (3 ms) in which Linux hands out a core; with fewer a short one is less often disturbed.
const MESSAGES: u64 = 1_000_000;
const MESSAGES_1_X_1: u64 = 400_000;

/// The cases whose name contains `filter`.
pub(crate) fn all(filter: &str) -> Vec<Case> {
    let cases = Shape::ALL
        .into_iter()
        .flat_map(|shape| [case::<u64>(shape, "8 B"), case::<[u64; 8]>(shape, "64 B")]);
    cases.filter(|case| case.name.contains(filter)).collect()
}

fn case<T: Payload>(shape: Shape, size: &str) -> Case {
    let is_pair = shape.threads() == 2;
    Case {
        name: format!("{shape}, {size}"),
        unit: Unit::MillionsPerSecond,
        turns: Turns::new(if is_pair { MESSAGES_1_X_1 } else { MESSAGES }),
        sides: if is_pair {
            Sides::Spinning
        } else {
            Sides::Crowded
        },
        subjects: subjects::<T>(shape),
        claims: Vec::new(),
    }
}

fn subjects<T: Payload>(shape: Shape) -> Vec<Subject> {
    let mut subjects = vec![
        subject::<Mpmc, T>(shape),
        subject::<ArrayQueue, T>(shape),
        subject::<CrossbeamChannel, T>(shape),
        subject::<Heapless, T>(shape),
        subject::<NoIntents, T>(shape),
        subject::<MpmcTry, T>(shape),
        subject::<ConcurrentQueue, T>(shape),
        subject::<Kanal, T>(shape),
    ];
    match (shape.senders, shape.receivers) {
        (1, 1) => subjects.push(subject::<Spsc, T>(shape)),
        (1, _) => subjects.push(subject::<Spmc, T>(shape)),
        (_, 1) => subjects.push(subject::<Mpsc, T>(shape)),
        _ => {}
    }
    subjects
}

fn subject<Q: Queue, T: Payload>(shape: Shape) -> Subject {
    Subject::new(Q::NAME, move |turns, cores| {
        crew::sample::<Q, T>(shape, turns, cores)
    })
}
