//! While one sender and one receiver are busy, no system call a message; and no allocation after
//! opening. What the kinds with many ends promise is what `tests/quiet.rs` shows of `spsc`.

#[cfg(target_os = "linux")]
use crate::channel::of_kind;
use crate::channel::{Many, for_each_kind};
#[cfg(target_os = "linux")]
use ringway::{Builder, WaitStrategy};
#[cfg(target_os = "linux")]
use ringway_testkit::{Actor, arg, report, trace};
use ringway_testkit::{CountingAllocator, UniqueName, allocations};
#[cfg(target_os = "linux")]
use std::collections::BTreeMap;
use std::time::Duration;

#[cfg(target_os = "linux")]
const ROUNDS: u64 = 100_000;

#[cfg(target_os = "linux")]
/// A wait asks the system every 50 ms who lives, in five calls, and more often where the machine holds
/// the partner up in the middle of a claim. A call for each message would be a hundred thousand.
const HELD_UP: u64 = ROUNDS / 10;

#[cfg(target_os = "linux")]
/// Arguments of all roles: kind, name.
fn open<K: Many>(suffix: &str) -> Builder<u64, K> {
    K::at(&format!("{}{suffix}", arg::<String>(1))).wait(WaitStrategy::Spin)
}

#[cfg(target_os = "linux")]
pub(crate) fn echoes() {
    fn echo<K: Many>() {
        let mut rx = open::<K>("-there").receiver().unwrap();
        let mut tx = open::<K>("-back").sender().unwrap();
        while let Ok(n) = rx.recv().map(|message| *message) {
            tx.send(n).unwrap();
        }
    }
    of_kind!(arg::<String>(0), echo());
}

#[cfg(target_os = "linux")]
pub(crate) fn plays_ping_pong() {
    fn play<K: Many>() {
        let mut tx = open::<K>("-there").sender().unwrap();
        let mut rx = open::<K>("-back").receiver().unwrap();
        let mut round = |n| {
            tx.send(n).unwrap();
            assert_eq!(*rx.recv().unwrap(), n);
        };
        round(0);
        trace::be_traced();
        trace::mark();
        (1..=ROUNDS).for_each(&mut round);
        trace::mark();
        report("done");
    }
    of_kind!(arg::<String>(0), play());
}

#[cfg(target_os = "linux")]
pub(crate) fn drains() {
    fn drain<K: Many>() {
        let mut rx = open::<K>("-there").receiver().unwrap();
        while rx.recv().is_ok() {}
    }
    of_kind!(arg::<String>(0), drain());
}

#[cfg(target_os = "linux")]
pub(crate) fn streams() {
    fn stream<K: Many>() {
        let mut tx = open::<K>("-there").sender().unwrap();
        assert!(tx.wait_for_receiver(None));
        trace::be_traced();
        trace::mark();
        for n in 0..ROUNDS {
            tx.send(n).unwrap();
        }
        trace::mark();
        report("done");
    }
    of_kind!(arg::<String>(0), stream());
}

#[cfg(target_os = "linux")]
/// Traces `role` against a busy `partner`; its system calls, by number.
fn system_calls<K: Many>(role: &str, partner: &str) -> BTreeMap<i64, u64> {
    let name = UniqueName::new("quiet-many");
    let args = [K::NAME, name.as_str()];
    let partner = Actor::start(partner, &args);
    let mut actor = Actor::start(role, &args);
    let calls = trace::system_calls();
    actor.expect("done");
    actor.finish();
    partner.finish();
    println!(
        "{}, {role}: system calls in {ROUNDS} rounds, by number: {calls:?}",
        K::NAME
    );
    calls
}

#[cfg(target_os = "linux")]
#[test]
fn round_trips_and_streams_make_no_system_call_while_both_are_busy() {
    fn count<K: Many>() {
        for (role, partner) in [("plays_ping_pong", "echoes"), ("streams", "drains")] {
            let calls = system_calls::<K>(role, partner);
            assert!(calls.values().sum::<u64>() < HELD_UP, "{calls:?}");
        }
    }
    for_each_kind!(count());
}

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[test]
fn nothing_is_allocated_after_opening() {
    fn count<K: Many>() {
        let name = UniqueName::new("frugal-many");
        let mut tx = K::at::<u64>(name.as_str()).capacity(8).sender().unwrap();
        let mut rx = K::at::<u64>(name.as_str()).receiver().unwrap();
        let opened = allocations();
        assert!(opened > 0, "the counter counts");
        let mut many = [0; 8];
        for n in 0..1000 {
            tx.send(n).unwrap();
            tx.send_batch(&[n; 4]).unwrap();
            drop(tx.reserve().unwrap());
            assert_eq!(*rx.recv().unwrap(), n);
            rx.recv_batch(&mut many).unwrap();
            while rx.try_recv().is_ok() {}
            assert!(rx.recv_timeout(Duration::from_micros(1)).is_err());
            assert_eq!(tx.join(), Ok(()));
            tx.repair();
        }
        while tx.try_send(1).is_ok() {}
        assert!(tx.send_timeout(1, Duration::from_millis(1)).is_err());
        assert_eq!(allocations(), opened);
    }
    for_each_kind!(count());
}
