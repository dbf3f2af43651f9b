//! While both sides are busy, no system call a message; and no allocation after opening.

#[cfg(target_os = "linux")]
use ringway::WaitStrategy;
#[cfg(target_os = "linux")]
use ringway_testkit::{Actor, arg, report, roles, trace};
use ringway_testkit::{CountingAllocator, UniqueName, allocations};
use std::io::{BufRead as _, Read as _, Write as _};

#[cfg(target_os = "linux")]
roles! { echoes, plays_ping_pong, streams, drains, pours, drinks }

#[cfg(target_os = "linux")]
const ROUNDS: u64 = 200_000;

#[cfg(target_os = "linux")]
fn open(suffix: &str) -> ringway::Builder<u64> {
    ringway::spsc::<u64>(&format!("{}{suffix}", arg::<String>(0))).wait(WaitStrategy::Spin)
}

#[cfg(target_os = "linux")]
fn echoes() {
    let mut rx = open("-there").receiver().unwrap();
    let mut tx = open("-back").sender().unwrap();
    while let Ok(n) = rx.recv().map(|message| *message) {
        tx.send(n).unwrap();
    }
}

#[cfg(target_os = "linux")]
fn plays_ping_pong() {
    let mut tx = open("-there").sender().unwrap();
    let mut rx = open("-back").receiver().unwrap();
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

#[cfg(target_os = "linux")]
fn drains() {
    let mut rx = open("-there").receiver().unwrap();
    while rx.recv().is_ok() {}
}

#[cfg(target_os = "linux")]
fn streams() {
    let mut tx = open("-there").sender().unwrap();
    assert!(tx.wait_for_receiver(None));
    trace::be_traced();
    trace::mark();
    for n in 0..ROUNDS {
        tx.send(n).unwrap();
    }
    trace::mark();
    report("done");
}

#[cfg(target_os = "linux")]
fn open_pipe() -> ringway::pipe::Builder {
    ringway::pipe(format!("{}-there", arg::<String>(0))).wait(WaitStrategy::Spin)
}

#[cfg(target_os = "linux")]
fn drinks() {
    let mut rx = open_pipe().reader().unwrap();
    let mut bytes = [0; 4096];
    while rx.read(&mut bytes).unwrap() > 0 {}
}

#[cfg(target_os = "linux")]
fn pours() {
    let mut tx = open_pipe().writer().unwrap();
    assert!(tx.wait_for_reader(None));
    trace::be_traced();
    trace::mark();
    for _ in 0..ROUNDS {
        tx.write_all(&[1; 1000]).unwrap();
    }
    trace::mark();
    report("done");
}

#[cfg(target_os = "linux")]
/// Traces `role` against a busy `partner`; returns its system calls, by number.
fn system_calls(role: &str, partner: &str) -> std::collections::BTreeMap<i64, u64> {
    let name = UniqueName::new("quiet");
    let _partner = Actor::start(partner, &[name.as_str()]);
    let mut actor = Actor::start(role, &[name.as_str()]);
    let calls = trace::system_calls();
    actor.expect("done");
    actor.finish();
    println!("{role}: system calls in {ROUNDS} rounds, by number: {calls:?}");
    for suffix in ["-there", "-back"] {
        let _ = std::fs::remove_file(format!("/dev/shm/ringway.{name}{suffix}"));
    }
    calls
}

#[cfg(target_os = "linux")]
/// A wait that lasts longer than 200 ms asks the system whether the peer lives; a machine that
/// holds the partner up for so long may cause a few. A call for each message would be hundreds of
/// thousands.
const HELD_UP: u64 = ROUNDS / 1000;

#[cfg(target_os = "linux")]
#[test]
fn a_round_trip_makes_no_system_call_while_both_are_busy() {
    let calls = system_calls("plays_ping_pong", "echoes");
    assert!(calls.values().sum::<u64>() < HELD_UP, "{calls:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_stream_makes_no_system_call_while_both_are_busy() {
    let calls = system_calls("streams", "drains");
    assert!(calls.values().sum::<u64>() < HELD_UP, "{calls:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_makes_no_system_call_while_both_are_busy() {
    let calls = system_calls("pours", "drinks");
    assert!(calls.values().sum::<u64>() < HELD_UP, "{calls:?}");
}

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[test]
fn nothing_is_allocated_after_opening() {
    let name = UniqueName::new("frugal");
    let mut tx = ringway::spsc::<u64>(name.as_str())
        .capacity(8)
        .sender()
        .unwrap();
    let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    let opened = allocations();
    assert!(opened > 0, "the counter counts");
    let mut many = [0; 8];
    for n in 0..1000 {
        tx.send(n).unwrap();
        tx.send_batch(&[n; 4]).unwrap();
        assert_eq!(*rx.recv().unwrap(), n);
        rx.recv_batch(&mut many).unwrap();
        while rx.try_recv().is_ok() {}
        assert!(
            rx.recv_timeout(std::time::Duration::from_micros(1))
                .is_err()
        );
    }
    while tx.try_send(1).is_ok() {}
    assert!(
        tx.send_timeout(1, std::time::Duration::from_millis(1))
            .is_err()
    );
    assert_eq!(allocations(), opened);
}

#[test]
fn a_pipe_allocates_nothing_after_opening() {
    let name = UniqueName::new("frugal-pipe");
    let mut tx = ringway::pipe(name.as_str()).writer().unwrap();
    let mut rx = ringway::pipe(name.as_str()).reader().unwrap();
    let mut bytes = vec![0; 100_000];
    let opened = allocations();
    for n in 1..1000 {
        tx.write_all(&bytes[..n * 100]).unwrap();
        tx.reserve(n).unwrap().commit(1);
        rx.read_exact(&mut bytes[..n * 100]).unwrap();
        let there = rx.fill_buf().unwrap().len();
        rx.consume(there);
        assert!(rx.try_read(&mut bytes).is_err());
    }
    assert_eq!(allocations(), opened);
}
