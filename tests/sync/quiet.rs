//! What nobody else wants takes no system call, and nothing allocates.

use super::objects::open;
#[cfg(target_os = "linux")]
use ringway_testkit::{Actor, arg, report, trace};
use ringway_testkit::{CountingAllocator, UniqueName, allocations};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const ROUNDS: u64 = 20_000;

/// Gives `play` a round in which everything is used once, and was once before.
fn with_a_round(name: &str, play: impl FnOnce(&dyn Fn())) {
    let objects = open(name);
    let mutex = objects.bind(|objects| &objects.mutex);
    let permits = objects.bind(|objects| &objects.permits);
    let lock = objects.bind(|objects| &objects.lock);
    let event = objects.bind(|objects| &objects.event);
    let turn = objects.bind(|objects| &objects.turn);
    let change = objects.bind(|objects| &objects.change);
    let round = || {
        *mutex.lock().unwrap() += 1;
        drop(mutex.try_lock().unwrap());
        drop(permits.acquire().unwrap());
        permits.consume(1).unwrap();
        permits.release(1).unwrap();
        drop(lock.read().unwrap());
        *lock.write().unwrap() += 1;
        event.set();
        event.wait().unwrap();
        event.reset();
        turn.set();
        turn.wait().unwrap();
        change.notify_one();
        change.notify_all();
    };
    round();
    play(&round);
}

#[cfg(target_os = "linux")]
/// Argument: name. Uses everything again and again, and nobody else does.
pub(crate) fn works_alone() {
    with_a_round(&arg::<String>(0), |round| {
        trace::be_traced();
        trace::mark();
        (0..ROUNDS).for_each(|_| round());
        trace::mark();
    });
    report("done");
}

#[test]
fn nothing_is_allocated_after_opening() {
    let name = UniqueName::new("frugal");
    with_a_round(name.as_str(), |round| {
        let opened = allocations();
        assert!(opened > 0, "the counter counts");
        (0..ROUNDS).for_each(|_| round());
        assert_eq!(allocations(), opened);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn what_nobody_else_wants_takes_no_system_call() {
    let name = UniqueName::new("quiet");
    let mut actor = Actor::start("works_alone", &[name.as_str()]);
    let calls = trace::system_calls();
    actor.expect("done");
    actor.finish();
    println!("system calls in {ROUNDS} rounds, by number: {calls:?}");
    assert!(calls.is_empty(), "{calls:?}");
}
